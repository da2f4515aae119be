"""Name the main colours, and estimate the colour temperature of the light.

The names are the eleven basic colour terms (Berlin and Kay, "Basic Color Terms", 1969), some with
an adjective. Each has a prototype in CIELAB, and a pixel gets the name of the nearest prototype.

The temperature is a correlated colour temperature. The mean of linear RGB is taken as the colour of
the light, which is the grey world assumption (Buchsbaum, "A spatial processor model for object
colour perception", 1980). Its chromaticity (x, y) gives n = (x - 0.3320) / (0.1858 - y) and
CCT = 449 n^3 + 3525 n^2 + 6823.3 n + 5520.33 kelvin (McCamy, "Correlated color temperature as an
explicit function of chromaticity coordinates", 1992). The white of sRGB is 6504 K. Surroundings of
one strong colour violate the assumption: a red wall is reported as warm light. There is no result
for colours far from the Planckian locus.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Floats, Frames

Tone = Literal["warm", "neutral", "cool"]

WARM_BELOW_K, COOL_ABOVE_K = 5400.0, 7800.0
"""A white-balanced picture has 6504 K. Both limits are about 28 mired (1e6 / K) away from it; equal
steps in mired look equal."""

_MAX_DUV = 0.02
"""Beyond this distance from the Planckian locus (CIE 1960 u, v) light is green or purple and has no
colour temperature. (The CIE allows 0.05.)"""

_MIN_SHARE = 0.15
"""Minimum share of the surroundings of a colour that is named."""

_MAX_NAMES = 3

_XYZ_OF_SRGB = np.array(
    [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
)
"""Linear sRGB to CIE XYZ (IEC 61966-2-1)."""

_PROTOTYPES: tuple[tuple[str, tuple[int, int, int]], ...] = (
    ("black", (12, 12, 12)),
    ("dark grey", (70, 70, 70)),
    ("grey", (128, 128, 128)),
    ("light grey", (190, 190, 190)),
    ("white", (245, 245, 245)),
    ("dark red", (110, 20, 25)),
    ("red", (200, 35, 40)),
    ("orange", (235, 130, 40)),
    ("dark brown", (60, 42, 30)),
    ("brown", (120, 80, 50)),
    ("beige", (205, 185, 150)),
    ("yellow", (235, 210, 60)),
    ("olive green", (105, 110, 55)),
    ("dark green", (30, 65, 35)),
    ("green", (70, 140, 60)),
    ("light green", (165, 205, 140)),
    ("turquoise", (60, 165, 160)),
    ("dark blue", (25, 40, 95)),
    ("blue", (50, 95, 180)),
    ("grey blue", (100, 120, 150)),
    ("light blue", (160, 195, 230)),
    ("purple", (105, 55, 130)),
    ("pink", (230, 150, 175)),
)


def to_lab(rgb: Frames) -> Floats:
    """Convert (..., 3) uint8 RGB to CIELAB: L* 0 to 100, a*, b*."""
    flat = rgb.reshape(1, -1, 3).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2Lab)).reshape(rgb.shape)


def count_colour_names(pixels: Floats) -> dict[str, int]:
    """Count the (N, 3) CIELAB pixels by colour name."""
    names = [name for name, _ in _PROTOTYPES]
    prototypes = to_lab(np.array([colour for _, colour in _PROTOTYPES], np.uint8))
    distance = ((pixels[:, None] - prototypes[None]) ** 2).sum(axis=-1)
    counts = np.bincount(distance.argmin(axis=1), minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=True)}


def main_colours(counts: Mapping[str, int]) -> tuple[str, ...]:
    """Return the names of up to three colours, largest first; () only without pixels."""
    total = sum(counts.values())
    most = sorted(counts, key=lambda name: -counts[name])[:_MAX_NAMES]
    kept = [name for name in most if counts[name] >= _MIN_SHARE * total]
    return tuple(kept or most[:1]) if total else ()


def linear_mean(rgb: Frames) -> NDArray[np.float64]:
    """Return the (3,) mean of (N, 3) uint8 sRGB in linear light, 0 to 1, without clipped pixels."""
    kept = rgb[(rgb.max(axis=1) < 250) & (rgb.max(axis=1) > 10)]
    values = (kept if len(kept) else rgb).astype(np.float64) / 255
    curve = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.asarray(curve.mean(axis=0))


def temperature_k(light: NDArray[np.float64]) -> float | None:
    """Return the colour temperature in kelvin of a light in linear sRGB, or None."""
    x_, y_, z_ = _XYZ_OF_SRGB @ light
    total = x_ + y_ + z_
    if total <= 0:
        return None
    x, y = x_ / total, y_ / total
    n = (x - 0.3320) / (0.1858 - y)
    kelvin = float(449 * n**3 + 3525 * n**2 + 6823.3 * n + 5520.33)
    if not 1000 <= kelvin <= 15000 or _distance_from_locus(x, y, kelvin) > _MAX_DUV:
        return None
    return kelvin


def tone(kelvin: float) -> Tone:
    """Return the tone of a colour temperature."""
    if kelvin < WARM_BELOW_K:
        return "warm"
    return "cool" if kelvin > COOL_ABOVE_K else "neutral"


def _distance_from_locus(x: float, y: float, t: float) -> float:
    """Return the distance in CIE 1960 (u, v) from the Planckian locus at `t` kelvin.

    Uses the rational approximation of Krystek, "An algorithm to calculate correlated colour
    temperature", 1985.
    """
    u, v = 4 * x / (-2 * x + 12 * y + 3), 6 * y / (-2 * x + 12 * y + 3)
    planck_u = (0.860117757 + 1.54118254e-4 * t + 1.28641212e-7 * t**2) / (
        1 + 8.42420235e-4 * t + 7.08145163e-7 * t**2
    )
    planck_v = (0.317398726 + 4.22806245e-5 * t + 4.20481691e-8 * t**2) / (
        1 - 2.89741816e-5 * t + 1.61456053e-7 * t**2
    )
    return float(np.hypot(u - planck_u, v - planck_v))
