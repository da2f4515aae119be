"""Colour step: does the colour jump across the mask's rim?

C = mean over the rim of || A_in - A_out ||, levels of 255 (root mean square over the channels): at
each pixel of the rim, A_in and A_out are the mean colours of the pixels 1 to 5 px inside and
outside, each averaged over the square of 15 px around it. Edges that cross the rim are on both
sides and cancel; a fill of another light does not. The yardstick is the same step across two lines
that run around the hole, 8 and 12 px outside: how much colour changes over that distance anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Better, Bools, Floats
from vinpaint.quality.metrics.base import Gauge, Look, Reading, Sums

_NEAR_PX, _FAR_PX = 1.0, 5.0
_AROUND_PX = 15
_LINES_PX = (8.0, 12.0)
_LEAST_WEIGHT = 1e-3


@dataclass(frozen=True)
class ColourStep:
    """Colour."""

    title: str = "Colour step"
    unit: str = "levels"
    better: Better = "lower"
    meaning: str = (
        "How far the colour jumps across the repair's rim; "
        "far above the clip's own value the repair has another light."
    )

    def start(self) -> Gauge:
        """Sums of steps over the rim's pixels."""
        return Sums(_read)


def _read(look: Look) -> Reading | None:
    if not look.hole.any() or look.hole.all():
        return None
    away = _away(look.hole)
    rim = _steps(look.after, away, (0.0,))
    if not len(rim):
        return None
    touched = float(away[look.touched].max())  # a soft rim reaches out; the lines lie beyond it
    own = _steps(look.before, away, [max(0.0, touched) + line for line in _LINES_PX])
    return Reading(float(rim.sum()), float(rim.size), float(own.sum()), float(own.size))


def _away(hole: Bools) -> Floats:
    """(H, W): pixels from the hole's edge, negative inside."""
    out = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 5) - 0.5
    within = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5) - 0.5
    return np.asarray(np.where(hole, -within, out), np.float32)


def _steps(frame: np.ndarray[tuple[int, ...], np.dtype[np.uint8]], away: Floats,
           lines: Sequence[float]) -> Floats:  # fmt: skip
    """(n,): the step at every pixel of the lines at those distances."""
    colour = frame.astype(np.float32)
    found = [_step(colour, away - line) for line in lines]
    return np.concatenate(found)


def _step(colour: Floats, away: Floats) -> Floats:
    within = (away <= -_NEAR_PX) & (away >= -_FAR_PX)
    beyond = (away >= _NEAR_PX) & (away <= _FAR_PX)
    line = np.abs(away) < _NEAR_PX
    one, other = _mean(colour, within, line), _mean(colour, beyond, line)
    known = np.isfinite(one).all(axis=-1) & np.isfinite(other).all(axis=-1)
    return np.asarray(np.sqrt(((one - other)[known] ** 2).mean(axis=-1)), np.float32)


def _mean(colour: Floats, where: Bools, line: Bools) -> Floats:
    """(n, 3): on the line, the mean colour of the pixels of `where` around; nan for too few."""
    kept = where.astype(np.float32)
    weight = cv2.blur(kept, (_AROUND_PX, _AROUND_PX))[line][:, None]
    total = cv2.blur(colour * kept[..., None], (_AROUND_PX, _AROUND_PX))[line]
    few = weight < _LEAST_WEIGHT
    return np.where(few, np.nan, total / np.maximum(weight, _LEAST_WEIGHT)).astype(np.float32)
