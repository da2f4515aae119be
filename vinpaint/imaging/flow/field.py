"""Operations on flow fields: warp images, and test forward-backward consistency."""

from __future__ import annotations

from typing import Any, TypeVar

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames

Image = TypeVar("Image", Floats, Frames, Floats | Frames)

CONSISTENCY_SHARE = 0.01
CONSISTENCY_FLOOR = 0.5
"""Parameters of ProPainter's test (Zhou et al., 2023): a vector is consistent if
|fw + bw(fw)|^2 < 0.01 (|fw|^2 + |bw(fw)|^2) + 0.5, in squared pixels."""


def grey(frame: Frames) -> Frames:
    """Convert (H, W, 3) uint8 RGB to (H, W) uint8 luma."""
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)


def grid(height: int, width: int) -> tuple[Floats, Floats]:
    """Return the coordinates (x, y) of every pixel, each (height, width) float32."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return x, y


def warp(image: Image, field: Floats) -> Image:
    """Warp an image of frame b to frame a: sample it at (x + dx, y + dy), bilinearly.

    Args:
        image: (H, W) or (H, W, C), uint8 or float32. Outside, its border pixels repeat.
        field: (h, w, 2) float32 flow from frame a to frame b, in pixels.

    Returns:
        An array of size (h, w), of the type of `image`.
    """
    x, y = grid(*field.shape[:2])
    map_x, map_y = x + field[..., 0], y + field[..., 1]
    warped: Any = cv2.remap(image, map_x, map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(warped)


def forward_backward_error(forward: Floats, backward: Floats) -> tuple[Floats, Bools]:
    """Compute the forward-backward error of a flow, and test its consistency.

    forward, backward: (H, W, 2) flow from frame a to frame b, and from b to a.

    Returns (error, good): error is |fw + bw(fw)|^2 in squared pixels, (H, W) float32; good is
    (H, W) bool, True where the error passes the test (see CONSISTENCY_SHARE). Vectors that end
    outside the frame never pass.
    """
    height, width = forward.shape[:2]
    x, y = grid(height, width)
    x, y = x + forward[..., 0], y + forward[..., 1]
    returned = cv2.remap(backward, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    gap = squared_length(forward + returned)
    size = squared_length(forward) + squared_length(returned)
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return gap, inside & (gap < CONSISTENCY_SHARE * size + CONSISTENCY_FLOOR)


def squared_length(field: Floats) -> Floats:
    """Return |v|^2 of every vector; twice as fast as a sum over the last axis."""
    return np.asarray(field[..., 0] ** 2 + field[..., 1] ** 2)
