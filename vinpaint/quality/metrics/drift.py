"""Drift: does the repair move with its surroundings?

D = mean over M_t and M_(t-1) of | F'(x) - A(x) |, in pixels a frame: F' is the flow of the repaired
frame to the one before, A the affine motion that fits the flow of the ring around the hole best
(least squares on what lies nearest to it, twice; what moves otherwise in the ring is left out). A
texture that stands still under a moving camera, slides, or swims along with the mask has no great
warping error, for its own flow explains it; here it shows. The yardstick is the ring's own mean
distance from A: how far the place is from moving as one. Each vector counts at most 8 pixels, so
that a flow that found nothing does not decide.

This is the residual of a parametric motion model (Bergen et al., "Hierarchical Model-Based Motion
Estimation", 1992).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Better, Bools, Floats
from vinpaint.quality.metrics.base import Gauge, Look, Reading, Sums

_MOST_PX = 8.0
_LEAST_PIXELS = 30
_MOST_PIXELS = 4000

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Drift:
    """Moving along."""

    title: str = "Drift"
    unit: str = "px/frame"
    better: Better = "lower"
    meaning: str = (
        "How far the repair moves otherwise than the picture around it; "
        "far above the clip's own value it slides or stands still."
    )

    def start(self) -> Gauge:
        """Sums of distances over pixels."""
        return Sums(_read)


def _read(look: Look) -> Reading | None:
    motion, last = look.motion, look.last
    if motion is None or last is None:
        return None
    ring = motion.ring & motion.good
    if ring.sum() < _LEAST_PIXELS:
        return None
    fitted = _fit(motion.back, ring)
    mine = _apart(motion.back, look.hole & last.hole, fitted)
    own = _apart(motion.back, ring, fitted)
    return Reading(float(mine.sum()), float(mine.size), float(own.sum()), float(own.size))


def _fit(field: Floats, where: Bools) -> Doubles:
    """(3, 2): the affine motion of `where`, fitted once to all and once to the nearer half."""
    places, vectors = _sampled(field, where)
    fitted = np.linalg.lstsq(places, vectors, rcond=None)[0]
    gap = np.linalg.norm(vectors - places @ fitted, axis=1)
    near = gap <= np.median(gap)
    return np.asarray(np.linalg.lstsq(places[near], vectors[near], rcond=None)[0], np.float64)


def _apart(field: Floats, where: Bools, fitted: Doubles) -> Doubles:
    """(n,): pixels between each vector and the fitted one."""
    places, vectors = _sampled(field, where)
    gap = np.linalg.norm(vectors - places @ fitted, axis=1)
    return np.asarray(np.minimum(gap, _MOST_PX), np.float64)


def _sampled(field: Floats, where: Bools) -> tuple[Doubles, Doubles]:
    """((n, 3) of 1, x, y; (n, 2) vectors): the pixels of `where`, or every so manieth of many."""
    rows, columns = np.nonzero(where)
    step = 1 + len(rows) // _MOST_PIXELS
    rows, columns = rows[::step], columns[::step]
    places = np.stack([np.ones(len(rows)), columns, rows], axis=1).astype(np.float64)
    return places, field[rows, columns].astype(np.float64)
