"""Tune a mask: dilation, feathering and smoothing over time (`docs/method.md`).

    M'   = M (+) B_r                      dilation by a disk of radius r
    M''  = G_sigma * M'                   Gaussian blur of the edge
    M''' = sum_s G(s-t) M''_s / sum_s G   Gaussian over time

The result is the maximum of M''' and M: tuning never shrinks a mask, and the object's own pixels
keep the value 1.
"""

from __future__ import annotations

import math
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Box, Floats, Mask, MaskTrack, Span, Tuning, check_fields
from vinpaint.imaging.morphology import dilate_disk
from vinpaint.masks.mask_tracks import DerivedTrack, empty_values, full_box, join_boxes, paste

_REACH_SIGMAS = 3.0
"""Half-width at which a Gaussian is cut off, in sigmas."""
_MIN_VALUE = 1.0 / 255.0
"""Smaller values become 0, so that they do not extend the repaired region."""
_CACHE_BYTES = 64 * 2**20
"""Maximum size of the cache of dilated frames, and of the cache of blurred frames."""


def tune(track: MaskTrack, tuning: Tuning) -> MaskTrack:
    """Return the track dilated, feathered and smoothed over time; computed when it is read.

    If all values of `tuning` are 0, the track is returned unchanged. Raises SettingsError if a
    value is out of range.
    """
    check_fields(tuning)
    return track if tuning == Tuning(0, 0, 0) else TunedTrack(track, tuning)


@dataclass(repr=False)
class ArrayCache:
    """A cache of computed arrays by key, up to `max_bytes`; the oldest are evicted first."""

    max_bytes: int = _CACHE_BYTES
    arrays: OrderedDict[Hashable, NDArray[Any]] = field(default_factory=OrderedDict)

    def get(self, key: Hashable, compute: Callable[[], NDArray[Any]]) -> NDArray[Any]:
        """Return the array of `key`, computing it if it is not cached.

        The caller must not write to it.
        """
        array = self.arrays.get(key)
        if array is None:
            array = self.arrays[key] = compute()
            while sum(a.nbytes for a in list(self.arrays.values())) > self.max_bytes:
                self.arrays.popitem(last=False)
        return array


@dataclass(frozen=True)
class TunedTrack(DerivedTrack):
    """A tuned mask, computed when it is read.

    Each frame is needed several times, because windows overlap and smoothing over time reads
    neighbouring frames. Therefore the dilated mask is cached per frame, and the blurred mask per
    frame and box. (Blurred whole frames would serve every box, but the last bit of OpenCV's result
    depends on the position within the picture.)
    """

    tuning: Tuning
    _dilated: ArrayCache = field(default_factory=ArrayCache, compare=False, repr=False)
    _blurred: ArrayCache = field(default_factory=ArrayCache, compare=False, repr=False)

    @property
    def reach_px(self) -> int:
        """Distance in pixels to which dilation and blur extend a mask."""
        blur = math.ceil(_REACH_SIGMAS * self.tuning.blur_sigma_px)
        return math.ceil(self.tuning.dilate_px) + blur

    @property
    def reach_frames(self) -> int:
        """Distance in frames to which smoothing over time extends a mask."""
        return math.ceil(_REACH_SIGMAS * self.tuning.temporal_sigma_frames)

    def bounds(self, frame: int) -> Box | None:
        """Return a box that contains the tuned mask on one frame; None if the mask is empty.

        It joins the boxes of all frames within `reach_frames`, grown by `reach_px`.
        """
        near = self._near(Span(frame, frame + 1))
        joined = join_boxes(self.source.bounds(t) for t in near.frames)
        return joined.grow(self.reach_px, *self.size) if joined else None

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        box = box or full_box(self)
        values = empty_values(span, box)
        region = join_boxes(self.bounds(t) for t in span.frames)
        shared = box.intersection(region) if region else None
        if shared is not None:
            inner = shared.shift(-box.x0, -box.y0).slices
            values[(slice(None), *inner)] = self._tuned(span, shared)
        return Mask(values)

    def _near(self, span: Span) -> Span:
        reach = self.reach_frames
        return Span(max(0, span.start - reach), min(self.frames, span.stop + reach))

    def _tuned(self, span: Span, box: Box) -> Floats:
        """Return (T, h, w) tuned values; the mask is read with a margin of the filters' reach."""
        near = self._near(span)
        wide = box.grow(self.reach_px, *self.size)
        found = self.source.read(near, box=wide).values
        inner = box.shift(-wide.x0, -wide.y0).slices
        blurred = [
            self._blurred.get((t, box), partial(self._softened, t, values, wide, inner))
            for t, values in zip(near.frames, found, strict=True)
        ]
        soft = np.stack(blurred)
        kept = found[(slice(span.start - near.start, span.stop - near.start), *inner)]
        smooth = self._smoothed(soft, span, near)
        smooth[smooth < _MIN_VALUE] = 0.0
        return np.maximum(np.minimum(smooth, 1.0), kept)

    def _softened(self, frame: int, values: Floats, box: Box, inner: tuple[slice, slice]) -> Floats:
        """Dilate and blur one frame; return the part `inner` of its box.

        `values`: (h, w), the mask in `box`.
        """
        if not values.any():
            return values[inner].copy()
        if self.tuning.dilate_px > 0:
            dilated = np.zeros_like(values)
            where = self._dilated_box(frame)
            mask = self._dilated.get(frame, partial(self._dilate, frame, where))
            paste(dilated, box, mask, where)
            values = np.maximum(values, dilated)
        sigma = self.tuning.blur_sigma_px
        if sigma > 0:
            size = 2 * math.ceil(_REACH_SIGMAS * sigma) + 1
            values = cv2.GaussianBlur(values, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)
        return np.array(values[inner], np.float32)

    def _dilated_box(self, frame: int) -> Box:
        box = self.source.bounds(frame) or full_box(self)
        return box.grow(math.ceil(self.tuning.dilate_px), *self.size)

    def _dilate(self, frame: int, box: Box) -> Bools:
        hole = self.source.read(Span(frame, frame + 1), box=box).hole[0]
        return dilate_disk(hole, self.tuning.dilate_px)

    def _smoothed(self, soft: Floats, span: Span, near: Span) -> Floats:
        """Smooth with a Gaussian over time, renormalised at the ends of the clip.

        soft: (T, h, w), the frames of `near`. Returns those of `span`.
        """
        if self.reach_frames == 0:
            return soft
        times = np.arange(near.start, near.stop)
        out = np.empty((span.length, *soft.shape[1:]), np.float32)
        for i, t in enumerate(span.frames):
            weights = np.exp(-((times - t) ** 2) / (2 * self.tuning.temporal_sigma_frames**2))
            weights[np.abs(times - t) > self.reach_frames] = 0.0
            out[i] = np.tensordot((weights / weights.sum()).astype(np.float32), soft, axes=1)
        return out
