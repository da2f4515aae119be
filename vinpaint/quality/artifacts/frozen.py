"""Frozen frames: the picture stands still for a moment in a shot that moves before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
"""Smallest difference in levels between two frames of a moving shot."""
_REACH = 6
_MOVING_FRAMES = 3
"""Moving frames that are needed before and after."""
_LIMIT = 0.5
"""One repeated frame scores one half, more score more."""
_MANY = 4
"""From this number on, the repeats of a shot are reported as one artifact."""


@dataclass(frozen=True)
class FrozenFrameFinder:
    """Finds frames that repeat the previous one."""

    title: str = "Frozen frames"

    def detect(self, window: FrameWindow) -> list[Detection]:
        """Return where the picture stops, and where it moves on."""
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
        """Pair every stop with the frame that moves on; report many in one shot as one."""
        artifacts: list[Artifact] = []
        for shot in grid.shots:
            runs = _still_runs([one for one in detections if one.span.start in shot.frames])
            total = sum(run.length for run in runs)
            counts = [run.length for run in runs]
            if len(runs) >= _MANY:
                runs, counts = [Span(runs[0].start, runs[-1].stop)], [total]
            for run, count in zip(runs, counts, strict=True):
                found = Detection(run, Box(0, 0, *grid.cells), float(count), _LIMIT)
                artifacts.append(to_artifact("frozen", found, grid))
        return artifacts


def _is_still(change: FrameChange, others: Sequence[FrameChange]) -> bool:
    """Return whether a frame repeats the previous one, while most others move."""
    moving = [one.still for one in others if one.still >= _MIN_MOTION]
    return len(moving) >= _MOVING_FRAMES and change.still < STILL_SHARE * float(np.median(moving))


def _still_runs(detections: Sequence[Detection]) -> list[Span]:
    """Return the still frames of every stop that is followed by moving on."""
    runs, start = [], None
    for one in detections:
        if one.event == "stops":
            start = one.span.start
        elif start is not None:
            runs.append(Span(start, one.span.start))
            start = None
    return runs
