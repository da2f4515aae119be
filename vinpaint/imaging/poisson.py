"""Poisson blending: keep the gradients of the fill, match the colours of the source at the border.

Find f in the region with laplace(f) = laplace(fill) inside and f = source on the border (Perez,
Gangnet and Blake, "Poisson Image Editing", 2003, eq. 3 and 7). The difference d = f - fill is
harmonic, so the system is solved for d. It is sparse, with one unknown per pixel and channel.

`membrane.py` solves the same equation faster but less accurately, and gives the starting point of
this solver. It cannot replace it: on five frames of one clip with a shifted, blurred fill, the two
results differ by 8 to 13 intensity levels with 12 membrane sweeps, and by 3 to 4 levels with 200.
"""

from __future__ import annotations

import numpy as np

from vinpaint.core import Bools, Floats, Frames, bounding_box
from vinpaint.imaging.membrane import solve_membrane
from vinpaint.imaging.morphology import dilate_square

_TOLERANCE = 1e-4
_MAX_ITERATIONS = 400
_BORDER_PX = 2
"""Width of the margin around the region in which the differences on its border are read."""
_MAX_DEVIATIONS = 2.0
"""Differences on the border are clipped at this many robust deviations from the median. Larger ones
come from another object rather than from lighting, and its colour would bleed into the fill."""
_LEAST_SPREAD = 4.0
"""Lower limit of the robust deviation, in intensity levels."""


def poisson_blend(source: Frames, fill: Frames, region: Bools) -> Frames:
    """Return `source` with `fill` blended into `region`: (H, W, 3) uint8.

    source, fill: (H, W, 3) uint8; region: (H, W) bool. Pixels outside the region are those of
    `source`. If the region has no border within the frame, the fill is copied unchanged.
    """
    box = bounding_box(region)
    out = source.copy()
    if box is None:
        return out
    part = box.grow(_BORDER_PX, region.shape[1], region.shape[0]).slices
    inside = region[part]
    if inside.all():  # the region has no border in the frame
        out[part] = fill[part]
        return out
    difference = source[part].astype(np.float32) - fill[part].astype(np.float32)
    relit = fill[part] + _harmonic(_without_outliers(difference, inside), inside)
    out[part] = np.where(
        inside[..., None], np.clip(np.rint(relit), 0, 255).astype(np.uint8), source[part]
    )
    return out


def _without_outliers(difference: Floats, inside: Bools) -> Floats:
    """Clip (h, w, 3) differences to the range that is usual on the border."""
    border = difference[dilate_square(inside, 1) & ~inside]
    middle = np.median(border, axis=0)
    spread = np.maximum(1.4826 * np.median(np.abs(border - middle), axis=0), _LEAST_SPREAD)
    limit = _MAX_DEVIATIONS * spread
    return np.asarray(np.clip(difference, middle - limit, middle + limit), np.float32)


def _harmonic(values: Floats, inside: Bools) -> Floats:
    """Solve the Laplace equation inside; return (h, w, 3) float32, equal to `values` elsewhere.

    At the edge of the frame, the derivative across the edge is zero.
    """
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
            system,
            right[:, channel],
            x0=start[:, channel],
            rtol=_TOLERANCE,
            maxiter=_MAX_ITERATIONS,
        )
        solved[..., channel][inside] = answer
    return solved
