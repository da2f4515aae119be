"""Correlate what an object may cast with the differences from the background, over many frames.

A shadow is the object's outline, laid on the ground by a shear and a compression about its foot; a
reflection is the object's pixels, mirrored below its foot. Both are predicted for every frame from
the object as it is there, so a correlation over many frames is high only for what moves and changes
with the object: neither the texture of the ground nor the shadow of another object does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats, bounding_box
from vinpaint.imaging.effects.light import LightDifference, LightWindow

Doubles = NDArray[np.float64]

_SHEARS = (-0.9, -0.45, 0.0, 0.45, 0.9)
_FALLS = (0.3, 0.45, 0.6, -0.3, -0.45, -0.6)
"""Length of the shadow as a share of the object's height. Negative: it falls away from the camera,
above the foot in the picture."""
_GAP_PX = 4.0
"""Distance of the shadow of an object that does not stand on the ground, at working size."""
_HEIGHTS, _FOOT_OFFSETS_PX = (0.6, 0.8, 1.0), (-2, 0, 2, 4)
"""Height of a reflection as a share of the object's, and offsets of the foot."""
_FOOT_MARGIN_PX = 2
"""The mask's lowest row lies about so far below the object."""
_OUTLINE_EROSION_PX, _PIXELS_EROSION_PX = 3, 5
"""Sizes of the erosion of the mask: it is larger than the object."""
_SHADOW_SIGMA_PX, _SURROUNDINGS_PX = 1.2, 5
"""Blur of a shadow, and width of the lit ground around it that it is compared with."""
_MIN_RATIO, _MAX_RATIO = -0.9, 0.6
"""Limits of the log ratio: other things than shadows differ by more."""
_MIN_SHADOW_PX, _MIN_COMPARED_PX, _MIN_MIRRORED_PX = 8, 30, 25
_SHARPNESS_SIGMA_PX = 0.7
_MIN_BACKGROUND, _MAX_DIFFERENCE, _MAX_OBJECT_DIFFERENCE = 0.05, 0.6, 2.0
"""Differences are taken relative to the background's light plus the first, up to the others."""
_MIN_TOUCHED_SHARE = 0.05
"""Minimum area of what is compared on a frame, as a share of the object's."""
_COUNT = 3
"""Index of the number of pixels in the sums of a frame."""


class Template(NamedTuple):
    """A way in which the object may cast something: parameters of an affine map about its foot.

    shear, scale: x' = x - shear (y - foot), y' = foot - scale (y - foot); shift: offset of the foot
    in pixels.
    """

    shear: float
    scale: float
    shift: float = 0.0

    def matrix(self, foot: float) -> Floats:
        """Return the (2, 3) affine map from the object to what it casts."""
        base = foot + self.shift
        return np.array(
            [[1, -self.shear, self.shear * base], [0, -self.scale, base * (1 + self.scale)]],
            np.float32,
        )


SHADOWS = tuple(Template(shear, fall) for shear in _SHEARS for fall in _FALLS) + tuple(
    Template(shear, fall, _GAP_PX) for shear in _SHEARS for fall in _FALLS if fall > 0
)
REFLECTIONS = tuple(
    Template(0.0, height, shift) for height in _HEIGHTS for shift in _FOOT_OFFSETS_PX
)


class Match(NamedTuple):
    """The best template of a frame.

    correlation: with the differences, over the frames around; gain: log ratio in a full shadow, or
    the reflected share of light.
    """

    template: Template
    correlation: float
    gain: float


_NO_MATCH = Match(SHADOWS[0], 0.0, 0.0)


def foot_rows(masks: Sequence[Bools]) -> Doubles:
    """Return the row of the object's foot on every frame; interpolated where there is no mask."""
    rows = np.array([box.y1 - 1.0 if (box := bounding_box(mask)) else np.nan for mask in masks])
    known = ~np.isnan(rows)
    times = np.arange(len(rows))
    return np.asarray(np.interp(times, times[known], rows[known]) - _FOOT_MARGIN_PX, np.float64)


def shadow_cover(mask: Bools, template: Template, foot: float) -> Floats:
    """Return the soft cover of the shadow on a frame, (h, w) float32 0 to 1."""
    outline = cv2.erode(mask.astype(np.uint8), np.ones((_OUTLINE_EROSION_PX,) * 2, np.uint8))
    laid = cv2.warpAffine(outline.astype(np.float32), template.matrix(foot), mask.shape[::-1])
    return np.asarray(cv2.GaussianBlur(laid, (0, 0), _SHADOW_SIGMA_PX), np.float32)


def mirrored_object(
    light: Floats, mask: Bools, template: Template, foot: float
) -> tuple[Floats, Floats]:
    """Return the mirrored light (h, w, 3), times its cover, and the cover (h, w), 0 to 1."""
    core = cv2.erode(mask.astype(np.uint8), np.ones((_PIXELS_EROSION_PX,) * 2, np.uint8))
    cover = core.astype(np.float32)[..., None]
    whole = np.concatenate([light * cover, cover], axis=-1)
    laid = np.asarray(cv2.warpAffine(whole, template.matrix(foot), mask.shape[::-1]), np.float32)
    return laid[..., :3], laid[..., 3]


def shadow_matches(
    window: LightWindow, differences: dict[int, LightDifference], reach_frames: int
) -> dict[int, Match]:
    """Return the best shadow of every compared frame.

    The correlation is -sum(c r) / sqrt(sum(c^2) sum(r^2)) of the covers c and log ratios r, both
    less their means on each frame, over the shadow and its surroundings.
    """
    feet = foot_rows(window.masks)
    sums: dict[Template, dict[int, Doubles]] = {template: {} for template in SHADOWS}
    for t, difference in differences.items():
        for template in SHADOWS:
            cover = shadow_cover(window.masks[t], template, feet[t])
            sums[template][t] = _shadow_sums(difference, cover)
    return {
        t: _best_match(sums, t, reach_frames, window.size_px, _shadow_correlations)
        for t in differences
    }


def reflection_matches(
    window: LightWindow, differences: dict[int, LightDifference], reach_frames: int
) -> dict[int, Match]:
    """Return the best reflection of every compared frame.

    With I = (1 - s) P + s M of the background P and the mirrored object M, D = I - P equals s times
    X = M - P. The correlation of D with X is the mean of two: with and without the means of each
    frame and channel. The gain is s = sum(X D) / sum(X^2).
    """
    feet = foot_rows(window.masks)
    sums: dict[Template, dict[int, Doubles]] = {template: {} for template in REFLECTIONS}
    for t, difference in differences.items():
        light, background = (
            np.asarray(cv2.GaussianBlur(part, (0, 0), _SHARPNESS_SIGMA_PX), np.float32)
            for part in (difference.light, difference.background)
        )
        for template in REFLECTIONS:
            mirrored = mirrored_object(window.source[t], window.masks[t], template, feet[t])
            sums[template][t] = _reflection_sums(light, background, difference.known, *mirrored)
    return {
        t: _best_match(sums, t, reach_frames, window.size_px, _reflection_correlations)
        for t in differences
    }


def _shadow_correlations(sums: Doubles) -> Doubles:
    """Return the correlations of (n, 4) sums; see `_shadow_sums`."""
    return np.asarray(-sums[:, 0] / np.sqrt(sums[:, 1] * sums[:, 2] + 1e-9), np.float64)


def _reflection_correlations(sums: Doubles) -> Doubles:
    """Return the correlations of (n, 7) sums; see `_reflection_sums`."""
    plain = sums[:, 0] / np.sqrt(sums[:, 1] * sums[:, 2] + 1e-9)
    centred = sums[:, 4] / np.sqrt(sums[:, 5] * sums[:, 6] + 1e-9)
    return np.asarray((plain + centred) / 2, np.float64)


def _best_match(
    sums: dict[Template, dict[int, Doubles]],
    frame: int,
    reach_frames: int,
    size_px: float,
    correlate: Callable[[Doubles], Doubles],
) -> Match:
    """Return the template with the highest correlation over the frames around.

    A part that the mask lacks on some frames resembles a shadow there. What the object casts is
    there on most frames: the median of the correlations of the single frames is an upper limit.
    """
    best, steady = _NO_MATCH, 0.0
    for template, by_frame in sums.items():
        start = max(0, min(frame - reach_frames, max(by_frame) - 2 * reach_frames))
        span = range(start, start + 2 * reach_frames + 1)  # as long at the ends of the clip
        around = np.stack([one for t, one in by_frame.items() if t in span])
        total = around.sum(axis=0)
        if total[_COUNT] < _MIN_TOUCHED_SHARE * size_px**2 * len(around):
            continue
        correlation = float(correlate(total[None])[0])
        if correlation > best.correlation:
            best = Match(template, correlation, float(total[0] / (total[1] + 1e-9)))
            steady = float(np.median(correlate(around[around[:, _COUNT] > 0])))
    return best._replace(correlation=max(0.0, min(best.correlation, steady)))


def _shadow_sums(difference: LightDifference, cover: Floats) -> Doubles:
    """Return the sums c r, c c, r r of one frame, and the number of pixels; 0 if too few."""
    nothing = np.zeros(4)
    box = bounding_box(cover > 0.1)
    if box is None:
        return nothing
    inside = box.grow(_SURROUNDINGS_PX, cover.shape[1], cover.shape[0]).slices
    cover = cover[inside]
    kernel = np.ones((2 * _SURROUNDINGS_PX + 1,) * 2, np.uint8)
    around = cv2.dilate((cover > 0.1).astype(np.uint8), kernel) > 0
    compared = difference.known[inside] & around
    if (compared & (cover > 0.5)).sum() < _MIN_SHADOW_PX or compared.sum() < _MIN_COMPARED_PX:
        return nothing
    c = cover[compared]
    r = np.clip(difference.log_ratio[inside][compared], _MIN_RATIO, _MAX_RATIO)
    c, r = c - c.mean(), r - r.mean()
    return np.array([c @ r, c @ c, r @ r, len(c)], np.float64)


def _reflection_sums(
    light: Floats, background: Floats, known: Bools, mirrored: Floats, cover: Floats
) -> Doubles:
    """Return the sums X D, X X, D D of one frame, the number of pixels, and the sums less means."""
    compared = (cover > 0.6) & known
    if compared.sum() < _MIN_MIRRORED_PX:
        return np.zeros(7)
    behind = background[compared]
    weight = 1 / (behind.mean(axis=-1, keepdims=True) + _MIN_BACKGROUND)
    x = (mirrored[compared] / cover[compared][:, None] - behind) * weight
    d = (light[compared] - behind) * weight
    x = np.clip(x, -_MAX_OBJECT_DIFFERENCE, _MAX_OBJECT_DIFFERENCE)
    d = np.clip(d, -_MAX_DIFFERENCE, _MAX_DIFFERENCE)
    products = [(x * d).sum(), (x * x).sum(), (d * d).sum(), float(len(x))]
    x, d = x - x.mean(axis=0), d - d.mean(axis=0)
    return np.array([*products, (x * d).sum(), (x * x).sum(), (d * d).sum()], np.float64)
