"""Grain: whether the repair has the noise of the picture around it.

g = sqrt((f^2 + (2 c)^2) / 2) in 8-bit levels, where f and c are the noise of the frame at full and
at half size, by the difference of Laplacians in the flattest places (Immerkaer, "Fast Noise
Variance Estimation", 1996; see vinpaint/imaging/noise.py). White noise halves from one size to the
next, so 2 c gives both octaves the same weight; coarse film grain counts more. The baseline is the
same measure beside the hole, and the closest value to it is the best.
"""

from __future__ import annotations

from vinpaint.imaging.noise import Grain, measure_grain, surrounding_ring
from vinpaint.quality.metrics.base import Measurement, Metric, WindowFeatures


def _measure(features: WindowFeatures) -> Measurement | None:
    inside = measure_grain(features.after, features.hole)
    if inside is None:
        return None
    beside = measure_grain(features.before, surrounding_ring(features.touched) & ~features.touched)
    baseline = (0.0, 0.0) if beside is None else (_level(beside), 1.0)
    return Measurement(_level(inside), 1.0, *baseline)


def _level(grain: Grain) -> float:
    return float(((grain.fine**2 + (2 * grain.coarse) ** 2) / 2) ** 0.5)


GRAIN_LEVEL = Metric(
    title="Grain",
    unit="levels",
    better="alike",
    meaning=(
        "Noise in the flattest parts of the repair. Far below the clip's own value it looks like "
        "plastic. Far above, it looks rough."
    ),
    measure=_measure,
)
