"""What an artifact finder sees and returns: a window of small frames in, detections out.

All finders share the same few frames around the middle one. A clip is therefore decoded, and its
flow estimated, only once, and memory does not depend on its length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from vinpaint.core import Artifact, Bools, Box, Floats, Frames, Span

CELL_PX = 8
"""Measurements are averaged over square cells of the small frame, with this side in pixels."""
RADIUS = 9
"""Frames on either side of the middle one of a window."""

STILL_SHARE = 0.12
"""A repeated frame differs from the previous one by less than this share of what others do."""


@dataclass(frozen=True, repr=False, eq=False)
class FrameChange:
    """The motion-compensated change of a frame from the previous one, by cell: (h, w) float32.

    Args:
        consistent: share of the pixels whose flow passes the forward-backward check.
        tone: (h, w, 3), mean signed difference of those pixels, levels.
        outlier: distance of pixels from the range of the 3x3 pixels at their place, levels.
        fine: difference of the fine structure, levels.
        still: mean difference of the two frames without motion compensation, one number.
    """

    consistent: Floats
    tone: Floats
    outlier: Floats
    fine: Floats
    still: float


@dataclass(frozen=True, repr=False, eq=False)
class SmallFrame:
    """A downscaled frame, (H, W, 3) uint8. `change` is None for the first frame of a shot."""

    frame: int
    rgb: Frames
    change: FrameChange | None


@dataclass(frozen=True, repr=False, eq=False)
class FrameWindow:
    """Frames of one shot around `frame`, at most RADIUS on either side, by frame number."""

    frame: int
    shot: Span
    small_frames: Mapping[int, SmallFrame]

    def changes(self, start: int, stop: int) -> list[FrameChange]:
        """Return the changes of those frames [start, stop) that the window holds."""
        frames = (self.small_frames.get(number) for number in range(start, stop))
        return [one.change for one in frames if one is not None and one.change is not None]

    def changes_around(self, start: int, stop: int, reach: int) -> list[FrameChange]:
        """Return the changes of `reach` frames before `start` and `reach` frames from `stop`.

        Repeated frames are left out: they do not show what is usual.
        """
        changes = self.changes(start - reach, start) + self.changes(stop, stop + reach)
        largest = max((one.still for one in changes), default=0.0)
        return [one for one in changes if one.still >= STILL_SHARE * largest]


@dataclass(frozen=True)
class Detection:
    """A finding in one window.

    Args:
        span: its frames.
        cells: its area, in cells.
        amount: the measured value, and `limit` the threshold it exceeded.
        colour: for a jump, its direction in RGB levels.
        filled: for a jump, the share of the box's cells that jump.
        event: for frozen frames, 'stops' or 'moves on'.
    """

    span: Span
    cells: Box
    amount: float
    limit: float
    colour: tuple[float, float, float] = (0.0, 0.0, 0.0)
    filled: float = 1.0
    event: str = ""


@dataclass(frozen=True)
class ClipGrid:
    """Size of the clip in pixels and in cells (across, down), and its shots."""

    width: int
    height: int
    cells: tuple[int, int]
    shots: tuple[Span, ...]

    def shot_of(self, frame: int) -> Span:
        """Return the shot that contains a frame."""
        return next(shot for shot in self.shots if shot.start <= frame < shot.stop)

    def to_pixels(self, cells: Box) -> Box:
        """Convert a box of cells to source pixels, rounded outwards."""
        across, down = self.width / self.cells[0], self.height / self.cells[1]
        return Box(
            int(cells.x0 * across),
            int(cells.y0 * down),
            min(self.width, int(np.ceil(cells.x1 * across))),
            min(self.height, int(np.ceil(cells.y1 * down))),
        )


WHOLE_SHARE = 0.75
"""A box that covers more than this share of the picture counts as the whole picture."""


def to_artifact(kind: str, found: Detection, grid: ClipGrid, *, lasts: bool = False) -> Artifact:
    """Convert a detection to an artifact in source pixels."""
    box, full = grid.to_pixels(found.cells), Box(0, 0, grid.width, grid.height)
    whole = box.width * box.height > WHOLE_SHARE * full.width * full.height
    score = max(0.0, 1 - found.limit / found.amount)
    return Artifact(kind, full if whole else box, found.span, score, found.amount, whole, lasts)


class ArtifactFinder(Protocol):
    """Finds one kind of artifact."""

    @property
    def title(self) -> str:
        """The name shown to the user."""
        ...

    def detect(self, window: FrameWindow) -> list[Detection]:
        """Return the detections on the middle frame of the window."""
        ...

    def merge(self, detections: Sequence[Detection], grid: ClipGrid) -> list[Artifact]:
        """Merge all detections of a clip, in frame order, into artifacts."""
        ...


def dilate_max(cells: Floats, reach: int = 1) -> Floats:
    """Return the largest value within `reach` cells."""
    return np.asarray(cv2.dilate(cells, np.ones((2 * reach + 1,) * 2, np.uint8)), np.float32)


def close_gaps(cells: Bools) -> Bools:
    """Fill gaps of up to two cells."""
    kernel = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.morphologyEx(cells.astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0)


def regions(cells: Bools, min_cells: int) -> list[Bools]:
    """Return the connected regions of at least `min_cells` cells, largest first."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        cells.astype(np.uint8), connectivity=4
    )
    order = sorted(range(1, count), key=lambda n: -stats[n, cv2.CC_STAT_AREA])
    return [labels == n for n in order if stats[n, cv2.CC_STAT_AREA] >= min_cells]
