"""Optical flow: estimate, warp, and test for consistency.

A flow field is (H, W, 2) float32: the pixel at (x, y) of frame a lies at (x + dx, y + dy) in
frame b. One file an estimator.
"""

from vinpaint.imaging.flow.base import FlowEstimator
from vinpaint.imaging.flow.dis import Dis, estimate
from vinpaint.imaging.flow.field import (
    CONSISTENCY_FLOOR,
    CONSISTENCY_SHARE,
    forward_backward_error,
    grey,
    grid,
    warp,
)
from vinpaint.imaging.flow.raft import Raft

__all__ = [
    "CONSISTENCY_FLOOR",
    "CONSISTENCY_SHARE",
    "Dis",
    "FlowEstimator",
    "Raft",
    "estimate",
    "forward_backward_error",
    "grey",
    "grid",
    "warp",
]
