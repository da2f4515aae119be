"""Warping error: how much the repair changes as it moves (seed: quality evaluation, 1).

E_warp = 1/|Omega| sum_t sum_{Omega_t} || I'_{t+1} - warp(I'_t, F) ||^2, Omega_t = M_t and M_{t+1}
(both >= 0.5), with squared differences of RGB values in 0..1, averaged over the channels and given
in thousandths. Only pixels whose flow leads there and back count, so that what is covered up
between two frames is not taken for change. Lower is steadier, but not always better: a fill far
steadier than life is frozen.

The yardstick is the source's own error in the ring around the hole, brought to the fill's detail.
A flow that is off by d changes a picture by |grad I|^2 |d|^2 and by its noise, so an error means
little without the detail that it was made on: a flat colour would pass for steady, a sharp fill
for restless. Frame by frame: E_ring (G_inside + g) / (G_ring + g), G the mean squared gradient of
luma, g what is lost in rounding and noise. Pixels of the ring that come from the old hole are left
out: what was there is no part of the source.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vinpaint.core import Better, Bools, Floats, Frames
from vinpaint.quality.metrics.base import Gauge, Look, Reading, Sums, gradient

_SCALE = 1000.0 / 255.0**2
_LEAST_DETAIL = 4.0
"""Squared levels a pixel; below this a picture counts as flat."""


@dataclass(frozen=True)
class WarpingError:
    """Steadiness."""

    title: str = "Steadiness"
    unit: str = "/1000"
    better: Better = "lower"
    meaning: str = (
        "How much the repair changes from frame to frame once its motion is taken out; far above "
        "the clip's own value (for as much detail) it flickers, far below it looks frozen."
    )

    def start(self) -> Gauge:
        """Sums of squared differences over counted pixels."""
        return Sums(_read)


def _read(look: Look) -> Reading | None:
    motion, last = look.motion, look.last
    if motion is None or last is None:
        return None
    inside = look.hole & last.hole & motion.good
    ring = motion.ring & motion.good
    counted = float(inside.sum())
    total = float(_gap(look.after, motion.led, inside).sum())
    if not counted or not ring.any():
        return Reading(total, counted)
    own = float(_gap(look.before, motion.was, ring).mean())
    detail = np.square(gradient(look.luma))
    share = (_mean(detail, inside) + _LEAST_DETAIL) / (_mean(detail, ring) + _LEAST_DETAIL)
    return Reading(total, counted, own * share * counted, counted)


def _gap(frame: Frames, led: Floats, where: Bools) -> Floats:
    """(n,): squared difference, mean over the channels, in thousandths of full scale squared."""
    squared = (frame[where].astype(np.float32) - led[where]) ** 2
    return np.asarray(squared.mean(axis=-1) * _SCALE, np.float32)


def _mean(values: Floats, where: Bools) -> float:
    return float(values[where].mean())
