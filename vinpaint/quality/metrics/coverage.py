"""Coverage: measure the hole as a share of the picture, on the frames that have a hole."""

from __future__ import annotations

from vinpaint.quality.metrics.base import Measurement, Metric, WindowFeatures


def _measure(features: WindowFeatures) -> Measurement | None:
    inside = int(features.hole.sum())
    return Measurement(100.0 * inside, features.picture_px) if inside else None


COVERAGE = Metric(
    title="Picture repaired",
    unit="%",
    better="neither",
    meaning=(
        "Share of the picture inside the mask, on the frames with a mask. "
        "Above about 20 % a repair tends to show."
    ),
    measure=_measure,
)
