"""Local colour models: histograms of object and background colours on a coarse grid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.imaging import flow
from vinpaint.masks.tracker.colour_models import Codes, log_odds

CELL_PX = 6
"""Side of a grid cell, in working pixels."""
_BLUR_CELLS = 1.6
"""Sigma of the Gaussian that blurs the histograms over neighbouring cells."""
_MARGIN_PX = 2.5
"""Distance from the outline of a mask within which no pixel is certain."""


@dataclass(frozen=True, repr=False)
class LocalColourModel:
    """Colour histograms of object and background in every cell of a grid.

    front, back: (h, w, codes) float32, the share of a cell that each code covers.
    """

    front: Floats
    back: Floats

    def odds(self, codes: Codes, *, floor: float) -> Floats:
        """Return the (H, W) log-odds that a pixel belongs to the object, given its place and code.

        codes: (H, W); floor: see `log_odds`.
        """
        front, back = _look_up((self.front, self.back), codes)
        return log_odds(front, back, floor=floor)

    def warped(self, front_flow: Floats, back_flow: Floats) -> LocalColourModel:
        """Return the model warped to a new frame.

        front_flow, back_flow: (H, W, 2), motion of object and background from the new frame to the
        old one.
        """
        return LocalColourModel(_warp(self.front, front_flow), _warp(self.back, back_flow))

    def updated(self, new: LocalColourModel, share: float) -> LocalColourModel:
        """Return a mixture of both models; `share`: weight of the new one, 0 to 1."""
        keep = 1.0 - share
        return LocalColourModel(
            keep * self.front + share * new.front, keep * self.back + share * new.back
        )


def fit_local_colours(codes: Codes, front: Floats, back: Floats, count: int) -> LocalColourModel:
    """Fit a local colour model to the codes of one frame.

    codes: (H, W); front, back: (H, W) weights of the pixels of object and background; count: number
    of codes in the codebook.
    """
    return LocalColourModel(_count(codes, front, count), _count(codes, back, count))


def certain_regions(mask: Bools) -> tuple[Floats, Floats]:
    """Return the pixels that certainly belong to the object, and those that certainly do not.

    mask: (H, W) bool. Pixels closer to its outline than a margin are in neither set; inside a thin
    object the margin is smaller. Both results are (H, W) float32 weights, 0 or 1.
    """
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    gap = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    limit = min(_MARGIN_PX, float(depth.max()) * 0.4)
    return (depth > limit).astype(np.float32), (gap > _MARGIN_PX).astype(np.float32)


def _count(codes: Codes, weight: Floats, count: int) -> Floats:
    height, width = codes.shape
    rows, columns = -(-height // CELL_PX), -(-width // CELL_PX)
    cell = (np.arange(height) // CELL_PX)[:, None] * columns + np.arange(width) // CELL_PX
    index = (cell * count + codes).ravel()
    flat = np.bincount(index, weight.ravel(), minlength=rows * columns * count)
    grid = flat.reshape(rows, columns, count).astype(np.float32) / CELL_PX**2
    return np.asarray(cv2.GaussianBlur(grid, (0, 0), _BLUR_CELLS), np.float32)


def _look_up(grids: Sequence[Floats], codes: Codes) -> list[Floats]:
    """Look up histograms at every pixel and its code, interpolated bilinearly between cells."""
    height, width = codes.shape
    rows, columns, count = grids[0].shape
    y = np.clip((np.arange(height, dtype=np.float32) + 0.5) / CELL_PX - 0.5, 0, rows - 1)
    x = np.clip((np.arange(width, dtype=np.float32) + 0.5) / CELL_PX - 0.5, 0, columns - 1)
    y0, x0 = y.astype(np.int64), x.astype(np.int64)
    down = np.minimum(y0 + 1, rows - 1) - y0
    right = (np.minimum(x0 + 1, columns - 1) - x0) * count
    fy, fx = (y - y0).astype(np.float32)[:, None], (x - x0).astype(np.float32)
    first = (y0[:, None] * columns + x0) * count + codes
    below = first + down[:, None] * (columns * count)
    found = []
    for grid in grids:
        flat = grid.ravel()
        top = flat.take(first) * (1 - fx) + flat.take(first + right) * fx
        low = flat.take(below) * (1 - fx) + flat.take(below + right) * fx
        found.append(np.asarray(top * (1 - fy) + low * fy, np.float32))
    return found


def _warp(grid: Floats, field: Floats) -> Floats:
    rows, columns, _ = grid.shape
    small = cv2.resize(field, (columns, rows), interpolation=cv2.INTER_AREA) / CELL_PX
    return flow.warp(grid, small)
