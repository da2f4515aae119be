"""Membranes: the smoothest surface over a hole that meets given values on its rim.

The Laplace equation with Dirichlet conditions on the known pixels (Perez, Gangnet and Blake,
"Poisson Image Editing", 2003, eq. 2 without a guidance field), solved coarse to fine: every level
starts from the level above, and a few over-relaxed sweeps mend what that start leaves.
"""

from __future__ import annotations

import cv2
import numpy as np

from vinpaint.types import Bools, Floats

_SWEEPS = 12
_COARSEST_PX = 4


def membrane(values: Floats, known: Bools, *, sweeps: int = _SWEEPS) -> Floats:
    """Harmonic interpolation of `values` over the unknown pixels.

    values: (H, W) or (H, W, C) float32, read where `known`; known: (H, W) bool.
    Returns the same shape: `values` where known, the membrane elsewhere; zeros where nothing is
    known at all. The picture's own edge is free (no flow across it).
    """
    if known.all():
        return values.copy()
    if not known.any():
        return np.zeros_like(values)
    flat = values if values.ndim == 3 else values[..., None]
    solved = _solve(np.ascontiguousarray(flat, np.float32), known.astype(np.float32), sweeps)
    return solved.reshape(values.shape)


def _solve(values: Floats, weight: Floats, sweeps: int) -> Floats:
    """One level: ask the coarser level for a start, then sweep. `weight` is 1 where known."""
    height, width = weight.shape
    if min(height, width) <= _COARSEST_PX or weight.min() > 0:
        start = _mean_of_known(values, weight)
    else:
        size = ((width + 1) // 2, (height + 1) // 2)
        small_weight = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
        small = cv2.resize(values * weight[..., None], size, interpolation=cv2.INTER_AREA)
        small = small.reshape(size[1], size[0], -1)
        held = small_weight > 0
        small[held] /= small_weight[held][:, None]
        coarse = _solve(small, held.astype(np.float32), sweeps)
        start = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
        start = start.reshape(height, width, -1)
    known = weight[..., None] > 0
    field = np.where(known, values, start).astype(np.float32)
    return _sweep(field, values, known, sweeps)


def _mean_of_known(values: Floats, weight: Floats) -> Floats:
    total = max(float(weight.sum()), 1e-6)
    mean = (values * weight[..., None]).sum(axis=(0, 1)) / total
    return np.broadcast_to(mean, values.shape).astype(np.float32)


def _sweep(field: Floats, values: Floats, known: Bools, sweeps: int) -> Floats:
    """Jacobi sweeps with a kernel that takes in the corners (the nine-point Laplacian)."""
    kernel = np.array([[1, 4, 1], [4, 0, 4], [1, 4, 1]], np.float32) / 20.0
    # Arithmetic with 0 and 1 in OpenCV is ten times as fast as numpy's selection.
    free = np.where(np.broadcast_to(known, field.shape), 0.0, 1.0).astype(np.float32)
    held = np.where(known, values, 0.0).astype(np.float32)
    for _ in range(sweeps):
        mean = cv2.filter2D(field, -1, kernel, borderType=cv2.BORDER_REPLICATE)
        field = cv2.add(cv2.multiply(mean.reshape(free.shape), free), held)
    return np.asarray(field.reshape(free.shape), np.float32)
