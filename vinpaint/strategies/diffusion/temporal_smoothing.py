"""Temporal smoothing: average independently generated frames along the motion.

The moving average is the mean of warp(I_s, F_s->t) over s = t - k .. t + k. The temporal bilateral
filter (after Tomasi and Manduchi, 1998) is a weighted mean with the weights
exp(-(s - t)^2 / 2 sigma_t^2) exp(-|I_s - I_t|^2 / 2 sigma_c^2).
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

_MAX_RADIUS = 4


@dataclass(frozen=True, repr=False)
class Correspondence:
    """The position of each pixel of one frame in another frame.

    field: (h, w, 2) float32, displacement (dx, dy) in pixels; valid: (h, w) bool, pixels whose
    motion passed the forward-backward check.
    """

    field: Floats
    valid: Bools

    @classmethod
    def constant(cls, box: Box, *, valid: bool) -> Correspondence:
        """Return zero displacement in the size of `box`, `valid` everywhere or nowhere."""
        shape = box.height, box.width
        return cls(np.zeros((*shape, 2), np.float32), np.full(shape, valid, np.bool_))

    def warp(self, image: Floats | Frames, *, nearest: bool = False) -> Floats | Frames:
        """Warp an image of the other frame, (h, w[, c]), to this frame.

        Pixels are interpolated, or copied from the nearest one if `nearest`.
        """
        if not nearest:
            return flow.warp(image, self.field)
        x, y = flow.grid(*self.field.shape[:2])
        map_x, map_y = x + self.field[..., 0], y + self.field[..., 1]
        # channel by channel: OpenCV takes no more than four
        channels = [
            cv2.remap(c, map_x, map_y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
            for c in np.moveaxis(np.atleast_3d(image), -1, 0)
        ]
        return np.stack(channels, axis=-1)

    def resized(self, size: tuple[int, int]) -> Correspondence:
        """Return the correspondence for images scaled to `size`, (width, height)."""
        height, width = self.valid.shape
        field = cv2.resize(self.field, size, interpolation=cv2.INTER_AREA)
        field *= np.array([size[0] / width, size[1] / height], np.float32)
        valid = cv2.resize(self.valid.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        return Correspondence(np.asarray(field, np.float32), valid > 0.5)


def trace_correspondence(
    motion: Sequence[PairMotion | None], box: Box, t: int, s: int
) -> Correspondence:
    """Return the correspondence from frame t to frame s, by chaining the motion between neighbours.

    motion: motion from each frame to the next; box: the part of the window to return it for.
    """
    total = Correspondence.constant(box, valid=True)
    step = 1 if s > t else -1
    for frame in range(t, s, step):
        pair = _neighbour(motion[min(frame, frame + step)], box, later=step > 0)
        valid = flow.warp(pair.valid.astype(np.float32), total.field) > 0.99
        field = total.field + flow.warp(pair.field, total.field)
        total = Correspondence(np.asarray(field, np.float32), total.valid & np.asarray(valid))
    return total


def _neighbour(pair: PairMotion | None, box: Box, *, later: bool) -> Correspondence:
    """Return the correspondence to the next or previous frame; invalid where it is not known."""
    result = Correspondence.constant(box, valid=False)
    common = None if pair is None else pair.box.intersection(box)
    if pair is None or common is None:
        return result
    target = common.shift(-box.x0, -box.y0).slices
    source = common.shift(-pair.box.x0, -pair.box.y0).slices
    result.field[target] = (pair.forward if later else pair.backward)[source]
    result.valid[target] = (pair.forward_good if later else pair.backward_good)[source]
    return result


def smooth_frames(
    frames: Frames,
    selected: range,
    *,
    usable: Bools,
    correspondence: Callable[[int, int], Correspondence],
    method: Smoothing,
    sigma_frames: float,
    sigma_levels: float,
) -> Frames:
    """Return the frames, (T, h, w, 3) uint8, with those of `selected` smoothed.

    Args:
        frames: (T, h, w, 3) uint8.
        selected: the frames to smooth.
        usable: (T,) bool, the frames that may contribute to an average.
        correspondence: `correspondence(t, s)`, from frame t to frame s.
        method: 'none', 'average' or 'bilateral'.
        sigma_frames: sigma_t in frames. The radius k is twice as large, rounded up, 1 to 4.
        sigma_levels: sigma_c in 8-bit intensity levels, for the bilateral filter.
    """
    if method == "none":
        return frames
    out = frames.copy()
    radius = min(_MAX_RADIUS, max(1, math.ceil(2 * sigma_frames)))
    for t in selected:
        own = frames[t].astype(np.float32)
        total, weights = own.copy(), np.ones(own.shape[:2], np.float32)
        for s in range(max(0, t - radius), min(len(frames), t + radius + 1)):
            if s == t or not usable[s]:
                continue
            match = correspondence(t, s)
            warped = np.asarray(match.warp(frames[s]), np.float32)
            weight = match.valid.astype(np.float32)
            if method == "bilateral":
                difference = np.square(warped - own).mean(axis=-1) / (2 * sigma_levels**2)
                weight *= np.exp(
                    -difference - (s - t) ** 2 / (2 * sigma_frames**2), dtype=np.float32
                )
            total += warped * weight[..., None]
            weights += weight
        out[t] = np.clip(np.rint(total / weights[..., None]), 0, 255).astype(np.uint8)
    return out
