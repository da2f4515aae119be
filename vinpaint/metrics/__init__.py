"""How good a repair is: one file a measure, one line in METRICS."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from vinpaint.metrics.base import Metric, Reading, Window
from vinpaint.metrics.boundary import BoundaryError
from vinpaint.metrics.coverage import Coverage
from vinpaint.metrics.warp import WarpingError
from vinpaint.types import Score

METRICS: dict[str, Metric] = {
    "warp": WarpingError(),
    "boundary": BoundaryError(),
    "coverage": Coverage(),
}


def measure(
    windows: Iterable[Window], names: Sequence[str], *, frames: int, size: tuple[int, int]
) -> tuple[Score, ...]:
    """All measures of `names` in one pass; `size`: (width, height) of the whole picture.

    A measure that found nothing to count has the value None, never NaN.
    """
    metrics = {name: METRICS[name] for name in names}
    if "coverage" in metrics:
        metrics["coverage"] = replace(Coverage(), pixels=size[0] * size[1])
    readings: dict[str, list[Reading]] = {name: [] for name in names}
    for window in windows:
        for name, metric in metrics.items():
            readings[name] += metric.read(window)
    return tuple(_score(name, metrics[name], readings[name], frames) for name in names)


def _score(name: str, metric: Metric, readings: Sequence[Reading], frames: int) -> Score:
    per_frame: list[float | None] = [None] * frames
    for reading in readings:
        per_frame[reading.frame] = _ratio(reading.total, reading.weight)
    own_weight = sum(r.yardstick_weight for r in readings)
    return Score(
        name=name,
        title=metric.title,
        value=_ratio(sum(r.total for r in readings), sum(r.weight for r in readings)),
        unit=metric.unit,
        better=metric.better,
        meaning=metric.meaning,
        yardstick=_ratio(sum(r.yardstick_total for r in readings), own_weight),
        per_frame=tuple(per_frame),
    )


def _ratio(total: float, weight: float) -> float | None:
    return total / weight if weight > 0 else None


__all__ = ["METRICS", "Metric", "Window", "measure"]
