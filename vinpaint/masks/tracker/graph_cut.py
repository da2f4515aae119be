"""A binary graph cut with arbitrary unary costs, solved with OpenCV's grabCut.

Method: Boykov and Jolly, "Interactive Graph Cuts", 2001. The sum of two terms is minimised: a cost
of each pixel for its label, and a penalty for each pair of neighbours with different labels, which
is small across image edges.

OpenCV offers its max-flow solver only as part of grabCut, where the cost of a pixel comes from
colour mixtures. To set arbitrary costs, an artificial picture is passed to grabCut, with frozen
models (GC_EVAL_FREEZE_MODEL). Its first channel holds the log-odds. Both "mixtures" are single
Gaussians on that channel, so that the difference of their costs is linear in the log-odds. The
other two channels hold the two principal colour axes of the picture, which determine the edges.
A graph-cut package would be a further dependency.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats, Frames, bounding_box

_LEVELS = 48
"""Number of steps of the log-odds. More steps would look like image edges to grabCut."""
_MAX_ODDS = 6.0
"""Maximum absolute value of log-odds; larger ones are clipped."""
_MARGIN_PX = 8
"""Fixed pixels around the others that grabCut sees as well."""
_FLAT_VARIANCE = 1e7
"""Variance of the Gaussians in the channels that they must ignore."""


def min_cut(
    odds: Floats,
    axes: Frames,
    *,
    inside: Bools | None = None,
    outside: Bools | None = None,
    smoothness: float = 1.0,
) -> Bools:
    """Segment the object; return its (H, W) bool mask.

    Args:
        odds: (H, W) float32 log-odds, positive where a pixel is likely to belong to the object.
        axes: (H, W, 2) uint8, from `edge_axes`.
        inside: (H, W) bool, pixels that belong to the object.
        outside: (H, W) bool, pixels that do not. `inside` has priority.
        smoothness: Weight of the length of the outline relative to the odds.
    """
    middle = _LEVELS / 2
    level = np.clip(np.rint(middle + odds * (middle / _MAX_ODDS)), 0, _LEVELS).astype(np.uint8)
    labels = np.where(odds > 0, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    if outside is not None:
        labels[outside] = cv2.GC_BGD
    if inside is not None:
        labels[inside] = cv2.GC_FGD
    part = _undecided(labels)
    if part is not None:
        # grabCut penalises the outline by 50 per link; the variance sets the weight of the odds.
        variance = _LEVELS * _LEVELS * smoothness / (2 * _MAX_ODDS * 10.0)
        cut = np.ascontiguousarray(labels[part])
        picture = np.ascontiguousarray(np.dstack([level[part], axes[part]]))
        back, front = _gaussian(0.0, variance), _gaussian(float(_LEVELS), variance)
        cv2.grabCut(picture, cut, None, back, front, 1, cv2.GC_EVAL_FREEZE_MODEL)
        labels[part] = cut
    return (labels & 1).astype(np.bool_)


def _undecided(labels: Frames) -> tuple[slice, slice] | None:
    """Return the part of the picture in which labels are not fixed, and the pixels around it.

    None if grabCut could not run there, for want of pixels of either label.
    """
    box = bounding_box(labels >= cv2.GC_PR_BGD)
    if box is None:
        return None
    part = box.grow(_MARGIN_PX, labels.shape[1], labels.shape[0]).slices
    object_pixels = labels[part] & 1
    return part if object_pixels.any() and not object_pixels.all() else None


def _gaussian(mean: float, variance: float) -> NDArray[np.float64]:
    """Return a grabCut model (5 weights, 5 means, 5 covariances) with a single Gaussian."""
    model = np.zeros(65)
    model[0] = 1.0
    model[5:8] = (mean, 128.0, 128.0)
    model[20:65] = np.tile(np.eye(3).ravel(), 5)
    model[20:29] = np.diag((variance, _FLAT_VARIANCE, _FLAT_VARIANCE)).ravel()
    return model.reshape(1, -1)


def edge_axes(lab: Frames) -> Frames:
    """Project an (H, W, 3) Lab picture onto its two principal colour axes, (H, W, 2) uint8."""
    flat = lab[::2, ::2].reshape(-1, 3).astype(np.float32)
    _, axes = np.linalg.eigh(np.cov((flat - flat.mean(axis=0)).T) + np.eye(3) * 1e-3)
    matrix = axes[:, :0:-1].T
    offset = 128.0 - matrix @ flat.mean(axis=0)
    projected = cv2.transform(lab.astype(np.float32), np.column_stack([matrix, offset]))
    return np.asarray(np.clip(np.rint(projected), 0, 255), np.uint8)
