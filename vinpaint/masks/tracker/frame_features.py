"""Features of one frame for the tracker, and the optical flow between two frames."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging import flow
from vinpaint.masks.tracker.colour_models import Codebook, Codes, to_smooth_lab
from vinpaint.masks.tracker.graph_cut import edge_axes


@dataclass(frozen=True, repr=False)
class FrameFeatures:
    """One frame at working size.

    grey: (H, W) uint8; lab: (H, W, 3) uint8; codes: (H, W) codebook indices; axes: (H, W, 2), see
    `edge_axes`.
    """

    grey: Frames
    lab: Frames
    codes: Codes
    axes: Frames

    def halved(self) -> FrameFeatures:
        """Return the features at half the size."""
        size = half_size(self.grey)
        grey, lab = (
            np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
            for image in (self.grey, self.lab)
        )
        codes = np.ascontiguousarray(self.codes[::2, ::2])
        return FrameFeatures(grey, lab, codes, edge_axes(lab))


def half_size(image: Frames | Bools) -> tuple[int, int]:
    """Return the (width, height) of a picture at half the size, rounded up."""
    return -(-image.shape[1] // 2), -(-image.shape[0] // 2)


def extract_features(rgb: Frames, book: Codebook) -> FrameFeatures:
    """Compute the features of an (H, W, 3) uint8 RGB frame."""
    lab = to_smooth_lab(rgb)
    return FrameFeatures(flow.grey(rgb), lab, book.codes(lab), edge_axes(lab))


@dataclass(frozen=True, repr=False)
class FlowPair:
    """Optical flow from one frame to another.

    other: the features of the other frame; field: (H, W, 2) flow in pixels; consistent: (H, W)
    bool, True where the forward-backward error is small.
    """

    other: FrameFeatures
    field: Floats
    consistent: Bools

    def halved(self, other: FrameFeatures) -> FlowPair:
        """Return the flow at half the size; `other`: the halved features of the other frame."""
        field = cv2.resize(self.field, half_size(self.consistent), interpolation=cv2.INTER_AREA)
        consistent = np.ascontiguousarray(self.consistent[::2, ::2])
        return FlowPair(other, np.asarray(field / 2, np.float32), consistent)


def flow_pairs(first: FrameFeatures, second: FrameFeatures) -> tuple[FlowPair, FlowPair]:
    """Estimate the flow from `first` to `second`, and the flow from `second` to `first`."""
    ahead = flow.estimate(first.grey, second.grey)
    back = flow.estimate(second.grey, first.grey)
    return (
        FlowPair(second, ahead, flow.forward_backward_error(ahead, back)[1]),
        FlowPair(first, back, flow.forward_backward_error(back, ahead)[1]),
    )
