"""The motion of what lies behind the hole, for each pair of neighbouring frames.

Flow is estimated only around the hole, on frames whose hole is filled smoothly, so that the
object does not pull it. Vectors in the hole, near it, or on which forward and backward flow
disagree are replaced: by the camera's motion, and a membrane over what the trusted vectors of
the background differ from it. What moves by itself beside the hole has no say in the hole:
measured on four clips where something does, that is worth 1.6 dB (static hole) and 1.2 dB
(moving).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint import flow
from vinpaint.blend import membrane
from vinpaint.strategies.camera import Homography, camera_flow, estimate_camera, inverse
from vinpaint.types import Bools, Box, Floats, Frames, Progress, bounding_box

TRUST_MARGIN_PX = 12
"""So far around a smoothly filled hole the estimate leans towards the fill: measured on eight
clips, in-hole PSNR rises by 1.4 dB (static) and 2.3 dB (moving) from a margin of 2 to 12."""

FILLED_MARGIN_PX = 2
"""The same where the hole holds a first fill, which looks like what surrounds it."""

CONTEXT_PX = 40
"""Pixels around the hole on which flow is estimated."""

_PLATE_PX = 8
"""Pixels around the hole that hold its smooth fill: a rim is enough."""

_CORNER_MARGIN_PX = 6
"""Corners of the background are looked for so far from the hole: a corner's window is half that."""

_BACKGROUND_PX = 1.0
_BACKGROUND_SHARE = 1 / 500
"""A vector belongs to the background that differs from the camera's motion by less than this:
pixels, or this share of the picture's diagonal where that is more."""

_LEAST_BACKGROUND = 0.1
"""Where less than this share of the trusted vectors is background, all of them count."""


@dataclass(frozen=True)
class PairMotion:
    """Completed flow between frames t and t+1, on `box` of the window.

    forward, backward: (h, w, 2) float32; errors: (h, w) float32 squared pixels;
    good: (h, w) bool, where forward and backward lead back to each other; camera: (3, 3), how
    the background moves as a whole, in the window's pixels, or None.
    """

    box: Box
    forward: Floats
    backward: Floats
    forward_error: Floats
    backward_error: Floats
    forward_good: Bools
    backward_good: Bools
    camera: Homography | None = None


def grow(hole: Bools, radius_px: int) -> Bools:
    """(H, W) bool, dilated by a disk."""
    size = 2 * radius_px + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(hole.view(np.uint8), disk)).view(np.bool_)


def estimate_motion(
    frames: Frames,
    hole: Bools,
    *,
    before: Sequence[PairMotion | None] | None = None,
    progress: Progress,
) -> list[PairMotion | None]:
    """Motion between all neighbours; None where neither frame has a hole.

    frames: (T, H, W, 3); hole: (T, H, W) bool; `before` is the motion that led to a first fill,
    if the holes hold one: then flow is also trusted inside, where it agrees.
    """
    pairs: list[PairMotion | None] = []
    count = len(frames) - 1
    reach = max(_BACKGROUND_PX, _BACKGROUND_SHARE * math.hypot(*hole.shape[1:]))
    second = _grey(frames[0], hole[0], smooth=before is None)
    for t in range(count):
        progress(t / count, "finding motion")
        first, second = second, _grey(frames[t + 1], hole[t + 1], smooth=before is None)
        around = bounding_box(hole[t] | hole[t + 1])
        if around is None:
            pairs.append(None)
            continue
        box = around.grow(_context_px(around), hole.shape[2], hole.shape[1])
        known = before[t] if before is not None else None
        camera = known.camera if known else _camera(first, second, hole[t], hole[t + 1])
        greys = first[box.slices], second[box.slices]
        holes = hole[t][box.slices], hole[t + 1][box.slices]
        pairs.append(_pair(box, *greys, *holes, camera, reach, filled=before is not None))
    return pairs


def _camera(first: Frames, second: Frames, hole: Bools, next_hole: Bools) -> Homography | None:
    shut, next_shut = grow(hole, _CORNER_MARGIN_PX), grow(next_hole, _CORNER_MARGIN_PX)
    return estimate_camera(first, second, shut, next_shut)


def _context_px(box: Box) -> int:
    return max(CONTEXT_PX, min(box.width, box.height) // 3)


def _grey(frame: Frames, hole: Bools, *, smooth: bool) -> Frames:
    """(H, W) luma; `smooth`: with a membrane for the hole, so that nothing of it is seen."""
    grey = flow.grey(frame)
    around = bounding_box(hole) if smooth else None
    if around is None:
        return grey
    box = around.grow(_PLATE_PX, hole.shape[1], hole.shape[0]).slices
    rim = grow(hole[box], 1)
    plate = membrane(grey[box].astype(np.float32), ~rim)
    grey[box] = np.where(rim, np.clip(plate, 0, 255).astype(np.uint8), grey[box])
    return grey


def _pair(
    box: Box,
    first: Frames,
    second: Frames,
    hole: Bools,
    next_hole: Bools,
    camera: Homography | None,
    reach_px: float,
    *,
    filled: bool,
) -> PairMotion:
    forward = flow.estimate(first, second)
    backward = flow.estimate(second, first)
    forward_agrees = flow.disagreement(forward, backward)[1]
    backward_agrees = flow.disagreement(backward, forward)[1]
    margin = FILLED_MARGIN_PX if filled else TRUST_MARGIN_PX
    near, next_near = grow(hole, margin), grow(next_hole, margin)
    trusted = forward_agrees & ~near & ~_lands_in(next_near, forward)
    next_trusted = backward_agrees & ~next_near & ~_lands_in(near, backward)
    inside = forward_agrees & hole if filled else np.zeros_like(hole)
    next_inside = backward_agrees & next_hole if filled else np.zeros_like(hole)
    back = None if camera is None else inverse(camera)
    forward = _completed(forward, trusted, inside, camera, box, reach_px)
    backward = _completed(backward, next_trusted, next_inside, back, box, reach_px)
    forward_error, forward_good = flow.disagreement(forward, backward)
    backward_error, backward_good = flow.disagreement(backward, forward)
    return PairMotion(
        box, forward, backward, forward_error, backward_error, forward_good, backward_good, camera
    )


def _completed(
    field: Floats,
    trusted: Bools,
    inside: Bools,
    camera: Homography | None,
    box: Box,
    reach_px: float,
) -> Floats:
    """`field` where `trusted` or `inside` the hole; elsewhere the camera's motion and a membrane.

    The membrane spans what the background's vectors, and those inside, differ from the camera.
    """
    kept = trusted | inside
    if camera is None:
        return membrane(field, kept)
    base = camera_flow(camera, box)
    apart = field - base
    background = trusted & (apart[..., 0] ** 2 + apart[..., 1] ** 2 < reach_px**2)
    few = background.sum() < _LEAST_BACKGROUND * trusted.sum()
    filled = base + membrane(apart, kept if few else background | inside)
    return np.where(kept[..., None], field, filled).astype(np.float32)


def _lands_in(area: Bools, field: Floats) -> Bools:
    """Where a vector ends inside `area`."""
    height, width = area.shape
    x, y = flow.grid(height, width)
    column = np.clip(np.rint(x + field[..., 0]), 0, width - 1).astype(np.intp)
    row = np.clip(np.rint(y + field[..., 1]), 0, height - 1).astype(np.intp)
    return np.asarray(area[row, column])
