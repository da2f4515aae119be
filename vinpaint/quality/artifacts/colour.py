"""Colour shifts: the mean colour of an area jumps between two frames; it stays, or comes back.

What moves changes colours too, but over several frames, and its structure changes with it. A
shift keeps its structure, happens at once, and the flow still leads there and back.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from vinpaint.core import Artifact, Bools, Box, Floats, Span, bounding_box
from vinpaint.quality.artifacts.base import (
    Change,
    Scene,
    Sign,
    Window,
    closed,
    fault,
    patches,
    spread,
)
from vinpaint.quality.artifacts.scan import change_between

_LEAST = 4.0
"""Levels, the mean of the three channels."""
_RATIO = 2.0
"""And so many times what the frames around change by."""
_REACH = 5
_LEAST_CELLS = 10
_LEAST_AFTER = 3
"""Frames that must follow, and come before: else it cannot be told from motion."""
_FINE, _FINE_LEAST = 1.6, 1.0
"""The fine structure may change by so many times what it does on other frames, and levels."""
_APART = 3
"""Frames before and after the jump that are held against each other, to see that it stays."""
_STAYS = 0.4
"""So much of the colour must be there still, where the flow leads there and back."""
_SOUND = 0.5
_LIGHT_SHARE = 0.6
"""A patch of more than this is the light, not an area."""


@dataclass(frozen=True)
class ColourShift:
    """An area whose colour jumps."""

    title: str = "Colour shift"

    def look(self, window: Window) -> list[Sign]:
        """The areas that jump on the middle frame."""
        start, shot = window.frame, window.shot
        others = window.around(start, start + 1, _REACH)
        change = window.changes(start, start + 1)
        if (
            not change
            or len(others) < 2
            or min(start - shot.start, shot.stop - start) <= _LEAST_AFTER
        ):
            return []
        jump, usual = _size(change[0]), spread(_usual([_size(one) for one in others]))
        limit = _LEAST + _RATIO * usual
        hot = jump > limit
        if hot.mean() > _LIGHT_SHARE:
            return []
        found = [
            sign
            for patch in patches(closed(hot), _LEAST_CELLS)
            if (sign := _sign(start, patch, change[0], others, limit))
        ]
        return [sign for sign in found if _stays(window, sign)]

    def settle(self, signs: Sequence[Sign], scene: Scene) -> list[Artifact]:
        """Each jump with the one that takes it back, or to the end of the shot."""
        faults: list[Artifact] = []
        taken: set[int] = set()
        for number, sign in enumerate(signs):
            if number in taken:
                continue
            shot = scene.shot_of(sign.span.start)
            later = (n for n in range(number + 1, len(signs)) if n not in taken)
            back = next((n for n in later if _undoes(signs[n], sign, shot)), None)
            if back is None:
                lasting = replace(sign, span=Span(sign.span.start, shot.stop))
                faults.append(fault("colour", lasting, scene, lasts=True))
            else:
                taken.add(back)
                faults.append(fault("colour", _both(sign, signs[back]), scene))
        return faults


def _both(sign: Sign, back: Sign) -> Sign:
    span = Span(sign.span.start, back.span.start)
    return replace(sign, span=span, cells=sign.cells.join(back.cells))


def _size(change: Change) -> Floats:
    return np.asarray(cv2.blur(np.abs(change.tone).mean(axis=2), (3, 3)), np.float32)


def _usual(sizes: list[Floats]) -> Floats:
    """The second largest of each cell: one other jump may be near, that which takes it back."""
    return np.asarray(np.sort(sizes, axis=0)[-2], np.float32)


def _stays(window: Window, sign: Sign) -> bool:
    """Whether frames a little further apart differ by the same colour there."""
    frame = sign.span.start
    ends = [window.looks.get(number) for number in (frame - _APART, frame + _APART - 1)]
    if ends[0] is None or ends[1] is None:
        return False
    wide = change_between(ends[0].rgb, ends[1].rgb)
    sound = wide.sound[sign.cells.slices] >= _SOUND
    if sound.mean() < _SOUND * sign.filled:
        return True  # it moves too fast to be followed so far
    jump = np.array(sign.colour)
    left = wide.tone[sign.cells.slices][sound].mean(axis=0)
    return float(left @ jump) > _STAYS * sign.filled * float(jump @ jump)


def _sign(
    frame: int, patch: Bools, change: Change, others: list[Change], limit: Floats
) -> Sign | None:
    cells = bounding_box(patch)
    if cells is None:
        return None
    usual = np.median([one.fine[patch] for one in others], axis=0)
    if np.median(change.fine[patch] - _FINE * usual) > _FINE_LEAST:
        return None
    red, green, blue = (float(one) for one in change.tone[patch].mean(axis=0))
    return Sign(
        Span(frame, frame + 1),
        cells,
        amount=float(_size(change)[patch].mean()),
        limit=float(limit[patch].mean()),
        colour=(red, green, blue),
        filled=float(patch[cells.slices].mean()),
    )


def _undoes(later: Sign, sign: Sign, shot: Span) -> bool:
    if later.span.start >= shot.stop:
        return False
    shared: Box | None = later.cells.intersection(sign.cells)
    least = min(one.cells.width * one.cells.height for one in (later, sign))
    a, b = np.array(later.colour), np.array(sign.colour)
    against = float(a @ b) < -0.7 * float(np.linalg.norm(a) * np.linalg.norm(b))
    return shared is not None and shared.width * shared.height > 0.5 * least and against
