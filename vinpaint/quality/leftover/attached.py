"""Find what touches the hole, differs from the background, and belongs to the removed object.

Differences from the clean plate are averaged over some frames along the object's path: those of the
object and of its shadow add up, while errors of the plate stay with the background and cancel. The
pixels are then followed to decide whether they belong to the object (`movement.py`).
"""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools
from vinpaint.imaging.morphology import dilate_ellipse
from vinpaint.quality.leftover.movement import judge_pixels
from vinpaint.quality.leftover.plate_difference import PlateDifference, average_along_path
from vinpaint.quality.leftover.scan_window import ScanWindow

_REACH_FRAMES = 6
"""Frames before and after that are averaged."""
_MIN_FRAMES = 3
_MIN_AVERAGE, _ERROR_SHARE = 6.0, 0.5
"""Minimum averaged difference in weighted L*a*b*: a constant, plus a share of the error."""
_MIN_OWN = 2.0
"""Minimum difference of the frame itself."""
_ERROR_QUANTILE, _MIN_ERROR_PX = 0.9, 50
"""The error of the plate is this quantile of the differences far from the object."""
_FAR_SHARE, _FAR_PX = 0.25, 6
"""Distance of such pixels: a share of the object's size, plus pixels."""
_CANDIDATE_AVERAGE, _CANDIDATE_OWN = 3.0, 6.0
"""Pixels above one of these differences are followed."""
TOUCH_PX, _MIN_TOUCH_PX = 3, 3
"""Distance from the hole within which something touches it, and the minimum number of pixels."""


class AttachedPixels(NamedTuple):
    """What was found on one frame: (H, W) bool, and those of them that something shades."""

    mask: Bools
    shaded: Bools


def attached_pixels(
    window: ScanWindow, differences: list[PlateDifference | None]
) -> list[AttachedPixels]:
    """Return for every frame the attached pixels."""
    return [_attached(window, differences, t) for t in range(len(window))]


def _attached(
    window: ScanWindow, differences: list[PlateDifference | None], frame: int
) -> AttachedPixels:
    window.tick()
    found = np.zeros_like(window.holes[frame])
    part = differences[frame]
    if part is None:
        return AttachedPixels(found, found)
    average, count = average_along_path(window, differences, part, frame, _REACH_FRAMES)
    hole = window.holes[frame][part.box.slices]
    expected = np.ascontiguousarray(window.expected[frame][part.box.slices])
    reach = int(_FAR_SHARE * window.area_px**0.5) + _FAR_PX
    far = average[~dilate_ellipse(expected, reach)]
    error = float(np.quantile(far, _ERROR_QUANTILE)) if far.size > _MIN_ERROR_PX else 0.0
    candidates = ((average > _CANDIDATE_AVERAGE) | (part.outside > _CANDIDATE_OWN)) & ~hole
    belonging = judge_pixels(window, differences, frame, candidates)
    differs = candidates & belonging.own & ~belonging.other & (count >= _MIN_FRAMES)
    differs &= (average > _MIN_AVERAGE + _ERROR_SHARE * error) & (part.outside > _MIN_OWN)
    found[part.box.slices] = touching(opened(differs), expected)
    shaded = np.zeros_like(found)
    shaded[part.box.slices] = belonging.shaded
    return AttachedPixels(found, found & shaded)


def opened(mask: Bools) -> Bools:
    """Remove specks and lines thinner than 3 pixels."""
    opening = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(opening) > 0


def touching(found: Bools, expected: Bools) -> Bools:
    """Return the components of `found` that have pixels close to the expected object."""
    if not found.any():
        return found
    close = found & dilate_ellipse(np.ascontiguousarray(expected), TOUCH_PX)
    count, labels = cv2.connectedComponents(found.astype(np.uint8), None, 8)
    kept = np.bincount(labels[close], minlength=count) >= _MIN_TOUCH_PX
    kept[0] = False
    return np.asarray(kept[labels])
