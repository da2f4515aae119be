"""Boxes of pixels and spans of frames. The upper bounds are exclusive."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from vinpaint.core.frames import Bools


class Span(NamedTuple):
    """Frames `[start, stop)`."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """Number of frames."""
        return max(0, self.stop - self.start)

    @property
    def frames(self) -> range:
        """The frame numbers, as a range."""
        return range(self.start, self.stop)

    def intersection(self, other: Span) -> Span:
        """Return the frames that are in both spans; the result may be empty."""
        start = max(self.start, other.start)
        return Span(start, max(start, min(self.stop, other.stop)))


class Box(NamedTuple):
    """Pixels `[x0, x1) x [y0, y1)`."""

    x0: int
    y0: int
    x1: int
    y1: int

    @property
    def width(self) -> int:
        """Width in pixels."""
        return self.x1 - self.x0

    @property
    def height(self) -> int:
        """Height in pixels."""
        return self.y1 - self.y0

    @property
    def slices(self) -> tuple[slice, slice]:
        """Index that crops an `(H, W, ...)` array to this box."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def join(self, other: Box) -> Box:
        """Return the smallest box that contains both boxes."""
        return Box(*map(min, self[:2], other[:2]), *map(max, self[2:], other[2:]))

    def intersection(self, other: Box) -> Box | None:
        """Return the overlap of both boxes, or None if they do not overlap."""
        box = Box(*map(max, self[:2], other[:2]), *map(min, self[2:], other[2:]))
        return box if box.width > 0 and box.height > 0 else None

    def grow(self, margin_px: int, width: int, height: int) -> Box:
        """Return this box enlarged by a margin and clipped to a `width` x `height` frame."""
        return Box(
            max(0, self.x0 - margin_px),
            max(0, self.y0 - margin_px),
            min(width, self.x1 + margin_px),
            min(height, self.y1 + margin_px),
        )

    def contains(self, x: float, y: float) -> bool:
        """Return True if the pixel (x, y) is inside."""
        return self.x0 <= x < self.x1 and self.y0 <= y < self.y1

    def shift(self, dx: int, dy: int) -> Box:
        """Return this box moved by (dx, dy) pixels."""
        return Box(self.x0 + dx, self.y0 + dy, self.x1 + dx, self.y1 + dy)


def bounding_box(inside: Bools) -> Box | None:
    """Return the smallest box around the true pixels of an `(H, W)` array, or None if none is."""
    rows = np.flatnonzero(inside.any(axis=1))
    if not len(rows):
        return None
    columns = np.flatnonzero(inside.any(axis=0))
    return Box(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)


def windows(span: Span, count: int) -> Iterator[Span]:
    """Yield consecutive parts of `span`, each of at most `count` frames."""
    for start in range(span.start, span.stop, count):
        yield Span(start, min(span.stop, start + count))
