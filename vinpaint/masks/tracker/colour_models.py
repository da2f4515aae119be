"""Colour models of object and background: histograms over a codebook of colours.

The codebook is fitted to a frame by k-means in Lab, and assigns every pixel a code, the index of
the nearest colour. `ColourModel` counts the codes over the whole picture. `local_colour.py` counts
them on a coarse grid, as the local classifiers of Bai et al., "Video SnapCut", 2009, do.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats, Frames

LAB_WEIGHTS = np.array([0.6, 1.0, 1.0], np.float32)
"""Weights of the Lab channels in the difference of two colours."""
_COLOURS = 64
"""Number of colours in a codebook."""
_SAMPLES = 6000
"""Approximate number of pixels to which each half of a codebook is fitted."""
_TABLE_SHIFT = 3
"""The lookup table has 32 steps for each 8-bit Lab channel."""

Codes = NDArray[np.int32]
"""Indices into a codebook."""
Weights = Floats | Bools
"""(H, W) weights of pixels."""
_NOISE_SIGMA_PX = 0.6
"""Blur that reduces noise before colours are compared."""


def to_lab(rgb: Frames) -> Frames:
    """Convert (H, W, 3) RGB to 8-bit Lab in OpenCV's scaling."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.uint8)


def to_smooth_lab(rgb: Frames) -> Frames:
    """Convert (H, W, 3) RGB to 8-bit Lab, with less noise than `to_lab`."""
    return to_lab(np.asarray(cv2.GaussianBlur(rgb, (3, 3), _NOISE_SIGMA_PX), np.uint8))


@dataclass(frozen=True, repr=False)
class Codebook:
    """A set of colours. table: (32, 32, 32) int32, code of every Lab colour; count: of colours."""

    table: Codes
    count: int

    def codes(self, lab: Frames) -> Codes:
        """Return the (H, W) int32 codes of an (H, W, 3) 8-bit Lab picture."""
        small = lab >> _TABLE_SHIFT
        return np.asarray(self.table[small[..., 0], small[..., 1], small[..., 2]], np.int32)


def make_codebook(lab: Frames, mask: Bools) -> Codebook:
    """Fit a codebook: half of its colours to the object, half to the background.

    lab: (H, W, 3) 8-bit Lab; mask: (H, W) bool, the object. The result is deterministic.
    """
    cv2.setRNGSeed(7)
    parts = [_centres(lab[region], _COLOURS // 2) for region in (mask, ~mask) if region.any()]
    centres = np.concatenate(parts)
    steps = np.arange(32, dtype=np.float32) * 8 + 4
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    distance = ((cube[:, None] - centres[None]) ** 2) @ np.array([0.5, 1.0, 1.0], np.float32)
    table = distance.argmin(axis=1).astype(np.int32).reshape(32, 32, 32)
    return Codebook(table, len(centres))


def _centres(pixels: Frames, count: int) -> Floats:
    step = max(1, len(pixels) // _SAMPLES)
    sample = np.ascontiguousarray(pixels[::step], np.float32)
    count = min(count, len(sample))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 12, 1.0)
    _, _, centres = cv2.kmeans(sample, count, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    return np.asarray(centres, np.float32)


@dataclass(frozen=True, repr=False)
class ColourModel:
    """Colour histograms of object and background, (codes,) float32 each, summing to 1."""

    front: Floats
    back: Floats

    def odds(self, *, floor: float) -> Floats:
        """Return the (codes,) log-odds that a colour belongs to the object."""
        return log_odds(self.front, self.back, floor=floor)

    def updated(self, new: ColourModel, share: float) -> ColourModel:
        """Return a mixture of both models; `share`: weight of the new one, 0 to 1."""
        return ColourModel(
            self.front + share * (new.front - self.front),
            self.back + share * (new.back - self.back),
        )


def fit_colours(
    codes: Codes, front: Floats | Bools, back: Floats | Bools, count: int
) -> ColourModel:
    """Fit a colour model to the codes of one picture.

    codes: (H, W); front, back: (H, W) weights of the pixels of object and background; count: number
    of codes in the codebook.
    """
    return ColourModel(histogram(codes, front, count), histogram(codes, back, count))


def histogram(codes: Codes, weight: Weights, count: int) -> Floats:
    """Return the (count,) weighted histogram of the codes, summing to 1."""
    flat = weight.ravel().astype(np.float32)
    total = np.bincount(codes.ravel(), flat, minlength=count).astype(np.float32)
    return total / max(float(total.sum()), 1e-6)


def log_odds(front: Floats, back: Floats, *, floor: float) -> Floats:
    """Return log(front / back) of two densities.

    `floor` is added to both, so that the result is near 0 where both are small.
    """
    return np.log((front + floor) / (back + floor)).astype(np.float32)
