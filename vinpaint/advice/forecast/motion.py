"""What moves: the thing in the hole, the rest of the picture, and what else touches the hole.

Two flows a pair. Of the frames as they are: how fast the hole's content moves on the screen, and
against what lies behind it. Of the frames with a membrane over the hole, so that its content pulls
nothing: what beside the hole moves by itself, and so touches it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging import flow
from vinpaint.imaging.membrane import solve_membrane
from vinpaint.imaging.motion.completion import PairMotion, grow
from vinpaint.runtime.parallel import map_ahead

_RING_PX = 5
"""So near the hole is beside it, in pixels of the picture as it is looked at."""

_APART_PX = 1.0
"""What differs by more from the motion of the background moves by itself."""

_LEAST_SHARE = 0.06
_LEAST_PIXELS = 9
"""Movers take at least this much of the ring, or they are noise."""

_CROSSED = math.radians(120)
"""Something has crossed when it has gone so far around the hole while it touched it."""


@dataclass(frozen=True)
class Move:
    """One pair of neighbouring frames; speeds are pixels a frame.

    `inside`: the hole's content on the screen, the median; `own`: the same against what is behind
    it; `rest`: of the picture around; `side`: from the hole's middle to what touches it, an angle
    in radians; None where nothing does.
    """

    inside: float
    own: float
    rest: float
    side: float | None = None

    def scaled(self, by: float) -> Move:
        """The same in pixels of another size."""
        return Move(self.inside * by, self.own * by, self.rest * by, self.side)


class Contact(NamedTuple):
    """How much else touches the hole: share of the pairs, how many times, how many cross it."""

    share: float = 0.0
    times: int = 0
    crossings: int = 0


def movement(frames: Frames, hole: Bools, motion: Sequence[PairMotion | None]) -> list[Move | None]:
    """One `Move` a pair of neighbours; None where there is nothing to measure.

    frames: (T, h, w, 3); hole: (T, h, w) bool; motion: of what is behind the hole, T - 1 pairs.
    """

    def move(t: int) -> Move | None:
        pair = motion[t]
        return None if pair is None else _move(frames, hole, pair, t)

    return list(map_ahead(move, range(len(motion))))


def contact(moves: Sequence[Move | None]) -> Contact:
    """What touches the hole, over all measured pairs. A pause of one pair is no end."""
    sides = [move.side for move in moves if move is not None]
    if not sides:
        return Contact()
    touches = _runs(sides)
    crossings = sum(_swing(run) > _CROSSED for run in touches)
    share = sum(side is not None for side in sides) / len(sides)
    return Contact(share, len(touches), crossings)


def _runs(sides: Sequence[float | None]) -> list[list[float]]:
    """The touching stretches: the sides of each."""
    runs: list[list[float]] = []
    since = 2
    for side in sides:
        if side is None:
            since += 1
            continue
        if since > 1:
            runs.append([])
        runs[-1].append(side)
        since = 0
    return runs


def _swing(sides: Sequence[float]) -> float:
    """The largest angle between the first side and a later one."""
    turns = [abs(math.remainder(side - sides[0], math.tau)) for side in sides]
    return max(turns)


def _move(frames: Frames, hole: Bools, pair: PairMotion, t: int) -> Move | None:
    box = pair.box.slices
    here, there = hole[t][box], hole[t + 1][box]
    if not here.any() or not there.any() or here.all():
        return None  # where the hole begins or ends, its content goes nowhere
    greys = [flow.grey(frames[i][box]) for i in (t, t + 1)]
    shown = flow.estimate(*greys)
    plates = [_plate(grey, here | there) for grey in greys]  # alike, or their edges would move
    return Move(
        inside=_median_length(shown, here),
        own=_median_length(shown - pair.forward, here),
        rest=_median_length(shown, ~here),
        side=_side(plates, here, there, pair.forward),
    )


def _median_length(field: Floats, area: Bools) -> float:
    return float(np.median(np.hypot(field[..., 0], field[..., 1])[area]))


def _plate(grey: Frames, hole: Bools) -> Frames:
    """The picture with a membrane over the hole and its rim."""
    shut = grow(hole, 1)
    if not shut.any() or shut.all():
        return grey
    filled = solve_membrane(grey.astype(np.float32), ~shut)
    return np.where(shut, np.clip(filled, 0, 255).astype(np.uint8), grey)


def _side(plates: Sequence[Frames], here: Bools, there: Bools, behind: Floats) -> float | None:
    """The direction in which something else touches the hole."""
    forward, backward = flow.estimate(*plates), flow.estimate(plates[1], plates[0])
    good = flow.forward_backward_error(forward, backward)[1]
    apart = np.hypot(*np.moveaxis(forward - behind, -1, 0)) > _APART_PX
    ring = grow(here, _RING_PX + 1) & ~grow(here, 1) & ~there
    movers = (apart & good & ring).view(np.uint8)
    movers = cv2.morphologyEx(movers, cv2.MORPH_OPEN, np.ones((2, 2), np.uint8)) > 0
    if movers.sum() < max(_LEAST_PIXELS, _LEAST_SHARE * ring.sum()):
        return None
    rows, columns = np.nonzero(movers)
    middle_y, middle_x = (float(places.mean()) for places in np.nonzero(here))
    return math.atan2(rows.mean() - middle_y, columns.mean() - middle_x)
