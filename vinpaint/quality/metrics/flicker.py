"""Flicker: how much the repair's light pulses, its motion taken out.

F = 1/|M_t and M_(t-1)| sum | G * (I'_t - warp(I'_(t-1), F)) |^2, mean over the channels, in levels
squared, where G is the mean over the square of 11 px within the hole: the warping term of Bonneel
et al., "Blind Video Temporal Consistency" (2015), low-passed. The low-pass is on the *signed*
change: what detail adds by a flow that is off by a fraction of a pixel is as often up as down and
goes out; what is left is a patch that gets brighter or darker as a whole, which the eye sees first.
So it says what the warping error cannot (there, a pulse of 2 levels drowns in the detail), and it
counts every pixel, also those whose flow does not lead back: a fill that boils has no flow to
follow. DIS takes each patch's mean off, so a pulse does not mislead the flow.

It must be motion-compensated: on a pan, the second difference in time of a blurred picture was up
to 2000 levels squared of pure motion, more than any flicker. The yardstick is the same in the ring.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Better, Bools, Floats
from vinpaint.quality.metrics.base import Gauge, Look, Reading, Sums

_AROUND_PX = 11
_LEAST_WEIGHT = 1e-3


@dataclass(frozen=True)
class Flicker:
    """Pulsing of light."""

    title: str = "Flicker"
    unit: str = "levels²"
    better: Better = "lower"
    meaning: str = (
        "How much patches of the repair brighten and darken from frame to frame; "
        "far above the clip's own value it pulses."
    )

    def start(self) -> Gauge:
        """Sums of squared changes over pixels."""
        return Sums(_read)


def _read(look: Look) -> Reading | None:
    motion, last = look.motion, look.last
    if motion is None or last is None:
        return None
    inside = look.hole & last.hole
    mine = _energy(look.after.astype(np.float32) - motion.led, inside)
    if not motion.ring.any():
        return Reading(float(mine.sum()), float(mine.size))
    own = _energy(look.before.astype(np.float32) - motion.was, motion.ring)
    return Reading(float(mine.sum()), float(mine.size), float(own.sum()), float(own.size))


def _energy(change: Floats, where: Bools) -> Floats:
    """(n,): squared low-passed change of the pixels of `where`, which alone count in it."""
    kept = where.astype(np.float32)
    weight = _blur(kept)[where]
    calm = _blur(change * kept[..., None])[where] / np.maximum(weight, _LEAST_WEIGHT)[:, None]
    return np.asarray((calm**2).mean(axis=-1), np.float32)


def _blur(values: Floats) -> Floats:
    return np.asarray(cv2.blur(values, (_AROUND_PX, _AROUND_PX)))
