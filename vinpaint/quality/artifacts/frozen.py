"""Detect frozen frames: repeats of the previous frame in a shot that moves before and after."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vinpaint.core import Artifact, Box, Span
from vinpaint.quality.artifacts.base import (
    STILL_SHARE,
    ClipGrid,
    Detection,
    FrameChange,
    FrameWindow,
    to_artifact,
)

_MIN_MOTION = 0.8
"""Minimum mean difference in levels between neighbouring frames of a moving shot."""
_REACH = 6
_MOVING_FRAMES = 3
"""Minimum number of moving frames before, and after, the frozen ones."""
_LIMIT = 0.5
"""Threshold in repeated frames. One repeated frame therefore scores 0.5, and more score more."""
_MIN_MERGED_RUNS = 4
"""If a shot has at least this number of frozen runs, they are reported as one artifact."""


class FrozenFrameFinder:
    """Finds frames that repeat the previous one."""

    title = "Frozen frames"

    def detect(self, window: FrameWindow) -> list[Detection]:
        """Return whether the picture stops, or moves on, at the middle frame of the window."""
        frame = window.frame
        current = window.changes(frame, frame + 1)
        if not current:
            return []
        before = window.changes(frame - _REACH, frame)
        after = window.changes(frame, frame + _REACH)
        previous = window.changes(frame - 1, frame)
        events = []
        if _is_still(current[0], before) and not (previous and _is_still(previous[0], before)):
            events.append("stops")
        if previous and not _is_still(current[0], after) and _is_still(previous[0], after):
            events.append("moves on")
        span, cell = Span(frame, frame + 1), Box(0, 0, 1, 1)
        return [Detection(span, cell, amount=1.0, limit=1.0, event=event) for event in events]

    def merge(self, detections: Sequence[Detection], grid: ClipGrid) -> list[Artifact]:
        """Pair each stop with the next frame that moves. Join many runs in one shot."""
        artifacts: list[Artifact] = []
        for shot in grid.shots:
            runs = _still_runs([found for found in detections if found.span.start in shot.frames])
            total = sum(run.length for run in runs)
            counts = [run.length for run in runs]
            if len(runs) >= _MIN_MERGED_RUNS:
                runs, counts = [Span(runs[0].start, runs[-1].stop)], [total]
            for run, count in zip(runs, counts, strict=True):
                detection = Detection(run, Box(0, 0, *grid.cells), float(count), _LIMIT)
                artifacts.append(to_artifact("frozen", detection, grid))
        return artifacts


def _is_still(change: FrameChange, others: Sequence[FrameChange]) -> bool:
    """Return whether a frame repeats the previous one while most of the others move."""
    moving = [other.still for other in others if other.still >= _MIN_MOTION]
    return len(moving) >= _MOVING_FRAMES and change.still < STILL_SHARE * float(np.median(moving))


def _still_runs(detections: Sequence[Detection]) -> list[Span]:
    """Return the spans from each 'stops' event to the 'moves on' event that follows it."""
    runs, start = [], None
    for detection in detections:
        if detection.event == "stops":
            start = detection.span.start
        elif start is not None:
            runs.append(Span(start, detection.span.start))
            start = None
    return runs
