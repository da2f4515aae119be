"""Metric `contrast`: does the repair have the contrast of its surroundings?

C = standard deviation of luma, in intensity levels; the baseline is the same in the ring of
untouched pixels around the hole.
"""

from __future__ import annotations

from dataclasses import dataclass

from vinpaint.core import Better
from vinpaint.quality.metrics.base import Gauge, Look, Reading, Sums


@dataclass(frozen=True)
class Contrast:
    """Contrast. Register it as `"contrast": Contrast()`."""

    title: str = "Contrast"
    unit: str = "levels"
    better: Better = "alike"
    meaning: str = "Contrast inside the repair; far below the clip's own value it looks hazy."

    def start(self) -> Gauge:
        """Return a gauge that averages `_read` over the frames."""
        return Sums(_read)


def _read(look: Look) -> Reading | None:
    """Return one frame's reading, or None if there is nothing to measure.

    A reading has two sums, each with its weight: inside the hole, and in the ring around it.
    """
    if not look.inside.any() or not look.beside.any():
        return None
    inside, ring = look.luma[look.inside], look.luma[look.beside]  # luma: (H, W) float32
    return Reading(float(inside.std()), 1.0, float(ring.std()), 1.0)
