"""The scale at which clip and reference are compared, and plain homographies."""

from __future__ import annotations

import cv2
import numpy as np

from vinpaint.core import Bools, Frames
from vinpaint.imaging import flow
from vinpaint.imaging.motion.camera import Homography
from vinpaint.imaging.motion.completion import grow

LONGEST_PX = 960
"""Alignment looks at pictures no larger than this."""
_MARGIN_PX = 6
"""Nothing is looked at so near to a mask."""


def seen(picture: Frames, mask: Bools) -> tuple[Frames, Bools]:
    """(grey (h, w) uint8, shut (h, w) bool) of a picture (H, W, 3) and what is masked of it."""
    size = small_size(picture.shape[1::-1])
    grey = cv2.resize(flow.grey(picture), size, interpolation=cv2.INTER_AREA)
    shut = cv2.resize(mask.view(np.uint8) * 255, size, interpolation=cv2.INTER_AREA) > 0
    return np.asarray(grey, np.uint8), grow(shut, _MARGIN_PX)


def small_size(size: tuple[int, ...]) -> tuple[int, int]:
    """(width, height) at which a picture of that size is looked at."""
    scale = min(1.0, LONGEST_PX / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def shrink(size: tuple[int, ...]) -> Homography:
    """From the pixels of a picture of (width, height) to those that are looked at."""
    small = small_size(size)
    return zoom(small[0] / size[0], small[1] / size[1])


def zoom(x: float, y: float) -> Homography:
    """A change of scale; whole numbers are the middles of pixels."""
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]], np.float64)


def shift(x: float, y: float) -> Homography:
    """A move to the right and down."""
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], np.float64)
