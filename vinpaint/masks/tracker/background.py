"""A background model from the other frames of a window.

A foot on the ground, a paw or a wheel at rest moves with the background, so motion alone labels it
background. Other frames, aligned by the camera's motion, show the ground without the object, and
the difference in colour tells the two apart.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, bounding_box
from vinpaint.masks.tracker.colour_models import LAB_WEIGHTS
from vinpaint.masks.tracker.frame_features import FlowPair, FrameFeatures
from vinpaint.masks.tracker.motion_segmentation import Matrix, dominant_motion

_MIN_DISTANCE_FRAMES = 5
"""Frames closer in time may show the same foot in the same place."""
_MAX_VIEWS, _MIN_VIEWS = 7, 3
_MARGIN_PX = 32
_DIFFERENCE_START, _DIFFERENCE_WIDTH = 10.0, 15.0
"""Lab difference from the background that is noise, and the further difference up to certainty."""
_SPREAD_WEIGHT = 1.5
"""How much the threshold rises where the aligned frames differ among themselves."""


class BackgroundModel:
    """The background of each frame of one window, as seen in the other frames of the window."""

    def __init__(self, features: Sequence[FrameFeatures], ahead: Sequence[FlowPair]) -> None:
        """`features`: the frames in order; `ahead`: the flow from each frame to the next."""
        self._features = features
        self._to_first: list[Matrix] = [np.eye(3)]
        for pair in ahead:
            motion = np.linalg.inv(dominant_motion(pair.field, pair.consistent))
            self._to_first.append(self._to_first[-1] @ motion)

    def foreground_evidence(self, index: int, region: Bools) -> Floats:
        """Return (H, W) float32, 0 to 1: how clearly a pixel differs in colour from the background.

        Evaluated around `region`, (H, W) bool. 0 elsewhere, and where too few frames show the
        background.
        """
        evidence = np.zeros(region.shape, np.float32)
        bounds, views = bounding_box(region), self._views(index)
        if bounds is None or len(views) < _MIN_VIEWS:
            return evidence
        box = bounds.grow(_MARGIN_PX, region.shape[1], region.shape[0])
        aligned = np.stack([self._aligned(index, view, box) for view in views])
        middle = len(views) // 2
        median = np.partition(aligned, middle, axis=0)[middle].astype(np.float32)
        difference = np.abs(self._features[index].lab[box.slices] - median) @ LAB_WEIGHTS
        spread = np.median(np.abs(aligned - median) @ LAB_WEIGHTS, axis=0)
        excess = cv2.blur(difference, (3, 3)) - _DIFFERENCE_START
        excess = excess - _SPREAD_WEIGHT * cv2.blur(spread, (3, 3))
        evidence[box.slices] = np.clip(excess / _DIFFERENCE_WIDTH, 0, 1)
        return evidence

    def _views(self, index: int) -> list[int]:
        far = [t for t in range(len(self._features)) if abs(t - index) >= _MIN_DISTANCE_FRAMES]
        return [far[round(i)] for i in np.linspace(0, len(far) - 1, min(_MAX_VIEWS, len(far)))]

    def _aligned(self, index: int, view: int, box: Box) -> Floats:
        """Return (h, w, 3) Lab of frame `view`, warped onto the background in `box`."""
        matrix = np.linalg.inv(self._to_first[view]) @ self._to_first[index]
        matrix = matrix @ np.array([[1, 0, box.x0], [0, 1, box.y0], [0, 0, 1]], np.float64)
        warped = cv2.warpPerspective(
            self._features[view].lab,
            matrix,
            (box.width, box.height),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(warped, np.float32)
