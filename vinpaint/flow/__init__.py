"""Optical flow: estimate, warp, and test for consistency.

A flow field is (H, W, 2) float32: the pixel at (x, y) of frame a lies at (x + dx, y + dy) in
frame b. One file an estimator.
"""

from vinpaint.flow.base import Estimator
from vinpaint.flow.dis import Dis, estimate
from vinpaint.flow.field import (
    CONSISTENCY_FLOOR,
    CONSISTENCY_SHARE,
    disagreement,
    grey,
    grid,
    warp,
)
from vinpaint.flow.raft import Raft

__all__ = [
    "CONSISTENCY_FLOOR",
    "CONSISTENCY_SHARE",
    "Dis",
    "Estimator",
    "Raft",
    "disagreement",
    "estimate",
    "grey",
    "grid",
    "warp",
]
