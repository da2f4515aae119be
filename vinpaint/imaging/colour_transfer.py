"""The light of a fill drawn to that of the picture around it.

Gain and offset first, then a membrane over what is left on the rim: the guided form of Poisson
cloning (Perez, Gangnet and Blake, "Poisson Image Editing", 2003; the seed's L_boundary), so that
the fill keeps its own gradients and meets the picture's across the rim.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging.membrane import solve_membrane

_LEAST_GAIN, _MOST_GAIN = 0.5, 2.0
_PRIOR_LEVELS = 6.0
"""A ring whose colours spread less than this says little on the gain, which then stays near 1."""
_ROUNDS = 4
_STRAYS = 2.5
"""Differences so many spreads off are drawn in; beyond `_FOREIGN` they are another thing's."""
_FOREIGN = 4.0
_LEAST_SPREAD = 4.0
_RING_PX = 12
_RING_PIXELS = 20_000


@dataclass(frozen=True)
class ColourTransfer:
    """`gain`, `offset`: (3,) float32; a colour c becomes gain c + offset."""

    gain: Floats
    offset: Floats

    def apply(self, colours: Floats) -> Floats:
        """Colours, (..., 3) float32, in this light."""
        return np.asarray(colours * self.gain + self.offset, np.float32)


def fit_colour_transfer(have: Floats, want: Floats) -> ColourTransfer:
    """The light that best turns `have` into `want`, both (N, 3); strays are left out."""
    gain, offset = np.ones(3, np.float32), np.zeros(3, np.float32)
    kept = np.ones(len(have), np.bool_)
    for _ in range(_ROUNDS):
        if kept.sum() < 8:
            break
        one, two = have[kept], want[kept]
        middle, target = one.mean(axis=0), two.mean(axis=0)
        spread = ((one - middle) ** 2).mean(axis=0)
        along = ((one - middle) * (two - target)).mean(axis=0)
        gain = (along + _PRIOR_LEVELS**2) / (spread + _PRIOR_LEVELS**2)
        gain = np.clip(gain, _LEAST_GAIN, _MOST_GAIN).astype(np.float32)
        offset = (target - gain * middle).astype(np.float32)
        apart = np.abs(want - (have * gain + offset)).max(axis=1)
        typical = max(float(np.median(apart[kept])), _LEAST_SPREAD)
        kept = apart < _STRAYS * typical
    return ColourTransfer(gain, offset)


def boundary_correction(
    apart: Floats, rim: Bools, *, smooth_px: float, most_levels: float
) -> Floats:
    """(h, w, 3): what is to be added so that the fill meets the picture on its rim.

    apart: (h, w, 3), picture minus fill, read on `rim`, (h, w) bool. What differs there by far
    more than the rest is another thing and says nothing; noise is evened over `smooth_px`. From
    place to place the light differs by no more than `most_levels` from the typical.
    """
    if not rim.any():
        return np.zeros_like(apart)
    values = apart[rim]
    middle = np.median(values, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(values - middle), axis=0), _LEAST_SPREAD)
    own = rim & (np.abs(apart - middle) < _FOREIGN * spread).all(axis=-1)
    if not own.any():
        return np.broadcast_to(middle, apart.shape).astype(np.float32)
    most = np.minimum(_STRAYS * spread, most_levels)
    drawn = np.clip(apart, middle - most, middle + most)
    weight = own.astype(np.float32)
    even = cv2.GaussianBlur((drawn * weight[..., None]).astype(np.float32), (0, 0), smooth_px)
    share = np.maximum(cv2.GaussianBlur(weight, (0, 0), smooth_px), 1e-4)
    return solve_membrane((even / share[..., None]).astype(np.float32), own)


def transfer_colours(answer: Frames, given: Frames, hole: Bools, *, apart_px: int) -> Frames:
    """What an engine or a model left, in the light of what it was given.

    answer, given: (T, h, w, 3); hole: (T, h, w). Networks and lossy video shift colours; what lies
    around the hole, but no nearer than `apart_px`, shows by how much. One light for all frames, so
    that none flickers.
    """
    near, far = 2 * (apart_px + 1) + 1, 2 * (apart_px + 1 + _RING_PX) + 1
    ring = np.stack([_grown(one, far) & ~_grown(one, near) for one in hole])
    places = np.flatnonzero(ring)
    if not len(places):
        return answer
    some = places[:: max(1, len(places) // _RING_PIXELS)]
    have, want = (p.reshape(-1, 3)[some].astype(np.float32) for p in (answer, given))
    if np.array_equal(have, want):
        return answer
    lit = np.empty_like(answer)
    light = fit_colour_transfer(have, want)
    for t, frame in enumerate(answer):
        lit[t] = np.clip(np.rint(light.apply(frame.astype(np.float32))), 0, 255)
    return lit


def _grown(hole: Bools, side: int) -> Bools:
    square = np.ones((side, side), np.uint8)
    return np.asarray(cv2.dilate(hole.view(np.uint8), square)).view(np.bool_)
