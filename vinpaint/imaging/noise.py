"""Grain: how much noise a picture has beside the hole, and as much of it for the fill.

Noise is measured in two octaves (the frame, and the frame at half size), so that fine digital
noise and coarse film grain are told apart: white noise halves from one to the next, coarse grain
does not. In each, Immerkaer's difference of Laplacians ("Fast Noise Variance Estimation", 1996),
whose answer to white noise of deviation s is 6 s, is read at the flattest places only, by its
median, so that texture does not count as noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames

RING_PX = 32
"""So far around the hole counts as beside it."""
MOST_LEVELS = 12.0
"""No more grain than this, in levels of 255, is ever added."""
_LEAST_LEVELS = 0.5
"""Less than this cannot be seen."""
_FLATTEST = 0.4
"""The share of the pixels that are judged."""
_LEAST_PIXELS = 60
_NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6.0
_MEDIAN_OF_NORMAL = 0.6745
_OF_CHANGE = _MEDIAN_OF_NORMAL * 1.2
"""A difference holds the grain of two frames (times 1.41), less what interpolation takes off."""
_WHITE_AT_HALF, _DOUBLED_AT_HALF = 0.251, 0.359
"""Variances that `coarse` finds in white noise of variance 1, and in noise of half the size doubled
by cubic interpolation, measured; `fine` finds but 0.011 of the latter."""


@dataclass(frozen=True)
class Grain:
    """Noise in levels of 255: of the frame (`fine`) and of the frame at half size (`coarse`)."""

    fine: float
    coarse: float

    def least(self, other: Grain | None) -> Grain:
        """The smaller of both, octave by octave."""
        if other is None:
            return self
        return Grain(min(self.fine, other.fine), min(self.coarse, other.coarse))


def measure_grain(rgb: Frames, inside: Bools) -> Grain | None:
    """The grain of the true pixels of `inside`; None where there are too few to tell.

    rgb: (H, W, 3) uint8; inside: (H, W) bool.
    """
    grey = np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.float32)
    fine = _noise(grey, inside)
    half = (max(1, grey.shape[1] // 2), max(1, grey.shape[0] // 2))
    small = np.asarray(cv2.resize(grey, half, interpolation=cv2.INTER_AREA), np.float32)
    kept = np.asarray(cv2.resize(inside.astype(np.uint8), half, interpolation=cv2.INTER_AREA))
    coarse = _noise(small, kept > 0)
    return None if fine is None or coarse is None else Grain(fine, coarse)


def _noise(grey: Floats, inside: Bools) -> float | None:
    # the kernel's neighbours must be inside as well, or a seam would count as noise
    core = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    if core.sum() < _LEAST_PIXELS:
        return None
    calm = cv2.GaussianBlur(grey, (0, 0), 1.5)
    slope = np.hypot(cv2.Sobel(calm, cv2.CV_32F, 1, 0), cv2.Sobel(calm, cv2.CV_32F, 0, 1))[core]
    answer = np.abs(cv2.filter2D(grey, cv2.CV_32F, _NOISE_KERNEL))[core]
    flat = answer[slope <= np.quantile(slope, _FLATTEST)]
    return float(np.median(flat)) / _MEDIAN_OF_NORMAL


def grain_of_difference(change: Floats, inside: Bools) -> Grain | None:
    """The grain of one frame, from the difference of two; None where there is nothing to judge.

    change: (H, W) float32, the frame less the next one led back to it; inside: (H, W) bool.
    """
    half = (max(1, change.shape[1] // 2), max(1, change.shape[0] // 2))
    small = np.asarray(cv2.resize(change, half, interpolation=cv2.INTER_AREA))
    kept = np.asarray(cv2.resize(inside.astype(np.uint8), half, interpolation=cv2.INTER_AREA)) > 0
    if not inside.any() or not kept.any():
        return None
    fine, coarse = (float(np.median(np.abs(v[m]))) for v, m in ((change, inside), (small, kept)))
    return Grain(fine / _OF_CHANGE, coarse / _OF_CHANGE)


def add_grain(rgb: Frames, weight: Floats, *, have: Grain, want: Grain, seed: int) -> Frames:
    """The picture with the grain that it lacks, where `weight` says so; the seed decides it.

    rgb: (H, W, 3) uint8; weight: (H, W) float32, 0 to 1. The same grain in all three colours.
    """
    fine, coarse = _mixture(have, want)
    if max(fine, coarse) < _LEAST_LEVELS:
        return rgb
    height, width = weight.shape
    random = np.random.default_rng(seed)
    noise = random.standard_normal((height, width), np.float32) * fine
    half = random.standard_normal(((height + 1) // 2, (width + 1) // 2), np.float32) * coarse
    noise += cv2.resize(half, (width, height), interpolation=cv2.INTER_CUBIC)
    grained = rgb.astype(np.float32) + (noise * weight)[..., None]
    return np.clip(np.rint(grained), 0, 255).astype(np.uint8)


def _mixture(have: Grain, want: Grain) -> tuple[float, float]:
    """Deviations of white noise and of doubled noise that together make up what is lacking."""
    fine = max(0.0, want.fine**2 - have.fine**2)
    coarse = max(0.0, want.coarse**2 - have.coarse**2)
    doubled = max(0.0, coarse - _WHITE_AT_HALF * fine) / _DOUBLED_AT_HALF
    return min(MOST_LEVELS, fine**0.5), min(MOST_LEVELS, doubled**0.5)


def surrounding_ring(hole: Bools) -> Bools:
    """(H, W) bool: the pixels beside the hole, a little apart from its rim."""
    if not hole.any():
        return np.zeros_like(hole)
    distance = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray((distance > 2) & (distance <= RING_PX))
