"""A frame as the tracker sees it, and the optical flow between two of them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging import flow
from vinpaint.masks.tracker.colour_models import Codebook, Codes, to_lab
from vinpaint.masks.tracker.graph_cut import edge_axes

_NOISE_SIGMA_PX = 0.6


@dataclass(frozen=True, repr=False)
class Look:
    """One frame at working size. grey: (H, W), lab: (H, W, 3), codes: (H, W), axes: (H, W, 2)."""

    grey: Frames
    lab: Frames
    codes: Codes
    axes: Frames


def look(rgb: Frames, book: Codebook) -> Look:
    """Prepare an (H, W, 3) RGB frame."""
    lab = to_lab(np.asarray(cv2.GaussianBlur(rgb, (3, 3), _NOISE_SIGMA_PX), np.uint8))
    return Look(flow.grey(rgb), lab, book.codes(lab), edge_axes(lab))


@dataclass(frozen=True, repr=False)
class Sight:
    """A frame seen against one beside it: `field` (H, W, 2) leads from the frame to `other`.

    `good`: (H, W) bool, where the flow there and back agree.
    """

    other: Look
    field: Floats
    good: Bools


def sights(first: Look, second: Look) -> tuple[Sight, Sight]:
    """`first` seen against `second`, and `second` seen against `first`."""
    ahead = flow.estimate(first.grey, second.grey)
    back = flow.estimate(second.grey, first.grey)
    return (
        Sight(second, ahead, flow.forward_backward_error(ahead, back)[1]),
        Sight(first, back, flow.forward_backward_error(back, ahead)[1]),
    )
