"""Membrane interpolation: the smoothest surface over a hole that meets the values on its border.

It is the solution of the Laplace equation with Dirichlet conditions on the known pixels (Perez,
Gangnet and Blake, "Poisson Image Editing", 2003, eq. 2 without a guidance field). It is computed
approximately, from coarse to fine: every level starts from the coarser one and is refined by a few
Jacobi sweeps.
"""

from __future__ import annotations

import cv2
import numpy as np

from vinpaint.core import Bools, Floats

_SWEEPS = 12
_COARSEST_PX = 4


def solve_membrane(values: Floats, known: Bools, *, sweeps: int = _SWEEPS) -> Floats:
    """Interpolate `values` harmonically over the unknown pixels.

    At the edge of the frame, the derivative across the edge is zero.

    Args:
        values: (H, W) or (H, W, C) float32; read only where `known`.
        known: (H, W) bool.
        sweeps: Jacobi sweeps per level; more give a better approximation.

    Returns:
        An array of the shape of `values`: its values where known, and the membrane elsewhere. All
        zeros if nothing is known.
    """
    if known.all():
        return values.copy()
    if not known.any():
        return np.zeros_like(values)
    weight = known.astype(np.float32)
    flat = values if values.ndim == 3 else values[..., None]
    held = np.ascontiguousarray(flat * weight[..., None], np.float32)
    return _solve(held, weight, sweeps).reshape(values.shape)


def _solve(values: Floats, weight: Floats, sweeps: int) -> Floats:
    """Solve one level: start from the coarser level, then sweep.

    weight: (H, W) float32, 1 where known, else 0; values: (H, W, C) float32, 0 where unknown.
    """
    height, width = weight.shape
    if min(height, width) <= _COARSEST_PX or weight.min() > 0:
        mean = values.sum(axis=(0, 1)) / max(float(weight.sum()), 1e-6)  # of the known pixels
        field = np.broadcast_to(mean, values.shape).astype(np.float32, order="C")
    else:
        size = ((width + 1) // 2, (height + 1) // 2)
        share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
        small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
        held = share > 0
        small = small.reshape(*held.shape, -1) / np.where(held, share, np.float32(1))[..., None]
        coarse = _solve(small, held.astype(np.float32), sweeps)
        field = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
        field = np.asarray(field.reshape(values.shape), np.float32)
    known = weight > 0
    cv2.copyTo(values, known.view(np.uint8), dst=field)
    return _sweep(field, known, sweeps)


def _sweep(field: Floats, known: Bools, sweeps: int) -> Floats:
    """Run Jacobi sweeps in place with the nine-point Laplacian."""
    kernel = np.array([[1, 4, 1], [4, 0, 4], [1, 4, 1]], np.float32) / 20.0
    free = (~known).astype(np.uint8)
    mean = np.empty_like(field)
    for _ in range(sweeps):
        cv2.filter2D(field, -1, kernel, dst=mean, borderType=cv2.BORDER_REPLICATE)
        cv2.copyTo(mean, free, dst=field)
    return field
