"""Warping error: how much the repair flickers as it moves (seed: quality evaluation, 1).

E_warp = 1/|Omega| sum_t sum_{Omega_t} || I'_{t+1} - warp(I'_t, F) ||^2, Omega_t = M_t and M_{t+1}
(both >= 0.5), with squared differences of RGB values in 0..1, averaged over the channels and given
in thousandths. Only pixels whose flow leads there and back count, so that what is covered up
between two frames is not taken for flicker. The yardstick is the source's own warping error in
the ring around the hole, measured in the same way.
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

RING_PX = 16
_SCALE = 1000.0 / 255.0**2


@dataclass(frozen=True)
class WarpingError:
    """Steadiness."""

    title: str = "Steadiness"
    unit: str = "/1000"
    better: Literal["lower", "higher", "neither"] = "lower"
    meaning: str = (
        "How much the repair changes from frame to frame once its motion is taken out; "
        "far above the clip's own value it flickers, far below it looks frozen."
    )

    def read(self, window: Window) -> Sequence[Reading]:
        """One reading for each frame whose hole meets that of the frame before."""
        after, before, holes = window.after.frames, window.before.frames, window.mask.hole
        readings = []
        for t in range(1, len(after)):
            hole = holes[t] & holes[t - 1]
            if not hole.any():
                continue
            field, good = _flow_back(after[t], after[t - 1])
            inside = hole & good
            gap = _gap(after[t], after[t - 1], field)
            ring = _ring(holes[t] | holes[t - 1]) & good
            own = gap if after is before else _gap(before[t], before[t - 1], field)
            readings.append(
                Reading(
                    frame=window.first_frame + t,
                    total=float(gap[inside].sum()),
                    weight=float(inside.sum()),
                    yardstick_total=float(own[ring].sum()),
                    yardstick_weight=float(ring.sum()),
                )
            )
        return readings


def _flow_back(frame: Frames, last: Frames) -> tuple[Floats, Bools]:
    """Flow from a frame to the one before, and where it leads there and back."""
    here, there = flow.grey(frame), flow.grey(last)
    back = flow.estimate(here, there)
    return back, flow.disagreement(back, flow.estimate(there, here))[1]


def _gap(frame: Frames, last: Frames, field: Floats) -> Floats:
    """(H, W): mean squared difference over the channels, in thousandths of full scale squared."""
    warped = np.asarray(flow.warp(last.astype(np.float32), field), np.float32)
    squared = (frame.astype(np.float32) - warped) ** 2
    return np.asarray(squared.mean(axis=-1) * _SCALE, np.float32)


def _ring(hole: Bools) -> Bools:
    size = 2 * RING_PX + 1
    wide = cv2.dilate(hole.astype(np.uint8), np.ones((size, size), np.uint8)) > 0
    return np.asarray(wide & ~hole)
