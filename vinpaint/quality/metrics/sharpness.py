"""Sharpness: measure the amount of fine detail in the repair.

S is the mean of | Laplacian of (G * Y') | over the hole, in levels per squared pixel. Y' is luma. G
is a Gaussian with a sigma of 1 pixel, which keeps detail and removes most of the grain (`grain.py`
measures that). This is the "absolute Laplacian" of Pertuz et al., "Analysis of focus measure
operators for shape-from-focus", 2013. The baseline is the same measure in the ring. The best value
is the one closest to the baseline: a low value means blur, a high one that the fill is too sharp.
"""

from __future__ import annotations

import cv2
import numpy as np

from vinpaint.quality.metrics.base import Measurement, Metric, WindowFeatures

_SIGMA_PX = 1.0


def _measure(features: WindowFeatures) -> Measurement | None:
    inside, beside = features.hole_interior, features.ring_interior
    if not inside.any():
        return None
    smooth = cv2.GaussianBlur(features.luma, (0, 0), _SIGMA_PX)
    detail = np.abs(cv2.Laplacian(smooth, cv2.CV_32F))
    return Measurement.of_samples(detail[inside], detail[beside])


SHARPNESS = Metric(
    title="Sharpness",
    unit="levels/px²",
    better="alike",
    meaning="Fine detail in the repair. Far below the clip's own value it looks blurred.",
    measure=_measure,
)
