"""Colour step: measure a jump of colour across the edge of the hole.

C is the mean over the edge pixels of || A_in - A_out ||, in levels (root mean square over the
channels). A_in and A_out are the mean colours of the pixels 1 to 5 pixels inside and outside the
edge, within a square of 15 pixels around the edge pixel. Structures that cross the edge contribute
equally to both and cancel, while a different brightness of the fill does not. The baseline is the
same step across two contours in the source, 8 and 12 pixels outside the hole. It shows how much the
colour changes over that distance without a repair.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames
from vinpaint.quality.metrics.base import Measurement, Metric, WindowFeatures

_NEAR_PX, _FAR_PX = 1.0, 5.0
_BOX_PX = (15, 15)
_BASELINE_PX = (8.0, 12.0)
_MIN_WEIGHT = 1e-3


def _measure(features: WindowFeatures) -> Measurement | None:
    if not features.hole.any() or features.hole.all():
        return None
    distance = _signed_distance(features.hole)
    steps = _steps(features.after, distance, (0.0,))
    if not len(steps):
        return None
    # the soft edge of the mask extends beyond the hole; keep the baseline contours outside it
    reach = max(0.0, float(distance[features.touched].max()))
    contours = [reach + offset for offset in _BASELINE_PX]
    return Measurement.of_samples(steps, _steps(features.before, distance, contours))


def _signed_distance(hole: Bools) -> Floats:
    """Return (H, W): the distance in pixels from the edge of the hole, negative inside."""
    outside = cv2.distanceTransform((~hole).astype(np.uint8), cv2.DIST_L2, 5) - 0.5
    inside = cv2.distanceTransform(hole.astype(np.uint8), cv2.DIST_L2, 5) - 0.5
    return np.asarray(np.where(hole, -inside, outside), np.float32)


def _steps(frame: Frames, distance: Floats, contours: Sequence[float]) -> Floats:
    """Return (n,): the colour step at each pixel of the contours at the given distances."""
    colour = frame.astype(np.float32)
    return np.concatenate([_step(colour, distance - contour) for contour in contours])


def _step(colour: Floats, distance: Floats) -> Floats:
    edge = np.abs(distance) < _NEAR_PX
    inside = (distance <= -_NEAR_PX) & (distance >= -_FAR_PX)
    outside = (distance >= _NEAR_PX) & (distance <= _FAR_PX)
    difference = _local_mean(colour, inside, edge) - _local_mean(colour, outside, edge)
    finite = np.isfinite(difference).all(axis=-1)
    return np.asarray(np.sqrt((difference[finite] ** 2).mean(axis=-1)), np.float32)


def _local_mean(colour: Floats, area: Bools, edge: Bools) -> Floats:
    """Return (n, 3): the mean colour of `area` around each edge pixel; NaN if there is none."""
    inside = area.astype(np.float32)
    weight = cv2.blur(inside, _BOX_PX)[edge][:, None]
    total = cv2.blur(colour * inside[..., None], _BOX_PX)[edge]
    mean = np.where(weight < _MIN_WEIGHT, np.nan, total / np.maximum(weight, _MIN_WEIGHT))
    return mean.astype(np.float32)


COLOUR_STEP = Metric(
    title="Colour step",
    unit="levels",
    better="lower",
    meaning=(
        "How far the colour jumps across the repair's border. "
        "Far above the clip's own value the repair is lit differently."
    ),
    measure=_measure,
)
