"""Frames that were made one by one, evened along the motion (the seed's approach 1).

Moving average: the mean of warp(I_s, F_s->t) over s = t - k .. t + k. Temporal bilateral filter:
the same with weights exp(-(s - t)^2 / 2 sigma_t^2) exp(-|I_s - I_t|^2 / 2 sigma_c^2).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, Smoothing
from vinpaint.imaging import flow
from vinpaint.imaging.motion.completion import PairMotion

_MOST_REACH = 4


@dataclass(frozen=True, repr=False)
class Way:
    """From each pixel of one frame to where another shows the same.

    field: (h, w, 2) float32 pixels; good: (h, w) bool, where the motion passed its test.
    """

    field: Floats
    good: Bools

    def led(self, image: Floats | Frames, *, nearest: bool = False) -> Floats | Frames:
        """The other frame's picture, (h, w[, c]), as seen from this one."""
        if not nearest:
            return flow.warp(image, self.field)
        x, y = flow.grid(*self.field.shape[:2])
        to_x, to_y = x + self.field[..., 0], y + self.field[..., 1]
        # channel by channel: OpenCV takes no more than four
        planes = [
            cv2.remap(p, to_x, to_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
            for p in np.moveaxis(np.atleast_3d(image), -1, 0)
        ]
        return np.stack(planes, axis=-1)

    def smaller(self, size: tuple[int, int]) -> Way:
        """The same for pictures of another size, (width, height)."""
        height, width = self.good.shape
        field = cv2.resize(self.field, size, interpolation=cv2.INTER_AREA)
        field *= np.array([size[0] / width, size[1] / height], np.float32)
        good = cv2.resize(self.good.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        return Way(np.asarray(field, np.float32), good > 0.5)


def way(motion: Sequence[PairMotion | None], box: Box, t: int, s: int) -> Way:
    """From frame t to frame s, step by step, on `box` of the window that `motion` is of."""
    whole = Way(
        np.zeros((box.height, box.width, 2), np.float32), np.ones((box.height, box.width), np.bool_)
    )
    step = 1 if s > t else -1
    for here in range(t, s, step):
        then = _neighbour(motion[min(here, here + step)], box, later=step > 0)
        good = flow.warp(then.good.astype(np.float32), whole.field) > 0.99
        field = whole.field + flow.warp(then.field, whole.field)
        whole = Way(np.asarray(field, np.float32), whole.good & np.asarray(good))
    return whole


def _neighbour(pair: PairMotion | None, box: Box, *, later: bool) -> Way:
    """From a frame to the one beside it; where nothing was estimated, nothing is known."""
    field = np.zeros((box.height, box.width, 2), np.float32)
    good = np.zeros((box.height, box.width), np.bool_)
    both = None if pair is None else pair.box.intersection(box)
    if pair is None or both is None:
        return Way(field, good)
    mine = both.shift(-box.x0, -box.y0).slices
    theirs = both.shift(-pair.box.x0, -pair.box.y0).slices
    field[mine] = (pair.forward if later else pair.backward)[theirs]
    good[mine] = (pair.forward_good if later else pair.backward_good)[theirs]
    return Way(field, good)


def smoothed(
    frames: Frames,
    wanted: range,
    *,
    usable: Bools,
    way_of: Callable[[int, int], Way],
    how: Smoothing,
    sigma_frames: float,
    sigma_levels: float,
) -> Frames:
    """(T, h, w, 3): the frames of `wanted` evened; the others as they were.

    usable: (T,) bool, the frames that may have a say; way_of(t, s): from frame t to frame s. The
    reach k is twice `sigma_frames`, at most 4; `sigma_levels` counts only for the bilateral filter.
    """
    if how == "none":
        return frames
    out = frames.copy()
    reach = min(_MOST_REACH, max(1, math.ceil(2 * sigma_frames)))
    for t in wanted:
        own = frames[t].astype(np.float32)
        total, weights = own.copy(), np.ones(own.shape[:2], np.float32)
        for s in range(max(0, t - reach), min(len(frames), t + reach + 1)):
            if s == t or not usable[s]:
                continue
            there = way_of(t, s)
            led = np.asarray(there.led(frames[s]), np.float32)
            weight = there.good.astype(np.float32)
            if how == "bilateral":
                apart = np.square(led - own).mean(axis=-1) / (2 * sigma_levels**2)
                weight *= np.exp(-apart - (s - t) ** 2 / (2 * sigma_frames**2), dtype=np.float32)
            total += led * weight[..., None]
            weights += weight
        out[t] = np.clip(np.rint(total / weights[..., None]), 0, 255).astype(np.uint8)
    return out
