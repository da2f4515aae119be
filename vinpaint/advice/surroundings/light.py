"""Estimate the direction and the contrast of the light.

A plane a + b x + c y is fitted to the lightness L* around the hole by least squares. If it explains
enough of the variance, its slope points to the brightest side, which is reported as the direction
of the light. This is a guess, because a bright wall on the left gives the same result.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple, get_args

import cv2
import numpy as np

from vinpaint.core import Bools, Floats

Side = Literal[
    "right", "lower right", "below", "lower left", "left", "upper left", "above", "upper right"
]
_SIDES: tuple[Side, ...] = get_args(Side)
"""By eighths of a turn from the right, clockwise (y points down)."""

MIN_RISE = 8.0
"""Minimum rise in L* across the surroundings for a direction of the light to be reported."""

_MIN_EXPLAINED = 0.25
"""Minimum share of the variance of the low-passed L* that the plane must explain."""

_SIGMA_SHARE = 1 / 16
"""Sigma of the low-pass, as a share of the size of the surroundings."""

SOFT_BELOW, HARD_ABOVE = 25.0, 65.0
"""Limits of the spread of L*: low contrast, and strong contrast."""


class Light(NamedTuple):
    """The fitted plane and the spread of L*.

    rise_x, rise_y: rise in L* across the surroundings, to the right and down. explained: share of
    the variance that the plane explains. spread: difference of the 95th and 5th percentiles of L*.
    """

    rise_x: float
    rise_y: float
    explained: float
    spread: float

    @property
    def side(self) -> Side | None:
        """The brightest side; None if none stands out."""
        if self.explained < _MIN_EXPLAINED or math.hypot(*self[:2]) < MIN_RISE:
            return None
        return _SIDES[round(math.atan2(self.rise_y, self.rise_x) / (math.pi / 4)) % 8]


def measure_light(lightness: Floats, around: Bools) -> Light:
    """Measure the light on the (H, W) bool pixels `around` (at least three) of an (H, W) L*."""
    rows, columns = np.nonzero(around)
    spread = float(np.subtract(*np.percentile(lightness[around], (95, 5))))
    size = max(np.ptp(rows), np.ptp(columns)) + 1
    x, y = (columns - columns.mean()) / size, (rows - rows.mean()) / size
    values = _low_pass(lightness, around, sigma_px=max(1.0, _SIGMA_SHARE * float(size)))[around]
    values = values - values.mean()
    design = np.stack([x, y], axis=1)
    slope = np.linalg.lstsq(design, values, rcond=None)[0]
    total = float((values**2).sum())
    residual = float(((values - design @ slope) ** 2).sum())
    return Light(float(slope[0]), float(slope[1]), 1 - residual / total if total else 0.0, spread)


def _low_pass(values: Floats, inside: Bools, *, sigma_px: float) -> Floats:
    """Apply a Gaussian filter that averages over the pixels `inside` only."""
    weight = inside.astype(np.float32)
    mean = cv2.GaussianBlur(values.astype(np.float32) * weight, (0, 0), sigma_px)
    share = cv2.GaussianBlur(weight, (0, 0), sigma_px)
    return np.asarray(mean / np.maximum(share, 1e-6))
