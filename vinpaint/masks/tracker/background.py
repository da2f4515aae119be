"""A background model: the expected colours of the background, from other frames of a window.

A part of the object that is at rest, as a foot on the ground, moves with the background, so motion
alone labels it background. Other frames, aligned by the camera's motion, show the ground without
the object, and its colour differs from that of the foot.
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
"""Minimum distance in time of the frames that are compared: a part at rest stays in place for a
while."""
_MAX_VIEWS, _MIN_VIEWS = 7, 3
"""Maximum and minimum number of frames from which the background is estimated."""
_MARGIN_PX = 32
"""Margin around the object in which pixels are compared with the background."""
_DIFFERENCE_START, _DIFFERENCE_WIDTH = 10.0, 15.0
"""Difference in Lab from the background up to which the evidence is 0, and the range above it over
which it grows to 1."""
_SPREAD_WEIGHT = 1.5
"""Increase of the threshold per unit of difference between the aligned frames."""


class BackgroundModel:
    """The background of every frame of a window, estimated from the other frames."""

    def __init__(self, features: Sequence[FrameFeatures], ahead: Sequence[FlowPair]) -> None:
        """Align the frames. features: of all frames in order; ahead: flow from each to the next."""
        self._features = features
        self._to_first: list[Matrix] = [np.eye(3)]
        for pair in ahead:
            motion = np.linalg.inv(dominant_motion(pair.field, pair.consistent))
            self._to_first.append(self._to_first[-1] @ motion)

    def foreground_evidence(self, index: int, region: Bools) -> Floats:
        """Return how clearly the colours of a frame differ from the background.

        index: number of the frame in the window; region: (H, W) bool, roughly the object, around
        which the frame is evaluated. Returns (H, W) float32 from 0 to 1; all 0 if there are too few
        other frames, and 0 far from the region.
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
        """Return the (h, w, 3) Lab colours of frame `view`, aligned with `box` of frame `index`."""
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
