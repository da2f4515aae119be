"""Flow fields: warp by them, and test them for consistency."""

from __future__ import annotations

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames

CONSISTENCY_SHARE = 0.01
CONSISTENCY_FLOOR = 0.5
"""ProPainter's test: |fw + bw(fw)|^2 < 0.01 (|fw|^2 + |bw|^2) + 0.5 (Zhou et al., 2023)."""


def grey(frame: Frames) -> Frames:
    """(H, W, 3) RGB to (H, W) luma, uint8."""
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY), np.uint8)


def grid(height: int, width: int) -> tuple[Floats, Floats]:
    """(x, y): the coordinates of every pixel, each (H, W) float32."""
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return x, y


def warp(image: Floats | Frames, field: Floats, *, cubic: bool = False) -> Floats | Frames:
    """`image` (of frame b) as seen from frame a: sampled at x + dx, y + dy. Edges repeat."""
    x, y = grid(*field.shape[:2])
    how = cv2.INTER_CUBIC if cubic else cv2.INTER_LINEAR
    warped = cv2.remap(
        image, x + field[..., 0], y + field[..., 1], how, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(warped)


def forward_backward_error(forward: Floats, backward: Floats) -> tuple[Floats, Bools]:
    """(error, good): (H, W) squared pixels of |fw + bw(fw)|^2, and where it passes the test.

    Vectors that leave the frame never pass.
    """
    height, width = forward.shape[:2]
    x, y = grid(height, width)
    x, y = x + forward[..., 0], y + forward[..., 1]
    returned = cv2.remap(backward, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    gap = _squared(forward + returned)
    size = _squared(forward) + _squared(returned)
    inside = (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return gap, inside & (gap < CONSISTENCY_SHARE * size + CONSISTENCY_FLOOR)


def _squared(field: Floats) -> Floats:
    """|v|^2 of every vector. Twice as fast as a sum over the short last axis."""
    return np.asarray(field[..., 0] ** 2 + field[..., 1] ** 2)
