"""Tell which pixels continue pixels of the neighbouring frame: flow agrees, colour stays."""

from __future__ import annotations

import cv2
import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.imaging import flow
from vinpaint.quality.leftover.plate_difference import LAB_WEIGHTS
from vinpaint.quality.leftover.scan_window import ScanWindow

_MAX_COLOUR_CHANGE = 14.0
"""Maximum difference in weighted L*a*b* from frame to frame."""
_CONSISTENCY_SHARE, _CONSISTENCY_FLOOR = 0.02, 0.5
"""Limit of the forward-backward error: twice as tolerant as for a fill, since a limb swings."""


def continuing_pixels(window: ScanWindow) -> list[tuple[Bools, Bools]]:
    """Return for every pair of neighbours (t, t + 1) the pixels of frame t + 1 that continue a
    pixel of frame t, and those of frame t that continue one of frame t + 1; (H, W) bool each."""
    return [
        (
            _consistent(back, ahead) & _same_colour(window, t, t + 1, back),
            _consistent(ahead, back) & _same_colour(window, t + 1, t, ahead),
        )
        for t, (ahead, back) in enumerate(window.flows)
    ]


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
