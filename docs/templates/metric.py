"""Contrast: whether the repair has the contrast of its surroundings.

C is the standard deviation of luma inside the hole, in 8-bit intensity levels, averaged over the
frames. The baseline is the same measure in the ring of untouched pixels around the hole.
"""

from __future__ import annotations

from vinpaint.quality.metrics.base import Measurement, Metric, WindowFeatures


def _measure(features: WindowFeatures) -> Measurement | None:
    """Return one frame's measurement, or None if there is nothing to measure.

    A measurement holds two sums, each with its weight: in the hole, and for the baseline.
    """
    inside, beside = features.hole_interior, features.ring_interior  # (H, W) bool each
    if not inside.any() or not beside.any():
        return None
    luma = features.luma  # (H, W) float32; features.before and .after are (H, W, 3) uint8 RGB
    return Measurement(float(luma[inside].std()), 1.0, float(luma[beside].std()), 1.0)


CONTRAST = Metric(
    title="Contrast",
    unit="levels",
    better="alike",
    meaning="Contrast inside the repair. Far below the clip's own value it looks hazy.",
    measure=_measure,
)
"""Register it as `"contrast": CONTRAST`."""
