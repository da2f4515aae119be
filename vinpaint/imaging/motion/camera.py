"""Camera motion between two frames: a homography fitted to points of the background.

Corners (Shi and Tomasi, "Good Features to Track", 1994) outside the hole are tracked with the
pyramidal Lucas-Kanade method, and a homography is fitted with RANSAC (Fischler and Bolles, 1981),
which rejects points on moving objects.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Box, Floats, Frames

Homography = NDArray[np.float64]
"""(3, 3) float64, from pixels (x, y) of one picture to those of another."""

_MAX_CORNERS = 600
_MIN_DISTANCE_PX = 6
_TRACK_WINDOW = (15, 15)
_PYRAMID_LEVELS = 4
_INLIER_PX = 1.0
"""Largest distance of a point from its predicted position, for RANSAC."""
_MIN_POINTS = 12
"""With fewer points the homography is unreliable."""
_MIN_DETERMINANT = 1e-3
"""A homography with a smaller determinant folds the picture and is rejected."""


def estimate_camera(
    first: Frames, second: Frames, excluded: Bools, next_excluded: Bools
) -> Homography | None:
    """Estimate the homography that maps the background of `first` to that of `second`.

    first, second: (H, W) uint8 grey; excluded, next_excluded: (H, W) bool, pixels to ignore.
    Returns None if too few points can be tracked or if no regular homography fits them.
    """
    # The result is deterministic, because OpenCV seeds RANSAC with a constant.
    allowed = (~excluded).astype(np.uint8)
    corners = cv2.goodFeaturesToTrack(first, _MAX_CORNERS, 0.01, _MIN_DISTANCE_PX, mask=allowed)
    if corners is None or len(corners) < _MIN_POINTS:
        return None
    tracked, status, _ = cv2.calcOpticalFlowPyrLK(
        first,
        second,
        corners,
        np.empty_like(corners),
        winSize=_TRACK_WINDOW,
        maxLevel=_PYRAMID_LEVELS,
    )
    ends = np.asarray(tracked, np.float32)
    kept = (np.asarray(status)[:, 0] > 0) & ~nearest(next_excluded, ends[:, 0, 0], ends[:, 0, 1])
    if kept.sum() < _MIN_POINTS:
        return None
    fitted = cv2.findHomography(corners[kept], ends[kept], cv2.RANSAC, _INLIER_PX)[0]
    if fitted is None or abs(np.linalg.det(fitted)) < _MIN_DETERMINANT:
        return None
    return np.asarray(fitted, np.float64)


def invert(homography: Homography) -> Homography:
    """Return the inverse homography."""
    return np.asarray(np.linalg.inv(homography), np.float64)


def camera_flow(camera: Homography, box: Box) -> Floats:
    """Return the flow of a homography at the pixels of `box`: (h, w, 2) float32 pixels."""
    x = np.arange(box.x0, box.x1, dtype=np.float64)[None, :]
    y = np.arange(box.y0, box.y1, dtype=np.float64)[:, None]
    to_x, to_y, depth = (row[0] * x + (row[1] * y + row[2]) for row in camera)
    depth = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
    return np.stack(
        [to_x / depth - x, to_y / depth - y], axis=-1, dtype=np.float32, casting="same_kind"
    )


def nearest(mask: Bools, x: Floats, y: Floats) -> Bools:
    """Look up an (H, W) mask at positions `x`, `y`, rounded to pixels; outside, its border repeats.

    Returns a bool array of the shape of `x`.
    """
    height, width = mask.shape
    column = np.clip(np.rint(x), 0, width - 1).astype(np.intp)
    row = np.clip(np.rint(y), 0, height - 1).astype(np.intp)
    return np.asarray(mask[row, column])
