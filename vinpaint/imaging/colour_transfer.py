"""Colour transfer: match the colours of a fill to the frame around it.

`fit_colour_transfer` fits a gain and an offset. `boundary_correction` then interpolates the
remaining differences on the border with a membrane, which is the guided form of Poisson cloning
(Perez, Gangnet and Blake, "Poisson Image Editing", 2003; L_boundary in docs/method.md). The fill
keeps its own gradients and meets the frame at the border.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging.membrane import solve_membrane
from vinpaint.imaging.morphology import dilate_square

_LEAST_GAIN, _MOST_GAIN = 0.5, 2.0
"""Limits of the gain."""
_PRIOR_LEVELS = 6.0
"""Regularises the gain: it stays near 1 where colours vary by less than this, in levels of 255."""
_ROUNDS = 4
"""Number of fits, each without the outliers of the one before."""
_OUTLIER_SHARE = 2.5
"""Limit of a difference, in robust deviations. A fit excludes larger differences, and
`boundary_correction` clips them."""
_FOREIGN = 4.0
"""Beyond this many robust deviations, a difference on the border belongs to another object."""
_LEAST_SPREAD = 4.0
"""Lower limit of a robust deviation, in intensity levels."""
_RING_PX = 12
_RING_PIXELS = 20_000
"""Width of the ring in which colours are compared, and the approximate number of pixels sampled."""


@dataclass(frozen=True)
class ColourTransfer:
    """A linear map of colours per channel: gain * c + offset. `gain`, `offset`: (3,) float32."""

    gain: Floats
    offset: Floats

    def apply(self, colours: Floats) -> Floats:
        """Return the mapped colours. `colours`: (..., 3) float32."""
        return np.asarray(colours * self.gain + self.offset, np.float32)


def fit_colour_transfer(have: Floats, want: Floats) -> ColourTransfer:
    """Fit the map from `have` to `want`, both (N, 3) float32, ignoring outliers.

    With fewer than eight colours the map is the identity.
    """
    gain, offset = np.ones(3, np.float32), np.zeros(3, np.float32)
    kept = np.ones(len(have), np.bool_)
    for _ in range(_ROUNDS):
        if kept.sum() < 8:
            break
        source, wanted = have[kept], want[kept]
        middle, target = source.mean(axis=0), wanted.mean(axis=0)
        spread = ((source - middle) ** 2).mean(axis=0)
        along = ((source - middle) * (wanted - target)).mean(axis=0)
        gain = (along + _PRIOR_LEVELS**2) / (spread + _PRIOR_LEVELS**2)
        gain = np.clip(gain, _LEAST_GAIN, _MOST_GAIN).astype(np.float32)
        offset = (target - gain * middle).astype(np.float32)
        difference = np.abs(want - (have * gain + offset)).max(axis=1)
        typical = max(float(np.median(difference[kept])), _LEAST_SPREAD)
        kept = difference < _OUTLIER_SHARE * typical
    return ColourTransfer(gain, offset)


def boundary_correction(
    difference: Floats, border: Bools, *, smooth_px: float, most_levels: float
) -> Floats:
    """Return the (h, w, 3) correction that makes the fill meet the frame on its border.

    Differences on the border are smoothed and interpolated over the rest of the box. Outliers
    belong to other objects and are ignored.

    Args:
        difference: (h, w, 3) float32, frame minus fill; read only on `border`.
        border: (h, w) bool, known pixels around the hole.
        smooth_px: Gaussian sigma in pixels that suppresses noise.
        most_levels: Largest deviation of the result from the median, in intensity levels.
    """
    if not border.any():
        return np.zeros_like(difference)
    values = difference[border]
    middle = np.median(values, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(values - middle), axis=0), _LEAST_SPREAD)
    own = border & (np.abs(difference - middle) < _FOREIGN * spread).all(axis=-1)
    if not own.any():
        return np.broadcast_to(middle, difference.shape).astype(np.float32)
    most = np.minimum(_OUTLIER_SHARE * spread, most_levels)
    drawn = np.clip(difference, middle - most, middle + most)
    weight = own.astype(np.float32)
    even = cv2.GaussianBlur((drawn * weight[..., None]).astype(np.float32), (0, 0), smooth_px)
    share = np.maximum(cv2.GaussianBlur(weight, (0, 0), smooth_px), 1e-4)
    return solve_membrane((even / share[..., None]).astype(np.float32), own)


def transfer_colours(answer: Frames, given: Frames, hole: Bools, *, margin_px: int) -> Frames:
    """Match the colours of a model's output to those of its input; return (T, h, w, 3) uint8.

    Networks and lossy video shift colours. The shift is measured on a ring around the hole, where
    input and output should be equal. All frames share one map, so that the result does not flicker.

    Args:
        answer: (T, h, w, 3) uint8, the output.
        given: (T, h, w, 3) uint8, the input.
        hole: (T, h, w) bool, the pixels that were filled.
        margin_px: Pixels this close to the hole are not compared.
    """
    near, far = margin_px + 1, margin_px + 1 + _RING_PX
    ring = np.stack([dilate_square(area, far) & ~dilate_square(area, near) for area in hole])
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
