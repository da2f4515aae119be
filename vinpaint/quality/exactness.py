"""Exactness: what changed outside the mask, counted on the decoded file, sample by sample.

The seed's constraint 1, I'(i, j) = I(i, j) wherever M(i, j) = 0. Files of one layout are compared
in their own planes (a chroma sample counts when all its pixels lie outside the mask); others in
RGB.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from vinpaint.core import Bools, MaskTrack, OutsideDifference, Span
from vinpaint.media import Clip, Layout, Picture, outside_masks

_WINDOW_FRAMES = 16


class OutsideMask:
    """Which pixels of each frame lie outside the mask (it is 0), asked for in order."""

    def __init__(self, track: MaskTrack) -> None:
        self._track = track
        self._span = Span(0, 0)
        self._masks: dict[int, Bools] = {}

    def of(self, frame: int) -> Bools:
        """(H, W) bool."""
        if frame not in self._span.frames:
            self._load(frame)
        return self._masks[frame]

    def _load(self, frame: int) -> None:
        width, height = self._track.size
        self._span = Span(frame, min(self._track.frames, frame + _WINDOW_FRAMES))
        self._masks = {}
        boxes = [self._track.bounds(t) for t in self._span.frames]
        joined = None
        for box in boxes:
            joined = box if joined is None else joined.join(box) if box else joined
        values = None if joined is None else self._track.read(self._span, box=joined).values
        for i, t in enumerate(self._span.frames):
            kept = np.ones((height, width), np.bool_)
            if values is not None and joined is not None:
                kept[joined.slices] = values[i] == 0
            self._masks[t] = kept


def largest_difference(first: Picture, second: Picture, kept: Bools) -> tuple[int, int]:
    """(samples compared, largest absolute difference) over the kept samples of two pictures.

    The second may be larger by a padded row or column. Levels are those of the planes.
    """
    if _alike(first.layout, second.layout):
        pairs = list(
            zip(first.planes, second.planes, outside_masks(kept, first.layout), strict=True)
        )
    else:
        a, b = first.rgb(), second.rgb()
        pairs = [(a[..., i], b[..., i], kept) for i in range(3)]
    compared = worst = 0
    for a, b, where in pairs:
        b = b[: a.shape[0], : a.shape[1]]
        counted = int(np.count_nonzero(where))
        if counted:
            gap = cv2.minMaxLoc(cv2.absdiff(a, b), mask=where.view(np.uint8))[1]
            worst = max(worst, int(gap))
        compared += counted
    return compared, worst


def _alike(first: Layout, second: Layout) -> bool:
    return (first.family, first.depth, first.shift_x, first.shift_y) == (
        second.family,
        second.depth,
        second.shift_x,
        second.shift_y,
    )


class Comparison:
    """A decoded result beside its source, stretch by stretch, in order.

    Both are read by readers of their own, so that others may read elsewhere in between. Raises
    ValueError where one has more frames.
    """

    def __init__(self, source: Clip, result: Clip, track: MaskTrack) -> None:
        if source.frames != result.frames:
            raise ValueError(f"a source of {source.frames} frames, a result of {result.frames}")
        self._source, self._result = source.reopen(), result.reopen()
        self._kept = OutsideMask(track)
        self._compared = self._worst = 0

    def take(self, span: Span, *, tick: Callable[[int], None]) -> None:
        """Compare the frames of `span`, decoded from both files; `tick(frame)` before each.

        Raises MediaError, or what `tick` raises to stop.
        """
        pairs = zip(self._source.pictures(span), self._result.pictures(span), strict=True)
        for first, second in pairs:
            tick(first.index)
            count, gap = largest_difference(first, second, self._kept.of(first.index))
            self._compared += count
            self._worst = max(self._worst, gap)

    def outcome(self, *, before_encoding: int, lossless: bool) -> OutsideDifference:
        """What was found so far."""
        return OutsideDifference(self._compared, self._worst, before_encoding, lossless)

    def close(self) -> None:
        """Let go of both files."""
        self._source.close()
        self._result.close()
