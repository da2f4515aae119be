"""How a found mask is grown and softened: the seed's mask post-processing, steps 1 to 3.

    M'   = M (+) B_r                      dilation by a disk of radius r
    M''  = G_sigma * M'                   Gaussian over the edge
    M''' = sum_s G(s-t) M''_s / sum_s G   Gaussian over time

and then the larger of that and M: tuning never shrinks a mask, and the object's own pixels keep
the value 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Mask, MaskTrack, SettingsError, Span, Tuning
from vinpaint.masks.mask_tracks import full_box

MAX_DILATE_PX = 200.0
MAX_BLUR_SIGMA_PX = 100.0
MAX_TEMPORAL_SIGMA_FRAMES = 10.0

_REACH_SIGMAS = 3.0
_FAINTEST = 1.0 / 255.0
"""Values below one step of 8 bits are 0, so that what is touched ends somewhere."""


def tune(track: MaskTrack, tuning: Tuning) -> MaskTrack:
    """The track, dilated, softened and steadied. Nothing is computed until it is read.

    Zeros leave the mask exactly as found. Raises SettingsError for values out of range.
    """
    _check("the dilate radius", tuning.dilate_px, MAX_DILATE_PX, "pixels")
    _check("the blur sigma", tuning.blur_sigma_px, MAX_BLUR_SIGMA_PX, "pixels")
    most = MAX_TEMPORAL_SIGMA_FRAMES
    _check("the temporal sigma", tuning.temporal_sigma_frames, most, "frames")
    if tuning == Tuning(0, 0, 0):
        return track
    return TunedTrack(track, tuning)


def _check(name: str, value: float, most: float, unit: str) -> None:
    if not 0 <= value <= most:
        raise SettingsError(f"{name} is {value:g}; give 0 to {most:g} {unit}")


@dataclass(frozen=True)
class TunedTrack:
    """A tuned mask, worked out as it is read."""

    of: MaskTrack
    tuning: Tuning

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.of.size

    @property
    def frames(self) -> int:
        """How many frames."""
        return self.of.frames

    @property
    def reach_px(self) -> int:
        """So far dilation and blur spread a mask."""
        blur = math.ceil(_REACH_SIGMAS * self.tuning.blur_sigma_px)
        return math.ceil(self.tuning.dilate_px) + blur

    @property
    def reach_frames(self) -> int:
        """So far time smoothing spreads a mask."""
        return math.ceil(_REACH_SIGMAS * self.tuning.temporal_sigma_frames)

    def bounds(self, frame: int) -> Box | None:
        """The found masks of the frames around, joined and grown."""
        joined: Box | None = None
        for t in self._near(Span(frame, frame + 1)).frames:
            box = self.of.bounds(t)
            joined = box.join(joined) if box and joined else box or joined
        return joined.grow(self.reach_px, *self.size) if joined else None

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        box = box or full_box(self)
        values = np.zeros((span.length, box.height, box.width), np.float32)
        joined = [b for t in span.frames if (b := self.bounds(t))]
        if not joined:
            return Mask(values)
        region = joined[0]
        for other in joined[1:]:
            region = region.join(other)
        shared = box.intersection(region)
        if shared is not None:
            cut = shared.shift(-box.x0, -box.y0).slices
            values[(slice(None), *cut)] = self._tuned(span, shared)
        return Mask(values)

    def _near(self, span: Span) -> Span:
        reach = self.reach_frames
        return Span(max(0, span.start - reach), min(self.frames, span.stop + reach))

    def _tuned(self, span: Span, box: Box) -> Floats:
        """(T, h, w): tuned values; the mask is read wide enough for every filter's reach."""
        near = self._near(span)
        wide = box.grow(self.reach_px, *self.size)
        found = self.of.read(near, box=wide).values
        inner = box.shift(-wide.x0, -wide.y0).slices
        soft = np.stack([self._soften(values)[inner] for values in found])
        kept = found[(slice(span.start - near.start, span.stop - near.start), *inner)]
        steady = self._steady(soft, span, near)
        steady[steady < _FAINTEST] = 0.0
        return np.maximum(np.minimum(steady, 1.0), kept)

    def _soften(self, values: Floats) -> Floats:
        if not values.any():
            return values
        if self.tuning.dilate_px > 0:
            values = np.maximum(values, dilate(values >= 0.5, self.tuning.dilate_px))
        sigma = self.tuning.blur_sigma_px
        if sigma > 0:
            size = 2 * math.ceil(_REACH_SIGMAS * sigma) + 1
            values = cv2.GaussianBlur(values, (size, size), sigma, borderType=cv2.BORDER_REPLICATE)
        return values

    def _steady(self, soft: Floats, span: Span, near: Span) -> Floats:
        """Gaussian over time; at the clip's ends the weights of the frames that exist."""
        if self.reach_frames == 0:
            return soft.copy()
        times = np.arange(near.start, near.stop)
        out = np.empty((span.length, *soft.shape[1:]), np.float32)
        for i, t in enumerate(span.frames):
            weights = np.exp(-((times - t) ** 2) / (2 * self.tuning.temporal_sigma_frames**2))
            weights[np.abs(times - t) > self.reach_frames] = 0.0
            out[i] = np.tensordot((weights / weights.sum()).astype(np.float32), soft, axes=1)
        return out


def dilate(mask: Bools, radius_px: float) -> Bools:
    """(H, W) bool, all pixels within `radius_px` of the mask: a true disk."""
    if not mask.any():
        return mask
    distance = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return np.asarray(distance <= radius_px + 1e-3)
