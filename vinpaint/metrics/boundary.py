"""Boundary error: does a seam show on the mask's rim (seed: quality evaluation, 3)?

E_boundary = 1/|dM| sum_{dM} | ||grad I'|| - E[ ||grad I|| in N(dM) ] |, with the gradient of luma
by central differences, in levels (0..255) a pixel; dM are the hole's pixels next to its edge and
the pixels just outside it, N(dM) the source's pixels from 2 to 9 px outside the rim. The
yardstick is the same measure on that neighbourhood itself: how far its gradients lie from their
own mean.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from vinpaint import flow
from vinpaint.metrics.base import Reading, Window
from vinpaint.types import Bools, Floats, Frames

NEAR_PX = 9
_GAP_PX = 2


@dataclass(frozen=True)
class BoundaryError:
    """Seam."""

    title: str = "Seam"
    unit: str = "levels/px"
    better: Literal["lower", "higher", "neither"] = "lower"
    meaning: str = (
        "How far the edges on the repair's rim differ from those around it; "
        "far above the clip's own value a seam shows, far below it is blurred."
    )

    def read(self, window: Window) -> Sequence[Reading]:
        """One reading for each frame with a rim."""
        readings = []
        for t in range(window.lead_frames, len(window.after.frames)):
            hole = window.mask.hole[t]
            rim, near = _rim(hole), _near(hole)
            if not rim.any() or not near.any():
                continue
            around = _gradient(window.before.frames[t])[near]
            expected = float(around.mean())
            on_rim = np.abs(_gradient(window.after.frames[t])[rim] - expected)
            own = np.abs(around - expected)
            readings.append(
                Reading(
                    frame=window.first_frame + t,
                    total=float(on_rim.sum()),
                    weight=float(on_rim.size),
                    yardstick_total=float(own.sum()),
                    yardstick_weight=float(own.size),
                )
            )
        return readings


def _gradient(frame: Frames) -> Floats:
    """(H, W): gradient magnitude of luma, levels a pixel."""
    luma = flow.grey(frame).astype(np.float32)
    kernel = np.array([[-0.5, 0.0, 0.5]], np.float32)
    across = cv2.filter2D(luma, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    down = cv2.filter2D(luma, -1, kernel.T, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.hypot(across, down), np.float32)


def _grown(mask: Bools, radius_px: int) -> Bools:
    size = 2 * radius_px + 1
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8)) > 0)


def _rim(hole: Bools) -> Bools:
    return _grown(hole, 1) & _grown(~hole, 1)


def _near(hole: Bools) -> Bools:
    return _grown(hole, NEAR_PX) & ~_grown(hole, _GAP_PX)
