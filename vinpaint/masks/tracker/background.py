"""What the background looks like without the object, from other frames of the same window.

A foot on the ground moves with the ground, and so do paws and wheels that rest: by its motion it
is background. But other frames, led back by the camera's motion, show the ground without it.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, bounding_box
from vinpaint.masks.tracker.frame_features import Look, Sight
from vinpaint.masks.tracker.motion_segmentation import Matrix, dominant_motion

_NEAREST_FRAMES = 5
"""Frames nearer than this may show the same foot in the same place."""
_MOST_VIEWS, _FEWEST_VIEWS = 7, 3
_MARGIN_PX = 32
_GAP_START, _GAP_WIDTH = 10.0, 15.0
"""Steps of colour apart from the plate that say nothing, and that are added to be sure."""
_SPREAD_WEIGHT = 1.5
"""Where the views differ among each other the plate is not trusted."""
_LAB_WEIGHTS = np.array([0.6, 1.0, 1.0], np.float32)


class Plates:
    """The frames of one window, each to be held against the background that the others show."""

    def __init__(self, looks: Sequence[Look], ahead: Sequence[Sight]) -> None:
        """`looks`: the frames in order; `ahead`: each but the last, seen against the next."""
        self._looks = looks
        self._to_first: list[Matrix] = [np.eye(3)]
        for seen in ahead:
            step = np.linalg.inv(dominant_motion(seen.field, seen.good))
            self._to_first.append(self._to_first[-1] @ step)

    def apart(self, index: int, about: Bools) -> Floats:
        """(H, W) 0 to 1: how surely a pixel's colour is not the background's at its place.

        Judged around the object, `about` (H, W) bool; 0 elsewhere, and where nothing can be told.
        """
        certain = np.zeros(about.shape, np.float32)
        near, views = bounding_box(about), self._views(index)
        if near is None or len(views) < _FEWEST_VIEWS:
            return certain
        box = near.grow(_MARGIN_PX, about.shape[1], about.shape[0])
        seen = np.stack([self._led_back(index, view, box) for view in views])
        middle = len(views) // 2
        plate = np.partition(seen, middle, axis=0)[middle].astype(np.float32)
        gap = np.abs(self._looks[index].lab[box.slices] - plate) @ _LAB_WEIGHTS
        spread = np.median(np.abs(seen - plate) @ _LAB_WEIGHTS, axis=0)
        unlike = cv2.blur(gap, (3, 3)) - _GAP_START - _SPREAD_WEIGHT * cv2.blur(spread, (3, 3))
        certain[box.slices] = np.clip(unlike / _GAP_WIDTH, 0, 1)
        return certain

    def _views(self, index: int) -> list[int]:
        far = [t for t in range(len(self._looks)) if abs(t - index) >= _NEAREST_FRAMES]
        at = np.linspace(0, len(far) - 1, min(_MOST_VIEWS, len(far)))
        return [far[round(i)] for i in at]

    def _led_back(self, index: int, view: int, box: Box) -> Floats:
        """(h, w, 3) Lab of the view's frame where the background of `box` lies in it."""
        lead = np.linalg.inv(self._to_first[view]) @ self._to_first[index]
        lead = lead @ np.array([[1, 0, box.x0], [0, 1, box.y0], [0, 0, 1]], np.float64)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        size = (box.width, box.height)
        led = cv2.warpPerspective(
            self._looks[view].lab, lead, size, flags=how, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(led, np.float32)
