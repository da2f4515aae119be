"""Estimate a soft alpha matte along the edge of a mask.

Pixels further than a radius from the edge of the mask are certain. In the band between them, alpha
is unknown. It is estimated by a local linear model of colour, alpha = a . I + b, fitted over a
window as in the guided filter with a colour guide (He, Sun and Tang, "Guided Image Filtering",
2010), with two changes. The fit is weighted: certain pixels count more than unknown ones. And it is
repeated on its first result, where alpha near 0 or 1 counts more. For large radii the model is
fitted at a smaller size. Its coefficients are upsampled instead of alpha (He and Sun, "Fast Guided
Filter", 2015), so that hairs stay as sharp as in the picture.

No matting package is used, which saves a dependency: on the scenes of the tests, the closed-form
matting of PyMatting is no more accurate, and its first import compiles for half a minute.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Box, Floats, Frames, Mask, MaskTrack, SettingsError, Span, Tuning
from vinpaint.imaging.morphology import dilate_disk
from vinpaint.masks.mask_tracks import DerivedTrack, empty_values, full_box, paste
from vinpaint.media import Clip, Picture

MAX_RADIUS_PX = 200
_BAND_SHARE = 0.025
"""Default radius of the band as a share of the shorter side of the clip: 12 pixels at 480."""
_MIN_RADIUS_PX = 4
_WORKING_RADIUS_PX = 12
"""Approximate radius at working size. Larger radii are computed at a smaller size."""

_WINDOW_SHARE = 2 / 3
"""Radius of the window as a share of the radius of the band."""
_EPSILON = 1e-3
"""The guided filter's regularisation, for colours from 0 to 1."""
_UNKNOWN_WEIGHT = 0.05
"""Weight of pixels of unknown alpha in the first fit; certain pixels have 1."""
_UNDECIDED_WEIGHT = 0.02
"""Weight of pixels with alpha 0.5 in the second fit; it is higher by 1 for alpha 0 or 1."""
_TRIM = 0.1
"""Alpha below this becomes 0, and above 1 minus this 1: a linear fit is biased towards 0.5."""
_CACHE_FRAMES = 24
"""Number of cached frames, one byte per pixel; smoothing over time reads frames repeatedly."""

_Crop = tuple[Box, Frames]
"""A box and its (h, w) alpha as uint8."""


def apply_matte(clip: Clip, track: MaskTrack, *, radius_px: int | None = None) -> MaskTrack:
    """Return a mask track with a soft edge: alpha from 0 to 1 in steps of 1/255.

    The matte is computed when it is read.

    Args:
        clip: The clip, whose colours determine the matte.
        track: The mask of the object; values of 0.5 or more count as inside.
        radius_px: Distance from the edge of the mask within which alpha may differ from it. None
            chooses 2.5 % of the shorter side of the clip, at least 4 pixels.

    Raises:
        SettingsError: the radius is not in the range from 1 to 200 pixels.
    """
    if radius_px is None:
        radius_px = max(_MIN_RADIUS_PX, round(_BAND_SHARE * min(clip.width, clip.height)))
    if not 1 <= radius_px <= MAX_RADIUS_PX:
        raise SettingsError(
            f"the matte's radius is {radius_px} pixels; give 1 to {MAX_RADIUS_PX} pixels"
        )
    return MattedTrack(track, clip.reopen(), radius_px)


def tuning_after_matte(tuning: Tuning, *, invert: bool) -> Tuning:
    """Return the tuning to apply to a matted mask; see `Tuning.matte`.

    invert: the mask will be inverted, so that it is neither dilated nor blurred. Otherwise the blur
    is kept only if the mask is dilated, since a matte is soft already.
    """
    if invert:
        return replace(tuning, matte=False, dilate_px=0.0, blur_sigma_px=0.0)
    blur = tuning.blur_sigma_px if tuning.dilate_px > 0 else 0.0
    return replace(tuning, matte=False, blur_sigma_px=blur)


@dataclass(frozen=True, repr=False)
class MattedTrack(DerivedTrack):
    """A mask with a matte along its edge, computed when it is read."""

    clip: Clip
    radius_px: int
    _cache: OrderedDict[int, _Crop] = field(default_factory=OrderedDict, compare=False)

    def bounds(self, frame: int) -> Box | None:
        """Return the bounding box of the mask, grown by the radius; None if it is empty."""
        box = self.source.bounds(frame)
        return box.grow(self.radius_px, *self.size) if box else None

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`. Values do not depend on the span and the box that are read."""
        box = box or full_box(self)
        values = empty_values(span, box)
        for t, (crop_box, alpha) in self._crops(span):
            paste(values[t - span.start], box, alpha.astype(np.float32) / np.float32(255), crop_box)
        return Mask(values)

    def _crops(self, span: Span) -> Iterator[tuple[int, _Crop]]:
        """Yield (frame number, crop) for every frame of `span` with a mask, in any order."""
        marked = [t for t in span.frames if self.source.bounds(t)]
        missing = [t for t in marked if t not in self._cache]
        yield from [(t, self._cache[t]) for t in marked if t in self._cache]
        if not missing:
            return
        for picture in self.clip.pictures(Span(missing[0], missing[-1] + 1)):
            t = picture.index
            if t in missing:
                self._cache[t] = crop = self._crop(t, picture)
                while len(self._cache) > _CACHE_FRAMES:
                    self._cache.popitem(last=False)
                yield t, crop

    def _crop(self, frame: int, picture: Picture) -> _Crop:
        # The crop depends on the mask only, not on the span and box that are read, so that the box
        # filter gives the same values to the last bit.
        bounds = self.source.bounds(frame) or full_box(self)
        box = bounds.grow(2 * self.radius_px, *self.size)
        hole = self.source.read(Span(frame, frame + 1), box=box).hole[0]
        alpha = alpha_of(picture.rgb(box), hole, radius_px=self.radius_px)
        return box, np.rint(alpha * 255).astype(np.uint8)


def alpha_of(frame: Frames, hole: Bools, *, radius_px: int) -> Floats:
    """Return the matte of one picture, (H, W) float32, 0 to 1.

    frame: (H, W, 3) uint8 RGB; hole: (H, W) bool, the object. Further than `radius_px` from its
    edge the matte equals the hole.
    """
    alpha = hole.astype(np.float32)
    band = dilate_disk(hole, radius_px) & dilate_disk(~hole, radius_px)
    if not band.any():
        return alpha
    factor = max(1, round(radius_px / _WORKING_RADIUS_PX))
    slope, level = _model(*_shrunk(frame, hole, band, factor), max(1, radius_px // factor))
    if factor > 1:
        size = hole.shape[::-1]
        slope, level = cv2.resize(slope, size), cv2.resize(level, size)
    fitted = np.einsum("nc,nc->n", slope[band], frame[band].astype(np.float32) / 255) + level[band]
    alpha[band] = np.clip((fitted - _TRIM) / (1 - 2 * _TRIM), 0.0, 1.0)
    return alpha


def _shrunk(frame: Frames, hole: Bools, band: Bools, factor: int) -> tuple[Floats, Floats, Bools]:
    """Return (colours from 0 to 1, alpha, band), shrunk by an integer factor."""
    colours = frame.astype(np.float32) / np.float32(255)
    alpha, unknown = hole.astype(np.float32), band.astype(np.float32)
    if factor > 1:
        size = -(-hole.shape[1] // factor), -(-hole.shape[0] // factor)
        colours, alpha, unknown = (
            np.asarray(cv2.resize(v, size, interpolation=cv2.INTER_AREA), np.float32)
            for v in (colours, alpha, unknown)
        )
        # Coefficients are interpolated, so they are needed slightly beyond the band.
        unknown = np.asarray(cv2.dilate(unknown, np.ones((5, 5), np.uint8)), np.float32)
    return colours, alpha, unknown > 0


def _model(colours: Floats, alpha: Floats, band: Bools, radius_px: int) -> tuple[Floats, Floats]:
    """Fit alpha in the band as slope . colour + level.

    Returns slope (H, W, 3) and level (H, W), float32; both are 0 outside the band.
    """
    window = max(1, round(_WINDOW_SHARE * radius_px))
    weight = np.where(band, _UNKNOWN_WEIGHT, 1.0).astype(np.float32)
    slope, level = _fit(colours, alpha, weight, band, window)
    first = alpha.copy()
    first[band] = np.clip(np.einsum("nc,nc->n", slope, colours[band]) + level, 0, 1)
    weight[band] = _UNDECIDED_WEIGHT + np.abs(2 * first[band] - 1)
    slope, level = _fit(colours, first, weight, band, window)
    slopes, levels = np.zeros_like(colours), np.zeros_like(alpha)
    slopes[band], levels[band] = slope, level
    return slopes, levels


def _fit(
    colours: Floats, alpha: Floats, weight: Floats, band: Bools, window: int
) -> tuple[Floats, Floats]:
    """Fit the model once, weighted (equations 19 and 20 of He, Sun and Tang).

    Returns slope (n, 3) and level (n,) for the n pixels of the band.
    """

    def mean(values: Floats) -> NDArray[np.float64]:
        size = (2 * window + 1, 2 * window + 1)
        summed = cv2.boxFilter(values, cv2.CV_64F, size, borderType=cv2.BORDER_REFLECT)
        return np.asarray(summed[band])

    total = mean(weight)
    weighted = colours * weight[..., None]
    mean_colour = np.stack([mean(weighted[..., c]) / total for c in range(3)], axis=-1)
    mean_alpha = mean(alpha * weight) / total
    covariance = np.empty((len(total), 3, 3))
    shared = np.empty((len(total), 3))
    for i in range(3):
        shared[:, i] = mean(weighted[..., i] * alpha) / total - mean_colour[:, i] * mean_alpha
        for j in range(i, 3):
            both = mean(weighted[..., i] * colours[..., j]) / total
            covariance[:, i, j] = covariance[:, j, i] = both - mean_colour[:, i] * mean_colour[:, j]
    slope = np.linalg.solve(covariance + _EPSILON * np.eye(3), shared[..., None])[..., 0]
    level = mean_alpha - np.einsum("nc,nc->n", slope, mean_colour)
    return slope.astype(np.float32), level.astype(np.float32)
