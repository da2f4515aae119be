"""Flicker: in one area the tone goes up and down from frame to frame.

Measures the second difference in time of each cell's motion-compensated colour. Light that drifts
has none, and a single jump has it on two frames only, which the median ignores.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from vinpaint.core import Artifact, Floats, Span, bounding_box
from vinpaint.quality.artifacts.base import (
    RADIUS,
    ClipGrid,
    Detection,
    FrameChange,
    FrameWindow,
    regions,
    to_artifact,
)

_MIN_ENERGY = 2.5
"""Smallest second difference in levels, the mean of the three channels."""
_RATIO = 4.0
"""It also exceeds this multiple of the picture's median cell."""
_MIN_CELLS = 8
_FRAME_STEP = 3
_GLOBAL_SHARE = 0.6
_CONSISTENT_SHARE = 0.8
_FINE_RATIO = 1.5
"""If the fine structure changes by more than this multiple of the tone, something moves."""


@dataclass(frozen=True)
class FlickerFinder:
    """Finds areas that flicker."""

    title: str = "Flicker"

    def detect(self, window: FrameWindow) -> list[Detection]:
        """Return the areas that flicker through the whole window, on every third frame."""
        span = Span(window.frame - RADIUS + 1, window.frame + RADIUS + 1)
        changes = window.changes(*span)
        if (window.frame - window.shot.start) % _FRAME_STEP or len(changes) < span.length:
            return []
        steps = _second_differences(changes)
        energy = np.asarray(np.median(steps, axis=0), np.float32)
        limit = max(_MIN_ENERGY, _RATIO * float(np.median(energy)))
        consistent = np.median([one.consistent for one in changes], axis=0) > _CONSISTENT_SHARE
        fine = np.median([one.fine for one in changes], axis=0)
        flickers = (energy > limit) & consistent & (fine < _FINE_RATIO * energy)
        if flickers.mean() > _GLOBAL_SHARE:
            return []
        found = []
        for region in regions(flickers, _MIN_CELLS):
            cells = bounding_box(region)
            if cells is not None:
                frames = _flickering(span, [step[region].mean() for step in steps], limit)
                found.append(Detection(frames, cells, float(energy[region].mean()), limit))
        return found

    def merge(self, detections: Sequence[Detection], grid: ClipGrid) -> list[Artifact]:
        """Join detections that touch in space and time."""
        joined: list[Detection] = []
        for one in detections:
            same = next((n for n, other in enumerate(joined) if _continues(one, other)), None)
            if same is None:
                joined.append(one)
            else:
                joined[same] = _join(joined[same], one)
        return [to_artifact("flicker", one, grid) for one in joined]


def _second_differences(changes: Sequence[FrameChange]) -> list[Floats]:
    """(h, w) each: half the difference between consecutive changes of tone, levels."""
    tones = [cv2.blur(one.tone, (3, 3)) for one in changes]
    return [np.abs(after - before).mean(axis=2) / 2 for before, after in pairwise(tones)]


def _flickering(span: Span, levels: Sequence[float], limit: float) -> Span:
    """Return the frames from the first to the last that flickers."""
    above = [number for number, level in enumerate(levels) if level > limit]
    return Span(span.start + above[0], span.start + above[-1] + 2) if above else span


def _continues(one: Detection, other: Detection) -> bool:
    return one.span.start <= other.span.stop and one.cells.intersection(other.cells) is not None


def _join(one: Detection, other: Detection) -> Detection:
    span = Span(min(one.span.start, other.span.start), max(one.span.stop, other.span.stop))
    stronger = max(one, other, key=lambda detection: detection.amount)
    return replace(stronger, span=span, cells=one.cells.join(other.cells))
