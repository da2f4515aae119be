"""A soft alpha matte in place of a hard edge.

Pixels further than a radius from the mask's edge are certain; alpha is unknown in the band between.
There it is a local linear model of colour, alpha = a . I + b, fitted over a window as in the guided
filter with a colour guide (He, Sun and Tang, "Guided Image Filtering", 2010), with two changes: the
fit is weighted, certain pixels above unknown ones, and it is repeated on its first result, weighted
by how decided that is. Large radii are computed at a smaller size; the coefficients rather than
alpha are upsampled (He and Sun, "Fast Guided Filter", 2015), so hairs stay as sharp as the picture.

This matte is kept in place of a matting package (closed form, KNN) because it needs no dependency:
on the scenes of the tests, PyMatting's closed form is no closer to the truth, and its first import
compiles for half a minute.
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
"""Default radius of the band as a share of the clip's shorter side: 12 pixels at 480."""
_MIN_RADIUS_PX = 4
_WORKING_RADIUS_PX = 12
"""Radii of about twice this or more are computed at a smaller size."""

_WINDOW_SHARE = 2 / 3
"""Radius of the window as a share of the band's."""
_EPSILON = 1e-3
"""The guided filter's regularisation, for colours from 0 to 1."""
_UNKNOWN_WEIGHT = 0.05
_UNDECIDED_WEIGHT = 0.02
_TRIM = 0.1
"""A linear fit is biased towards the middle: alpha below this is 0, above 1 minus this it is 1."""
_CACHE_FRAMES = 24
"""Frames kept for smoothing over time, which reads neighbours repeatedly; one byte per pixel."""

_Crop = tuple[Box, Frames]
"""A box and its (h, w) alpha as uint8."""


def apply_matte(clip: Clip, track: MaskTrack, *, radius_px: int | None = None) -> MaskTrack:
    """Return the track with a soft edge: alpha 0 to 1 in steps of 1/255, computed as it is read.

    The hole of `track` is the object. `radius_px`: how far on either side of its edge the matte may
    differ from it; None chooses a share of the clip's size. Raises SettingsError for a radius out
    of range.
    """
    if radius_px is None:
        radius_px = max(_MIN_RADIUS_PX, round(_BAND_SHARE * min(clip.width, clip.height)))
    if not 1 <= radius_px <= MAX_RADIUS_PX:
        raise SettingsError(
            f"the matte's radius is {radius_px} pixels; give 1 to {MAX_RADIUS_PX} pixels"
        )
    return MattedTrack(track, clip.reopen(), radius_px)


def tuning_after_matte(tuning: Tuning, *, invert: bool) -> Tuning:
    """Return what remains to be tuned after the matte; see `Tuning.matte`."""
    if invert:
        return replace(tuning, matte=False, dilate_px=0.0, blur_sigma_px=0.0)
    blur = tuning.blur_sigma_px if tuning.dilate_px > 0 else 0.0
    return replace(tuning, matte=False, blur_sigma_px=blur)


@dataclass(frozen=True, repr=False)
class MattedTrack(DerivedTrack):
    """A mask with a matte along its edge, computed as it is read."""

    clip: Clip
    radius_px: int
    _cache: OrderedDict[int, _Crop] = field(default_factory=OrderedDict, compare=False)

    def bounds(self, frame: int) -> Box | None:
        """Return the mask's box, grown by the band."""
        box = self.source.bounds(frame)
        return box.grow(self.radius_px, *self.size) if box else None

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`. A frame's values do not depend on the window it is read in."""
        box = box or full_box(self)
        values = empty_values(span, box)
        for t, (crop_box, alpha) in self._crops(span):
            paste(values[t - span.start], box, alpha.astype(np.float32) / np.float32(255), crop_box)
        return Mask(values)

    def _crops(self, span: Span) -> Iterator[tuple[int, _Crop]]:
        """Yield (frame number, crop) for every frame with a mask, in any order."""
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
        # The crop depends on the mask alone, not on the window that is read, so that sums over
        # windows are the same to the last bit.
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
    """Return (colours 0 to 1, alpha, band) at the working size."""
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
    """Fit alpha as a linear model of colour in the band: slope (H, W, 3), level (H, W)."""
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
    """Return (slope (n, 3), level (n)) of the band's n pixels: equations 19 and 20, weighted."""

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
