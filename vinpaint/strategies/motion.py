"""The motion of what lies behind the hole, for each pair of neighbouring frames.

Flow is estimated only around the hole, on frames whose hole is filled smoothly, so that the
object does not pull it; vectors in the hole, near it, or on which forward and backward flow
disagree are replaced by a membrane over the trusted ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint import flow
from vinpaint.blend import membrane
from vinpaint.types import Bools, Box, Floats, Frames, Progress, bounding_box

TRUST_MARGIN_PX = 12
"""So far around a smoothly filled hole the estimate leans towards the fill: measured on eight
clips, in-hole PSNR rises by 1.4 dB (static) and 2.3 dB (moving) from a margin of 2 to 12."""

CONTEXT_PX = 40
"""Pixels around the hole on which flow is estimated."""


@dataclass(frozen=True)
class PairMotion:
    """Completed flow between frames t and t+1, on `box` of the window.

    forward, backward: (h, w, 2) float32; errors: (h, w) float32 squared pixels;
    good: (h, w) bool, where forward and backward lead back to each other.
    """

    box: Box
    forward: Floats
    backward: Floats
    forward_error: Floats
    backward_error: Floats
    forward_good: Bools
    backward_good: Bools


def grow(hole: Bools, radius_px: int) -> Bools:
    """(H, W) bool, dilated by a disk."""
    size = 2 * radius_px + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(hole.view(np.uint8), disk)).view(np.bool_)


def estimate_motion(
    frames: Frames, hole: Bools, *, filled: bool, progress: Progress
) -> list[PairMotion | None]:
    """Motion between all neighbours; None where neither frame has a hole.

    frames: (T, H, W, 3); hole: (T, H, W) bool; `filled` says that the holes already hold a first
    fill, on which flow can be estimated: then it is also trusted inside, where it agrees.
    """
    pairs: list[PairMotion | None] = []
    count = len(frames) - 1
    for t in range(count):
        progress(t / count, "finding motion")
        around = bounding_box(hole[t] | hole[t + 1])
        if around is None:
            pairs.append(None)
            continue
        box = around.grow(_context_px(around), hole.shape[2], hole.shape[1])
        holes = (hole[t][box.slices], hole[t + 1][box.slices])
        greys = [_grey(frames[t + i][box.slices], holes[i], smooth=not filled) for i in (0, 1)]
        pairs.append(_pair(box, greys[0], greys[1], *holes, filled=filled))
    return pairs


def _context_px(box: Box) -> int:
    return max(CONTEXT_PX, min(box.width, box.height) // 3)


def _grey(frame: Frames, hole: Bools, *, smooth: bool) -> Frames:
    grey = flow.grey(frame)
    if not smooth or not hole.any():
        return grey
    rim = grow(hole, 1)
    plate = membrane(grey.astype(np.float32), ~rim)
    return np.where(rim, np.clip(plate, 0, 255).astype(np.uint8), grey)


def _pair(
    box: Box, first: Frames, second: Frames, hole: Bools, next_hole: Bools, *, filled: bool
) -> PairMotion:
    forward = flow.estimate(first, second)
    backward = flow.estimate(second, first)
    forward_agrees = flow.disagreement(forward, backward)[1]
    backward_agrees = flow.disagreement(backward, forward)[1]
    near, next_near = grow(hole, TRUST_MARGIN_PX), grow(next_hole, TRUST_MARGIN_PX)
    trusted = forward_agrees & ~near & ~_lands_in(next_near, forward)
    next_trusted = backward_agrees & ~next_near & ~_lands_in(near, backward)
    if filled:
        trusted |= forward_agrees & hole
        next_trusted |= backward_agrees & next_hole
    forward, backward = membrane(forward, trusted), membrane(backward, next_trusted)
    forward_error, forward_good = flow.disagreement(forward, backward)
    backward_error, backward_good = flow.disagreement(backward, forward)
    return PairMotion(
        box, forward, backward, forward_error, backward_error, forward_good, backward_good
    )


def _lands_in(area: Bools, field: Floats) -> Bools:
    """Where a vector ends inside `area`."""
    height, width = area.shape
    x, y = flow.grid(height, width)
    column = np.clip(np.rint(x + field[..., 0]), 0, width - 1).astype(np.intp)
    row = np.clip(np.rint(y + field[..., 1]), 0, height - 1).astype(np.intp)
    return np.asarray(area[row, column])
