"""Find the shadow of an object: ground next to it that is darker but of the same hue.

A shadow darkens the ground and leaves its hue nearly unchanged (Cucchiara et al., "Detecting Moving
Objects, Ghosts, and Shadows in Video Streams", 2003). It touches the object that casts it, and
moves with it.

The method has four steps. The brightness of lit ground is estimated around the object, excluding
pixels that are too dark or too bright in several rounds. The darkness of each frame relative to it
is filtered by the median over five frames, aligned by the object's motion. Pixels that are dark
enough, of the ground's hue, and connected to the object form the core of the shadow, which is
extended to where it is half as dark. Finally, the shadow is kept only if most of the frames around
show one, and if ground far from the object is not equally dark, which would mean texture.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, MaskTrack, Progress, Span, bounding_box
from vinpaint.imaging.morphology import dilate_disk, erode_square, translate
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.media import Clip

_WORKING_PX = 200.0
"""Maximum longer side of the object at working size."""
_MAX_PIXELS = 1_000_000
_MEDIAN_REACH_FRAMES = 2
"""Frames before and after that the median of the darkness includes."""
_VOTE_REACH_FRAMES = 10
"""Frames before and after that vote on whether there is a shadow."""

_TOP, _FOOT = 0.65, 0.7
"""Shares of the object's height, from the top, below which shadow and lit ground are searched."""
_BELOW, _BESIDE = 0.6, 0.8
"""Extent of the search around the object, as shares of its longer side."""
_FINE_SIGMA_PX = 2.0
"""Blur against the texture of the ground, at working size."""
_GROUND_SIGMA_SHARE = 0.35
"""Gaussian sigma of the ground's estimate, as a share of the object's longer side."""
_ROUNDS = 5
_LIT_BELOW, _LIT_ABOVE = 0.10, 0.20
"""Range of log brightness around its estimate in which ground counts as lit."""
_START_PERCENTILE = 65
"""Percentile of the brightness from which the estimate of lit ground starts."""

_MIN_DARK, _MAX_DARK = 0.22, 1.5
"""Limits of the darkness of a core, the natural log of lit ground over shadow: ratios of 0.80 and
0.22."""
_MIN_NOISES = 3.5
"""Minimum darkness of a core, in standard deviations of the noise."""
_MIN_BORDER_DARK, _BORDER_SHARE = 0.11, 0.5
"""Darkness at the border of a shadow: an absolute minimum, and a share of that of its core."""
_HUE, _HUE_BY_DARKNESS = 0.06, 0.22
"""Tolerated difference of hue (log), and its growth per unit of darkness: skylight makes shadows
bluer."""
_OPEN_CORE_PX, _OPEN_BORDER_PX, _CLOSE_PX = 5, 3, 5
"""Sizes of morphological opening and closing, at working size."""
_ENDLESS_SHARE = 0.06
"""Maximum length of contact with the end of the search region, as a share of the longer side."""
_FAR_SHARE, _MAX_TEXTURE = 0.3, 0.32
"""Maximum share of the ground that may be equally dark (second value), further from the object than
a share of its longer side (first value)."""
_TOUCH_PX = 5
"""Distance within which a shadow touches the object."""
_MIN_AREA, _MIN_CONTACT = 0.01, 0.02
"""Minimum area of a shadow, as a share of the object's area, and minimum length of its contact with
the object, as a share of the object's outline."""
_RELAXED = 0.2
"""Factor on both limits for the extended shadow, and on frames without a certain core."""


@dataclass(frozen=True)
class _ShadowFeatures:
    """Features of one frame at working size.

    mask: (H, W) bool, the object; dark: (H, W) float32, the natural log of the estimated lit ground
    over the picture, 0 where the hue is not that of the ground; noise: standard deviation of lit
    ground around its estimate.
    """

    mask: Bools
    dark: Floats
    noise: float


@dataclass(frozen=True)
class _Vote:
    """One frame's evidence for a shadow.

    certain: the core is large enough and touches the object along enough of its outline; texture:
    the share of the ground far from the object that is equally dark.
    """

    certain: bool
    texture: float


def track_shadow(clip: Clip, object_track: MaskTrack, *, progress: Progress) -> StoredTrack:
    """Return the mask of the object's shadow on every frame.

    It is empty on frames without the object or without a shadow, and does not include the object
    itself. `progress` is called for every frame and may raise to stop.
    """
    size = clip.width, clip.height
    builder = TrackBuilder(size, clip.frames)
    votes: dict[int, _Vote] = {}
    for t, around, index in _windows(clip, object_track, progress):
        shape, votes[t] = _shape(_median_filtered(around, index))
        if shape.any():
            hole = object_track.read(Span(t, t + 1)).hole[0]
            builder.put(t, _resized(shape, size) & ~hole)
    return _accepted(builder.build(), votes)


def find_shadow(frame: Frames, mask: Bools) -> Bools:
    """Return the mask of an object's shadow on a single frame, (H, W) bool.

    frame: (H, W, 3) uint8 RGB; mask: (H, W) bool, the object. Less reliable than `track_shadow`,
    which uses the frames around.
    """
    box = bounding_box(mask)
    if box is None:
        return np.zeros_like(mask)
    scale = _scale(max(box.width, box.height), mask.shape[1], mask.shape[0])
    shape, vote = _shape(_extract(frame, mask, scale))
    if not vote.certain or vote.texture > _MAX_TEXTURE:
        return np.zeros_like(mask)
    return _resized(shape, (mask.shape[1], mask.shape[0])) & ~mask


def _accepted(track: StoredTrack, votes: dict[int, _Vote]) -> StoredTrack:
    """Keep the shadow where most of the frames around are certain, and their texture is low."""
    kept = []
    for t, packed in enumerate(track.packed):
        frames = range(t - _VOTE_REACH_FRAMES, t + _VOTE_REACH_FRAMES + 1)
        near = [votes[s] for s in frames if s in votes]
        texture = [vote.texture for vote in near if vote.certain]
        accepted = 2 * len(texture) > len(near) and float(np.median(texture)) <= _MAX_TEXTURE
        kept.append(packed if accepted else None)
    return StoredTrack(track.size, tuple(kept))


def _windows(
    clip: Clip, track: MaskTrack, progress: Progress
) -> Iterator[tuple[int, list[_ShadowFeatures | None], int]]:
    """Yield (frame number, features of the frames around it, its index among them).

    Only frames with the object are yielded; features are None for frames without it.
    """
    boxes = [box for t in range(clip.frames) if (box := track.bounds(t))]
    if not boxes:
        return
    longest = float(np.median([max(box.width, box.height) for box in boxes]))
    scale = _scale(longest, clip.width, clip.height)
    reach = _MEDIAN_REACH_FRAMES
    features: dict[int, _ShadowFeatures | None] = {}
    for picture in clip.pictures():
        t = picture.index
        progress(t / clip.frames, f"looking for the shadow, frame {t}")
        hole = track.read(Span(t, t + 1)).hole[0]
        features[t] = _extract(picture.rgb(), hole, scale) if hole.any() else None
        features.pop(t - 2 * reach - 1, None)
        last = t == clip.frames - 1
        for now in range(t - reach, t + 1 if last else t - reach + 1):
            if features.get(now) is not None:
                around = [s for s in features if abs(s - now) <= reach]
                yield now, [features[s] for s in around], around.index(now)


def _scale(longest_px: float, width: int, height: int) -> float:
    return min(1.0, _WORKING_PX / longest_px, math.sqrt(_MAX_PIXELS / (width * height)))


def _resized(mask: Bools, size: tuple[int, int]) -> Bools:
    return np.asarray(cv2.resize(mask.astype(np.float32), size) >= 0.5)


def _extract(frame: Frames, mask: Bools, scale: float) -> _ShadowFeatures:
    if scale < 1:
        size = max(1, round(mask.shape[1] * scale)), max(1, round(mask.shape[0] * scale))
        frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
        small = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        mask = np.asarray(small > 0.3)
    return _ShadowFeatures(mask, *_darkness(frame, mask))


def _surroundings(mask: Bools, from_height: float) -> Bools:
    """Return the search region around the object, (H, W) bool, without the object itself.

    It starts at the share `from_height` of the object's height, and extends downwards.
    """
    region = np.zeros_like(mask)
    box = bounding_box(mask)
    if box is None:
        return region
    longest = _longer_side(mask)
    aside, below = round(_BESIDE * longest), round(_BELOW * longest)
    top = box.y0 + round(from_height * box.height)
    region[Box(max(0, box.x0 - aside), top, box.x1 + aside, box.y1 + below).slices] = True
    return region & ~mask


def _longer_side(mask: Bools) -> int:
    box = bounding_box(mask) or Box(0, 0, 1, 1)
    return max(box.width, box.height)


def _darkness(frame: Frames, mask: Bools) -> tuple[Floats, float]:
    """Compute `dark` and `noise` of one frame; see `_ShadowFeatures`."""
    outside = (~dilate_disk(mask, 2)).astype(np.float32)
    colours = np.log(_local_mean(frame.astype(np.float32), outside, _FINE_SIGMA_PX) + 3.0)
    light = colours.mean(axis=-1)
    hue = colours - light[..., None]
    ground = _surroundings(mask, _FOOT) & (outside > 0)
    if not ground.any():
        return np.zeros_like(light), 0.0
    sigma = _GROUND_SIGMA_SHARE * _longer_side(mask)
    lit, level = _lit_ground(light, ground, sigma)
    dark = level - light
    difference = np.abs(hue - _wide_mean(hue, lit, sigma)).max(axis=-1)
    noise = 1.4826 * float(np.median(np.abs(dark[lit]))) if lit.any() else 0.0
    dark[difference > _HUE + _HUE_BY_DARKNESS * np.maximum(dark, 0)] = 0.0
    return dark.astype(np.float32), noise


def _lit_ground(light: Floats, ground: Bools, sigma_px: float) -> tuple[Bools, Floats]:
    """Estimate lit ground from the (H, W) log brightness `light`, within the pixels of `ground`.

    Returns (lit, level): the (H, W) bool pixels of lit ground, and its (H, W) log brightness.
    """
    level = np.full_like(light, np.percentile(light[ground], _START_PERCENTILE))
    lit = ground
    for i in range(_ROUNDS):
        width = 1.0 + (_ROUNDS - 1 - i) / 2  # wide at first, while the estimate is inaccurate
        lit = ground & (light > level - _LIT_BELOW * width) & (light < level + _LIT_ABOVE * width)
        if not lit.any():
            break
        level = _wide_mean(light[..., None], lit, sigma_px)[..., 0]
    return lit, level


def _local_mean(values: Floats, weight: Floats, sigma_px: float) -> Floats:
    """Return the (H, W, C) Gaussian mean of values under (H, W) weights."""
    total = cv2.GaussianBlur(weight, (0, 0), sigma_px) + 1e-6
    summed = cv2.GaussianBlur(values * weight[..., None], (0, 0), sigma_px)
    return np.asarray(summed.reshape(values.shape) / total[..., None], np.float32)


def _wide_mean(values: Floats, region: Bools, sigma_px: float) -> Floats:
    """Return the (H, W, C) mean over the pixels of `region` under a wide Gaussian.

    It is computed at a smaller size. Far from the region, the mean of all its pixels is used.
    """
    height, width = region.shape
    factor = max(1, int(sigma_px / 6))
    size = -(-width // factor), -(-height // factor)
    weight = region.astype(np.float32)
    small = cv2.resize(values * weight[..., None], size, interpolation=cv2.INTER_AREA)
    small = small.reshape(size[1], size[0], -1)
    share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    sigma = max(sigma_px / factor, 0.5)
    total = cv2.GaussianBlur(share, (0, 0), sigma) + 1e-4
    overall = values[region].mean(axis=0) if region.any() else np.zeros(values.shape[-1])
    summed = cv2.GaussianBlur(small, (0, 0), sigma).reshape(small.shape) + 1e-4 * overall
    mean = cv2.resize((summed / total[..., None]).astype(np.float32), (width, height))
    return np.asarray(mean.reshape(height, width, -1), np.float32)


def _median_filtered(around: list[_ShadowFeatures | None], index: int) -> _ShadowFeatures:
    """Return the features at `index`, with the median darkness of all frames.

    The frames are aligned by the translation of the object.
    """
    own = around[index]
    assert own is not None  # noqa: S101 (`_windows` yields only frames with the object)
    aligned = [own.dark]
    for other in around:
        if other is not None and other is not own:
            masks = other.mask.astype(np.float32), own.mask.astype(np.float32)
            offset, _ = cv2.phaseCorrelate(*masks)
            aligned.append(translate(other.dark, np.array(offset)))
    dark = np.median(np.stack(aligned), axis=0).astype(np.float32)
    return _ShadowFeatures(own.mask, dark, own.noise)


def _shape(features: _ShadowFeatures) -> tuple[Bools, _Vote]:
    """Return the shadow of one frame, (H, W) bool at working size, and the frame's vote."""
    mask, dark = features.mask, features.dark
    region = _surroundings(mask, _TOP) & (dark < _MAX_DARK)
    core = region & (dark > max(_MIN_DARK, _MIN_NOISES * features.noise))
    core = _morphed(core, cv2.MORPH_OPEN, _OPEN_CORE_PX)
    strict = _attached(core, mask, 1.0)
    certain = bool(strict.any())
    core = strict if certain else _attached(core, mask, _RELAXED)
    if not core.any():
        return core, _Vote(False, 0.0)
    level = max(_MIN_BORDER_DARK, _BORDER_SHARE * float(np.median(dark[core])))
    whole = _morphed(region & (dark > level), cv2.MORPH_OPEN, _OPEN_BORDER_PX) | core
    closed = _morphed(whole | mask, cv2.MORPH_CLOSE, _CLOSE_PX)
    whole = _without_endless(_attached(closed & _surroundings(mask, _TOP), mask, _RELAXED), mask)
    return whole, _Vote(certain, _texture(features, level))


def _without_endless(found: Bools, mask: Bools) -> Bools:
    """Restrict components that extend beyond the search region to the vicinity of the object."""
    inside = erode_square(_surroundings(mask, _TOP) | mask, 2)
    count, labels = cv2.connectedComponents(found.astype(np.uint8))
    beyond = np.bincount(labels[found & ~inside & ~dilate_disk(mask, _TOUCH_PX)], minlength=count)
    endless = beyond > _ENDLESS_SHARE * _longer_side(mask)
    near = dilate_disk(mask, _FAR_SHARE * _longer_side(mask))
    return _attached(found & (near | ~endless[labels]), mask, _RELAXED)


def _texture(features: _ShadowFeatures, level: float) -> float:
    """Return the share of the ground far from the object that is darker than `level`."""
    near = dilate_disk(features.mask, _FAR_SHARE * _longer_side(features.mask))
    far = _surroundings(features.mask, _FOOT) & ~near & (features.dark != 0)
    return float((features.dark[far] > level).mean()) if far.any() else 0.0


def _attached(found: Bools, mask: Bools, factor: float) -> Bools:
    """Keep components that are large enough and touch enough of the object's outline.

    `factor`: scales both limits, `_MIN_AREA` and `_MIN_CONTACT`.
    """
    touch = dilate_disk(mask, _TOUCH_PX) & ~mask
    outline = float((dilate_disk(mask, 1) & ~mask).sum())
    count, labels = cv2.connectedComponents(found.astype(np.uint8))
    area = np.bincount(labels.ravel(), minlength=count)
    contact = np.bincount(labels[touch], minlength=count) / _TOUCH_PX
    large = area >= factor * _MIN_AREA * mask.sum()
    kept = large & (contact >= factor * _MIN_CONTACT * outline)
    kept[0] = False
    return np.asarray(kept[labels])


def _morphed(mask: Bools, operation: int, size_px: int) -> Bools:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size_px, size_px))
    return np.asarray(cv2.morphologyEx(mask.astype(np.uint8), operation, kernel) > 0)
