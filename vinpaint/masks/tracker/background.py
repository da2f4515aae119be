"""A background model: the expected colours of the background, from other frames of a window.

A part of the object that is at rest, as a foot on the ground, moves with the background, so motion
alone labels it background; a limb that swings moves otherwise than the body. Other frames, aligned
by the camera's motion, show what lies behind both, and its colour differs from theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, bounding_box
from vinpaint.imaging.morphology import dilate_square
from vinpaint.masks.tracker.frame_features import FlowPair, FrameFeatures
from vinpaint.masks.tracker.motion_segmentation import Matrix, dominant_motion
from vinpaint.masks.tracker.plate import AlignedPlate, colour_distance, estimate_plate

_MIN_DISTANCE_FRAMES = 5
"""Minimum distance in time of the frames that are compared: a part at rest stays in place for a
while."""
_MAX_VIEWS, _MIN_VIEWS = 8, 3
"""Maximum and minimum number of frames from which the background is estimated."""
_MARGIN_PX = 64
"""Margin around the object in which pixels are compared with the background."""
_MASK_MARGIN_PX = 4
"""Dilation of the masks whose pixels do not count as background."""
_DIFFERENCE_START, _DIFFERENCE_WIDTH = 10.0, 15.0
"""Difference in Lab from the background up to which `differs` is 0, and the range above it over
which it grows to 1."""
_SPREAD_WEIGHT = 1.5
"""Increase of the threshold per unit of the plate's deviation."""
_NOISE, _NOISE_PER_DEVIATION = 5.0, 3.0
"""Noise by which differences are divided for `stands_out`, in Lab."""
_OUT_START, _OUT_WIDTH = 1.0, 2.0
"""Difference per noise up to which `stands_out` is 0, and the range over which it grows to 1."""
_MATCH_NOISE = 7.0
"""Standard deviation, in Lab, of background that does not deviate from its plate."""
_SHADE_START, _SHADE_WIDTH, _SHADE_CHROMA = 0.3, 0.15, 5.0
"""A shadow keeps more than this share of the lightness, and the chroma up to about twice this
difference."""


class BackgroundEvidence(NamedTuple):
    """How a frame compares with the background, (H, W) float32 each, 0 to 1.

    differs: the colour differs from that of the same place; stands_out: it differs from all colours
    next to it as well, and is no shadow; matches: the colour is that of the background, weighted by
    how little the background's own colours deviate. All are 0 where the background is unknown.
    """

    differs: Floats
    stands_out: Floats
    matches: Floats


class BackgroundModel:
    """The background of every frame of a window, estimated from the other frames."""

    def __init__(self, features: Sequence[FrameFeatures], ahead: Sequence[FlowPair]) -> None:
        """Align the frames. features: of all frames in order; ahead: flow from each to the next."""
        self._features = features
        self._to_first: list[Matrix] = [np.eye(3)]
        for pair in ahead:
            motion = np.linalg.inv(dominant_motion(pair.field, pair.consistent))
            self._to_first.append(self._to_first[-1] @ motion)

    def evidence(self, index: int, region: Bools, masks: Sequence[Bools]) -> BackgroundEvidence:
        """Compare a frame with the background.

        Args:
            index: Number of the frame in the window.
            region: (H, W) bool, roughly the object, around which the frame is evaluated.
            masks: (H, W) bool, the object on the first frames of the window, as many as are known.
        """
        maps = [np.zeros(region.shape, np.float32) for _ in range(3)]
        bounds, views = bounding_box(region), self._views(index)
        if bounds is not None and len(views) >= _MIN_VIEWS:
            box = bounds.grow(_MARGIN_PX, region.shape[1], region.shape[0])
            plate = estimate_plate(
                [self._aligned(self._features[view].lab, index, view, box) for view in views],
                [self._aligned_mask(index, view, box, masks) for view in views],
            )
            for whole, part in zip(
                maps, compare_with_plate(self._features[index].lab[box.slices], plate), strict=True
            ):
                whole[box.slices] = np.where(plate.views >= _MIN_VIEWS, part, 0)
        return BackgroundEvidence(*maps)

    def _views(self, index: int) -> list[int]:
        far = [t for t in range(len(self._features)) if abs(t - index) >= _MIN_DISTANCE_FRAMES]
        return [far[round(i)] for i in np.linspace(0, len(far) - 1, min(_MAX_VIEWS, len(far)))]

    def _aligned_mask(self, index: int, view: int, box: Box, masks: Sequence[Bools]) -> Bools:
        """Return the (h, w) pixels of a view that show the object, or lie outside of the view."""
        mask = np.zeros(self._features[view].grey.shape, np.bool_)
        if view < len(masks):
            mask = dilate_square(masks[view], _MASK_MARGIN_PX)
        border = cv2.BORDER_CONSTANT
        return self._aligned(mask.astype(np.uint8), index, view, box, border=border) > 0

    def _aligned(
        self,
        picture: Frames,
        index: int,
        view: int,
        box: Box,
        *,
        border: int = cv2.BORDER_REPLICATE,
    ) -> Frames:
        """Return a picture of frame `view`, aligned with `box` of frame `index`."""
        matrix = np.linalg.inv(self._to_first[view]) @ self._to_first[index]
        matrix = matrix @ np.array([[1, 0, box.x0], [0, 1, box.y0], [0, 0, 1]], np.float64)
        warped = cv2.warpPerspective(
            picture,
            matrix,
            (box.width, box.height),
            flags=(cv2.INTER_LINEAR if picture.ndim == 3 else cv2.INTER_NEAREST)
            | cv2.WARP_INVERSE_MAP,
            borderMode=border,
            borderValue=1,
        )
        return np.asarray(warped, np.uint8)


def compare_with_plate(lab: Frames, plate: AlignedPlate) -> tuple[Floats, Floats, Floats]:
    """Compare (h, w, 3) uint8 Lab colours with the plate; see `BackgroundEvidence`."""
    difference = cv2.blur(colour_distance(lab, plate.lab), (3, 3))
    excess = difference - _DIFFERENCE_START - _SPREAD_WEIGHT * plate.deviation
    differs = np.clip(excess / _DIFFERENCE_WIDTH, 0, 1)
    # Alignment is exact to about a pixel: the colours of the neighbours are background as well.
    near = np.ones((3, 3), np.uint8)
    nearest = cv2.min(cv2.max(lab, cv2.erode(plate.lab, near)), cv2.dilate(plate.lab, near))
    unlike = cv2.blur(colour_distance(lab, np.asarray(nearest, np.uint8)), (3, 3))
    noise = _NOISE + _NOISE_PER_DEVIATION * plate.deviation
    stands_out = np.clip((unlike / noise - _OUT_START) / _OUT_WIDTH, 0, 1) * (
        1 - _shade(lab, plate)
    )
    noise = _MATCH_NOISE + plate.deviation
    matches = np.exp(-((difference / noise) ** 2) / 2) * (_MATCH_NOISE / noise) ** 2
    return differs, stands_out, matches


def _shade(lab: Frames, plate: AlignedPlate) -> Floats:
    """Return how likely pixels are background in shadow, (h, w) float32 from 0 to 1."""
    light = lab[..., 0] / np.maximum(plate.lab[..., 0], np.float32(1))
    change = cv2.absdiff(lab[..., 1:], plate.lab[..., 1:]).astype(np.float32)
    chroma = cv2.blur(change[..., 0] + change[..., 1], (3, 3))
    shaded = np.clip((light - _SHADE_START) / _SHADE_WIDTH, 0, 1) * (light < 1)
    return np.asarray(shaded * np.clip(2 - chroma / _SHADE_CHROMA, 0, 1), np.float32)
