"""Flicker: how much the brightness of the repair pulses, its motion compensated.

F is the mean of | G * (I'_t - warp(I'_(t-1), F)) |^2 over the pixels in both holes, averaged over
the channels, in squared levels. G is the mean over an 11-pixel square within the hole: the warping
term of Bonneel et al., "Blind Video Temporal Consistency" (2015), low-passed. The low-pass acts on
the *signed* change: changes of detail from a flow error of a fraction of a pixel cancel, and what
remains is a patch that brightens or darkens as a whole, which the eye notices first. A pulse of 2
levels drowns in detail in the warping error, but not here.

Every pixel counts, including those that fail the forward-backward check: a fill that boils has no
flow to follow. DIS subtracts each patch's mean, so a pulse does not mislead the flow. Without
motion compensation a panning camera alone would give up to 2000 squared levels. The baseline is
the same measure in the ring.
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
    """(n,): squared change of the pixels of `area`, low-passed within `area` only."""
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
