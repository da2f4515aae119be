"""Follow the pixels of the removed object to where they lie outside the hole.

The core of every hole shows the object. Its pixels are followed by optical flow from frame to
frame, forwards and backwards in time, as long as the flow is consistent and the colour
stays. Where they arrive outside the hole of another frame, that frame's mask lacks a part of the
object.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from vinpaint.core import Bools
from vinpaint.imaging import flow
from vinpaint.quality.leftover.attached import opened, touching
from vinpaint.quality.leftover.scan_window import ScanWindow

_MAX_AGE_FRAMES = 20
"""Number of frames for which a pixel is followed outside the hole."""
_INSIDE = 0.6
"""Minimum share of a warped pixel that must be object."""


def escaped_pixels(window: ScanWindow, continuing: Sequence[tuple[Bools, Bools]]) -> list[Bools]:
    """Return for every frame the pixels that were followed out of the hole, (H, W) bool.

    `continuing`: see `continuing_pixels`.
    """
    count = len(window)
    ahead = _follow(window, continuing, range(count))
    back = _follow(window, continuing, range(count - 1, -1, -1))
    return [touching(ahead[t] | back[t], window.expected[t]) for t in range(count)]


def _follow(
    window: ScanWindow, continuing: Sequence[tuple[Bools, Bools]], order: range
) -> dict[int, Bools]:
    """Follow the cores through the frames in the given order."""
    first = order[0]
    shape = window.holes[first].shape
    tracked, age = window.cores[first], np.zeros(shape, np.float32)
    outside = {first: np.zeros(shape, np.bool_)}
    for last, t in pairwise(order):
        pair = window.flows[min(last, t)]
        to_last, continues = (
            (pair[1], continuing[last][0]) if last < t else (pair[0], continuing[t][1])
        )
        kept = flow.warp(tracked.astype(np.float32), to_last) > _INSIDE
        kept &= continues
        age = np.where(kept, flow.warp(age, to_last) + 1, 0).astype(np.float32)
        kept &= age < _MAX_AGE_FRAMES
        outside[t] = opened(kept & ~window.holes[t])
        core = window.cores[t]
        tracked, age = outside[t] | core, np.where(core, 0, age).astype(np.float32)
    return outside
