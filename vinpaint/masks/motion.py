"""How the background moves, and what moves otherwise."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint import flow
from vinpaint.types import Bools, Floats

_STEP_PX = 6
_RANSAC_PX = 1.0
_FEWEST_SAMPLES = 24

Matrix = NDArray[np.float64]


def background_motion(field: Floats, background: Bools) -> Floats:
    """(H, W, 2): the flow that the background would have everywhere, by one homography.

    field: (H, W, 2) flow; background: (H, W) bool, where it may be sampled. RANSAC, seeded.
    """
    height, width = background.shape
    x, y = flow.grid(height, width)
    at = np.zeros_like(background)
    at[_STEP_PX // 2 :: _STEP_PX, _STEP_PX // 2 :: _STEP_PX] = True
    at &= background
    if at.sum() < _FEWEST_SAMPLES:
        centre = np.median(field[background], axis=0) if background.any() else (0.0, 0.0)
        return np.broadcast_to(np.float32(centre), field.shape).astype(np.float32)
    start = np.stack([x[at], y[at]], axis=-1)
    matrix = _homography(start, start + field[at])
    return _moved(matrix, x, y)


def _homography(start: Floats, stop: Floats) -> Matrix:
    cv2.setRNGSeed(7)
    found, _ = cv2.findHomography(start, stop, cv2.RANSAC, _RANSAC_PX, maxIters=500)
    if found is None:
        found = np.eye(3)
        found[:2, 2] = np.median(stop - start, axis=0)
    return np.asarray(found, np.float64)


def _moved(matrix: Matrix, x: Floats, y: Floats) -> Floats:
    a = matrix.astype(np.float32)
    depth = a[2, 0] * x + a[2, 1] * y + a[2, 2]
    depth = np.where(np.abs(depth) < 1e-3, 1e-3, depth)
    moved_x = (a[0, 0] * x + a[0, 1] * y + a[0, 2]) / depth
    moved_y = (a[1, 0] * x + a[1, 1] * y + a[1, 2]) / depth
    return np.stack([moved_x - x, moved_y - y], axis=-1).astype(np.float32)


def spread(field: Floats, weight: Floats, sigma_px: float) -> Floats:
    """(H, W, 2): the field's local mean under `weight` (H, W), reaching past its edge."""
    total = cv2.GaussianBlur(weight, (0, 0), sigma_px)
    mean = cv2.GaussianBlur(field * weight[..., None], (0, 0), sigma_px)
    whole = float(weight.sum())
    if whole > 0:  # far away the blur has nothing left: fall back on the mean of all
        everywhere = (field * weight[..., None]).sum(axis=(0, 1)) / whole
        mean = mean + 1e-4 * everywhere
    return np.asarray(mean / (total + 1e-4)[..., None], np.float32)
