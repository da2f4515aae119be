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

from vinpaint.faults.base import RADIUS, Change, Scene, Sign, Window, fault, patches
from vinpaint.types import Fault, Floats, Span, bounding_box

_LEAST = 2.5
"""Levels, the mean of the three channels."""
_RATIO = 4.0
"""And so many times the middle cell of the picture."""
_LEAST_CELLS = 8
_EVERY = 6
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
        energy = _energy(changes)
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
                signs.append(Sign(span, cells, float(energy[patch].mean()), limit))
        return signs

    def settle(self, signs: Sequence[Sign], scene: Scene) -> list[Fault]:
        """Signs at one place, one after the other, are one flicker."""
        joined: list[Sign] = []
        for sign in signs:
            same = next((n for n, other in enumerate(joined) if _continues(sign, other)), None)
            if same is None:
                joined.append(sign)
            else:
                joined[same] = _joined(joined[same], sign)
        return [fault("flicker", sign, scene) for sign in joined]


def _energy(changes: Sequence[Change]) -> Floats:
    """(h, w): the median over time of half the second difference, levels."""
    tones = [cv2.blur(one.tone, (3, 3)) for one in changes]
    seconds = [np.abs(after - before).mean(axis=2) / 2 for before, after in pairwise(tones)]
    return np.asarray(np.median(seconds, axis=0), np.float32)


def _continues(sign: Sign, other: Sign) -> bool:
    return sign.span.start <= other.span.stop and sign.cells.meet(other.cells) is not None


def _joined(one: Sign, other: Sign) -> Sign:
    span = Span(min(one.span.start, other.span.start), max(one.span.stop, other.span.stop))
    stronger = max(one, other, key=lambda sign: sign.amount)
    return replace(stronger, span=span, cells=one.cells.join(other.cells))
