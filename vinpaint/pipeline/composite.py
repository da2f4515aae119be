"""Blend the fill with the source, and add the source's grain.

I_final = M I_filled + (1 - M) I_source with the soft mask M (docs/method.md). With Poisson
blending, the fill is first relit from the hole's border. Pixels with M = 0 are copied unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vinpaint.core import Blend, Bools, Mask, Video, bounding_box
from vinpaint.imaging import flow
from vinpaint.imaging.noise import (
    Grain,
    add_grain,
    grain_of_difference,
    measure_grain,
    surrounding_ring,
)
from vinpaint.imaging.poisson import poisson_blend

_LOOKS = 12
"""Approximate number of frames on which the grain of a window is measured."""

_PAIR_LOOKS = 4
"""Approximate number of frame pairs on which the temporal change of a window is measured."""


def composite(video: Video, fill: Video, mask: Mask, *, blend: Blend = "alpha") -> Video:
    """Blend `fill` over `video` with the soft mask.

    All arguments belong to one window, and so does the result, (T, H, W, 3) uint8. Raises
    ValueError if their shapes differ.
    """
    source = video.frames
    if source.shape != fill.frames.shape or source.shape[:3] != mask.values.shape:
        raise ValueError(
            f"composite: video {source.shape}, fill {fill.frames.shape}, "
            f"mask {mask.values.shape} are not of one window"
        )
    out = source.copy()
    for t, values in enumerate(mask.values):
        rows, columns = np.nonzero(values)
        weight = values[rows, columns, None]
        old = source[t, rows, columns].astype(np.float32)
        frame = fill.frames[t]
        if blend == "poisson":
            frame = poisson_blend(source[t], frame, values > 0)
        new = frame[rows, columns].astype(np.float32)
        out[t, rows, columns] = np.rint(old + weight * (new - old)).astype(np.uint8)
    return Video(out)


def match_grain(
    video: Video, repaired: Video, mask: Mask, *, frames: range, seed: tuple[int, int]
) -> Video:
    """Return `repaired` with the fill's grain raised to that of the source around the hole.

    Grain is measured over the whole window, so that its strength does not flicker.

    Args:
        video: The source window, (T, H, W, 3).
        repaired: The composite of the same window.
        mask: The mask of the same window.
        frames: Indices of the repaired frames; the others are sources and stay unchanged.
        seed: The job's seed, and the number of the window's first frame.
    """
    holes = mask.hole
    used = [t for t, hole in enumerate(holes) if hole.any()]
    want = _typical(
        [measure_grain(video.frames[t], surrounding_ring(holes[t])) for t in _some(used, _LOOKS)]
    )
    want = want and want.least(_changing(video, holes, used))
    filled = [t for t in used if t in frames]
    have = _typical([measure_grain(repaired.frames[t], holes[t]) for t in _some(filled, _LOOKS)])
    if want is None or have is None:
        return repaired
    out = repaired.frames.copy()
    for t in filled:
        mine = int(np.random.SeedSequence((seed[0], seed[1] + t)).generate_state(1)[0])
        box = bounding_box(mask.values[t] > 0)
        if box is not None:
            weight = mask.values[t][box.slices]
            grained = add_grain(out[t][box.slices], weight, have=have, want=want, seed=mine)
            out[t][box.slices] = grained
    return Video(out)


def _changing(video: Video, holes: Bools, used: Sequence[int]) -> Grain | None:
    """Measure the grain around the hole as the difference of motion-compensated neighbours.

    Texture follows the motion and cancels, grain does not. Return None if no pair of neighbouring
    frames could be measured.
    """
    pairs = [t for t in used if t + 1 < len(video.frames)]
    found: list[Grain | None] = []
    for t in _some(pairs, _PAIR_LOOKS):
        here, after = flow.grey(video.frames[t]), flow.grey(video.frames[t + 1])
        warped = flow.warp(after.astype(np.float32), flow.estimate(here, after))
        beside = surrounding_ring(holes[t]) & ~holes[t + 1]
        found.append(grain_of_difference(np.asarray(here - warped, np.float32), beside))
    return _typical(found)


def _some(numbers: Sequence[int], count: int) -> Sequence[int]:
    """Return an evenly spaced subset of about `count` numbers."""
    return numbers[:: max(1, len(numbers) // count)]


def _typical(grains: list[Grain | None]) -> Grain | None:
    """Return the median grain, or None if none could be measured."""
    known = [grain for grain in grains if grain is not None]
    if not known:
        return None
    fine = float(np.median([grain.fine for grain in known]))
    return Grain(fine, float(np.median([grain.coarse for grain in known])))
