"""A soft matte in place of a hard edge: how much of each edge pixel belongs to the thing.

The mask eroded by a radius is the thing for certain, what lies beyond the dilated mask is not;
the band between is unknown. In it alpha is a local linear model of colour, alpha = a . I + b,
fitted over a window as in the guided filter with a colour guide (He, Sun and Tang, "Guided Image
Filtering", 2010), with two changes: the fit is weighted, certain pixels above unknown ones, and it
is done twice, the second time on the first answer, weighted by how decided that is. Large radii
are worked at a smaller size; the coefficients, not alpha, are brought back up (He and Sun, "Fast
Guided Filter", 2015), so hairs stay as sharp as the picture.

No solver of the whole matte (closed form, KNN) is used: on the scenes of the tests the closed form
of PyMatting is no nearer to the truth, and its first import compiles for half a minute.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Box, Floats, Frames, Mask, MaskTrack, SettingsError, Span, Tuning
from vinpaint.masks.mask_tracks import full_box
from vinpaint.masks.refine.tuning import dilate
from vinpaint.media import Clip, Picture

MAX_RADIUS_PX = 200
_BAND_SHARE = 0.025
"""The band's radius as a share of the clip's shorter side: 12 pixels at 480."""
_LEAST_RADIUS_PX = 4
_WORKING_RADIUS_PX = 12
"""Radii about twice as large or more are worked at a smaller size."""

_WINDOW = 2 / 3
"""The window's radius, as a share of the band's."""
_FLATNESS = 1e-3
"""The guided filter's epsilon, for colours from 0 to 1."""
_UNKNOWN_WEIGHT = 0.05
_UNDECIDED_WEIGHT = 0.02
_TRIM = 0.1
"""A linear fit is drawn to the middle: alpha below this is 0, alpha above 1 minus this is 1."""
_KEPT_FRAMES = 24
"""Tuning over time reads neighbours again and again; so many are kept, a byte a pixel."""

_Crop = tuple[Box, Frames]


def apply_matte(clip: Clip, track: MaskTrack, *, radius_px: int | None = None) -> MaskTrack:
    """The track with a soft edge, alpha 0 to 1 in steps of 1/255, worked out as it is read.

    The hole of `track` is the thing. `radius_px` is how far to either side of its edge the matte
    may differ from it; None: a share of the clip's size. Raises SettingsError for a radius out of
    range.
    """
    if radius_px is None:
        radius_px = max(_LEAST_RADIUS_PX, round(_BAND_SHARE * min(clip.width, clip.height)))
    if not 1 <= radius_px <= MAX_RADIUS_PX:
        raise SettingsError(
            f"the matte's radius is {radius_px} pixels; give 1 to {MAX_RADIUS_PX} pixels"
        )
    return MattedTrack(clip.reopen(), track, radius_px)


def tuning_after_matte(tuning: Tuning, *, invert: bool) -> Tuning:
    """What is left to tune once the matte is made; see `Tuning.matte`."""
    if invert:
        return replace(tuning, matte=False, dilate_px=0.0, blur_sigma_px=0.0)
    blur = tuning.blur_sigma_px if tuning.dilate_px > 0 else 0.0
    return replace(tuning, matte=False, blur_sigma_px=blur)


@dataclass(frozen=True, repr=False)
class MattedTrack:
    """A mask with a matte for an edge, worked out as it is read."""

    clip: Clip
    of: MaskTrack
    radius_px: int
    _kept: OrderedDict[int, _Crop] = field(default_factory=OrderedDict, compare=False)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.of.size

    @property
    def frames(self) -> int:
        """How many frames."""
        return self.of.frames

    def bounds(self, frame: int) -> Box | None:
        """The found mask's box, grown by the band."""
        box = self.of.bounds(frame)
        return box.grow(self.radius_px, *self.size) if box else None

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`. A frame's values do not hang on the window it is read in."""
        box = box or full_box(self)
        values = np.zeros((span.length, box.height, box.width), np.float32)
        for t, (held, alpha) in self._crops(span):
            if shared := box.intersection(held):
                inner = shared.shift(-held.x0, -held.y0).slices
                cut = values[t - span.start][shared.shift(-box.x0, -box.y0).slices]
                cut[...] = alpha[inner] / np.float32(255)
        return Mask(values)

    def _crops(self, span: Span) -> Iterator[tuple[int, _Crop]]:
        """(frame number, (box, alpha in bytes)) for every frame with a mask, in any order."""
        marked = [t for t in span.frames if self.of.bounds(t)]
        missing = [t for t in marked if t not in self._kept]
        yield from [(t, self._kept[t]) for t in marked if t in self._kept]
        if not missing:
            return
        for picture in self.clip.pictures(Span(missing[0], missing[-1] + 1)):
            t = picture.index
            if t not in missing:
                continue
            crop = self._crop(t, picture)
            self._kept[t] = crop
            while len(self._kept) > _KEPT_FRAMES:
                self._kept.popitem(last=False)
            yield t, crop

    def _crop(self, frame: int, picture: Picture) -> _Crop:
        # The crop hangs on the mask alone, never on what is asked for, so that sums over windows
        # come out the same to the last bit.
        held = self.of.bounds(frame) or full_box(self)
        box = held.grow(2 * self.radius_px, *self.size)
        hole = self.of.read(Span(frame, frame + 1), box=box).hole[0]
        alpha = alpha_of(picture.rgb(box), hole, radius_px=self.radius_px)
        return box, np.rint(alpha * 255).astype(np.uint8)


def alpha_of(frame: Frames, hole: Bools, *, radius_px: int) -> Floats:
    """(H, W) float32, 0 to 1: the matte of one picture.

    frame: (H, W, 3) uint8 RGB; hole: (H, W) bool, the thing. Beyond `radius_px` from the edge the
    matte is the hole.
    """
    alpha = hole.astype(np.float32)
    band = _band(hole, radius_px)
    if not band.any():
        return alpha
    factor = max(1, round(radius_px / _WORKING_RADIUS_PX))
    slope, level = _model(*_shrunk(frame, hole, band, factor), max(1, radius_px // factor))
    if factor > 1:
        size = hole.shape[::-1]
        slope, level = cv2.resize(slope, size), cv2.resize(level, size)
    fitted = np.einsum("nc,nc->n", slope[band], frame[band].astype(np.float32) / 255) + level[band]
    alpha[band] = _trimmed(fitted)
    return alpha


def _band(hole: Bools, radius_px: float) -> Bools:
    """All within `radius_px` of the edge. The picture's own border is no edge."""
    return np.asarray(dilate(hole, radius_px) & dilate(~hole, radius_px))


def _shrunk(frame: Frames, hole: Bools, band: Bools, factor: int) -> tuple[Floats, Floats, Bools]:
    """(colours 0 to 1, alpha, band) at the working size."""
    colours = frame.astype(np.float32) / np.float32(255)
    alpha, unknown = hole.astype(np.float32), band.astype(np.float32)
    if factor > 1:
        size = -(-hole.shape[1] // factor), -(-hole.shape[0] // factor)
        colours, alpha, unknown = (
            np.asarray(cv2.resize(v, size, interpolation=cv2.INTER_AREA), np.float32)
            for v in (colours, alpha, unknown)
        )
        # Coefficients are interpolated, so they must be known a little beyond the band.
        unknown = np.asarray(cv2.dilate(unknown, np.ones((5, 5), np.uint8)), np.float32)
    return colours, alpha, unknown > 0


def _model(colours: Floats, alpha: Floats, band: Bools, radius_px: int) -> tuple[Floats, Floats]:
    """(slope (H, W, 3), level (H, W)): alpha as a linear model of colour, in the band."""
    window = max(1, round(_WINDOW * radius_px))
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
    """(slope (n, 3), level (n)) for the n pixels of the band: eqs. 19 and 20, weighted."""

    def mean(values: Floats) -> NDArray[np.float64]:
        size = (2 * window + 1, 2 * window + 1)
        summed = cv2.boxFilter(values, cv2.CV_64F, size, borderType=cv2.BORDER_REFLECT)
        return np.asarray(summed[band])

    total = mean(weight)
    weighted = colours * weight[..., None]
    mean_colour = np.stack([mean(weighted[..., c]) / total for c in range(3)], axis=-1)
    mean_alpha = mean(alpha * weight) / total
    spread = np.empty((len(total), 3, 3))
    shared = np.empty((len(total), 3))
    for i in range(3):
        shared[:, i] = mean(weighted[..., i] * alpha) / total - mean_colour[:, i] * mean_alpha
        for j in range(i, 3):
            both = mean(weighted[..., i] * colours[..., j]) / total
            spread[:, i, j] = spread[:, j, i] = both - mean_colour[:, i] * mean_colour[:, j]
    slope = np.linalg.solve(spread + _FLATNESS * np.eye(3), shared[..., None])[..., 0]
    level = mean_alpha - np.einsum("nc,nc->n", slope, mean_colour)
    return slope.astype(np.float32), level.astype(np.float32)


def _trimmed(alpha: Floats) -> Floats:
    return np.asarray(np.clip((alpha - _TRIM) / (1 - 2 * _TRIM), 0.0, 1.0), np.float32)
