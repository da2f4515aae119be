"""How fine the texture is, and whether it runs in one direction.

The structure tensor (Foerstner and Guelch 1987; Bigun and Granlund, "Optimal orientation detection
of linear symmetry", 1987), summed over the surroundings: its larger eigenvector points across
stripes, and (l1 - l2) / (l1 + l2) says how much of one direction there is. The size is a period:
2 pi times the deviation of the picture over that of its gradient, which is exact for a sine.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools, Floats

Stripes = Literal["horizontal", "vertical", "rising", "falling"]
"""How they run; rising: up to the right."""

_DENOISE_PX = 1.0
_SHADING_PX = 16.0
"""What is coarser is shading, not texture."""

SMOOTH_BELOW = 1.6
"""Deviation in L* below which there is no texture to speak of."""

STRIPED_ABOVE = 0.5
"""Share of one direction above which texture is striped."""

FINE_BELOW_PX, COARSE_ABOVE_PX = 14.0, 28.0
"""Periods, in pixels of the clip."""


class Texture(NamedTuple):
    """deviation: in L*, noise and shading taken off; tensor: (xx, xy, yy) mean products of the
    gradient, L* squared a square pixel."""

    deviation: float
    xx: float
    xy: float
    yy: float

    @property
    def period_px(self) -> float:
        """Of the texture as a whole."""
        return math.tau * self.deviation / math.sqrt(max(self.xx + self.yy, 1e-9))

    @property
    def coherence(self) -> float:
        """0: every direction alike, 1: one only."""
        apart = math.hypot(self.xx - self.yy, 2 * self.xy)
        return apart / max(self.xx + self.yy, 1e-9)

    @property
    def stripes(self) -> Stripes | None:
        """How the stripes run; None where there are none."""
        if self.deviation < SMOOTH_BELOW or self.coherence < STRIPED_ABOVE:
            return None
        across = math.degrees(math.atan2(2 * self.xy, self.xx - self.yy)) / 2  # of the gradient
        names: tuple[Stripes, ...] = ("vertical", "rising", "horizontal", "falling")
        return names[round(across / 45) % 4]


def measure_texture(lightness: Floats, around: Bools) -> Texture:
    """lightness: (H, W) L*; around: (H, W) bool, the pixels to judge."""
    calm = cv2.GaussianBlur(lightness, (0, 0), _DENOISE_PX)
    detail = calm - cv2.GaussianBlur(calm, (0, 0), _SHADING_PX)
    across = np.gradient(detail, axis=1)[around]
    down = np.gradient(detail, axis=0)[around]
    return Texture(
        float(detail[around].std()),
        float((across * across).mean()),
        float((across * down).mean()),
        float((down * down).mean()),
    )
