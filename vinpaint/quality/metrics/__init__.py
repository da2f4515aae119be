"""How good a repair is: one file a measure, one line in METRICS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from vinpaint.core import Score
from vinpaint.quality.metrics.base import (
    Found,
    Gauge,
    Metric,
    MetricUnavailableError,
    Window,
    looks,
)
from vinpaint.quality.metrics.boundary import BoundaryError
from vinpaint.quality.metrics.colour_step import ColourStep
from vinpaint.quality.metrics.coverage import Coverage
from vinpaint.quality.metrics.drift import Drift
from vinpaint.quality.metrics.fid import Fid
from vinpaint.quality.metrics.flicker import Flicker
from vinpaint.quality.metrics.grain import GrainLevel
from vinpaint.quality.metrics.sharpness import Sharpness
from vinpaint.quality.metrics.warp import WarpingError
from vinpaint.quality.metrics.wavelet import Texture

METRICS: dict[str, Metric] = {
    "warp": WarpingError(),
    "boundary": BoundaryError(),
    "texture": Texture(),
    "flicker": Flicker(),
    "drift": Drift(),
    "sharpness": Sharpness(),
    "grain": GrainLevel(),
    "colour": ColourStep(),
    "coverage": Coverage(),
    "fid": Fid(),
}

QUICK = tuple(name for name in METRICS if name != "fid")
"""All that the score and the gate need; the others cost more than a fill, or a download."""


def measure(
    windows: Iterable[Window], names: Sequence[str], *, frames: int, size: tuple[int, int]
) -> tuple[Score, ...]:
    """All measures of `names` in one pass; `size`: (width, height) of the whole picture.

    A measure that found nothing to count has the value None, never NaN; one that cannot be taken
    on this machine says why in `missing`.
    """
    gauges, missing = _started(names)
    for window in windows:
        for look in looks(window, pixels=size[0] * size[1]):
            for gauge in gauges.values():
                gauge.take(look)
    return tuple(_score(name, gauges.get(name), missing.get(name, ""), frames) for name in names)


def _started(names: Sequence[str]) -> tuple[dict[str, Gauge], dict[str, str]]:
    """The gauges of the measures that can be taken here, and why the others cannot."""
    gauges: dict[str, Gauge] = {}
    missing: dict[str, str] = {}
    for name in names:
        try:
            gauges[name] = METRICS[name].start()
        except MetricUnavailableError as reason:
            missing[name] = str(reason)
    return gauges, missing


def _score(name: str, gauge: Gauge | None, missing: str, frames: int) -> Score:
    metric = METRICS[name]
    found = Found(None, None, {}, {})
    try:
        found = found if gauge is None else gauge.found()
    except MetricUnavailableError as reason:
        missing = str(reason)
    return Score(
        name=name,
        title=metric.title,
        value=found.value,
        unit=metric.unit,
        better=metric.better,
        meaning=metric.meaning,
        yardstick=found.yardstick,
        per_frame=tuple(found.per_frame.get(t) for t in range(frames)),
        own_per_frame=tuple(found.own_per_frame.get(t) for t in range(frames)),
        missing=missing,
    )


__all__ = ["METRICS", "QUICK", "Metric", "Window", "measure"]
