"""Measure the scale of the texture and its main direction.

The structure tensor (Foerstner and Guelch 1987; Bigun and Granlund, "Optimal orientation detection
of linear symmetry", 1987), summed over the surroundings: its larger eigenvector points across
stripes, and the coherence (l1 - l2) / (l1 + l2) measures how uniform the direction is. The scale is
the period 2 pi s / g, where s and g are the standard deviations of the picture and of its gradient.
This is exact for a sine.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools, Floats

Stripes = Literal["horizontal", "vertical", "rising", "falling"]
"""Direction of stripes. 'rising' means up to the right."""

_DENOISE_PX = 1.0
_SHADING_PX = 16.0
"""Sigma of a high-pass filter: coarser variation is shading, not texture."""

SMOOTH_BELOW = 1.6
"""Standard deviation in L* below which a surface is smooth."""

STRIPED_ABOVE = 0.5
"""Coherence above which texture is striped."""

FINE_BELOW_PX, COARSE_ABOVE_PX = 14.0, 28.0
"""Limits of the period of fine and coarse texture, in pixels of the clip."""


class Texture(NamedTuple):
    """Texture of an area.

    deviation: standard deviation in L*, without noise and shading. xx, xy, yy: structure tensor,
    the mean products of the gradient, in squared L* per squared pixel.
    """

    deviation: float
    xx: float
    xy: float
    yy: float

    @property
    def period_px(self) -> float:
        """Mean period in pixels."""
        return math.tau * self.deviation / math.sqrt(max(self.xx + self.yy, 1e-9))

    @property
    def coherence(self) -> float:
        """Uniformity of the direction: 0 without a main direction, 1 with a single one."""
        difference = math.hypot(self.xx - self.yy, 2 * self.xy)
        return difference / max(self.xx + self.yy, 1e-9)

    @property
    def stripes(self) -> Stripes | None:
        """Direction of the stripes; None if there are none."""
        if self.deviation < SMOOTH_BELOW or self.coherence < STRIPED_ABOVE:
            return None
        across = (
            math.degrees(math.atan2(2 * self.xy, self.xx - self.yy)) / 2
        )  # direction of the gradient
        names: tuple[Stripes, ...] = ("vertical", "rising", "horizontal", "falling")
        return names[round(across / 45) % 4]


def measure_texture(lightness: Floats, around: Bools) -> Texture:
    """Measure the texture on the (H, W) bool pixels `around` of an (H, W) L*."""
    denoised = cv2.GaussianBlur(lightness, (0, 0), _DENOISE_PX)
    detail = denoised - cv2.GaussianBlur(denoised, (0, 0), _SHADING_PX)
    across = np.gradient(detail, axis=1)[around]
    down = np.gradient(detail, axis=0)[around]
    return Texture(
        float(detail[around].std()),
        float((across * across).mean()),
        float((across * down).mean()),
        float((down * down).mean()),
    )
