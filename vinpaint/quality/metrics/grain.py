"""Grain: measure the noise in the flattest parts of the repair.

g = sqrt((f^2 + (2 c)^2) / 2) in 8-bit levels, where f and c are the noise of the frame at full and
at half size. They are estimated by the difference of Laplacians in the flattest places (Immerkaer,
"Fast Noise Variance Estimation", 1996; see vinpaint/imaging/noise.py). White noise is half as
strong at half size, so the factor 2 gives both sizes the same weight. Coarse film grain counts
more. The baseline is the same measure in the source beside the hole. The best value is the one
closest to the baseline.
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
