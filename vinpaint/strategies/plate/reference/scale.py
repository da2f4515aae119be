"""Reduce pictures to the scale at which clip and reference are aligned; elementary homographies."""

from __future__ import annotations

import cv2
import numpy as np

from vinpaint.core import Bools, Frames
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_ellipse
from vinpaint.imaging.motion.camera import Homography

LONGEST_PX = 960
"""Longest side of the pictures used for alignment."""
_MARGIN_PX = 6
"""Pixels this close to a mask are ignored."""


def reduce(picture: Frames, mask: Bools) -> tuple[Frames, Bools]:
    """Reduce a picture (H, W, 3) and its mask: (grey (h, w) uint8, excluded (h, w) bool)."""
    size = reduced_size(picture.shape[1::-1])
    grey = cv2.resize(flow.grey(picture), size, interpolation=cv2.INTER_AREA)
    masked = cv2.resize(mask.view(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 0
    return np.asarray(grey, np.uint8), dilate_ellipse(masked, _MARGIN_PX)


def reduced_size(size: tuple[int, ...]) -> tuple[int, int]:
    """Return the (width, height) used for alignment of a picture of `size`."""
    scale = min(1.0, LONGEST_PX / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def reduction(size: tuple[int, ...]) -> Homography:
    """Return the homography from a picture of `size` (width, height) to its reduced version."""
    reduced = reduced_size(size)
    return scaling(reduced[0] / size[0], reduced[1] / size[1])


def scaling(x: float, y: float) -> Homography:
    """Return the homography (3, 3) that scales by `x` and `y`; pixel centres are integers."""
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]], np.float64)


def translation(x: float, y: float) -> Homography:
    """Return the homography (3, 3) of a translation by `x`, `y` pixels, to the right and down."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)
