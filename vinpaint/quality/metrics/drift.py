"""Drift: measure how far the motion of the repair differs from that of its surroundings.

D is the mean of | F'(x) - A(x) | over the pixels that lie in the hole of a frame and of the
previous one, in pixels per frame. F' is the flow of the repaired frame to the previous one. A is
the affine motion fitted to the flow of the ring by least squares. It is fitted a second time to the
half of the vectors with the smaller residuals, so that independently moving objects are left out. D
is the residual of a parametric motion model (Bergen et al., "Hierarchical Model-Based Motion
Estimation", 1992).

A texture that stands still while the camera moves, slides, or moves with the mask has a small
warping error, because its own flow explains it, but a large drift. The baseline is the mean
residual of the ring. Each residual is limited to 8 pixels, so that errors of the flow do not
dominate.
"""

from __future__ import annotations

import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.quality.metrics.base import Doubles, Measurement, Metric, WindowFeatures

_MAX_DISTANCE_PX = 8.0
_MIN_RING_PIXELS = 30
_MAX_SAMPLES = 4000


def _measure(features: WindowFeatures) -> Measurement | None:
    motion = features.motion
    if motion is None:
        return None
    ring = motion.ring & motion.consistent
    if ring.sum() < _MIN_RING_PIXELS:
        return None
    affine = _fit_affine(motion.flow, ring)
    inside, beside = (
        np.minimum(_residual(*_sample(motion.flow, area), affine), _MAX_DISTANCE_PX)
        for area in (features.overlap, ring)
    )
    return Measurement.of_samples(inside, beside)


def _fit_affine(field: Floats, area: Bools) -> Doubles:
    """Return (3, 2): the affine motion of `area`, fitted to all vectors, then to the inliers."""
    design, vectors = _sample(field, area)
    residual = _residual(design, vectors, _least_squares(design, vectors))
    inliers = residual <= np.median(residual)
    return _least_squares(design[inliers], vectors[inliers])


def _least_squares(design: Doubles, vectors: Doubles) -> Doubles:
    return np.asarray(np.linalg.lstsq(design, vectors, rcond=None)[0], np.float64)


def _residual(design: Doubles, vectors: Doubles, affine: Doubles) -> Doubles:
    """Return (n,): the distance in pixels of each vector from the fitted one."""
    return np.asarray(np.linalg.norm(vectors - design @ affine, axis=1), np.float64)


def _sample(field: Floats, area: Bools) -> tuple[Doubles, Doubles]:
    """Return ((n, 3) rows of 1, x, y; (n, 2) vectors) of a sample of the pixels of `area`."""
    rows, columns = np.nonzero(area)
    step = 1 + len(rows) // _MAX_SAMPLES
    rows, columns = rows[::step], columns[::step]
    design = np.stack([np.ones(len(rows)), columns, rows], axis=1).astype(np.float64)
    return design, field[rows, columns].astype(np.float64)


DRIFT = Metric(
    title="Drift",
    unit="px/frame",
    better="lower",
    meaning=(
        "How differently the repair moves from the picture around it. "
        "Far above the clip's own value it slides or sticks to the screen."
    ),
    measure=_measure,
)
