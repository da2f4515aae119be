"""Order statistics of a stack of images, pixel by pixel."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Floats, Frames

Image = TypeVar("Image", Frames, Floats)


def sort_layers(layers: Sequence[Image]) -> list[Image]:
    """Sort images at every pixel, the smallest values first.

    layers: (h, w) or (h, w, C) each. An odd-even transposition network on whole images is many
    times faster than a sort along the first axis for so few.
    """
    order = list(layers)
    for turn in range(len(order)):
        for i in range(turn % 2, len(order) - 1, 2):
            low, high = cv2.min(order[i], order[i + 1]), cv2.max(order[i], order[i + 1])
            order[i], order[i + 1] = np.asarray(low), np.asarray(high)
    return order


def at_rank(ordered: Sequence[Image], rank: NDArray[np.integer]) -> Image:
    """Return the value at each pixel's rank, (h, w) or (h, w, C).

    ordered: the result of `sort_layers`; rank: (h, w), from 0.
    """
    picked = ordered[0].copy()
    for i, layer in enumerate(ordered[1:], start=1):
        here = rank == i
        np.copyto(picked, layer, where=here[..., None] if layer.ndim == 3 else here)
    return picked
