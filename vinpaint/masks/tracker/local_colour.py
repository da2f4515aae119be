"""How often each colour was seen on the object and off it, place by place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.masks.tracker.colour_models import Codes

CELL_PX = 6
_SPREAD_CELLS = 1.6
_UNSURE_PX = 2.5


@dataclass(frozen=True, repr=False)
class Places:
    """Counts on a grid of CELL_PX cells. `front`, `back`: (h, w, codes) float32."""

    front: Floats
    back: Floats

    def odds(self, codes: Codes, *, floor: float) -> Floats:
        """(H, W) log-odds of every pixel's colour at its place."""
        front, back = _look_up(self.front, codes), _look_up(self.back, codes)
        return np.log((front + floor) / (back + floor)).astype(np.float32)

    def moved(self, front_flow: Floats, back_flow: Floats) -> Places:
        """The counts carried on; both flows (H, W, 2) point from the new frame to the old."""
        return Places(_carry(self.front, front_flow), _carry(self.back, back_flow))

    def mixed(self, new: Places, share: float) -> Places:
        """`share` of the new counts and the rest of the old."""
        keep = 1.0 - share
        return Places(keep * self.front + share * new.front, keep * self.back + share * new.back)


def count_places(codes: Codes, sure_front: Floats, sure_back: Floats, count: int) -> Places:
    """Count one frame; the weights, (H, W), leave out what may be wrong."""
    return Places(_count(codes, sure_front, count), _count(codes, sure_back, count))


def sure_parts(mask: Bools, margin_px: float = _UNSURE_PX) -> tuple[Floats, Floats]:
    """(H, W) float32 weights 0 and 1 of what is surely object, surely background."""
    depth = cv2.distanceTransform(np.pad(mask, 1).astype(np.uint8), cv2.DIST_L2, 3)[1:-1, 1:-1]
    gap = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 3)
    limit = min(margin_px, float(depth.max()) * 0.4)
    return (depth > limit).astype(np.float32), (gap > margin_px).astype(np.float32)


def _count(codes: Codes, weight: Floats, count: int) -> Floats:
    height, width = codes.shape
    rows, columns = -(-height // CELL_PX), -(-width // CELL_PX)
    cell = (np.arange(height) // CELL_PX)[:, None] * columns + np.arange(width) // CELL_PX
    flat = np.bincount(
        (cell * count + codes).ravel(), weight.ravel(), minlength=rows * columns * count
    )
    grid = flat.reshape(rows, columns, count).astype(np.float32) / CELL_PX**2
    return np.asarray(cv2.GaussianBlur(grid, (0, 0), _SPREAD_CELLS), np.float32)


def _look_up(grid: Floats, codes: Codes) -> Floats:
    """Bilinear over places, at every pixel's own code."""
    height, width = codes.shape
    rows, columns, _ = grid.shape
    y = np.clip((np.arange(height) + 0.5) / CELL_PX - 0.5, 0, rows - 1)
    x = np.clip((np.arange(width) + 0.5) / CELL_PX - 0.5, 0, columns - 1)
    y0, x0 = y.astype(np.int32), x.astype(np.int32)
    y1, x1 = np.minimum(y0 + 1, rows - 1), np.minimum(x0 + 1, columns - 1)
    fy, fx = (y - y0).astype(np.float32)[:, None], (x - x0).astype(np.float32)
    top = grid[y0[:, None], x0, codes] * (1 - fx) + grid[y0[:, None], x1, codes] * fx
    low = grid[y1[:, None], x0, codes] * (1 - fx) + grid[y1[:, None], x1, codes] * fx
    return np.asarray(top * (1 - fy) + low * fy, np.float32)


def _carry(grid: Floats, field: Floats) -> Floats:
    rows, columns, _ = grid.shape
    small = cv2.resize(field, (columns, rows), interpolation=cv2.INTER_AREA) / CELL_PX
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    return np.asarray(
        cv2.remap(
            grid,
            x + small[..., 0],
            y + small[..., 1],
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ),
        np.float32,
    )
