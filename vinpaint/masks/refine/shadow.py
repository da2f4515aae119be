"""The shadow of an object: ground beside it that is the same ground, but darker.

A shadow dims what lies under it and leaves its colour nearly alone (the cue of Cucchiara et al.,
"Detecting Moving Objects, Ghosts, and Shadows in Video Streams", 2003), it touches what casts it,
and it goes where that goes. So each frame is measured against the lit ground about the object, an
estimate that leaves out step by step what is too dark or too bright for it; the darkness is
steadied by its median over five frames, laid over one another by the object's own motion; and what
is dark enough, of the ground's hue, and joined to the lower part of the object is its shadow, out
to where its rim is half as dark as its middle. Whether there is one at all, most of the frames
around must agree; ground that is as often dark away from the object is mottled, not shaded.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, MaskTrack, Progress, Span, bounding_box
from vinpaint.imaging.morphology import dilate_disk
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.media import Clip

_WORKING_PX = 200.0
"""The longer side of the object at working size, at most."""
_MOST_PIXELS = 1_000_000
_REACH_FRAMES = 2
_VOTERS = 10
"""So many frames before and after say whether there is a shadow at all."""

_TOP, _FOOT = 0.65, 0.7
"""Shadows are looked for from here down, lit ground from there down: shares of the height."""
_BELOW, _BESIDE = 0.6, 0.8
"""And so far about the object: shares of its longer side."""
_FINE_PX = 2.0
"""Blur against the ground's own texture, at working size."""
_LOCAL = 0.35
"""How far the ground is taken to be of one kind: the Gaussian's share of the longer side."""
_ROUNDS = 5
_LIT_BELOW, _LIT_ABOVE = 0.10, 0.20
_START_PERCENTILE = 65

_DARK, _BLACK = 0.22, 1.5
"""A core is darker than lit ground by these natural logarithms: a ratio of 0.80, and of 0.22."""
_NOISES = 3.5
_RIM_LEAST, _RIM_SHARE = 0.11, 0.5
_HUE, _HUE_BY_DARKNESS = 0.06, 0.22
"""How far hues may differ (log), at all and for each unit of darkness: skies make shadows blue."""
_SPECK_PX, _THIN_PX, _GAP_PX = 5, 3, 5
"""At working size: what is too small for a core, too thin for a rim, and closed over."""
_ENDLESS = 0.06
"""A shadow may reach the end of the search along so much of it, a share of the longer side."""
_FAR, _MOTTLED = 0.3, 0.32
"""Beyond this share of the longer side from the object, at most this share may be as dark."""
_TOUCH_PX = 5
_LEAST_AREA, _LEAST_CONTACT = 0.01, 0.02
"""Shares of the object's area, and of the length of its outline."""
_EASE = 0.2
"""Further parts of a shadow, and shadows between frames that are certain, may be so much less."""


@dataclass(frozen=True)
class _Sight:
    """One frame at working size."""

    thing: Bools
    dark: Floats
    """(H, W): natural log of ground over picture; 0 where the hue is not the ground's."""
    noise: float
    """How far lit ground strays from its estimate."""


@dataclass(frozen=True)
class _Found:
    """What one frame says about there being a shadow at all."""

    certain: bool
    """Its core is large enough and touches the object along enough of its outline."""
    mottled: float
    """The share of the ground away from the object that is as dark."""


def track_shadow(clip: Clip, object_track: MaskTrack, *, progress: Progress) -> StoredTrack:
    """The shadow of the object on every frame; empty where there is none, or no object.

    The object's own pixels are never part of it.
    """
    size = clip.width, clip.height
    builder = TrackBuilder(size, clip.frames)
    found: dict[int, _Found] = {}
    for t, near, middle in _seen(clip, object_track, progress):
        shape, found[t] = _shape(_steadied(near, middle))
        if shape.any():
            hole = object_track.read(Span(t, t + 1)).hole[0]
            builder.put(t, _resized(shape, size) & ~hole)
    return _voted(builder.build(), found)


def find_shadow(frame: Frames, mask: Bools) -> Bools:
    """(H, W) bool: the object's shadow on one frame. frame: (H, W, 3) RGB; mask: (H, W) bool."""
    box = bounding_box(mask)
    if box is None:
        return np.zeros_like(mask)
    scale = _scale(max(box.width, box.height), mask.shape[1], mask.shape[0])
    shape, found = _shape(_sight(frame, mask, scale))
    if not found.certain or found.mottled > _MOTTLED:
        return np.zeros_like(mask)
    return _resized(shape, (mask.shape[1], mask.shape[0])) & ~mask


def _voted(track: StoredTrack, found: dict[int, _Found]) -> StoredTrack:
    """The track where the frames around, or most of them, are certain of a shadow as well."""
    kept = []
    for t, packed in enumerate(track.packed):
        near = [found[s] for s in range(t - _VOTERS, t + _VOTERS + 1) if s in found]
        mottled = [voter.mottled for voter in near if voter.certain]
        good = 2 * len(mottled) > len(near) and float(np.median(mottled)) <= _MOTTLED
        kept.append(packed if good else None)
    return StoredTrack(track.size, tuple(kept))


def _seen(
    clip: Clip, track: MaskTrack, progress: Progress
) -> Iterator[tuple[int, list[_Sight | None], int]]:
    """(frame number, sights about it, where in them its own stands) for frames with the object."""
    boxes = [box for t in range(clip.frames) if (box := track.bounds(t))]
    if not boxes:
        return
    longest = float(np.median([max(box.width, box.height) for box in boxes]))
    scale = _scale(longest, clip.width, clip.height)
    held: dict[int, _Sight | None] = {}
    for picture in clip.pictures():
        t = picture.index
        progress(t / clip.frames, f"looking for the shadow, frame {t}")
        hole = track.read(Span(t, t + 1)).hole[0]
        held[t] = _sight(picture.rgb(), hole, scale) if hole.any() else None
        held.pop(t - 2 * _REACH_FRAMES - 1, None)
        last = t == clip.frames - 1
        for now in range(t - _REACH_FRAMES, t + 1 if last else t - _REACH_FRAMES + 1):
            if held.get(now) is not None:
                around = [s for s in held if abs(s - now) <= _REACH_FRAMES]
                yield now, [held[s] for s in around], around.index(now)


def _scale(longest_px: float, width: int, height: int) -> float:
    return min(1.0, _WORKING_PX / longest_px, math.sqrt(_MOST_PIXELS / (width * height)))


def _resized(found: Bools, size: tuple[int, int]) -> Bools:
    grown = cv2.resize(found.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(grown >= 0.5)


def _sight(frame: Frames, hole: Bools, scale: float) -> _Sight:
    if scale < 1:
        size = max(1, round(hole.shape[1] * scale)), max(1, round(hole.shape[0] * scale))
        frame = np.asarray(cv2.resize(frame, size, interpolation=cv2.INTER_AREA), np.uint8)
        hole = cv2.resize(hole.astype(np.float32), size, interpolation=cv2.INTER_AREA) > 0.3
    dark, noise = _darkness(frame, np.asarray(hole))
    return _Sight(np.asarray(hole), dark, noise)


def _about(thing: Bools, from_height: float) -> Bools:
    """(H, W) bool: the surroundings from a share of the object's height down, without it."""
    about = np.zeros_like(thing)
    box = bounding_box(thing)
    if box is None:
        return about
    longest = max(box.width, box.height)
    aside, below = round(_BESIDE * longest), round(_BELOW * longest)
    top = box.y0 + round(from_height * box.height)
    about[Box(max(0, box.x0 - aside), top, box.x1 + aside, box.y1 + below).slices] = True
    return about & ~thing


def _darkness(frame: Frames, thing: Bools) -> tuple[Floats, float]:
    """(darkness, noise) of one frame; see `_Sight`."""
    seen = (~dilate_disk(thing, 2)).astype(np.float32)
    colours = np.log(_local_mean(frame.astype(np.float32), seen, _FINE_PX) + 3.0)
    light = colours.mean(axis=-1)
    hue = colours - light[..., None]
    ground = _about(thing, _FOOT) & (seen > 0)
    if not ground.any():
        return np.zeros_like(light), 0.0
    box = bounding_box(thing) or Box(0, 0, 1, 1)
    sigma = _LOCAL * max(box.width, box.height)
    lit, level = _lit_ground(light, ground, sigma)
    dark = level - light
    gap = np.abs(hue - _far_mean(hue, lit, sigma)).max(axis=-1)
    noise = 1.4826 * float(np.median(np.abs(dark[lit]))) if lit.any() else 0.0
    dark[gap > _HUE + _HUE_BY_DARKNESS * np.maximum(dark, 0)] = 0.0
    return dark.astype(np.float32), noise


def _lit_ground(light: Floats, ground: Bools, sigma_px: float) -> tuple[Bools, Floats]:
    """(lit, level): which pixels are lit ground, and its (H, W) light in logarithms."""
    level = np.full_like(light, np.percentile(light[ground], _START_PERCENTILE))
    lit = ground
    for i in range(_ROUNDS):
        ease = 1.0 + (_ROUNDS - 1 - i) / 2  # wide at first, where the level is a rough one
        lit = ground & (light > level - _LIT_BELOW * ease) & (light < level + _LIT_ABOVE * ease)
        if not lit.any():
            break
        level = _far_mean(light[..., None], lit, sigma_px)[..., 0]
    return lit, level


def _local_mean(values: Floats, weight: Floats, sigma_px: float) -> Floats:
    """(H, W, C): Gaussian mean under a weight (H, W)."""
    total = cv2.GaussianBlur(weight, (0, 0), sigma_px) + 1e-6
    summed = cv2.GaussianBlur(values * weight[..., None], (0, 0), sigma_px)
    return np.asarray(summed.reshape(values.shape) / total[..., None], np.float32)


def _far_mean(values: Floats, where: Bools, sigma_px: float) -> Floats:
    """The same over the pixels `where`, for a wide Gaussian, worked small. Never without values."""
    height, width = where.shape
    factor = max(1, int(sigma_px / 6))
    size = -(-width // factor), -(-height // factor)
    weight = where.astype(np.float32)
    small = cv2.resize(values * weight[..., None], size, interpolation=cv2.INTER_AREA)
    small = small.reshape(size[1], size[0], -1)
    share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    sigma = max(sigma_px / factor, 0.5)
    total = cv2.GaussianBlur(share, (0, 0), sigma) + 1e-4
    everywhere = values[where].mean(axis=0) if where.any() else np.zeros(values.shape[-1])
    summed = cv2.GaussianBlur(small, (0, 0), sigma).reshape(small.shape) + 1e-4 * everywhere
    mean = cv2.resize((summed / total[..., None]).astype(np.float32), (width, height))
    return np.asarray(mean.reshape(height, width, -1), np.float32)


def _steadied(near: list[_Sight | None], middle: int) -> _Sight:
    """The middle one, its darkness the median of all, each shifted to where its object stands."""
    own = near[middle]
    assert own is not None  # noqa: S101 (only frames with the object come here)
    laid = [own.dark]
    for other in near:
        if other is not None and other is not own:
            laid.append(_shifted(other.dark, _motion(other.thing, own.thing)))
    return _Sight(own.thing, np.median(np.stack(laid), axis=0).astype(np.float32), own.noise)


def _motion(start: Bools, stop: Bools) -> tuple[float, float]:
    """(dx, dy): how far the object went, by phase correlation of its shapes."""
    (dx, dy), _ = cv2.phaseCorrelate(start.astype(np.float32), stop.astype(np.float32))
    return float(dx), float(dy)


def _shifted(values: Floats, by: tuple[float, float]) -> Floats:
    matrix = np.array([[1, 0, by[0]], [0, 1, by[1]]], np.float32)
    size = values.shape[1], values.shape[0]
    return np.asarray(cv2.warpAffine(values, matrix, size, borderMode=cv2.BORDER_REPLICATE))


def _shape(sight: _Sight) -> tuple[Bools, _Found]:
    """The shadow, (H, W) bool at working size, and whether it is to be believed."""
    place = _about(sight.thing, _TOP)
    core = place & (sight.dark > max(_DARK, _NOISES * sight.noise)) & (sight.dark < _BLACK)
    core = _morphed(core, cv2.MORPH_OPEN, _SPECK_PX)
    sure = _joined(core, sight.thing, 1.0)
    certain = bool(sure.any())
    core = sure if certain else _joined(core, sight.thing, _EASE)
    if not core.any():
        return core, _Found(False, 0.0)
    level = max(_RIM_LEAST, _RIM_SHARE * float(np.median(sight.dark[core])))
    whole = place & (sight.dark > level) & (sight.dark < _BLACK)
    whole = _morphed(whole, cv2.MORPH_OPEN, _THIN_PX) | core
    closed = _morphed(whole | sight.thing, cv2.MORPH_CLOSE, _GAP_PX)
    whole = _ended(_joined(closed & place, sight.thing, _EASE), sight.thing)
    return whole, _Found(certain, _mottled(sight, level))


def _ended(found: Bools, thing: Bools) -> Bools:
    """A shadow ends; of what runs on to where the search ends, only what is near is kept."""
    box = bounding_box(thing) or Box(0, 0, 1, 1)
    kernel = np.ones((5, 5), np.uint8)
    inside = cv2.erode(_about(thing, _TOP).astype(np.uint8) | thing, kernel) > 0
    count, labels = cv2.connectedComponents(found.astype(np.uint8))
    beyond = np.bincount(labels[found & ~inside & ~dilate_disk(thing, _TOUCH_PX)], minlength=count)
    endless = beyond > _ENDLESS * max(box.width, box.height)
    near = dilate_disk(thing, _FAR * max(box.width, box.height))
    return _joined(found & (near | ~endless[labels]), thing, _EASE)


def _mottled(sight: _Sight, level: float) -> float:
    """The share of the ground away from the object that is as dark; 0 where there is none."""
    box = bounding_box(sight.thing) or Box(0, 0, 1, 1)
    away = _FAR * max(box.width, box.height)
    far = _about(sight.thing, _FOOT) & ~dilate_disk(sight.thing, away) & (sight.dark != 0)
    return float((sight.dark[far] > level).mean()) if far.any() else 0.0


def _joined(found: Bools, thing: Bools, ease: float) -> Bools:
    """The parts that touch the object along enough of its outline, and are large enough."""
    touch = dilate_disk(thing, _TOUCH_PX) & ~thing
    outline = float((dilate_disk(thing, 1) & ~thing).sum())
    count, labels = cv2.connectedComponents(found.astype(np.uint8))
    area = np.bincount(labels.ravel(), minlength=count)
    contact = np.bincount(labels[touch], minlength=count) / _TOUCH_PX
    large = area >= ease * _LEAST_AREA * thing.sum()
    good = large & (contact >= ease * _LEAST_CONTACT * outline)
    good[0] = False
    return np.asarray(good[labels])


def _morphed(found: Bools, how: int, size_px: int) -> Bools:
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size_px, size_px))
    return np.asarray(cv2.morphologyEx(found.astype(np.uint8), how, kernel) > 0)
