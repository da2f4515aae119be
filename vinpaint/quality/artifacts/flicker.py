"""Detect flicker: the brightness or colour of an area alternates from frame to frame.

The measure is the second temporal difference of the motion-compensated colour of each cell. It is
zero for a steady change of light. A single jump affects it on two frames only, and the median over
the window ignores those.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
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
"""Minimum second difference in levels, averaged over the three channels."""
_RATIO = 4.0
"""The second difference must exceed this multiple of its median over all cells."""
_MIN_CELLS = 8
_FRAME_STEP = 3
_GLOBAL_SHARE = 0.6
_CONSISTENT_SHARE = 0.8
_FINE_RATIO = 1.5
"""A change of fine structure above this multiple of the change of tone means motion."""


class FlickerFinder:
    """Finds areas whose brightness or colour alternates."""

    title = "Flicker"

    def detect(self, window: FrameWindow) -> list[Detection]:
        """Return the areas that flicker within the window. Only every third frame is examined."""
        span = Span(window.frame - RADIUS + 1, window.frame + RADIUS + 1)
        changes = window.changes(*span)
        if (window.frame - window.shot.start) % _FRAME_STEP or len(changes) < span.length:
            return []
        steps = _second_differences(changes)
        energy = np.asarray(np.median(steps, axis=0), np.float32)
        limit = max(_MIN_ENERGY, _RATIO * float(np.median(energy)))
        shares = np.median([change.consistent for change in changes], axis=0)
        fine = np.median([change.fine for change in changes], axis=0)
        flickers = (energy > limit) & (shares > _CONSISTENT_SHARE) & (fine < _FINE_RATIO * energy)
        if flickers.mean() > _GLOBAL_SHARE:
            return []
        found = []
        for region in regions(flickers, _MIN_CELLS):
            frames = _flickering_span(span, [step[region].mean() for step in steps], limit)
            if cells := bounding_box(region):
                found.append(Detection(frames, cells, float(energy[region].mean()), limit))
        return found

    def merge(self, detections: Sequence[Detection], grid: ClipGrid) -> list[Artifact]:
        """Join detections that overlap in space and follow each other in time."""
        joined: list[Detection] = []
        for new in detections:
            match = next((n for n, earlier in enumerate(joined) if _continues(new, earlier)), None)
            if match is None:
                joined.append(new)
            else:
                joined[match] = _join(joined[match], new)
        return [to_artifact("flicker", detection, grid) for detection in joined]


def _second_differences(changes: Sequence[FrameChange]) -> list[Floats]:
    """Return half the differences between consecutive changes of tone: (h, w) each, levels."""
    tones = [cv2.blur(change.tone, (3, 3)) for change in changes]
    return [np.abs(after - before).mean(axis=2) / 2 for before, after in pairwise(tones)]


def _flickering_span(span: Span, levels: Sequence[float], limit: float) -> Span:
    """Return the span from the first to the last frame above the limit."""
    above = [number for number, level in enumerate(levels) if level > limit]
    return Span(span.start + above[0], span.start + above[-1] + 2) if above else span


def _continues(new: Detection, earlier: Detection) -> bool:
    adjacent = new.span.start <= earlier.span.stop
    return adjacent and new.cells.intersection(earlier.cells) is not None


def _join(first: Detection, second: Detection) -> Detection:
    span = Span(min(first.span.start, second.span.start), max(first.span.stop, second.span.stop))
    stronger = max(first, second, key=lambda detection: detection.amount)
    return replace(stronger, span=span, cells=first.cells.join(second.cells))
