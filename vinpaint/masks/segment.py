"""One object in one frame from points or a box, with no learned weights.

A graph cut over colour models (GrabCut: Rother, Kolmogorov and Blake, 2004) on a crop around the
object. A click says little about the object's extent; what moves otherwise than the background
around it says more, so the start of a click is the area that moves with the clicked point.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint import flow
from vinpaint.types import Bools, Box, BoxPrompt, Click, Floats, Frames, bounding_box

WORK_PX = 240
"""Longest side at which graph cuts run; grabCut's cost grows faster than its worth."""

_ROUNDS = 5
_CLICK_RADIUS = 0.015
"""Of the picture's diagonal: so near a click everything is surely the object."""
_GUESS_RADIUS = 0.12
"""Of the picture's diagonal: the first guess of a still object's size."""
_MOVES_PX = 0.7
"""A point moves by itself when its flow differs so much from the background's."""


@dataclass(frozen=True)
class Seeds:
    """What is known of one frame. Each (H, W) bool."""

    surely: Bools
    perhaps: Bools
    never: Bools


def segment(frame: Frames, prompts: Sequence[Click | BoxPrompt], neighbour: Frames | None) -> Bools:
    """(H, W) bool: the object that the prompts of one frame mean.

    frame, neighbour: (H, W, 3); the neighbour, a frame a little apart, shows what moves.
    Nothing is found where every pixel looks like the surroundings.
    """
    seeds = _seeds(frame, prompts, neighbour)
    around = bounding_box(seeds.perhaps | seeds.surely)
    if around is None:
        return np.zeros(frame.shape[:2], np.bool_)
    height, width = frame.shape[:2]
    box = around.grow(max(8, max(around.width, around.height) // 3), width, height)
    cut = graph_cut(frame, seeds, box, rounds=_ROUNDS)
    return _meant(cut, prompts)


def graph_cut(frame: Frames, seeds: Seeds, box: Box, *, rounds: int) -> Bools:
    """(H, W) bool: GrabCut on the crop `box`, at most `WORK_PX` wide or high."""
    crop = frame[box.slices]
    scale = min(1.0, WORK_PX / max(box.width, box.height))
    size = (max(8, round(box.width * scale)), max(8, round(box.height * scale)))
    labels = np.full((size[1], size[0]), cv2.GC_BGD, np.uint8)
    labels[_shrink(seeds.perhaps[box.slices], size) >= 0.5] = cv2.GC_PR_FGD
    loose = ~seeds.never[box.slices]
    labels[(labels == cv2.GC_BGD) & (_shrink(loose, size) >= 0.5)] = cv2.GC_PR_BGD
    labels[_shrink(seeds.surely[box.slices], size) >= 0.5] = cv2.GC_FGD
    out = np.zeros(frame.shape[:2], np.bool_)
    object_there = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    if not object_there.any() or object_there.all():
        out[box.slices] = seeds.surely[box.slices] | seeds.perhaps[box.slices]
        return out
    cv2.setRNGSeed(0)  # GrabCut's colour models start from k-means: the same job, the same mask
    small = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    labels, *_ = cv2.grabCut(small, labels, None, *models, rounds, cv2.GC_INIT_WITH_MASK)
    object_there = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
    full = cv2.resize(object_there.astype(np.float32), (box.width, box.height))
    out[box.slices] = np.asarray(full) >= 0.5
    return out


def _shrink(mask: Bools, size: tuple[int, int]) -> Floats:
    small = cv2.resize(mask.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def _seeds(frame: Frames, prompts: Sequence[Click | BoxPrompt], neighbour: Frames | None) -> Seeds:
    shape = frame.shape[:2]
    seeds = Seeds(*(np.zeros(shape, np.bool_) for _ in range(3)))
    boxes = [p.box for p in prompts if isinstance(p, BoxPrompt)]
    clicks = [p for p in prompts if isinstance(p, Click)]
    diagonal = float(np.hypot(*shape))
    for box in boxes:
        seeds.perhaps[_ellipse(shape, box)] = True
    if boxes:
        seeds.never[:] = True
        for box in boxes:
            seeds.never[box.slices] = False
    else:
        moving = moving_with(frame, neighbour, [c for c in clicks if c.add])
        for click in clicks:
            if click.add and not moving[click.y, click.x]:
                moving |= _disk(shape, click, _GUESS_RADIUS * diagonal)
        seeds.perhaps[:] = moving
    for click in clicks:
        spot = _disk(shape, click, max(1.5, _CLICK_RADIUS * diagonal))
        (seeds.surely if click.add else seeds.never)[spot] = True
        if not click.add:
            seeds.surely[spot] = False
            seeds.perhaps[spot] = False
    return seeds


def _disk(shape: tuple[int, ...], click: Click, radius_px: float) -> Bools:
    y, x = np.ogrid[: shape[0], : shape[1]]
    return np.asarray((x - click.x) ** 2 + (y - click.y) ** 2 <= radius_px**2)


def _ellipse(shape: tuple[int, ...], box: Box) -> Bools:
    """The ellipse inside a box: objects seldom fill its corners."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    across = (x + 0.5 - (box.x0 + box.x1) / 2) / (box.width / 2)
    down = (y + 0.5 - (box.y0 + box.y1) / 2) / (box.height / 2)
    return np.asarray(across**2 + down**2 <= 1.0)


def moving_with(frame: Frames, neighbour: Frames | None, clicks: Sequence[Click]) -> Bools:
    """(H, W) bool: the connected area that moves like the clicked points, and not like the rest.

    Empty where the points move as the background does, or where there is no neighbour.
    """
    nothing = np.zeros(frame.shape[:2], np.bool_)
    if neighbour is None or not clicks:
        return nothing
    scale = min(1.0, 480 / max(frame.shape[:2]))
    size = (round(frame.shape[1] * scale), round(frame.shape[0] * scale))
    first, second = (
        flow.grey(cv2.resize(f, size, interpolation=cv2.INTER_AREA)) for f in (frame, neighbour)
    )
    own = _own_motion(flow.estimate(first, second))
    speed = np.asarray(cv2.blur(np.hypot(own[..., 0], own[..., 1]), (5, 5)))
    found = np.zeros(speed.shape, np.bool_)
    for click in clicks:
        x = min(size[0] - 1, int(click.x * scale))
        y = min(size[1] - 1, int(click.y * scale))
        found |= _moves_like(own, speed, x, y)
    large = cv2.resize(found.astype(np.float32), (frame.shape[1], frame.shape[0]))
    return np.asarray(large) >= 0.5


def _own_motion(field: Floats) -> Floats:
    """The flow less the background's, which is the homography that most of it agrees on."""
    height, width = field.shape[:2]
    y, x = np.mgrid[4:height:8, 4:width:8]
    start = np.stack([x.ravel(), y.ravel()], axis=1).astype(np.float32)
    goal = start + field[y.ravel(), x.ravel()]
    cv2.setRNGSeed(0)
    matrix, _ = cv2.findHomography(start, goal, cv2.RANSAC, 1.0)
    if matrix is None:
        return np.asarray(field - np.median(field, axis=(0, 1)), np.float32)
    columns, rows = flow.grid(height, width)
    points = np.stack([columns.ravel(), rows.ravel()], axis=1)[:, None]
    moved = cv2.perspectiveTransform(points, matrix).reshape(height, width, 2)
    return np.asarray(field - (moved - np.stack([columns, rows], axis=-1)), np.float32)


def _moves_like(own: Floats, speed: Floats, x: int, y: int) -> Bools:
    patch = np.s_[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4]
    mine = np.median(own[patch].reshape(-1, 2), axis=0)
    size = float(np.hypot(*mine))
    if size < _MOVES_PX:
        return np.zeros(speed.shape, np.bool_)
    alike = np.hypot(*np.moveaxis(own - mine, -1, 0)) < 0.7 * size
    area = (alike | (speed > 0.7 * size)) & (speed > 0.35 * size)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (7, 7))
    closed = cv2.morphologyEx(area.astype(np.uint8), cv2.MORPH_CLOSE, kernel)
    closed[patch] = 1
    labels = cv2.connectedComponents(closed)[1]
    return np.asarray(labels == labels[y, x])


def _meant(mask: Bools, prompts: Sequence[Click | BoxPrompt]) -> Bools:
    """The pieces that a click touches; for a box, all but specks. Holes are closed."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    if count < 2:
        return mask
    touched = {int(labels[p.y, p.x]) for p in prompts if isinstance(p, Click) and p.add} - {0}
    if not touched:
        areas = stats[1:, cv2.CC_STAT_AREA]
        touched = {i + 1 for i, area in enumerate(areas) if area >= 0.1 * areas.max()}
    return close_holes(np.isin(labels, list(touched)))


def close_holes(mask: Bools) -> Bools:
    """The mask with all holes filled that do not reach the picture's edge and are small."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats((~mask).astype(np.uint8))
    small = max(16, 0.03 * mask.sum())
    holes = [i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] < small]
    return np.asarray(mask | np.isin(labels, holes)) if holes else mask
