"""Grain: has the repair the noise of the picture beside it?

g = sqrt((f^2 + (2 c)^2) / 2), levels of 255: f and c are the noise of the frame and of the frame at
half size, by the difference of Laplacians at the flattest places (Immerkaer, "Fast Noise Variance
Estimation", 1996; see vinpaint/grain.py, whose measurement this is). White noise halves from one
size to the next, so 2 c makes both octaves count alike; coarse film grain weighs more. The
yardstick is the same beside the hole; the closer to it the better.
"""

from __future__ import annotations

from dataclasses import dataclass

from vinpaint.core import Better
from vinpaint.imaging.noise import Grain, measure_grain, surrounding_ring
from vinpaint.quality.metrics.base import Gauge, Look, Reading, Sums


@dataclass(frozen=True)
class GrainLevel:
    """Noise."""

    title: str = "Grain"
    unit: str = "levels"
    better: Better = "alike"
    meaning: str = (
        "Noise in the repair's flattest places; far below the clip's own value it looks "
        "like plastic, far above it is rough."
    )

    def start(self) -> Gauge:
        """Means over the frames on which there are enough pixels."""
        return Sums(_read)


def _read(look: Look) -> Reading | None:
    mine = measure_grain(look.after, look.hole)
    if mine is None:
        return None
    own = measure_grain(look.before, surrounding_ring(look.touched) & ~look.touched)
    if own is None:
        return Reading(_level(mine), 1.0)
    return Reading(_level(mine), 1.0, _level(own), 1.0)


def _level(grain: Grain) -> float:
    return float(((grain.fine**2 + (2 * grain.coarse) ** 2) / 2) ** 0.5)
