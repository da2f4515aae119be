"""Warping error E_warp: measure how much the repair changes after motion compensation.

    E_warp = 1/|Omega| sum_t sum_(x in Omega_t) || I'_(t+1)(x) - warp(I'_t, F)(x) ||^2

Omega_t are the pixels in the holes of both frames whose flow passes the forward-backward check, so
that pixels that become occluded do not count as change (Lai et al., "Learning Blind Video Temporal
Consistency", 2018; docs/method.md). The squared difference is averaged over the RGB channels and
given in thousandths of the squared full scale (255^2).

A low value means a steady fill. It is not always better: a fill that is much steadier than its
surroundings looks frozen. The baseline is the error of the source in the ring around the hole,
scaled to the amount of detail in the fill. The scaling is necessary because a flow error d changes
a picture by |grad I|^2 |d|^2, so that detailed areas have larger errors than flat ones. The
baseline of a frame is E_ring (G_hole + g) / (G_ring + g), where G is the mean squared gradient of
luma, and the constant g accounts for rounding and noise. Ring pixels that come from the hole of the
previous frame are left out, because they do not show the source.
"""

from __future__ import annotations

import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.quality.metrics.base import Measurement, Metric, WindowFeatures, gradient

_SCALE = 1000.0 / 255.0**2
_DETAIL_FLOOR = 4.0
"""g, in squared levels per squared pixel. It makes flat areas comparable with each other."""


def _measure(features: WindowFeatures) -> Measurement | None:
    motion = features.motion
    if motion is None:
        return None
    inside = features.overlap & motion.consistent
    ring = motion.ring & motion.consistent
    count = float(inside.sum())
    total = float(_squared_error(features.after, motion.warped_after, inside).sum())
    if not count or not ring.any():
        return Measurement(total, count)
    ring_error = float(_squared_error(features.before, motion.warped_before, ring).mean())
    detail = np.square(gradient(features.luma))
    inside_detail, ring_detail = (float(detail[area].mean()) for area in (inside, ring))
    scale = (inside_detail + _DETAIL_FLOOR) / (ring_detail + _DETAIL_FLOOR)
    return Measurement(total, count, ring_error * scale * count, count)


def _squared_error(frame: Frames, warped: Floats, area: Bools) -> Floats:
    """Return (n,): the squared difference of each pixel of `area`, averaged over the channels."""
    squared = (frame[area].astype(np.float32) - warped[area]) ** 2
    return np.asarray(squared.mean(axis=-1) * _SCALE, np.float32)


WARPING_ERROR = Metric(
    title="Steadiness",
    unit="/1000",
    better="lower",
    meaning=(
        "How much the repair changes from frame to frame, camera motion removed. Far above the "
        "clip's own value it flickers. Far below, it looks frozen."
    ),
    measure=_measure,
)
