"""Colour models of object and background, for the whole picture and for each place in it.

A codebook of the clip's own colours (k-means in Lab) gives every pixel a number; a model is how
often each number was seen on the object and off it, counted on a coarse grid of places. Blurred
over places it is the local classifier of Bai et al., "Video SnapCut", 2009; summed over all
places it is the usual pair of histograms.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats, Frames

_COLOURS = 64
_SAMPLES = 6000
_TABLE_SHIFT = 3
"""The table from Lab to codes has 32 steps a channel."""

Codes = NDArray[np.int32]


def to_lab(rgb: Frames) -> Frames:
    """(H, W, 3) RGB to Lab, uint8 as OpenCV scales it."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.uint8)


@dataclass(frozen=True, repr=False)
class Codebook:
    """A few dozen colours. `table`: (32, 32, 32) int32, the nearest code of every Lab colour."""

    table: Codes
    count: int

    def codes(self, lab: Frames) -> Codes:
        """(H, W) int32: the code of every pixel."""
        small = lab >> _TABLE_SHIFT
        return np.asarray(self.table[small[..., 0], small[..., 1], small[..., 2]], np.int32)


def make_codebook(lab: Frames, mask: Bools) -> Codebook:
    """A codebook that spends half its colours on the object, half on the rest; seeded."""
    cv2.setRNGSeed(7)
    centres = [_centres(lab[part], _COLOURS // 2) for part in (mask, ~mask) if part.any()]
    centre = np.concatenate(centres)
    steps = np.arange(32, dtype=np.float32) * 8 + 4
    cube = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
    distance = ((cube[:, None] - centre[None]) ** 2) @ np.array([0.5, 1.0, 1.0], np.float32)
    table = distance.argmin(axis=1).astype(np.int32).reshape(32, 32, 32)
    return Codebook(table, len(centre))


def _centres(pixels: Frames, count: int) -> Floats:
    step = max(1, len(pixels) // _SAMPLES)
    sample = np.ascontiguousarray(pixels[::step], np.float32)
    count = min(count, len(sample))
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_COUNT, 12, 1.0)
    _, _, centres = cv2.kmeans(sample, count, None, stop, 1, cv2.KMEANS_PP_CENTERS)
    return np.asarray(centres, np.float32)


def histogram(codes: Codes, weight: Floats, count: int) -> Floats:
    """(count,) how much weight each code has, summing to 1."""
    total = np.bincount(codes.ravel(), weight.ravel(), minlength=count).astype(np.float32)
    return total / max(float(total.sum()), 1e-6)


def log_odds(front: Floats, back: Floats, *, floor: float) -> Floats:
    """log(front / back) of two densities, held near 0 where both have seen next to nothing."""
    return np.log((front + floor) / (back + floor)).astype(np.float32)
