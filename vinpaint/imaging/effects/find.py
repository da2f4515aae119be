"""Decide what an object casts on its surroundings, and where, frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames, no_op
from vinpaint.imaging.effects.light import LightDifference, LightWindow, light_window
from vinpaint.imaging.effects.templates import (
    Match,
    foot_rows,
    mirrored_object,
    reflection_matches,
    shadow_cover,
    shadow_matches,
)
from vinpaint.imaging.morphology import dilate_ellipse, translate
from vinpaint.imaging.motion.camera import Homography

_STEP_FRAMES, _REACH_FRAMES = 2, 16
"""Every second frame is compared with its background; evidence is gathered from so many frames
before and after."""
_SHADOW_CORRELATION, _REFLECTION_CORRELATION = 0.42, 0.5
"""Correlation at which the confidence is one half."""
_CORRELATION_SLOPE = 0.05
_SURE = 0.5
"""Minimum confidence for a strength map."""
_MIN_SHADE, _SPREAD_SHARE, _NOISE = 0.05, 0.5, 0.05
"""Shaded ground is darker by a log ratio of the first, and by this share of its spread over time
plus noise."""
_MIN_COVER, _SUPPORT_SHARE, _SUPPORT_PX = 0.2, 0.12, 2
"""Minimum cover of the matched shadow; and its growth, within which the shade is taken, as a share
of the object's size and in pixels."""
_TREND_SHARE, _MAX_TREND = 0.6, 0.15
"""Slow changes of brightness are removed: Gaussian sigma as a share of the object's size."""
_MIN_VIEWS = 3
"""Minimum number of frames that show a place beside the object."""
_PATH_SIGMA_FRAMES = 2.0


class EffectKind(StrEnum):
    """What an object casts."""

    SHADOW = "shadow"
    REFLECTION = "reflection"
    OTHER = "other"


@dataclass(frozen=True, repr=False)
class FrameEffect:
    """What a masked object casts on one frame.

    Args:
        kind: The likelier kind; OTHER where nothing resembles either.
        confidence: From 0 to 1; 0.5 or more is worth being shown.
        strength: (H, W) float32, 0 to 1 outside the mask, 0 within: the share of light that a
            shadow takes, or that a reflection replaces. All 0 below a confidence of 0.5.
    """

    kind: EffectKind
    confidence: float
    strength: Floats


def find_effects(
    frames: Sequence[Frames],
    masks: Sequence[Bools],
    *,
    result: Sequence[Frames] | None = None,
    cameras: Sequence[Homography] | None = None,
    tick: Callable[[], None] = no_op,
) -> list[FrameEffect]:
    """Find the shadow or reflection of a masked object in consecutive frames of one shot.

    The object must move against the background: of one that never moves, no frame shows the ground
    without its shadow, and nothing is found.

    Args:
        frames: (H, W, 3) uint8 RGB, with the object.
        masks: (H, W) bool, the object, at most a few pixels larger than it.
        result: The repaired frames, to find what the repair has left; None for `frames` itself.
        cameras: The homography from every frame to the first; estimated if not given.
        tick: Called once a frame, may raise to stop.
    """
    if not any(mask.any() for mask in masks):
        return [_nothing(mask.shape) for mask in masks]
    window = light_window(frames, masks, result=result, cameras=cameras)
    differences = {}
    for t in range(len(frames)):
        tick()
        if t % _STEP_FRAMES == 0:
            differences[t] = window.difference(t)
    shadows = shadow_matches(window, differences, _REACH_FRAMES)
    reflections = reflection_matches(window, differences, _REACH_FRAMES)
    shade = _Shade(window, differences)
    effects = []
    for t, mask in enumerate(masks):
        nearest = t - t % _STEP_FRAMES
        kind, confidence = _judge(shadows[nearest], reflections[nearest])
        strength = np.zeros(window.masks[t].shape, np.float32)
        if kind is EffectKind.REFLECTION:
            strength = _reflected(window, reflections[nearest], t)
        elif kind is EffectKind.SHADOW:
            strength = shade.of(shadows[nearest], t)
        size = mask.shape[1], mask.shape[0]
        large = np.asarray(cv2.resize(strength, size, interpolation=cv2.INTER_LINEAR), np.float32)
        effects.append(FrameEffect(kind, confidence, large * ~mask))
    return effects


def _nothing(shape: tuple[int, ...]) -> FrameEffect:
    return FrameEffect(EffectKind.OTHER, 0.0, np.zeros(shape, np.float32))


def _judge(shadow: Match, reflection: Match) -> tuple[EffectKind, float]:
    """Return the likelier kind and its confidence, a logistic function of its correlation."""
    beyond = {
        EffectKind.SHADOW: shadow.correlation - _SHADOW_CORRELATION,
        EffectKind.REFLECTION: reflection.correlation - _REFLECTION_CORRELATION,
    }
    kind = max(beyond, key=lambda one: beyond[one])
    confidence = float(1 / (1 + np.exp(-beyond[kind] / _CORRELATION_SLOPE)))
    return kind if confidence >= _SURE else EffectKind.OTHER, confidence


def _reflected(window: LightWindow, match: Match, frame: int) -> Floats:
    """Return the reflected share of light: the gain times the mirrored object's cover."""
    foot = foot_rows(window.masks)[frame]
    _, cover = mirrored_object(window.source[frame], window.masks[frame], match.template, foot)
    return np.asarray(np.clip(match.gain, 0, 1) * cover, np.float32)


class _Shade:
    """The darkness of the ground around the object, gathered along its path."""

    def __init__(self, window: LightWindow, differences: dict[int, LightDifference]) -> None:
        self._window = window
        self._known = {t: one.known.astype(np.float32) for t, one in differences.items()}
        self._ratios = {
            t: _without_trend(one.log_ratio, self._known[t], window.size_px)
            for t, one in differences.items()
        }
        self._feet, self._path = foot_rows(window.masks), _path(window.masks)

    def of(self, match: Match, frame: int) -> Floats:
        """Return the share of light that the shadow takes, 1 - exp(r) of the averaged log ratio r.

        It is taken where r lies well below its spread over time, in and around the matched shadow.
        """
        mask = self._window.masks[frame]
        mean, spread = self._average(frame)
        cover = shadow_cover(mask, match.template, self._feet[frame])
        reach = _SUPPORT_PX + round(_SUPPORT_SHARE * self._window.size_px)
        support = dilate_ellipse(np.asarray(cover > _MIN_COVER), reach)
        dark = (-mean > _MIN_SHADE) & (-mean > _SPREAD_SHARE * (spread + _NOISE)) & support
        shade = np.where(dark, 1 - np.exp(np.minimum(mean, 0)), 0).astype(np.float32)
        return np.asarray(cv2.GaussianBlur(shade, (0, 0), 1.0), np.float32)

    def _average(self, frame: int) -> tuple[Floats, Floats]:
        """Return mean and standard deviation of the log ratios, moved along the object's path.

        Both are (h, w) float32, 0 where fewer than _MIN_VIEWS frames show the place. What the
        object casts adds up; the errors of the background stay with it and cancel.
        """
        shape = self._window.masks[frame].shape
        total, squares, count = (np.zeros(shape, np.float32) for _ in range(3))
        for t, ratio in self._ratios.items():
            if abs(t - frame) > _REACH_FRAMES:
                continue
            layers = np.stack([ratio, ratio * ratio, self._known[t]], axis=-1)
            offset = self._path[frame] - self._path[t]
            moved = translate(layers, offset, border=cv2.BORDER_CONSTANT)
            total += moved[..., 0]
            squares += moved[..., 1]
            count += moved[..., 2]
        mean = total / np.maximum(count, 1)
        spread = np.sqrt(np.maximum(squares / np.maximum(count, 1) - mean * mean, 0))
        seen = count >= _MIN_VIEWS
        return np.asarray(mean * seen, np.float32), np.asarray(spread * seen, np.float32)


def _path(masks: Sequence[Bools]) -> Floats:
    """Return the smoothed centroid of the masks, (frames, 2) float32 as (x, y)."""
    centres = np.array(
        [np.argwhere(mask).mean(axis=0)[::-1] if mask.any() else (np.nan, np.nan) for mask in masks]
    )
    times, known = np.arange(len(centres)), ~np.isnan(centres[:, 0])
    filled = [np.interp(times, times[known], axis[known]) for axis in centres.T]
    smooth = cv2.GaussianBlur(
        np.stack(filled, axis=1).astype(np.float32),
        (1, 0),
        sigmaX=0.1,
        sigmaY=_PATH_SIGMA_FRAMES,
        borderType=cv2.BORDER_REPLICATE,
    )
    return np.asarray(smooth, np.float32)


def _without_trend(ratio: Floats, weight: Floats, size_px: float) -> Floats:
    """Return the log ratio less its local mean over an area of about the object's size."""
    sigma = _TREND_SHARE * size_px
    trend = cv2.GaussianBlur(np.clip(ratio, -_MAX_TREND, _MAX_TREND) * weight, (0, 0), sigma)
    total = cv2.GaussianBlur(weight, (0, 0), sigma)
    return np.asarray((ratio - trend / (total + 1e-3)) * weight, np.float32)
