"""Sharpness: whether the repair has as much detail as its surroundings.

S is the mean of | Laplacian of (G * Y') | over the hole, in levels per squared pixel. Y' is luma
and G a Gaussian of 1 pixel, which keeps detail and removes most grain (which has a metric of its
own). It is the "absolute Laplacian" of Pertuz et al., "Analysis of focus measure operators for
shape-from-focus", 2013. The baseline is the same measure in the ring, and the closest value to it
is the best: a low value means blur, a high one a fill that is too hard.
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
