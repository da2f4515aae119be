"""Guess where the rest of an object lies that no other method has outlined."""

from __future__ import annotations

import numpy as np

from vinpaint.core import Bools
from vinpaint.imaging.morphology import dilate_ellipse
from vinpaint.quality.leftover.attached import opened, touching
from vinpaint.quality.leftover.mask_delay import MaskDelay
from vinpaint.quality.leftover.object_cues import ObjectCues
from vinpaint.quality.leftover.scan_window import ScanWindow

_LATE_GAIN = 0.02
"""Gain from which the mask of another frame is taken to fit better."""
_OUTLINED_SHARE = 0.01
"""Share of the object from which what was outlined otherwise is enough."""
_REACH_SHARE, _REACH_PX = 0.5, 4
"""Distance from the hole that is searched: a share of the object's size, plus pixels."""
_MIN_COLOUR, _MIN_OTHER = 0.5, 0.5
"""Minimum of the colour cue, and of the sum of the other cues."""


def likely_places(
    window: ScanWindow, cues: ObjectCues, delay: MaskDelay, frame: int, *, outlined: Bools
) -> Bools:
    """Return the pixels of a frame, outside its hole, that are probably the object's, (H, W) bool.

    If the mask is late, those of the mask that fits; else, if hardly anything was `outlined` by
    other methods, those beside the hole that look like the object.
    """
    hole = window.holes[frame]
    other = frame + delay.frames
    if delay.gain >= _LATE_GAIN and 0 <= other < len(window):
        return window.holes[other] & ~hole
    if outlined.sum() >= _OUTLINED_SHARE * window.area_px:
        return np.zeros_like(hole)
    expected = np.ascontiguousarray(window.expected[frame])
    reach = int(_REACH_SHARE * window.area_px**0.5) + _REACH_PX
    colour, motion, difference = cues.enlarged(hole.shape[::-1])
    looks = (colour > _MIN_COLOUR) & (motion + difference > _MIN_OTHER)
    return touching(opened(looks & dilate_ellipse(expected, reach) & ~hole), expected)
