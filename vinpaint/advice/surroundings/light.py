"""From where the light comes, and how hard it is.

A plane a + b x + c y is fitted to the lightness L* around the hole by least squares; where it
explains enough of it, its slope points to the brightest side, which is where the light is said to
come from. That is a guess at the cause: a bright wall on the left looks the same.
"""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools, Floats

Side = Literal[
    "right", "lower right", "below", "lower left", "left", "upper left", "above", "upper right"
]
_SIDES: tuple[Side, ...] = (
    "right",
    "lower right",
    "below",
    "lower left",
    "left",
    "upper left",
    "above",
    "upper right",
)
"""By eighths of a turn from the right, clockwise, as y goes down."""

LEAST_RISE = 8.0
"""L* from one end of the surroundings to the other below which light has no side."""

_LEAST_EXPLAINED = 0.25
"""Share of the variance of L* (of what is coarse in it) that the plane must explain."""

_COARSE = 1 / 16
"""Detail finer than this share of the surroundings is no matter of light."""

SOFT_BELOW, HARD_ABOVE = 25.0, 65.0
"""Spread of L*, from the 5th to the 95th percentile: flat light, and strong contrast."""


class Light(NamedTuple):
    """rise: (right, down) in L* from end to end; explained: the plane's share of the variance;
    spread: of L*, from the 5th to the 95th percentile."""

    rise_x: float
    rise_y: float
    explained: float
    spread: float

    @property
    def side(self) -> Side | None:
        """The brightest side; None where none stands out."""
        if self.explained < _LEAST_EXPLAINED or math.hypot(*self[:2]) < LEAST_RISE:
            return None
        return _SIDES[round(math.atan2(self.rise_y, self.rise_x) / (math.pi / 4)) % 8]


def measure_light(lightness: Floats, around: Bools) -> Light:
    """lightness: (H, W) L*; around: (H, W) bool, the pixels to judge: at least three."""
    rows, columns = np.nonzero(around)
    spread = float(np.subtract(*np.percentile(lightness[around], (95, 5))))
    size = max(np.ptp(rows), np.ptp(columns)) + 1
    x, y = (columns - columns.mean()) / size, (rows - rows.mean()) / size
    values = _coarse(lightness, around, sigma_px=max(1.0, _COARSE * float(size)))[around]
    values = values - values.mean()
    design = np.stack([x, y], axis=1)
    slope = np.linalg.lstsq(design, values, rcond=None)[0]
    total = float((values**2).sum())
    left = float(((values - design @ slope) ** 2).sum())
    return Light(float(slope[0]), float(slope[1]), 1 - left / total if total else 0.0, spread)


def _coarse(values: Floats, inside: Bools, *, sigma_px: float) -> Floats:
    """A Gaussian mean that takes nothing from outside."""
    weight = inside.astype(np.float32)
    mean = cv2.GaussianBlur(values.astype(np.float32) * weight, (0, 0), sigma_px)
    share = cv2.GaussianBlur(weight, (0, 0), sigma_px)
    return np.asarray(mean / np.maximum(share, 1e-6))
