"""Quality metrics. Each metric is one file and one entry in METRICS.

Start with `base.py` for the interface, and `coverage.py` for the shortest example.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vinpaint.core import Score
from vinpaint.quality.metrics.base import (
    Accumulator,
    Metric,
    MetricResult,
    MetricUnavailableError,
    MetricWindow,
    frame_features,
)
from vinpaint.quality.metrics.boundary import BOUNDARY_ERROR
from vinpaint.quality.metrics.colour_step import COLOUR_STEP
from vinpaint.quality.metrics.coverage import COVERAGE
from vinpaint.quality.metrics.drift import DRIFT
from vinpaint.quality.metrics.fid import FID
from vinpaint.quality.metrics.flicker import FLICKER
from vinpaint.quality.metrics.grain import GRAIN_LEVEL
from vinpaint.quality.metrics.sharpness import SHARPNESS
from vinpaint.quality.metrics.warp import WARPING_ERROR
from vinpaint.quality.metrics.wavelet import TEXTURE

METRICS: dict[str, Metric] = {
    "warp": WARPING_ERROR,
    "boundary": BOUNDARY_ERROR,
    "texture": TEXTURE,
    "flicker": FLICKER,
    "drift": DRIFT,
    "sharpness": SHARPNESS,
    "grain": GRAIN_LEVEL,
    "colour": COLOUR_STEP,
    "coverage": COVERAGE,
    "fid": FID,
}

QUICK = tuple(name for name in METRICS if name != "fid")
"""The metrics that the quality and the gate need. FID is left out: it takes longer than a fill."""


def measure(
    windows: Iterable[MetricWindow], names: Sequence[str], *, frames: int, size: tuple[int, int]
) -> tuple[Score, ...]:
    """Compute several metrics in one pass over the windows.

    Args:
        windows: windows of the clip, in order.
        names: keys of METRICS.
        frames: number of frames of the clip.
        size: (width, height) of the uncropped picture.

    Returns one score for each name. If there was nothing to measure, its value is None, never NaN.
    If the metric cannot be computed on this machine, its field `missing` contains the reason.
    """
    accumulators: dict[str, Accumulator] = {}
    missing: dict[str, str] = {}
    for name in names:
        try:
            accumulators[name] = METRICS[name].start()
        except MetricUnavailableError as reason:
            missing[name] = str(reason)
    for window in windows:
        for features in frame_features(window, picture_px=size[0] * size[1]):
            for accumulator in accumulators.values():
                accumulator.add(features)
    return tuple(
        _score(name, accumulators.get(name), missing.get(name, ""), frames) for name in names
    )


def _score(name: str, accumulator: Accumulator | None, missing: str, frames: int) -> Score:
    metric, result = METRICS[name], MetricResult()
    try:
        result = accumulator.result() if accumulator else result
    except MetricUnavailableError as reason:
        missing = str(reason)
    return Score(
        name=name,
        title=metric.title,
        value=result.value,
        unit=metric.unit,
        better=metric.better,
        meaning=metric.meaning,
        yardstick=result.baseline,
        per_frame=tuple(result.per_frame.get(t) for t in range(frames)),
        own_per_frame=tuple(result.baseline_per_frame.get(t) for t in range(frames)),
        missing=missing,
    )


__all__ = ["METRICS", "QUICK", "Metric", "MetricWindow", "measure"]
