"""A clean plate: the median of aligned views of one place, without the pixels that are masked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging.layers import at_rank, sort_layers
from vinpaint.masks.tracker.colour_models import LAB_WEIGHTS

_MASKED_DISTANCE = 1e3
"""Difference of a masked pixel; it sorts behind all others."""
_MAX_DEVIATION = 100.0
_DEVIATION_QUANTILE = 0.6

Ranks = NDArray[np.int32]


@dataclass(frozen=True, repr=False)
class AlignedPlate:
    """The background of one place.

    lab: (h, w, 3) uint8, its median colours; deviation: (h, w) float32, difference of a typical
    view from them, in Lab; views: (h, w) int32, number of views that show it.
    """

    lab: Frames
    deviation: Floats
    views: Ranks


def estimate_plate(views: Sequence[Frames], masked: Sequence[Bools]) -> AlignedPlate:
    """Estimate the plate from aligned views, (h, w, 3) uint8 Lab, and their (h, w) masks."""
    count = np.asarray(len(views) - np.sum(masked, axis=0), np.int32)
    pairs = list(zip(views, masked, strict=True))
    shown = [cv2.max(view, cv2.merge([hole.view(np.uint8) * 255] * 3)) for view, hole in pairs]
    median = at_rank(sort_layers(shown), np.maximum(count - 1, 0) // 2)
    distances = [
        np.where(hole, np.float32(_MASKED_DISTANCE), colour_distance(view, median))
        for view, hole in pairs
    ]
    rank = np.clip(np.rint(_DEVIATION_QUANTILE * (count - 1)), 0, len(views) - 1).astype(np.int32)
    deviation = np.minimum(at_rank(sort_layers(distances), rank), _MAX_DEVIATION)
    return AlignedPlate(median, np.asarray(cv2.blur(deviation, (3, 3)), np.float32), count)


def colour_distance(first: Frames, second: Frames) -> Floats:
    """Return the (h, w) weighted difference of two (h, w, 3) uint8 Lab pictures."""
    return np.asarray(
        cv2.transform(cv2.absdiff(first, second).astype(np.float32), LAB_WEIGHTS[None])
    )
