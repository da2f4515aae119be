"""Boundary error E_boundary: measure a visible seam along the edge of the hole.

    E_boundary = 1/|dM| sum_(x in dM) | ||grad I'(x)|| - E[ ||grad I|| in N(dM) ] |

The gradient is that of luma by central differences, in levels per pixel. dM are the pixels on both
sides of the edge of the hole. N(dM) are the pixels of the source that lie 2 to 9 pixels outside the
hole (docs/method.md). The baseline is the same measure on N(dM): the mean absolute difference of
its gradients from their mean. A value far above the baseline means an edge along the border, a
value far below a blurred border.
"""

from __future__ import annotations

import numpy as np

from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square
from vinpaint.quality.metrics.base import Measurement, Metric, WindowFeatures, gradient

NEAR_PX = 9
_GAP_PX = 2


def _measure(features: WindowFeatures) -> Measurement | None:
    hole = features.hole
    border = dilate_square(hole, 1) & dilate_square(~hole, 1)
    near = dilate_square(hole, NEAR_PX) & ~dilate_square(hole, _GAP_PX)
    if not border.any() or not near.any():
        return None
    source_gradient = gradient(flow.grey(features.before).astype(np.float32))[near]
    expected = float(source_gradient.mean())
    return Measurement.of_samples(
        np.abs(gradient(features.luma)[border] - expected), np.abs(source_gradient - expected)
    )


BOUNDARY_ERROR = Metric(
    title="Seam",
    unit="levels/px",
    better="lower",
    meaning=(
        "How much edges along the repair's border differ from those around it. Far above the "
        "clip's own value a seam shows. Far below, the border is blurred."
    ),
    measure=_measure,
)
