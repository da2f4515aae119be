"""Flicker: measure how much the brightness of the repair changes after motion compensation.

The metric is the mean of | G * (I'_t - warp(I'_(t-1), F)) |^2 over the pixels in the holes of both
frames, averaged over the channels, in squared levels. F is the optical flow. G is the mean over an
11-pixel square within the hole. This is the warping term of Bonneel et al., "Blind Video Temporal
Consistency" (2015), with a low-pass filter. The filter acts on the *signed* change. Changes of
detail, caused by flow errors of a fraction of a pixel, cancel. Patches that brighten or darken as a
whole, which are most visible, remain. In the warping error, a pulse of 2 levels would be hidden by
changes of detail.

Pixels that fail the forward-backward check are included, because a fill with strong flicker has no
consistent flow. A pulse does not disturb the flow, because DIS subtracts the mean of each patch.
Without motion compensation, a panning camera alone would give up to 2000 squared levels. The
baseline is the same measure in the ring.
"""

from __future__ import annotations

import cv2
import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.quality.metrics.base import Measurement, Metric, WindowFeatures

_BOX_PX = (11, 11)
_MIN_WEIGHT = 1e-3


def _measure(features: WindowFeatures) -> Measurement | None:
    motion = features.motion
    if motion is None:
        return None
    change = features.after.astype(np.float32) - motion.warped_after
    values = _energy(change, features.overlap)
    if not motion.ring.any():
        return Measurement(float(values.sum()), float(values.size))
    source_change = features.before.astype(np.float32) - motion.warped_before
    return Measurement.of_samples(values, _energy(source_change, motion.ring))


def _energy(change: Floats, area: Bools) -> Floats:
    """Return (n,): the squared change of each pixel of `area`, low-passed within `area`."""
    inside = area.astype(np.float32)
    weight = np.asarray(cv2.blur(inside, _BOX_PX))[area]
    total = np.asarray(cv2.blur(change * inside[..., None], _BOX_PX))[area]
    mean = total / np.maximum(weight, _MIN_WEIGHT)[:, None]
    return np.asarray((mean**2).mean(axis=-1), np.float32)


FLICKER = Metric(
    title="Flicker",
    unit="levels²",
    better="lower",
    meaning=(
        "How much patches of the repair brighten and darken from frame to frame. "
        "Far above the clip's own value it pulses."
    ),
    measure=_measure,
)
