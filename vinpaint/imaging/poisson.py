"""Poisson blending: the fill's gradients, the source's colours on the rim (seed: L_boundary).

Find f in the region with  laplace(f) = laplace(fill)  inside and  f = source  on the rim (Perez,
Gangnet and Blake, "Poisson Image Editing", 2003, eq. 3 and 7). The difference  d = f - fill  is
then harmonic, so only it is solved for: a sparse system with one unknown a pixel.
"""

from __future__ import annotations

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames, bounding_box
from vinpaint.imaging.membrane import solve_membrane

_TOLERANCE = 1e-4
_MOST_ROUNDS = 400
_REACH_PX = 2
"""The rim is this wide where its differences are judged."""
_MOST_APART = 2.0
"""A rim difference so many times the usual spread away from the median is no lighting but another
thing's colour; it is drawn in to that limit, so that it does not bleed over the fill."""
_LEAST_SPREAD = 4.0


def poisson_blend(source: Frames, fill: Frames, region: Bools) -> Frames:
    """(H, W, 3) uint8: `fill` in `region`, relit so that it meets `source` on the region's rim.

    source, fill: (H, W, 3) uint8; region: (H, W) bool. Outside the region: `source`.
    """
    box = bounding_box(region)
    out = source.copy()
    if box is None:
        return out
    part = box.grow(_REACH_PX, region.shape[1], region.shape[0]).slices
    inside = region[part]
    if inside.all():  # no rim in the picture: nothing to meet
        out[part] = fill[part]
        return out
    apart = source[part].astype(np.float32) - fill[part].astype(np.float32)
    relit = fill[part] + _harmonic(_without_strays(apart, inside), inside)
    out[part] = np.where(
        inside[..., None], np.clip(np.rint(relit), 0, 255).astype(np.uint8), source[part]
    )
    return out


def _without_strays(apart: Floats, inside: Bools) -> Floats:
    """(h, w, 3) differences; on the rim, those of another thing's colour are drawn in."""
    near = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    rim = apart[near & ~inside]
    middle = np.median(rim, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(rim - middle), axis=0), _LEAST_SPREAD)
    most = _MOST_APART * spread
    return np.asarray(np.clip(apart, middle - most, middle + most), np.float32)


def _harmonic(values: Floats, inside: Bools) -> Floats:
    """(h, w, 3): harmonic inside, `values` elsewhere; the picture's own edge is free."""
    from scipy.sparse import csr_array
    from scipy.sparse.linalg import cg

    count = int(inside.sum())
    number = np.full(inside.shape, -1, np.int64)
    number[inside] = np.arange(count)
    degree = np.zeros(count)
    right = np.zeros((count, 3))
    rows, columns = [], []
    for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        y, x = np.nonzero(inside)
        ny, nx = y + dy, x + dx
        exists = (ny >= 0) & (ny < inside.shape[0]) & (nx >= 0) & (nx < inside.shape[1])
        me, ny, nx = number[y, x][exists], ny[exists], nx[exists]
        np.add.at(degree, me, 1.0)
        them = number[ny, nx]
        known = them < 0
        np.add.at(right, me[known], values[ny[known], nx[known]].astype(np.float64))
        rows.append(me[~known])
        columns.append(them[~known])
    each = np.arange(count)
    row, column = np.concatenate([*rows, each]), np.concatenate([*columns, each])
    weights = np.concatenate([np.full(len(row) - count, -1.0), degree])
    system = csr_array((weights, (row, column)), shape=(count, count))
    solved = values.copy()
    start = solve_membrane(values, ~inside)[inside].astype(np.float64)
    for channel in range(3):
        answer, _ = cg(
            system, right[:, channel], x0=start[:, channel], rtol=_TOLERANCE, maxiter=_MOST_ROUNDS
        )
        solved[..., channel][inside] = answer
    return solved
