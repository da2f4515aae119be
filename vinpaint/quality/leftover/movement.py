"""Decide whether pixels beside the hole belong to the object, by following them for some frames.

A pixel that differs from the plate can be three things. It moves along with the object: then it is
a part of it. It stays behind or moves on its own, and there the picture equals the plate: then
something that moves with the object has passed over it, a shadow or a reflection. Or it still
differs from the plate there: then it is another moving thing, or an error of the plate.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats
from vinpaint.quality.leftover.plate_difference import PlateDifference
from vinpaint.quality.leftover.scan_window import ScanWindow

_FRAMES = 8
"""Number of frames for which a pixel is followed."""
_MIN_FRAMES = 3
"""Pixels that are followed for fewer frames are not judged."""
_CONSISTENCY_SHARE, _CONSISTENCY_FLOOR = 0.02, 0.5
"""Limit of the forward-backward error in squared pixels: a share of the squared lengths, plus a
constant."""
_SAME_SHARE, _SAME_PX = 0.35, 0.25
"""Speeds relative to the object, per frame, up to which a pixel moves along with it: a share of the
object's speed relative to the background, and a minimum in pixels."""
_CLEAN_SHARE, _CLEAN_FLOOR = 0.4, 3.0
"""A place is clean if its difference is below this share of the one that is followed. The latter
counts as the floor if it is smaller."""


@dataclass(frozen=True, repr=False)
class Belonging:
    """Which pixels of a frame belong to the object, (h, w) bool on the box of its difference.

    own: it moves with the object or shades the background along with it; other: it does neither.
    A pixel can be both, if it is judged differently forwards and backwards in time.
    """

    own: Bools
    other: Bools


def judge_pixels(
    window: ScanWindow, differences: list[PlateDifference | None], frame: int, candidates: Bools
) -> Belonging:
    """Judge the candidates, (h, w) bool on the box of the frame's difference."""
    own, other = np.zeros_like(candidates), np.zeros_like(candidates)
    part = differences[frame]
    rows, columns = np.nonzero(candidates)
    if part is None or not len(rows):
        return Belonging(own, other)
    points = np.stack([columns + part.box.x0, rows + part.box.y0], axis=1).astype(np.float32)
    strengths = part.outside[rows, columns]
    for direction in (1, -1):
        mine, foreign = _judge(window, differences, frame, points, strengths, direction)
        own[rows, columns] |= mine
        other[rows, columns] |= foreign
    return Belonging(own, other)


def _judge(
    window: ScanWindow,
    differences: list[PlateDifference | None],
    frame: int,
    points: Floats,
    strengths: Floats,
    direction: int,
) -> tuple[Bools, Bools]:
    """Judge points in one direction of time; return which belong to the object, and which not."""
    ends, steps = _follow(window, frame, points, direction)
    own, other = np.zeros(len(points), np.bool_), np.zeros(len(points), np.bool_)
    for count in range(_MIN_FRAMES, _FRAMES + 1):
        group = steps == count
        if not group.any():
            continue
        t = frame + direction * count
        path = window.positions[t] - window.positions[frame]
        relative = np.linalg.norm(ends[group] - points[group] - path, axis=1) / count
        speed = np.linalg.norm(path - _camera_shift(window, frame, t, points[group]), axis=1)
        along = relative <= np.maximum(_SAME_SHARE * speed / count, _SAME_PX)
        known, remains = _differences_at(window, differences, t, ends[group])
        clean = remains < _CLEAN_SHARE * np.maximum(strengths[group], _CLEAN_FLOOR)
        own[group] = along | (known & clean)
        other[group] = ~along & known & ~clean
    return own, other


def _follow(
    window: ScanWindow, frame: int, points: Floats, direction: int
) -> tuple[Floats, NDArray[np.intp]]:
    """Follow points by the optical flow of the source, as long as it is consistent.

    Returns their last positions, (N, 2), and the number of frames for which each was followed.
    """
    height, width = window.holes[frame].shape
    ends, steps = points.copy(), np.zeros(len(points), np.intp)
    alive = np.ones(len(points), np.bool_)
    for step in range(_FRAMES):
        here, there = frame + direction * step, frame + direction * (step + 1)
        if not 0 <= there < len(window):
            break
        ahead, back = window.flows[min(here, there)][::direction]
        move = _sample(ahead, ends)
        moved = ends + move
        returned = _sample(back, moved)
        error = ((move + returned) ** 2).sum(axis=1)
        size = (move**2).sum(axis=1) + (returned**2).sum(axis=1)
        alive &= error < _CONSISTENCY_FLOOR + _CONSISTENCY_SHARE * size
        alive &= (moved >= 0).all(axis=1) & (moved < (width, height)).all(axis=1)
        ends = np.where(alive[:, None], moved, ends)
        steps[alive] = step + 1
    return ends, steps


def _camera_shift(window: ScanWindow, frame: int, other: int, points: Floats) -> Floats:
    """Return by how much the camera's motion moves points from one frame to another, (N, 2)."""
    camera = np.linalg.inv(window.cameras[other]) @ window.cameras[frame]
    moved = np.column_stack([points, np.ones(len(points))]) @ camera.T
    return np.asarray(moved[:, :2] / moved[:, 2:] - points, np.float32)


def _differences_at(
    window: ScanWindow, differences: list[PlateDifference | None], frame: int, points: Floats
) -> tuple[Bools, Floats]:
    """Return whether the difference at points is known, outside the hole, and its size."""
    part = differences[frame]
    if part is None:
        return np.zeros(len(points), np.bool_), np.zeros(len(points), np.float32)
    inner = points - (part.box.x0, part.box.y0)
    hole = _sample(window.holes[frame].astype(np.float32), points)
    known = (_sample(part.known, inner, border=cv2.BORDER_CONSTANT) > 0.5) & (hole < 0.5)
    return known, _sample(part.outside, inner, border=cv2.BORDER_CONSTANT)


def _sample(image: Floats, points: Floats, *, border: int = cv2.BORDER_REPLICATE) -> Floats:
    """Sample an (H, W) or (H, W, C) array at (x, y) points, bilinearly; return (N,) or (N, C)."""
    columns, rows = (points[None, :, axis].astype(np.float32) for axis in (0, 1))
    return np.asarray(cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=border)[0])
