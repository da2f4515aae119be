"""Sharpness: is the repair as detailed as its surroundings, or smeared?

S = mean over the hole of | Laplacian of (G * Y') |, levels a pixel squared: Y' is luma and G a
Gaussian of 1 px, which keeps detail and takes off most grain (which has a measure of its own). The
"absolute Laplacian" among the focus measures that Pertuz et al. compare ("Analysis of focus
measure operators for shape-from-focus", 2013). The yardstick is the same in the ring; the closer
to it the better: far below, the fill is blurred; far above, it is harder than its place.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Better
from vinpaint.quality.metrics.base import Gauge, Look, Reading, Sums

_SIGMA_PX = 1.0


@dataclass(frozen=True)
class Sharpness:
    """Detail."""

    title: str = "Sharpness"
    unit: str = "levels/px²"
    better: Better = "alike"
    meaning: str = "Fine detail in the repair; far below the clip's own value it is blurred."

    def start(self) -> Gauge:
        """Sums of absolute Laplacians over pixels."""
        return Sums(_read)


def _read(look: Look) -> Reading | None:
    inside, beside = look.inside, look.beside
    if not inside.any():
        return None
    calm = cv2.GaussianBlur(look.luma, (0, 0), _SIGMA_PX)
    detail = np.abs(cv2.Laplacian(calm, cv2.CV_32F))
    mine, own = detail[inside], detail[beside]
    return Reading(float(mine.sum()), float(mine.size), float(own.sum()), float(own.size))
