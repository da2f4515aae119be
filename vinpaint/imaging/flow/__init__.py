"""Optical flow: estimate it, warp images by it, and test its consistency.

A flow field from frame a to frame b is (H, W, 2) float32, in pixels: the pixel at (x, y) of frame a
lies at (x + dx, y + dy) in frame b. `base.py` defines the interface of estimators; `dis.py` and
`raft.py` implement it; `field.py` warps and tests flow fields.
"""

from vinpaint.imaging.flow.base import FlowEstimator
from vinpaint.imaging.flow.dis import Dis, estimate
from vinpaint.imaging.flow.field import (
    CONSISTENCY_FLOOR,
    CONSISTENCY_SHARE,
    forward_backward_error,
    grey,
    grid,
    squared_length,
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
    "squared_length",
    "warp",
]
