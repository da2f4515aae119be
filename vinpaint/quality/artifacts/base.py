"""What a kind of fault sees, and what it says: a window of small frames in, signs out.

All finders look at the same few frames around the one in the middle, so that a clip is decoded
and its flow estimated once, and memory does not depend on its length.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from vinpaint.core import Artifact, Bools, Box, Floats, Frames, Span

CELL_PX = 8
"""Measures are averaged over cells of so many pixels of the small frame."""
RADIUS = 9
"""Frames on either side of the one in the middle of a window."""

STILL_SHARE = 0.12
"""A repeated frame differs from the one before by less than this share of what others do."""


@dataclass(frozen=True, repr=False, eq=False)
class Change:
    """What differs from the frame before once its motion is followed, by cell: (h, w).

    `sound`: the share of pixels whose flow leads there and back. `tone`: (h, w, 3), the mean
    signed difference of those, levels. `stray`: how far pixels lie outside the range of the 3 x 3
    pixels at their place, levels. `fine`: the difference of the fine structure, levels.
    `still`: the mean difference of the frames as they lie, nothing followed: a number.
    """

    sound: Floats
    tone: Floats
    stray: Floats
    fine: Floats
    still: float


@dataclass(frozen=True, repr=False, eq=False)
class Look:
    """A frame as it is looked at. `rgb`: (H, W, 3) uint8, small; None: a shot's first frame."""

    frame: int
    rgb: Frames
    change: Change | None


@dataclass(frozen=True, repr=False, eq=False)
class Window:
    """Frames of one shot around `frame`, at most RADIUS on either side, by their numbers."""

    frame: int
    shot: Span
    looks: Mapping[int, Look]

    def changes(self, start: int, stop: int) -> list[Change]:
        """The changes of frames [start, stop), as far as the window holds them."""
        held = (self.looks.get(number) for number in range(start, stop))
        return [look.change for look in held if look is not None and look.change is not None]

    def around(self, start: int, stop: int, reach: int) -> list[Change]:
        """The changes of up to `reach` frames before `start` and as many from `stop`.

        Frames that repeat the one before say nothing of what is usual: they are left out.
        """
        found = self.changes(start - reach, start) + self.changes(stop, stop + reach)
        most = max((one.still for one in found), default=0.0)
        return [one for one in found if one.still >= STILL_SHARE * most]


@dataclass(frozen=True)
class Sign:
    """What one window shows. `cells`: where; `amount`: measured; `limit`: what it had to pass.

    `colour`: of a jump, its direction in RGB levels; `filled`: the share of its cells that jump.
    `word`: what the finder wants to remember.
    """

    span: Span
    cells: Box
    amount: float
    limit: float
    colour: tuple[float, float, float] = (0.0, 0.0, 0.0)
    filled: float = 1.0
    word: str = ""


@dataclass(frozen=True)
class Scene:
    """What signs are brought back to: source pixels, cells across and down, the shots."""

    width: int
    height: int
    cells: tuple[int, int]
    shots: tuple[Span, ...]

    def shot_of(self, frame: int) -> Span:
        """The shot that holds a frame."""
        return next(shot for shot in self.shots if shot.start <= frame < shot.stop)

    @property
    def all_cells(self) -> Box:
        """The whole picture, in cells."""
        return Box(0, 0, *self.cells)

    def box_of(self, cells: Box) -> Box:
        """The source pixels of some cells, rounded outwards."""
        across, down = self.width / self.cells[0], self.height / self.cells[1]
        return Box(
            int(cells.x0 * across),
            int(cells.y0 * down),
            min(self.width, int(np.ceil(cells.x1 * across))),
            min(self.height, int(np.ceil(cells.y1 * down))),
        )


WHOLE_SHARE = 0.75
"""A box of more than this share of the picture counts as the whole of it."""


def fault(kind: str, sign: Sign, scene: Scene, *, lasts: bool = False) -> Artifact:
    """A sign as a fault in source pixels."""
    box, full = scene.box_of(sign.cells), Box(0, 0, scene.width, scene.height)
    whole = box.width * box.height > WHOLE_SHARE * full.width * full.height
    score = max(0.0, 1 - sign.limit / sign.amount)
    return Artifact(kind, full if whole else box, sign.span, score, sign.amount, whole, lasts)


class ArtifactFinder(Protocol):
    """Finds one kind of fault."""

    @property
    def title(self) -> str:
        """What the user calls it."""
        ...

    def look(self, window: Window) -> list[Sign]:
        """What the frame in the middle of the window shows of it."""
        ...

    def settle(self, signs: Sequence[Sign], scene: Scene) -> list[Artifact]:
        """The faults that all signs of a clip, in the order of their frames, make up."""
        ...


def spread(cells: Floats, reach: int = 1) -> Floats:
    """The largest value within `reach` cells."""
    return np.asarray(cv2.dilate(cells, np.ones((2 * reach + 1,) * 2, np.uint8)), np.float32)


def closed(hot: Bools) -> Bools:
    """The cells, with gaps of up to two between them filled."""
    kernel = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.morphologyEx(hot.astype(np.uint8), cv2.MORPH_CLOSE, kernel) > 0)


def patches(hot: Bools, least: int) -> list[Bools]:
    """The connected patches of at least so many cells, the largest first."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(hot.astype(np.uint8), connectivity=4)
    order = sorted(range(1, count), key=lambda n: -stats[n, cv2.CC_STAT_AREA])
    return [labels == n for n in order if stats[n, cv2.CC_STAT_AREA] >= least]
