"""What the camera did between two frames: one homography, fitted to points of the background.

Corners (Shi and Tomasi, 1994) outside the hole are followed by Lucas and Kanade's method and a
homography is fitted by RANSAC (Fischler and Bolles, 1981): what moves by itself is voted down.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Box, Floats, Frames

Homography = NDArray[np.float64]

_CORNERS = 600
_APART_PX = 6
_WINDOW = (15, 15)
_LEVELS = 4
_FIT_PX = 1.0
_FEWEST = 12
"""Fewer points than this fix a homography badly."""

_FLAT = 1e-3
"""A homography with a smaller determinant folds the picture: it is none."""


def estimate_camera(
    first: Frames, second: Frames, shut: Bools, next_shut: Bools
) -> Homography | None:
    """(3, 3): where the background's pixels of `first` lie in `second`; None where too few say.

    first, second: (H, W) grey uint8; shut, next_shut: (H, W) bool, pixels to keep away from.
    """
    # Deterministic: OpenCV seeds RANSAC with a constant.
    seen = (~shut).astype(np.uint8)
    corners = cv2.goodFeaturesToTrack(first, _CORNERS, 0.01, _APART_PX, mask=seen)
    if corners is None or len(corners) < _FEWEST:
        return None
    there, found = _track(first, second, corners)
    kept = found & ~_inside(next_shut, there[:, 0])  # RANSAC votes down what went astray
    if kept.sum() < _FEWEST:
        return None
    fitted = cv2.findHomography(corners[kept], there[kept], cv2.RANSAC, _FIT_PX)[0]
    if fitted is None or abs(np.linalg.det(fitted)) < _FLAT:
        return None
    return np.asarray(fitted, np.float64)


def invert(camera: Homography) -> Homography:
    """The way back."""
    return np.asarray(np.linalg.inv(camera), np.float64)


def camera_flow(camera: Homography, box: Box) -> Floats:
    """(h, w, 2) float32 pixels: the flow that the homography gives the pixels of `box`."""
    x = np.arange(box.x0, box.x1, dtype=np.float64)[None, :]
    y = np.arange(box.y0, box.y1, dtype=np.float64)[:, None]
    to_x, to_y, depth = (row[0] * x + (row[1] * y + row[2]) for row in camera)
    depth = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
    return np.stack(
        [to_x / depth - x, to_y / depth - y], axis=-1, dtype=np.float32, casting="same_kind"
    )


def _track(first: Frames, second: Frames, points: Floats) -> tuple[Floats, Bools]:
    there, found, _ = cv2.calcOpticalFlowPyrLK(
        first, second, points, np.empty_like(points), winSize=_WINDOW, maxLevel=_LEVELS
    )
    return np.asarray(there, np.float32), np.asarray(found)[:, 0] > 0


def _inside(area: Bools, points: Floats) -> Bools:
    height, width = area.shape
    column = np.clip(np.rint(points[:, 0]), 0, width - 1).astype(np.intp)
    row = np.clip(np.rint(points[:, 1]), 0, height - 1).astype(np.intp)
    return np.asarray(area[row, column])
