"""Optical flow by DIS: Kroeger et al., "Fast Optical Flow using Dense Inverse Search", 2016."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Floats, Frames

_DIS_SMALLEST_PX = 16
"""Minimum size of a picture; smaller ones are padded."""

REFINEMENTS = 5
"""Iterations of the variational refinement in OpenCV's medium preset."""


@dataclass(frozen=True)
class Dis:
    """OpenCV's DIS estimator, on the CPU and on luma. Thread-safe.

    refinements: iterations of the variational refinement; at the default they take half the time.
    """

    colour: bool = False
    refinements: int = REFINEMENTS

    def estimate_both(self, first: Frames, second: Frames) -> tuple[Floats, Floats]:
        """See `FlowEstimator.estimate_both`."""
        return (
            estimate(first, second, refinements=self.refinements),
            estimate(second, first, refinements=self.refinements),
        )


def estimate(first: Frames, second: Frames, *, refinements: int = REFINEMENTS) -> Floats:
    """Estimate the flow from `first` to `second`; return (H, W, 2) float32 in pixels.

    Args:
        first: (H, W) uint8 grey.
        second: (H, W) uint8 grey.
        refinements: Iterations of the variational refinement.
    """
    height, width = first.shape
    pad_y, pad_x = max(0, _DIS_SMALLEST_PX - height), max(0, _DIS_SMALLEST_PX - width)
    if pad_x or pad_y:
        pads = ((0, pad_y), (0, pad_x))
        first, second = np.pad(first, pads, mode="edge"), np.pad(second, pads, mode="edge")
    engine = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    engine.setUseSpatialPropagation(True)
    engine.setVariationalRefinementIterations(refinements)
    field = engine.calc(np.ascontiguousarray(first), np.ascontiguousarray(second), None)
    return np.asarray(field[:height, :width], np.float32)
