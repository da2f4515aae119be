"""Frozen frames: the picture stands still for a moment in a shot that moves before and after."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.core import Artifact, Box, Span
from vinpaint.quality.artifacts.base import STILL_SHARE, Change, Scene, Sign, Window, fault

_MOVES = 0.8
"""Levels between two frames, at least, where something moves."""
_REACH = 6
_MOVING_FRAMES = 3
"""So many of those must move, before and after."""
_SURE = 0.5
"""One repeated frame scores a half, more score more."""
_OFTEN = 4
"""So many repeats in a shot are told as one."""


@dataclass(frozen=True)
class Frozen:
    """Frames that repeat the one before."""

    title: str = "Frozen frames"

    def look(self, window: Window) -> list[Sign]:
        """Where the picture stops, and where it moves on."""
        frame = window.frame
        before, now, after = (window.changes(*span) for span in _parts(frame))
        if not now:
            return []
        last = window.changes(frame - 1, frame)
        signs = []
        if _stands(now[0], before) and not (last and _stands(last[0], before)):
            signs.append(_sign(frame, "stops"))
        if last and not _stands(now[0], after) and _stands(last[0], after):
            signs.append(_sign(frame, "moves on"))
        return signs

    def settle(self, signs: Sequence[Sign], scene: Scene) -> list[Artifact]:
        """Every stop with where it moves on from; many in one shot are told as one."""
        faults: list[Artifact] = []
        for shot in scene.shots:
            runs = _runs([sign for sign in signs if shot.start <= sign.span.start < shot.stop])
            if len(runs) >= _OFTEN:
                runs = [(Span(runs[0][0].start, runs[-1][0].stop), sum(n for _, n in runs))]
            for span, count in runs:
                sign = Sign(span, scene.all_cells, float(count), _SURE)
                faults.append(fault("frozen", sign, scene))
        return faults


def _parts(frame: int) -> tuple[tuple[int, int], ...]:
    return (frame - _REACH, frame), (frame, frame + 1), (frame, frame + _REACH)


def _stands(change: Change, others: Sequence[Change]) -> bool:
    """Whether nothing moves from the frame before, while most others do."""
    moving = [one.still for one in others if one.still >= _MOVES]
    return len(moving) >= _MOVING_FRAMES and change.still < STILL_SHARE * float(np.median(moving))


def _sign(frame: int, word: str) -> Sign:
    return Sign(Span(frame, frame + 1), Box(0, 0, 1, 1), amount=1.0, limit=1.0, word=word)


def _runs(signs: Sequence[Sign]) -> list[tuple[Span, int]]:
    """(frames that stand, their count) of every stop that is followed by moving on."""
    runs, start = [], None
    for sign in signs:
        if sign.word == "stops":
            start = sign.span.start
        elif start is not None:
            runs.append((Span(start, sign.span.start), sign.span.start - start))
            start = None
    return runs
