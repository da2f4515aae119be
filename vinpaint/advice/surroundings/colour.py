"""Which colours there are, by name, and how warm the light is.

Names are the eleven basic colour terms (Berlin and Kay, "Basic Color Terms", 1969), each with a
few prototypes in CIELAB; a pixel has the name of the nearest one.

The tone is a correlated colour temperature: the mean of linear RGB is taken for the light (the
grey world of Buchsbaum, "A spatial processor model for object colour perception", 1980), and its
chromaticity (x, y) gives n = (x - 0.3320) / (0.1858 - y) and CCT = 449 n^3 + 3525 n^2 + 6823.3 n
+ 5520.33 kelvin (McCamy, "Correlated color temperature as an explicit function of chromaticity
coordinates", 1992). sRGB's own white is 6504 K. A surrounding of one strong colour is no grey
world: so a red wall reads as warm light, and far from the Planckian locus nothing is said.
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
"""A picture balanced for its white lies at 6504 K; in mired (1e6 / K), in which steps look alike,
both limits are about 28 from there."""

_FARTHEST_DUV = 0.02
"""Farther than this from the Planckian locus (CIE 1960 u, v) a light has no temperature to speak
of: it is green or purple. (The CIE allows 0.05.)"""

_LEAST_SHARE = 0.15
"""A colour that covers less of the surroundings is not named."""

_MOST_NAMES = 3

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


def lab(rgb: Frames) -> Floats:
    """(..., 3) uint8 RGB to CIELAB: L* 0 to 100, a*, b*."""
    flat = rgb.reshape(1, -1, 3).astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(flat, cv2.COLOR_RGB2Lab)).reshape(rgb.shape)


def named(pixels: Floats) -> dict[str, int]:
    """How many pixels have each name. pixels: (N, 3) CIELAB."""
    names = [name for name, _ in _PROTOTYPES]
    places = lab(np.array([colour for _, colour in _PROTOTYPES], np.uint8))
    apart = ((pixels[:, None] - places[None]) ** 2).sum(axis=-1)
    counts = np.bincount(apart.argmin(axis=1), minlength=len(names))
    return {name: int(count) for name, count in zip(names, counts, strict=True)}


def palette(counts: Mapping[str, int]) -> tuple[str, ...]:
    """The names that cover most, the largest first; at least one where there is any pixel."""
    total = sum(counts.values())
    most = sorted(counts, key=lambda name: -counts[name])[:_MOST_NAMES]
    kept = [name for name in most if counts[name] >= _LEAST_SHARE * total]
    return tuple(kept or most[:1]) if total else ()


def linear_mean(rgb: Frames) -> NDArray[np.float64]:
    """(3,): the mean of (N, 3) uint8 sRGB in linear light, 0 to 1; what is clipped left out."""
    kept = rgb[(rgb.max(axis=1) < 250) & (rgb.max(axis=1) > 10)]
    values = (kept if len(kept) else rgb).astype(np.float64) / 255
    curve = np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)
    return np.asarray(curve.mean(axis=0))


def temperature_k(light: NDArray[np.float64]) -> float | None:
    """Kelvin of a light in linear sRGB; None where it has no temperature to speak of."""
    x_, y_, z_ = _XYZ_OF_SRGB @ light
    total = x_ + y_ + z_
    if total <= 0:
        return None
    x, y = x_ / total, y_ / total
    n = (x - 0.3320) / (0.1858 - y)
    kelvin = float(449 * n**3 + 3525 * n**2 + 6823.3 * n + 5520.33)
    if not 1000 <= kelvin <= 15000 or _from_locus(x, y, kelvin) > _FARTHEST_DUV:
        return None
    return kelvin


def tone(kelvin: float) -> Tone:
    """Warm, neutral or cool."""
    if kelvin < WARM_BELOW_K:
        return "warm"
    return "cool" if kelvin > COOL_ABOVE_K else "neutral"


def _from_locus(x: float, y: float, t: float) -> float:
    """Distance in CIE 1960 (u, v) from the Planckian locus at `t` kelvin, by Krystek's rational
    approximation ("An algorithm to calculate correlated colour temperature", 1985)."""
    u, v = 4 * x / (-2 * x + 12 * y + 3), 6 * y / (-2 * x + 12 * y + 3)
    planck_u = (0.860117757 + 1.54118254e-4 * t + 1.28641212e-7 * t**2) / (
        1 + 8.42420235e-4 * t + 7.08145163e-7 * t**2
    )
    planck_v = (0.317398726 + 4.22806245e-5 * t + 4.20481691e-8 * t**2) / (
        1 - 2.89741816e-5 * t + 1.61456053e-7 * t**2
    )
    return float(np.hypot(u - planck_u, v - planck_v))
