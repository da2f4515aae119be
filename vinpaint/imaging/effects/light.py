"""Compare frames with the background that other frames show, in linear light.

All work is done on small frames: shadows and reflections are soft, and a slight misalignment of the
background hardly changes local means.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging import flow
from vinpaint.imaging.layers import at_rank, sort_layers
from vinpaint.imaging.morphology import dilate_ellipse
from vinpaint.imaging.motion.background_plate import MIN_VIEWS, camera_path
from vinpaint.imaging.motion.camera import Homography

_MAX_PIXELS = 14_400
"""Maximum number of pixels of a small frame, 160 x 90. Lengths below are in its pixels."""
_MIN_COVER = 0.1
"""Minimum masked share of a small pixel that counts as masked."""
_GAMMA, _MIN_LIGHT = 2.2, 0.01
"""The light of a level is (level / 255) ** 2.2; this much is added before logarithms."""
_LIGHT = ((np.arange(256) / 255.0) ** _GAMMA).astype(np.float32)
_NEAREST_FRAMES, _FARTHEST_FRAMES, _MAX_VIEWS = 5, 40, 9
"""Distances in time of the frames that make up the background, and their maximum number."""
_HIDDEN_PX, _NEAR_SHARE = 2, 0.3
"""Growth of the masks whose pixels never enter the background; and growth, as a share of the
object's size, of those that enter only where too few frames show the place without the object."""
_BRIGHT_RANK = 0.6
"""Rank of the background among the views of a pixel: above the median, since shadows darken."""
_SIGMA_PX = 1.5
"""Gaussian sigma of the local means that are compared."""
_MIN_FAR_PX = 50
"""Minimum number of pixels for the estimate of a gain."""
_MAX_LOG_RATIO = 1.5


@dataclass(frozen=True, repr=False)
class LightDifference:
    """A small frame compared with its background.

    Args:
        light, background: (h, w, 3) float32, linear light of the frame and of the background.
        log_ratio: (h, w) float32, log of local mean light over that of the background, averaged
            over the channels, without the gain between both far from the object; 0 if unknown.
        known: (h, w) bool, where the background is known and the frame not masked.
    """

    light: Floats
    background: Floats
    log_ratio: Floats
    known: Bools


@dataclass(frozen=True, repr=False)
class LightWindow:
    """Consecutive frames of one shot, reduced to linear light at working size.

    source, result: (h, w, 3) float32 linear light; masks: (h, w) bool; cameras: the homography from
    every small frame to the first; size_px: square root of the typical area of a mask.
    """

    source: Sequence[Floats]
    result: Sequence[Floats]
    masks: Sequence[Bools]
    cameras: Sequence[Homography]
    size_px: float

    @cached_property
    def hidden(self) -> list[Bools]:
        """The masks and a margin: pixels that must not enter the background."""
        return [dilate_ellipse(mask, _HIDDEN_PX) for mask in self.masks]

    @cached_property
    def near(self) -> list[Bools]:
        """The surroundings of the object, in which it may cast something."""
        reach = max(_HIDDEN_PX + 1, round(_NEAR_SHARE * self.size_px))
        return [dilate_ellipse(mask, reach) for mask in self.masks]

    def difference(self, frame: int) -> LightDifference:
        """Compare one frame of the result with its background."""
        light = self.result[frame]
        views, far_counts, hidden, near = [], np.zeros(light.shape[:2], np.intp), [], []
        for t in self._others(frame):
            view, codes = self._aligned(t, frame)
            views.append(view)
            hidden.append((codes & 1) > 0)
            near.append(codes > 0)
            far_counts += codes == 0
        if len(views) < MIN_VIEWS:
            nothing = np.zeros(light.shape[:2], np.float32)
            return LightDifference(light, light, nothing, nothing > 0)
        counts = np.zeros_like(far_counts)
        for view, hides, nears in zip(views, hidden, near, strict=True):
            excluded = np.where(far_counts >= MIN_VIEWS, nears, hides)
            view[excluded] = np.inf  # sorted last
            counts += ~excluded
        rank = np.maximum(np.rint((counts - 1) * _BRIGHT_RANK), 0).astype(np.intp)
        known = np.asarray((counts >= MIN_VIEWS) & ~self.hidden[frame])
        background = np.where(known[..., None], at_rank(sort_layers(views), rank), light)
        ratio = _log_ratio(light, background, known)
        far = known & ~self.near[frame]
        if far.sum() > _MIN_FAR_PX:
            ratio = (ratio - np.median(ratio[far])) * known
        clipped = np.clip(ratio, -_MAX_LOG_RATIO, _MAX_LOG_RATIO)
        return LightDifference(light, background.astype(np.float32), clipped, known)

    def _others(self, frame: int) -> list[int]:
        """Return the frames that make up the background of a frame, evenly spread over time."""
        count = len(self.result)
        others = [t for t in range(count) if _NEAREST_FRAMES <= abs(t - frame) <= _FARTHEST_FRAMES]
        if len(others) <= _MAX_VIEWS:
            return others
        return [others[round(i)] for i in np.linspace(0, len(others) - 1, _MAX_VIEWS)]

    def _aligned(self, other: int, frame: int) -> tuple[Floats, Frames]:
        """Return another frame aligned to `frame`, with its gain, and codes of its pixels.

        Codes: 0 far from the object, 2 near it, 3 hidden by it or outside of the picture.
        """
        light = self.result[frame]
        size = light.shape[1], light.shape[0]
        to_other = np.linalg.inv(self.cameras[other]) @ self.cameras[frame]
        view = cv2.warpPerspective(
            self.result[other],
            to_other,
            size,
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        codes = cv2.warpPerspective(
            self.hidden[other].view(np.uint8) | (self.near[other].view(np.uint8) << 1),
            to_other,
            size,
            flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT,
            borderValue=3,
        )
        aligned, codes = np.asarray(view, np.float32), np.asarray(codes, np.uint8)
        far = (codes == 0) & ~self.near[frame]
        if far.sum() > _MIN_FAR_PX:
            change = _logs(light[far].mean(axis=-1)) - _logs(aligned[far].mean(axis=-1))
            aligned = (aligned + _MIN_LIGHT) * np.exp(np.median(change)) - _MIN_LIGHT
        return np.maximum(aligned, 0), codes


def light_window(
    source: Sequence[Frames],
    masks: Sequence[Bools],
    *,
    result: Sequence[Frames] | None = None,
    cameras: Sequence[Homography] | None = None,
) -> LightWindow:
    """Reduce the frames of a shot to working size and linear light.

    Args:
        source: (H, W, 3) uint8 RGB.
        masks: (H, W) bool, the object; at least one must not be empty.
        result: The frames in which to look, if they are not those of the source.
        cameras: The homography from every frame to the first in pixels; estimated if not given.
    """
    height, width = masks[0].shape
    scale = min(1.0, (_MAX_PIXELS / (width * height)) ** 0.5)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    if cameras is None:
        cameras = camera_path([flow.grey(frame) for frame in source], masks)
    reduced = [_reduced(frame, size) for frame in source]
    covers = (
        cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA) for mask in masks
    )
    small = [np.asarray(cover) > _MIN_COVER for cover in covers]
    to_small = _scaling(size[0] / width, size[1] / height)
    to_large = np.linalg.inv(to_small)
    return LightWindow(
        source=reduced,
        result=reduced if result is None else [_reduced(frame, size) for frame in result],
        masks=small,
        cameras=[to_small @ camera @ to_large for camera in cameras],
        size_px=float(np.median([mask.sum() for mask in small if mask.any()])) ** 0.5,
    )


def _reduced(frame: Frames, size: tuple[int, int]) -> Floats:
    return _LIGHT[np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)]


def _scaling(x: float, y: float) -> Homography:
    """Return the map of pixel centres under a scaling of the picture."""
    return np.array([[x, 0, (x - 1) / 2], [0, y, (y - 1) / 2], [0, 0, 1]], np.float64)


def _logs(light: Floats) -> Floats:
    return np.asarray(np.log(light + _MIN_LIGHT), np.float32)


def _log_ratio(light: Floats, background: Floats, known: Bools) -> Floats:
    """Return log(G * I / G * P) averaged over the channels, G a Gaussian over known pixels."""
    weight = known.astype(np.float32)[..., None]
    total = cv2.GaussianBlur(known.astype(np.float32), (0, 0), _SIGMA_PX)[..., None] + 1e-6
    means = (
        np.maximum(cv2.GaussianBlur(part * weight, (0, 0), _SIGMA_PX) / total, 0)
        for part in (light, background)
    )
    own, other = (_logs(np.asarray(mean, np.float32)) for mean in means)
    return np.asarray((own - other).mean(axis=-1) * known, np.float32)
