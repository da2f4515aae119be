"""Decide whether pixels beside the hole belong to the object, by following them for some frames.

A pixel that differs from the plate can be three things. It moves along with the object: then it is
a part of it. It moves with the background, and that place equals the plate before or after: then
something that moves with the object has passed over it, a shadow or a reflection. Everything else
is another moving object, or an error of the plate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats
from vinpaint.quality.leftover.plate_difference import PlateDifference
from vinpaint.quality.leftover.scan_window import ScanWindow

_FRAMES = 8
"""Number of frames for which a pixel is followed."""
_MIN_FRAMES = 3
"""Pixels that are followed for fewer frames are not judged by where they arrive."""
_MIN_GROUND_FRAMES = 2
"""Minimum number of frames to tell that a pixel moves with the background."""
_REMAP_WIDTH = 512
_OTHER_TIMES = (4, 8, 12, 16, 20)
"""Distances in frames at which a place of the background is looked at again."""
_CONSISTENCY_SHARE, _CONSISTENCY_FLOOR = 0.02, 0.5
"""Limit of the forward-backward error in squared pixels: a share of the squared lengths, plus a
constant."""
_SAME_SHARE, _SAME_PX = 0.35, 0.25
"""Speeds relative to the object, per frame, up to which a pixel moves along with it: a share of the
object's speed relative to the background, and a minimum in pixels."""
_GROUND_PX = 0.35
"""Speed relative to the camera, in pixels per frame, up to which a pixel moves with the
background."""
_CLEAN_SHARE, _CLEAN_FLOOR = 0.4, 3.0
"""A place is clean if its difference is below this share of the one that is followed. The latter
counts as the floor if it is smaller."""


@dataclass(frozen=True, repr=False)
class Belonging:
    """Which pixels of a frame belong to the object, (h, w) bool on the box of its difference.

    own: it moves with the object, or something that moves with the object shades the background
    there; shaded: the latter; other: it does neither in at least one direction of time. Pixels that
    could not be followed are in none of them.
    """

    own: Bools
    other: Bools
    shaded: Bools


def judge_pixels(
    window: ScanWindow, differences: list[PlateDifference | None], frame: int, candidates: Bools
) -> Belonging:
    """Judge the candidates, (h, w) bool on the box of the frame's difference."""
    own, other, dark = (np.zeros_like(candidates) for _ in range(3))
    part = differences[frame]
    rows, columns = np.nonzero(candidates)
    if part is None or not len(rows):
        return Belonging(own, other, dark)
    points = np.stack([columns + part.box.x0, rows + part.box.y0], axis=1).astype(np.float32)
    strengths = part.outside[rows, columns]
    ahead, back = (
        _judge(window, differences, frame, points, strengths, direction) for direction in (1, -1)
    )
    shaded = (ahead.ground | back.ground) & _clean_at_times(
        window, differences, frame, points, strengths
    )
    dark[rows, columns] = shaded
    own[rows, columns] = shaded | ahead.along | back.along
    other[rows, columns] = (ahead.other | back.other) & ~shaded
    return Belonging(own, other, dark)


class _Judgement(NamedTuple):
    """What points do in one direction of time, (N,) bool each; see `judge_pixels`."""

    along: Bools
    ground: Bools
    other: Bools


def _judge(
    window: ScanWindow,
    differences: list[PlateDifference | None],
    frame: int,
    points: Floats,
    strengths: Floats,
    direction: int,
) -> _Judgement:
    """Judge points in one direction of time."""
    ends, steps = _follow(window, frame, points, direction)
    found = _Judgement(*(np.zeros(len(points), np.bool_) for _ in _Judgement._fields))
    for count in range(_MIN_GROUND_FRAMES, _FRAMES + 1):
        group = steps == count
        if not group.any():
            continue
        t = frame + direction * count
        path = window.positions[t] - window.positions[frame]
        moved = ends[group] - points[group]
        camera = _camera_shift(window, frame, t, points[group])
        speed = np.linalg.norm(path - camera, axis=1) / count
        along = np.linalg.norm(moved - path, axis=1) / count <= np.maximum(
            _SAME_SHARE * speed, _SAME_PX
        )
        ground = np.linalg.norm(moved - camera, axis=1) / count <= _GROUND_PX
        found.ground[group] = ~along & ground
        if count >= _MIN_FRAMES:
            known, remains = _differences_at(window, differences, t, ends[group])
            clean = remains < _CLEAN_SHARE * np.maximum(strengths[group], _CLEAN_FLOOR)
            found.along[group] = along
            found.other[group] = ~along & known & ~clean
    return found


def _clean_at_times(
    window: ScanWindow,
    differences: list[PlateDifference | None],
    frame: int,
    points: Floats,
    strengths: Floats,
) -> Bools:
    """Return whether the background at points equals the plate on another frame, (N,) bool."""
    clean = np.zeros(len(points), np.bool_)
    limits = _CLEAN_SHARE * np.maximum(strengths, _CLEAN_FLOOR)
    for offset in _OTHER_TIMES:
        for t in (frame - offset, frame + offset):
            if 0 <= t < len(window):
                places = points + _camera_shift(window, frame, t, points)
                known, remains = _differences_at(window, differences, t, places)
                clean |= known & (remains < limits)
    return clean


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
    count, width = len(points), _REMAP_WIDTH  # OpenCV's maps have fewer than 32768 columns
    padded = np.zeros((-(-count // width) * width, 2), np.float32)
    padded[:count] = points
    columns, rows = (padded[:, axis].reshape(-1, width) for axis in (0, 1))
    sampled = np.asarray(cv2.remap(image, columns, rows, cv2.INTER_LINEAR, borderMode=border))
    return sampled.reshape(-1, *image.shape[2:])[:count]
