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
from vinpaint.quality.leftover.movement import Belonging, judge_pixels
from vinpaint.quality.leftover.plate_difference import (
    LAB_WEIGHTS,
    PlateDifference,
    average_along_path,
    plate_differences,
)
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
_BORDER_PX, _BORDER_DIFFERENCE = 3, 10.0
"""Width of the bands on both sides of the hole's border, and the difference of an object there."""
_BORDER_GAP_PX, _BORDER_COLOUR = 5.5, 16.0
"""Maximum distance and colour difference of two pixels on either side that continue each other."""


class AttachedPixels(NamedTuple):
    """What was found on one frame.

    mask: (H, W) bool; cut: length of the part of the hole's border that cuts through the object, as
    a multiple of the object's size.
    """

    mask: Bools
    cut: float


def attached_pixels(window: ScanWindow) -> list[AttachedPixels]:
    """Return for every frame the attached pixels, and how far the border cuts through them."""
    differences = plate_differences(window)
    return [_attached(window, differences, t) for t in range(len(window))]


def _attached(
    window: ScanWindow, differences: list[PlateDifference | None], frame: int
) -> AttachedPixels:
    window.tick()
    found = np.zeros_like(window.holes[frame])
    part = differences[frame]
    if part is None:
        return AttachedPixels(found, 0.0)
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
    return AttachedPixels(found, _cut_length(part, hole, belonging) / window.area_px**0.5)


def _cut_length(part: PlateDifference, hole: Bools, belonging: Belonging) -> float:
    """Return the length in pixels of the border that has the object on both sides.

    A pixel just outside the hole counts if it belongs to the object, differs from the plate, and
    continues a pixel just inside that differs as well and has a similar colour. A mask that covers
    the object and a margin around it has background just inside.
    """
    hole = np.ascontiguousarray(hole)
    inner = hole & dilate_ellipse(~hole, _BORDER_PX) & (part.inside > _BORDER_DIFFERENCE)
    outer = dilate_ellipse(hole, _BORDER_PX) & ~hole & (part.outside > _BORDER_DIFFERENCE)
    outer &= belonging.own & ~belonging.other
    if not inner.any() or not outer.any():
        return 0.0
    distance, labels = cv2.distanceTransformWithLabels(
        (~inner).astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    nearest = np.zeros(int(labels.max()) + 1, np.intp)
    nearest[labels[inner]] = np.flatnonzero(inner)
    outer &= np.asarray(distance) <= _BORDER_GAP_PX
    colours = part.lab.reshape(-1, 3)
    change = np.abs(part.lab[outer] - colours[nearest[labels[outer]]]) @ LAB_WEIGHTS
    return float((change < _BORDER_COLOUR).sum()) / _BORDER_PX


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
