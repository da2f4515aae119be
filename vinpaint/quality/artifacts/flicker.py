"""Flicker: at one place the tone goes up and down from frame to frame, again and again.

The energy of the second difference in time of each cell's colour, once motion is followed: light
that drifts has none, and one jump has it on two frames only, which the median leaves out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from vinpaint.core import Artifact, Floats, Span, bounding_box
from vinpaint.quality.artifacts.base import RADIUS, Change, Scene, Sign, Window, fault, patches

_LEAST = 2.5
"""Levels, the mean of the three channels."""
_RATIO = 4.0
"""And so many times the middle cell of the picture."""
_LEAST_CELLS = 8
_EVERY = 3
_LIGHT_SHARE = 0.6
_SOUND = 0.8
_FINE = 1.5
"""Where the fine structure changes by more than so many times the tone, something moves."""


@dataclass(frozen=True)
class Flicker:
    """An area that flickers."""

    title: str = "Flicker"

    def look(self, window: Window) -> list[Sign]:
        """The areas that flicker through the whole window, every few frames."""
        span = Span(window.frame - RADIUS + 1, window.frame + RADIUS + 1)
        changes = window.changes(*span)
        if (window.frame - window.shot.start) % _EVERY or len(changes) < span.length:
            return []
        steps = _second_differences(changes)
        energy = np.asarray(np.median(steps, axis=0), np.float32)
        limit = max(_LEAST, _RATIO * float(np.median(energy)))
        sound = np.median([one.sound for one in changes], axis=0) > _SOUND
        fine = np.median([one.fine for one in changes], axis=0)
        hot = (energy > limit) & sound & (fine < _FINE * energy)
        if hot.mean() > _LIGHT_SHARE:
            return []
        signs = []
        for patch in patches(hot, _LEAST_CELLS):
            cells = bounding_box(patch)
            if cells is not None:
                when = _when(span, [step[patch].mean() for step in steps], limit)
                signs.append(Sign(when, cells, float(energy[patch].mean()), limit))
        return signs

    def settle(self, signs: Sequence[Sign], scene: Scene) -> list[Artifact]:
        """Signs at one place, one after the other, are one flicker."""
        joined: list[Sign] = []
        for sign in signs:
            same = next((n for n, other in enumerate(joined) if _continues(sign, other)), None)
            if same is None:
                joined.append(sign)
            else:
                joined[same] = _joined(joined[same], sign)
        return [fault("flicker", sign, scene) for sign in joined]


def _second_differences(changes: Sequence[Change]) -> list[Floats]:
    """(h, w) each: half of what one step of the tone differs from the next, levels."""
    tones = [cv2.blur(one.tone, (3, 3)) for one in changes]
    return [np.abs(after - before).mean(axis=2) / 2 for before, after in pairwise(tones)]


def _when(span: Span, levels: Sequence[float], limit: float) -> Span:
    """The frames between the first and the last that flicker."""
    above = [number for number, level in enumerate(levels) if level > limit]
    if not above:
        return span
    return Span(span.start + above[0], span.start + above[-1] + 2)


def _continues(sign: Sign, other: Sign) -> bool:
    return sign.span.start <= other.span.stop and sign.cells.intersection(other.cells) is not None


def _joined(one: Sign, other: Sign) -> Sign:
    span = Span(min(one.span.start, other.span.start), max(one.span.stop, other.span.stop))
    stronger = max(one, other, key=lambda sign: sign.amount)
    return replace(stronger, span=span, cells=one.cells.join(other.cells))
