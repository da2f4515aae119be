"""Interface of an artifact finder: it receives a window of small frames and returns detections.

All finders share one window. The clip is decoded and its optical flow estimated only once, and
memory does not depend on the length of the clip.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from vinpaint.core import Artifact, Bools, Box, Floats, Frames, Span

CELL_PX = 8
"""Side in pixels of the square cells of the small frame that measurements are averaged over."""
RADIUS = 9
"""Number of frames in a window on either side of the middle frame."""

STILL_SHARE = 0.12
"""A frame counts as repeated if its change is below this share of the change of other frames."""


@dataclass(frozen=True, repr=False, eq=False)
class FrameChange:
    """Motion-compensated change from the previous frame, averaged by cell: (h, w) float32.

    Args:
        consistent: share of the pixels whose flow passes the forward-backward check.
        tone: (h, w, 3), mean signed difference of the consistent pixels, levels.
        outlier: distance of each pixel from the range of the 3x3 neighbourhood at the same position
            in the warped previous frame, levels.
        fine: absolute difference of the high-pass filtered frames, levels.
        still: scalar, mean absolute difference without motion compensation, levels.
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
    """Small frames of one shot, at most RADIUS before and after `frame`, by frame number."""

    frame: int
    shot: Span
    small_frames: Mapping[int, SmallFrame]

    def changes(self, start: int, stop: int) -> list[FrameChange]:
        """Return the changes of the frames [start, stop), without frames outside the window."""
        frames = (self.small_frames.get(number) for number in range(start, stop))
        return [small.change for small in frames if small is not None and small.change is not None]

    def changes_around(self, start: int, stop: int, reach: int) -> list[FrameChange]:
        """Return the changes of `reach` frames before `start`, and of `reach` frames from `stop`.

        Repeated frames are left out, because they would lower the estimate of the usual change.
        """
        changes = self.changes(start - reach, start) + self.changes(stop, stop + reach)
        largest = max((change.still for change in changes), default=0.0)
        return [change for change in changes if change.still >= STILL_SHARE * largest]


@dataclass(frozen=True)
class Detection:
    """A suspected artifact in one window.

    Args:
        span: affected frames.
        cells: bounding box of the affected area, in cells.
        amount: measured value.
        limit: threshold that the value exceeded.
        colour: for a colour shift, the mean change in RGB levels.
        filled: for a colour shift, the share of the cells in the box that belong to it.
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
    """Size of the clip in pixels and in cells (columns, rows), and its shots."""

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
"""A box with more than this share of the picture's area counts as the whole picture."""


def to_artifact(
    kind: str, detection: Detection, grid: ClipGrid, *, lasts: bool = False
) -> Artifact:
    """Convert a detection to an artifact in source pixels.

    lasts: whether the artifact stays until the end of the shot. The score is 1 - limit / amount.
    """
    box, full = grid.to_pixels(detection.cells), Box(0, 0, grid.width, grid.height)
    whole = box.width * box.height > WHOLE_SHARE * full.width * full.height
    score = max(0.0, 1 - detection.limit / detection.amount)
    return Artifact(
        kind, full if whole else box, detection.span, score, detection.amount, whole, lasts
    )


class ArtifactFinder(Protocol):
    """Finds one kind of artifact."""

    title: str
    """The name shown to the user."""

    def detect(self, window: FrameWindow) -> list[Detection]:
        """Return the detections on the middle frame of the window."""
        ...

    def merge(self, detections: Sequence[Detection], grid: ClipGrid) -> list[Artifact]:
        """Merge the detections of a whole clip, given in frame order, into artifacts."""
        ...


def dilate_max(cells: Floats, reach: int = 1) -> Floats:
    """Return for each cell the largest value within `reach` cells (a square dilation)."""
    return np.asarray(cv2.dilate(cells, np.ones((2 * reach + 1,) * 2, np.uint8)), np.float32)


def close_gaps(cells: Bools) -> Bools:
    """Close gaps of at most two cells (a morphological closing)."""
    kernel = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.morphologyEx(cells.astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0)


def regions(cells: Bools, min_cells: int) -> list[Bools]:
    """Return the connected regions of at least `min_cells` cells, largest first."""
    labels, stats = cv2.connectedComponentsWithStats(cells.astype(np.uint8), connectivity=4)[1:3]
    areas = stats[:, cv2.CC_STAT_AREA]
    order = 1 + np.argsort(-areas[1:], kind="stable")  # label 0 is the background
    return [labels == n for n in order if areas[n] >= min_cells]
