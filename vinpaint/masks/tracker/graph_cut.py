"""A graph cut with unary costs of our own, worked by OpenCV's max-flow.

Boykov and Jolly, "Interactive Graph Cuts", 2001: minimise the sum of each pixel's cost and of a
penalty for every pair of neighbours that part ways, small where the picture has an edge.

OpenCV offers the cut only inside grabCut, where a pixel's cost comes from colour mixtures. With
its models frozen (GC_EVAL_FREEZE_MODEL) a made-up picture gets round that: its first channel
holds the wanted log-odds, and the two "mixtures" are single Gaussians on that channel alone, so
that their difference is linear in it. The other two channels hold the picture's two strongest
colour axes, from which grabCut takes the edges.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats, Frames

_LEVELS = 48
"""Steps of the log-odds in the made-up picture: enough for the cut, too few to look like edges."""
_CLIP = 6.0
"""Log-odds beyond this say no more."""
_FLAT = 1e7
"""Variance of the channels that a mixture must not look at."""


def cut(
    odds: Floats,
    axes: Frames,
    *,
    inside: Bools | None = None,
    outside: Bools | None = None,
    smoothness: float = 1.0,
) -> Bools:
    """(H, W) bool, the object.

    odds: (H, W) float32 log-odds, above 0 for the object; axes: (H, W, 2) uint8 from `edge_axes`;
    inside, outside: (H, W) bool, pixels that are settled beforehand; smoothness: how much a long
    outline costs against the odds.
    """
    middle = _LEVELS / 2
    level = np.clip(np.rint(middle + odds * (middle / _CLIP)), 0, _LEVELS).astype(np.uint8)
    marks = np.where(odds > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    if outside is not None:
        marks[outside] = cv2.GC_BGD
    if inside is not None:
        marks[inside] = cv2.GC_FGD
    if not (marks & 1).any() or (marks & 1).all():
        return (marks & 1).astype(np.bool_)
    # grabCut's outline costs 50 a link; the spread sets what the odds weigh against it.
    spread = _LEVELS * _LEVELS * smoothness / (2 * _CLIP * 10.0)
    picture = np.ascontiguousarray(np.dstack([level, axes]))
    back, front = _model(0.0, spread), _model(float(_LEVELS), spread)
    cv2.grabCut(picture, marks, None, back, front, 1, cv2.GC_EVAL_FREEZE_MODEL)
    return (marks & 1).astype(np.bool_)


def _model(mean: float, variance: float) -> NDArray[np.float64]:
    """grabCut's mixture (5 weights, 5 means, 5 covariances of 3 channels) of one Gaussian."""
    model = np.zeros(65)
    model[0] = 1.0
    model[5:8] = (mean, 128.0, 128.0)
    model[20:65] = np.tile(np.eye(3).ravel(), 5)
    model[20:29] = np.diag((variance, _FLAT, _FLAT)).ravel()
    return model.reshape(1, -1)


def edge_axes(lab: Frames) -> Frames:
    """(H, W, 2) uint8: the two directions in which an (H, W, 3) picture's colours vary most."""
    flat = lab[::2, ::2].reshape(-1, 3).astype(np.float32)
    _, axes = np.linalg.eigh(np.cov((flat - flat.mean(axis=0)).T) + np.eye(3) * 1e-3)
    turned = (lab.astype(np.float32) - flat.mean(axis=0)) @ axes[:, :0:-1].astype(np.float32)
    return np.asarray(np.clip(np.rint(turned + 128), 0, 255), np.uint8)
