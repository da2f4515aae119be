"""Film grain: measure the noise around the hole, and add the same amount to the fill.

Noise is measured in two octaves (the frame, and the frame at half size) to distinguish fine digital
noise from coarse film grain: the deviation of white noise halves from one octave to the next, that
of coarse grain does not. In each octave the frame is filtered with Immerkaer's difference of
Laplacians ("Fast Noise Variance Estimation", 1996), whose response to white noise of standard
deviation s is 6 s. The median response is taken in the flattest areas only, so that texture does
not count as noise.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging.morphology import erode_square

RING_PX = 32
"""Width of the ring around the hole in which grain is measured."""
MOST_LEVELS = 12.0
"""Maximum standard deviation of the added grain, in intensity levels."""
_LEAST_LEVELS = 0.5
"""Weaker grain is invisible and is not added."""
_FLATTEST = 0.4
"""Fraction of the pixels, the flattest, in which noise is measured."""
_LEAST_PIXELS = 60
_NOISE_KERNEL = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32) / 6.0
_MEDIAN_OF_NORMAL = 0.6745
_OF_CHANGE = _MEDIAN_OF_NORMAL * 1.2
"""Median absolute difference of two frames whose grain has deviation 1. The difference contains the
grain of both (a factor of 1.41), which interpolation reduces to a factor of 1.2."""
_WHITE_AT_HALF, _DOUBLED_AT_HALF = 0.251, 0.359
"""Measured variance of `coarse` for white noise of variance 1, and for white noise of variance 1 at
half size that is enlarged by cubic interpolation. For the latter, that of `fine` is only 0.011."""


@dataclass(frozen=True)
class Grain:
    """Standard deviation of noise, in intensity levels: `fine` at full size, `coarse` at half."""

    fine: float
    coarse: float

    def least(self, other: Grain | None) -> Grain:
        """Return the smaller value of each octave. `other`: None is ignored."""
        if other is None:
            return self
        return Grain(min(self.fine, other.fine), min(self.coarse, other.coarse))


def measure_grain(rgb: Frames, inside: Bools) -> Grain | None:
    """Measure the grain in the pixels of `inside`; return None if they are too few.

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
    # All pixels under the kernel must be inside, or a seam would count as noise.
    core = erode_square(inside, 1)
    if core.sum() < _LEAST_PIXELS:
        return None
    calm = cv2.GaussianBlur(grey, (0, 0), 1.5)
    slope = np.hypot(cv2.Sobel(calm, cv2.CV_32F, 1, 0), cv2.Sobel(calm, cv2.CV_32F, 0, 1))[core]
    answer = np.abs(cv2.filter2D(grey, cv2.CV_32F, _NOISE_KERNEL))[core]
    flat = answer[slope <= np.quantile(slope, _FLATTEST)]
    return float(np.median(flat)) / _MEDIAN_OF_NORMAL


def grain_of_difference(change: Floats, inside: Bools) -> Grain | None:
    """Measure the grain of one frame from the difference of two; return None if `inside` is empty.

    change: (H, W) float32, the frame minus the next one warped to it; inside: (H, W) bool.
    """
    half = (max(1, change.shape[1] // 2), max(1, change.shape[0] // 2))
    small = np.asarray(cv2.resize(change, half, interpolation=cv2.INTER_AREA))
    kept = np.asarray(cv2.resize(inside.astype(np.uint8), half, interpolation=cv2.INTER_AREA)) > 0
    if not inside.any() or not kept.any():
        return None
    fine, coarse = (float(np.median(np.abs(v[m]))) for v, m in ((change, inside), (small, kept)))
    return Grain(fine / _OF_CHANGE, coarse / _OF_CHANGE)


def add_grain(rgb: Frames, weight: Floats, *, have: Grain, want: Grain, seed: int) -> Frames:
    """Add grain to a picture that has less than required; return (H, W, 3) uint8.

    All channels get the same grain. Deterministic for a given `seed`.

    Args:
        rgb: (H, W, 3) uint8.
        weight: (H, W) float32, 0 to 1, share of the grain that is added to each pixel.
        have: The grain of the picture.
        want: The grain required.
        seed: Seed of the random numbers.
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
    """Return the deviations of the noise to add: white noise, and noise enlarged from half size."""
    fine = max(0.0, want.fine**2 - have.fine**2)
    coarse = max(0.0, want.coarse**2 - have.coarse**2)
    doubled = max(0.0, coarse - _WHITE_AT_HALF * fine) / _DOUBLED_AT_HALF
    return min(MOST_LEVELS, fine**0.5), min(MOST_LEVELS, doubled**0.5)


def surrounding_ring(hole: Bools) -> Bools:
    """Return (H, W) bool: the pixels that are more than 2 and at most RING_PX from the hole."""
    if not hole.any():
        return np.zeros_like(hole)
    distance = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 3)
    return np.asarray((distance > 2) & (distance <= RING_PX))
