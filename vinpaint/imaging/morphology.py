"""Binary morphology: dilation, erosion, connected components and signed distance.

All masks are (H, W) bool. The border of the picture does not count as an outline of the mask.
"""

from __future__ import annotations

import cv2
import numpy as np

from vinpaint.core import Bools, Floats


def dilate_disk(mask: Bools, radius_px: float) -> Bools:
    """Return all pixels within `radius_px` of the mask: dilation by an exact disk."""
    if not mask.any():
        return mask
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance <= radius_px + 1e-3)


def dilate_ellipse(mask: Bools, radius_px: int) -> Bools:
    """Dilate by OpenCV's elliptical kernel of side 2 r + 1: close to a disk, and fast."""
    size = 2 * radius_px + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(mask.view(np.uint8), kernel)).view(np.bool_)


def erode_ellipse(mask: Bools, radius_px: int) -> Bools:
    """Erode an (H, W) bool mask by an ellipse; the frame's border does not erode it."""
    return ~dilate_ellipse(~mask, radius_px) & mask


def dilate_square(mask: Bools, radius_px: int) -> Bools:
    """Dilate by a square of side 2 r + 1, which is faster than a disk."""
    return np.asarray(cv2.dilate(mask.astype(np.uint8), _square(radius_px)) > 0)


def erode_square(mask: Bools, radius_px: int) -> Bools:
    """Erode by a square of side 2 r + 1."""
    return np.asarray(cv2.erode(mask.astype(np.uint8), _square(radius_px)) > 0)


def _square(radius_px: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.ones((2 * radius_px + 1, 2 * radius_px + 1), np.uint8)


def components_touching(mask: Bools, seeds: Bools) -> Bools:
    """Return the 8-connected components of the mask that contain a pixel of `seeds`."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), None, 8)
    kept = np.bincount(labels[seeds], minlength=count) > 0
    kept[0] = False
    return np.asarray(kept[labels])


def signed_distance(mask: Bools) -> Floats:
    """Return the (H, W) float32 distance to the outline in pixels: positive inside, else negative.

    For an empty mask, all values are -1000.
    """
    if not mask.any():
        return np.full(mask.shape, -1e3, np.float32)
    depth = cv2.distanceTransform(np.pad(mask, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 5)
    gap = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(depth[1:-1, 1:-1] - gap, np.float32)


def translate(values: Floats, offset: Floats, *, border: int = cv2.BORDER_REPLICATE) -> Floats:
    """Return (H, W) values translated by `offset`, (dx, dy) in pixels.

    `border`: OpenCV's border mode for what moves into the picture.
    """
    matrix = np.array([[1, 0, offset[0]], [0, 1, offset[1]]], np.float32)
    size = values.shape[1], values.shape[0]
    return np.asarray(cv2.warpAffine(values, matrix, size, borderMode=border))
