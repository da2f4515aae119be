"""Follow the pixels of the removed object to where they lie outside the hole.

The core of every hole shows the object. Its pixels are followed by optical flow from frame to
frame, forwards and backwards in time, as long as the flow is consistent and the colour
stays. Where they arrive outside the hole of another frame, that frame's mask lacks a part of the
object.
"""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.imaging import flow
from vinpaint.quality.leftover.attached import opened, touching
from vinpaint.quality.leftover.plate_difference import LAB_WEIGHTS
from vinpaint.quality.leftover.scan_window import ScanWindow

_MAX_AGE_FRAMES = 20
"""Number of frames for which a pixel is followed outside the hole."""
_MAX_COLOUR_CHANGE = 14.0
"""Maximum difference in weighted L*a*b* from frame to frame."""
_INSIDE = 0.6
"""Minimum share of a warped pixel that must be object."""
_CONSISTENCY_SHARE, _CONSISTENCY_FLOOR = 0.02, 0.5
"""Limit of the forward-backward error: twice as tolerant as for a fill, since a limb swings."""


def escaped_pixels(window: ScanWindow) -> list[Bools]:
    """Return for every frame the pixels that were followed out of the hole, (H, W) bool."""
    count = len(window)
    ahead = _follow(window, range(count))
    back = _follow(window, range(count - 1, -1, -1))
    return [touching(ahead[t] | back[t], window.expected[t]) for t in range(count)]


def _follow(window: ScanWindow, order: range) -> dict[int, Bools]:
    """Follow the cores through the frames in the given order."""
    first = order[0]
    shape = window.holes[first].shape
    tracked, age = window.cores[first], np.zeros(shape, np.float32)
    outside = {first: np.zeros(shape, np.bool_)}
    for last, t in pairwise(order):
        pair = window.flows[min(last, t)]
        to_last, to_here = (pair[1], pair[0]) if last < t else (pair[0], pair[1])
        kept = flow.warp(tracked.astype(np.float32), to_last) > _INSIDE
        kept &= _consistent(to_last, to_here) & _same_colour(window, last, t, to_last)
        age = np.where(kept, flow.warp(age, to_last) + 1, 0).astype(np.float32)
        kept &= age < _MAX_AGE_FRAMES
        outside[t] = opened(kept & ~window.holes[t])
        core = window.cores[t]
        tracked, age = outside[t] | core, np.where(core, 0, age).astype(np.float32)
    return outside


def _consistent(forward: Floats, backward: Floats) -> Bools:
    """Return where the forward-backward error of the flow is small, (H, W) bool."""
    back = flow.warp(backward, forward)
    size = flow.squared_length(forward) + flow.squared_length(back)
    error = flow.squared_length(forward + back)
    return np.asarray(error < _CONSISTENCY_FLOOR + _CONSISTENCY_SHARE * size)


def _same_colour(window: ScanWindow, last: int, here: int, field: Floats) -> Bools:
    """Return where a pixel has the colour of the pixel that it comes from, (H, W) bool."""
    moved = flow.warp(window.source_lab[last], field)
    change = cv2.absdiff(window.source_lab[here], moved) @ LAB_WEIGHTS
    return np.asarray(change < _MAX_COLOUR_CHANGE)
