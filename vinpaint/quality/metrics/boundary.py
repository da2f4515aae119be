"""Boundary error: does a seam show on the mask's rim (seed: quality evaluation, 3)?

E_boundary = 1/|dM| sum_{dM} | ||grad I'|| - E[ ||grad I|| in N(dM) ] |, with the gradient of luma
by central differences, in levels (0..255) a pixel; dM are the hole's pixels next to its edge and
the pixels just outside it, N(dM) the source's pixels from 2 to 9 px outside the rim. The
yardstick is the same measure on that neighbourhood itself: how far its gradients lie from their
own mean. Far above it an edge runs along the rim; far below, the rim is smeared.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vinpaint.core import Better, Bools
from vinpaint.imaging import flow
from vinpaint.quality.metrics.base import Gauge, Look, Reading, Sums, gradient, grown

NEAR_PX = 9
_GAP_PX = 2


@dataclass(frozen=True)
class BoundaryError:
    """Seam."""

    title: str = "Seam"
    unit: str = "levels/px"
    better: Better = "lower"
    meaning: str = (
        "How far the edges on the repair's rim differ from those around it; "
        "far above the clip's own value a seam shows, far below it is blurred."
    )

    def start(self) -> Gauge:
        """Sums of differences over the rim's pixels."""
        return Sums(_read)


def _read(look: Look) -> Reading | None:
    rim, near = _rim(look.hole), _near(look.hole)
    if not rim.any() or not near.any():
        return None
    around = gradient(flow.grey(look.before).astype(np.float32))[near]
    expected = float(around.mean())
    on_rim = np.abs(gradient(look.luma)[rim] - expected)
    own = np.abs(around - expected)
    return Reading(float(on_rim.sum()), float(on_rim.size), float(own.sum()), float(own.size))


def _rim(hole: Bools) -> Bools:
    return grown(hole, 1) & grown(~hole, 1)


def _near(hole: Bools) -> Bools:
    return grown(hole, NEAR_PX) & ~grown(hole, _GAP_PX)
