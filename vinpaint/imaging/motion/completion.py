"""The motion of what lies behind the hole, for each pair of neighbouring frames.

Flow is estimated only around the hole, on frames whose hole is filled smoothly, so that the
object does not pull it. Vectors in the hole, near it, or on which forward and backward flow
disagree are replaced: by the camera's motion, and a membrane over what the trusted vectors of
the background differ from it. What moves by itself, the *front*, has no say in that: its own
motion is kept apart, for what of the front itself lies in the hole.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, Progress, bounding_box
from vinpaint.imaging import flow
from vinpaint.imaging.membrane import solve_membrane
from vinpaint.imaging.motion.camera import Homography, camera_flow, estimate_camera, invert
from vinpaint.runtime.parallel import map_ahead

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


_SWEEPS = 6
"""Of a membrane: motion is smooth, and more sweeps (12) gain nothing that can be measured."""

_FEWEST_FRONT = 30
"""Fewer pixels than this make no front."""

_FIT_VECTORS = 1500
"""About so many of a front's vectors tell how it moves."""

_FIT_PX = 1.0
"""A vector that is farther off does not fit."""

_DIS = flow.Dis()


@dataclass(frozen=True)
class PairMotion:
    """Completed flow of the background between frames t and t+1, on `box` of the window.

    forward, backward: (h, w, 2) float32; errors: (h, w) float32 squared pixels;
    good: (h, w) bool, where forward and backward lead back to each other; camera: (3, 3), how
    the background moves as a whole, in the window's pixels, or None; front: what moves before it.
    """

    box: Box
    forward: Floats
    backward: Floats
    forward_error: Floats
    backward_error: Floats
    forward_good: Bools
    backward_good: Bools
    camera: Homography | None = None
    front: ForegroundLayer | None = None


@dataclass(frozen=True)
class ForegroundLayer:
    """What moves by itself before the background, on the box of its pair.

    here, there: (h, w) bool, where it is seen in frame t and in frame t+1; motion: its own flow,
    led on over all of the box; None before a first fill, when nothing asks for it.
    """

    here: Bools
    there: Bools
    motion: PairMotion | None


def grow(hole: Bools, radius_px: int) -> Bools:
    """(H, W) bool, dilated by a disk."""
    size = 2 * radius_px + 1
    disk = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
    return np.asarray(cv2.dilate(hole.view(np.uint8), disk)).view(np.bool_)


def estimate_motion(
    frames: Frames,
    hole: Bools,
    *,
    cameras: Sequence[Homography | None] | None = None,
    seen: Bools | None = None,
    estimator: flow.FlowEstimator = _DIS,
    progress: Progress,
) -> list[PairMotion | None]:
    """Motion between all neighbours; None where neither frame has a hole.

    frames: (T, H, W, 3); hole: (T, H, W) bool. If the holes hold a first fill: `cameras`, how the
    camera moved in each pair, as it was found for that fill, and `seen` (T, H, W), what of the
    fill is real background: there flow is trusted as well. What is invented says nothing.
    `estimator`: what estimates flow.
    """
    reach = max(_BACKGROUND_PX, _BACKGROUND_SHARE * math.hypot(*hole.shape[1:]))
    count = len(frames) - 1

    def picture(t: int) -> Frames:
        return _picture(frames[t], hole[t], smooth=seen is None, colour=estimator.colour)

    def pair(t: int) -> PairMotion | None:
        around = bounding_box(hole[t] | hole[t + 1])
        if around is None:
            return None
        box = around.grow(_context_px(around), hole.shape[2], hole.shape[1])
        camera = cameras[t] if cameras else None
        if camera is None:
            camera = _camera(pictures[t], pictures[t + 1], hole[t], hole[t + 1])
        here = _Side.of(pictures[t], hole, seen, t, box)
        there = _Side.of(pictures[t + 1], hole, seen, t + 1, box)
        found = estimator.estimate_both(here.picture, there.picture)
        return _pair(box, here, there, found, camera, reach, filled=seen is not None)

    pictures = list(map_ahead(picture, range(count + 1)))
    pairs: list[PairMotion | None] = []
    for found in map_ahead(pair, range(count)):
        progress(len(pairs) / count, "finding motion")
        pairs.append(found)
    return pairs


@dataclass(frozen=True)
class _Side:
    """One frame of a pair, on its box: as the estimator sees it, its hole, what is real of that.

    picture: (h, w) luma, or (h, w, 3) RGB.
    """

    picture: Frames
    hole: Bools
    seen: Bools

    @classmethod
    def of(cls, picture: Frames, hole: Bools, seen: Bools | None, t: int, box: Box) -> _Side:
        cut = hole[t][box.slices]
        real = np.zeros_like(cut) if seen is None else seen[t][box.slices]
        return cls(picture[box.slices], cut, real)


def _camera(first: Frames, second: Frames, hole: Bools, next_hole: Bools) -> Homography | None:
    shut, next_shut = grow(hole, _CORNER_MARGIN_PX), grow(next_hole, _CORNER_MARGIN_PX)
    return estimate_camera(_luma(first), _luma(second), shut, next_shut)


def _luma(picture: Frames) -> Frames:
    return picture if picture.ndim == 2 else flow.grey(picture)


def _context_px(box: Box) -> int:
    return max(CONTEXT_PX, min(box.width, box.height) // 3)


def _picture(frame: Frames, hole: Bools, *, smooth: bool, colour: bool) -> Frames:
    """(H, W) luma, or (H, W, 3) RGB; `smooth`: with a membrane for the hole, which hides it."""
    picture = frame if colour else flow.grey(frame)
    around = bounding_box(hole) if smooth else None
    if around is None:
        return picture
    picture = picture.copy() if colour else picture
    box = around.grow(_PLATE_PX, hole.shape[1], hole.shape[0]).slices
    rim = grow(hole[box], 1)
    plate = solve_membrane(picture[box].astype(np.float32), ~rim, sweeps=_SWEEPS)
    hidden = rim[..., None] if colour else rim
    picture[box] = np.where(hidden, np.clip(plate, 0, 255).astype(np.uint8), picture[box])
    return picture


def _pair(
    box: Box,
    here: _Side,
    there: _Side,
    found: tuple[Floats, Floats],
    camera: Homography | None,
    reach_px: float,
    *,
    filled: bool,
) -> PairMotion:
    forward, backward = found
    agrees = flow.forward_backward_error(forward, backward)[1]
    next_agrees = flow.forward_backward_error(backward, forward)[1]
    margin = FILLED_MARGIN_PX if filled else TRUST_MARGIN_PX
    near, next_near = grow(here.hole, margin), grow(there.hole, margin)
    trusted = agrees & ~near & ~_lands_in(next_near, forward)
    next_trusted = next_agrees & ~next_near & ~_lands_in(near, backward)
    if filled and (here.hole.all() or there.hole.all()):  # between a real frame and its fill
        trusted, next_trusted = agrees, next_agrees
    back = None if camera is None else invert(camera)
    one = _layers(forward, trusted, agrees & here.seen, camera, box, reach_px)
    other = _layers(backward, next_trusted, next_agrees & there.seen, back, box, reach_px)
    front = None
    if min(one.front.sum(), other.front.sum()) >= _FEWEST_FRONT:
        motion = None
        if filled:
            own, own_back = (
                fit_similarity_flow(forward, one.front),
                fit_similarity_flow(backward, other.front),
            )
            motion = _tested(box, own, own_back, camera)
        front = ForegroundLayer(one.front, other.front, motion)
    return replace(_tested(box, one.behind, other.behind, camera), front=front)


def _tested(box: Box, forward: Floats, backward: Floats, camera: Homography | None) -> PairMotion:
    error, good = flow.forward_backward_error(forward, backward)
    next_error, next_good = flow.forward_backward_error(backward, forward)
    return PairMotion(box, forward, backward, error, next_error, good, next_good, camera)


class _Layers(NamedTuple):
    """behind: (h, w, 2), the background's flow everywhere; front: (h, w) bool, what covers it."""

    behind: Floats
    front: Bools


def _layers(
    field: Floats,
    trusted: Bools,
    inside: Bools,
    camera: Homography | None,
    box: Box,
    reach_px: float,
) -> _Layers:
    """The background's flow: `field` where it is that; elsewhere the camera's and a membrane.

    The membrane spans what the background's vectors, and those `inside` the hole, differ from the
    camera's. A trusted vector that differs from all that belongs to the front.
    """
    kept, none = trusted | inside, np.zeros_like(trusted)
    if camera is None:
        return _Layers(solve_membrane(field, kept, sweeps=_SWEEPS), none)
    base = camera_flow(camera, box)
    apart = field - base
    background = trusted & (_squared(apart) < reach_px**2)
    if background.sum() < _LEAST_BACKGROUND * trusted.sum():
        filled = base + solve_membrane(apart, kept, sweeps=_SWEEPS)
        return _Layers(np.where(kept[..., None], field, filled).astype(np.float32), none)
    filled = base + solve_membrane(apart, background | inside, sweeps=_SWEEPS)
    front = _without_specks(trusted & (_squared(field - filled) > reach_px**2))
    own = kept & ~front
    return _Layers(np.where(own[..., None], field, filled).astype(np.float32), front)


def fit_similarity_flow(field: Floats, area: Bools) -> Floats:
    """(h, w, 2): how `area` moves as one thing that shifts, turns and grows, led on everywhere.

    A similarity fitted by RANSAC: the vectors at a thing's outline lean towards what lies behind
    it, and a membrane over those bends the thing. The membrane stands in where nothing fits.
    """
    y, x = np.nonzero(area)
    some = slice(None, None, max(1, len(y) // _FIT_VECTORS))
    here = np.stack([x[some], y[some]], axis=-1).astype(np.float32)
    there = here + field[y[some], x[some]]
    fitted = None
    if len(here) > 1:
        fitted = cv2.estimateAffinePartial2D(here, there, ransacReprojThreshold=_FIT_PX)[0]
    if fitted is None:
        return solve_membrane(field, area, sweeps=_SWEEPS)
    whole = np.vstack([fitted, (0.0, 0.0, 1.0)])
    return camera_flow(whole, Box(0, 0, area.shape[1], area.shape[0]))


def _squared(field: Floats) -> Floats:
    return np.asarray(field[..., 0] ** 2 + field[..., 1] ** 2)


def _without_specks(area: Bools) -> Bools:
    square = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.morphologyEx(area.view(np.uint8), cv2.MORPH_OPEN, square)).view(np.bool_)


def _lands_in(area: Bools, field: Floats) -> Bools:
    """Where a vector ends inside `area`."""
    height, width = area.shape
    x, y = flow.grid(height, width)
    column = np.clip(np.rint(x + field[..., 0]), 0, width - 1).astype(np.intp)
    row = np.clip(np.rint(y + field[..., 1]), 0, height - 1).astype(np.intp)
    return np.asarray(area[row, column])
