"""Find the constant borders that a stabiliser leaves around the picture.

The border of a stabilised clip has one colour, straight edges, and moves from frame to frame. Bars
that stay in place (letterbox, pillarbox) are a picture format: they are reported, but are not
missing. Dark objects and dark scenes are distinguished by the shape of the border (`edge_lines.py`)
and, where one side only has a border, by its motion: the edge of an object moves with the picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Box, Frames, Progress, Span
from vinpaint.imaging import flow
from vinpaint.masks.detect.edge_lines import (
    SIDES,
    TOLERANCES,
    EdgeLine,
    colour_distance,
    fit_line,
    near_colour,
    seen_from,
)
from vinpaint.media import Clip

Colour = tuple[int, int, int]

_SAMPLES = 24
"""Number of frames of a shot on which a border is searched."""
_MIN_SAMPLES = 8
_SAMPLE_BYTES = 200_000_000
"""Limit on the memory of these frames; for very large frames, `_MIN_SAMPLES` are held anyway."""
_BLACK: Colour = (0, 0, 0)
_MIN_COLOUR_SHARE = 0.02
"""Minimum share of the outermost pixels that a border's colour covers."""
_MIN_STRONG_SHARE = 0.25
"""Minimum share of the sampled frames that show a certain border."""
_MOVES_PX = 2.0
"""Minimum change of an edge's depth over a shot of a border that moves."""
_ONE_SIDE_INLIERS = 0.9
"""Minimum inliers where one side only has a border, since a dark object may look like one."""
_OWN_MOTION = 0.6
"""Minimum of |edge motion - picture motion| / |edge motion| of a border that is not an object."""
_EMPTY = 0.985
"""A frame is empty, not bordered, if a larger share has the border's colour."""
_BAR_MIN_PX = 2
_OPAQUE = 0.04
"""A pixel at the edge with a smaller share of the border counts as picture."""
_BAND_PX = (4, 40)
"""Distances from the edge between which the motion of the picture is measured."""


@dataclass(frozen=True)
class ShotBorder:
    """The border of one shot.

    span: its frames; colour, tolerance: of the border, in levels; sides: the sides that have one;
    view: the picture without bars that stay in place.
    """

    span: Span
    colour: Colour
    tolerance: int
    sides: tuple[str, ...]
    view: Box


@dataclass(frozen=True)
class BorderSearch:
    """What `find_borders` found. bars: bars that stay in place, over the whole clip."""

    shots: tuple[ShotBorder, ...] = ()
    bars: tuple[Box, ...] = ()


@dataclass
class _Evidence:
    """Lines of the sampled frames: by side, (frame, line). frames: number that are not empty."""

    tolerance: int
    lines: dict[str, list[tuple[int, EdgeLine]]] = field(
        default_factory=lambda: {side: [] for side in SIDES}
    )
    frames: int = 0


def find_borders(clip: Clip, shots: Sequence[Span], progress: Progress) -> BorderSearch:
    """Return the moving borders of every shot, and bars that stay in place."""
    found: list[ShotBorder] = []
    bars: set[Box] = set()
    for i, shot in enumerate(shots):
        progress(i / len(shots), f"looking for borders, frame {shot.start}")
        frames = _sampled(clip, shot)
        for colour in _colours(list(frames.values())):
            view = _view_inside_bars(list(frames.values()), colour, clip.box)
            bars |= _bars_around(view, clip.box)
            inside = {t: frame[view.slices] for t, frame in frames.items()}
            best = max((_evidence(inside, colour, level) for level in TOLERANCES), key=_weight)
            if sides := _moving_sides(inside, best):
                found.append(ShotBorder(shot, colour, best.tolerance, sides, view))
                break
    return BorderSearch(tuple(found), tuple(sorted(bars)))


def border_mask(frame: Frames, border: ShotBorder) -> Bools:
    """Return the (H, W) border of one (H, W, 3) frame, with the pixels blended at its edge."""
    mask = np.zeros(frame.shape[:2], np.bool_)
    distance = colour_distance(frame[border.view.slices], border.colour)
    near = near_colour(distance, border.tolerance)
    if near.mean() > _EMPTY:
        return mask
    inner = mask[border.view.slices]
    for side in border.sides:
        line = fit_line(distance, near, side)
        if line is not None and line.plausible:
            target = seen_from(side, inner)
            rows = np.arange(target.shape[0])[:, None]
            np.logical_or(target, rows < _border_depths(line)[None, :], out=target)
    return mask


def _border_depths(line: EdgeLine) -> NDArray[np.float64]:
    """Return the number of masked pixels along the side."""
    return np.asarray(np.ceil(line.depths - _OPAQUE))


def _sampled(clip: Clip, shot: Span) -> dict[int, Frames]:
    """Return pairs of neighbouring frames, evenly spaced over the shot."""
    pairs = max(_MIN_SAMPLES, min(_SAMPLES, _SAMPLE_BYTES // (3 * clip.width * clip.height))) // 2
    starts = np.linspace(shot.start, max(shot.start, shot.stop - 2), pairs).round()
    times = sorted({int(t) + k for t in starts for k in (0, 1) if t + k < shot.stop})
    return {t: clip[t] for t in times}


def _colours(frames: Sequence[Frames]) -> list[Colour]:
    """Return colours that a border may have: black, and the commonest of the outermost pixels."""
    rings = [
        np.concatenate(
            [
                frame[:2].reshape(-1, 3),
                frame[-2:].reshape(-1, 3),
                frame[:, :2].reshape(-1, 3),
                frame[:, -2:].reshape(-1, 3),
            ]
        )
        for frame in frames
    ]
    ring = np.concatenate(rings)
    _, where, counts = np.unique(ring // 8, axis=0, return_inverse=True, return_counts=True)
    colours = [_BLACK]
    for best in np.argsort(-counts)[:3]:
        if counts[best] < _MIN_COLOUR_SHARE * len(ring):
            break
        colour = np.median(ring[where.ravel() == best], axis=0)
        if all(np.abs(colour - other).max() > 8 for other in colours):
            colours.append((int(colour[0]), int(colour[1]), int(colour[2])))
    return colours


def _view_inside_bars(frames: Sequence[Frames], colour: Colour, whole: Box) -> Box:
    """Return the picture without bars that are the same on all frames.

    Rows that are always empty belong to a bar only if the picture usually begins right behind them;
    otherwise they are part of a moving border.
    """
    nears = [near_colour(colour_distance(frame, colour), TOLERANCES[0]) for frame in frames]
    nears = [near for near in nears if near.mean() <= _EMPTY]
    top, bottom, left, right = (_bar_depth(nears, side) for side in SIDES)
    return Box(left, top, whole.width - right, whole.height - bottom)


def _bar_depth(nears: Sequence[Bools], side: str) -> int:
    """Return the depth in pixels of the bar on one side, or 0."""
    if not nears:
        return 0
    share = np.stack([np.asarray(seen_from(side, near).mean(axis=1)) for near in nears])
    always = np.asarray((share > 0.99).all(axis=0))
    depth = int(np.argmin(always))
    if always.all() or depth < _BAR_MIN_PX:
        return 0
    behind = share[:, min(depth + 1, share.shape[1] - 1)]
    return depth if (behind < 0.7).mean() > 0.5 else 0


def _bars_around(view: Box, whole: Box) -> set[Box]:
    bars = (
        Box(0, 0, whole.x1, view.y0),
        Box(0, view.y1, whole.x1, whole.y1),
        Box(0, 0, view.x0, whole.y1),
        Box(view.x1, 0, whole.x1, whole.y1),
    )
    return {bar for bar in bars if bar.width > 0 and bar.height > 0}


def _evidence(frames: dict[int, Frames], colour: Colour, tolerance: int) -> _Evidence:
    """Fit the lines of all sides of the sampled frames."""
    evidence = _Evidence(tolerance)
    for t, frame in frames.items():
        distance = colour_distance(frame, colour)
        near = near_colour(distance, tolerance)
        if near.mean() > _EMPTY:
            continue
        evidence.frames += 1
        for side in SIDES:
            line = fit_line(distance, near, side)
            if line is not None and line.plausible:
                evidence.lines[side].append((t, line))
    return evidence


def _weight(evidence: _Evidence) -> float:
    """Return how much border the lines explain; a higher tolerance must explain clearly more."""
    lines = [line for found in evidence.lines.values() for _, line in found]
    clear = sum(line.length * line.inliers for line in lines if line.strong)
    return clear * (1.0 - 0.004 * evidence.tolerance)


def _moving_sides(frames: dict[int, Frames], evidence: _Evidence) -> tuple[str, ...]:
    """Return the sides with a moving or slanted border in the sampled frames of a shot."""
    strong = {t for found in evidence.lines.values() for t, line in found if line.strong}
    if not evidence.frames or len(strong) < _MIN_STRONG_SHARE * evidence.frames:
        return ()
    bordered = tuple(side for side in SIDES if _moves(evidence.lines[side]))
    if len(bordered) == 1:
        side, lines = bordered[0], evidence.lines[bordered[0]]
        exact = evidence.tolerance == TOLERANCES[0]
        clear = float(np.median([line.inliers for _, line in lines])) >= _ONE_SIDE_INLIERS
        own = exact and clear and not _moves_with_picture(frames, side, lines)
        return bordered if own else ()
    # A side whose border never grows certain is still taken where the other sides have one.
    return tuple(side for side in SIDES if evidence.lines[side]) if bordered else ()


def _moves(found: Sequence[tuple[int, EdgeLine]]) -> bool:
    """Return True if certain lines of one side differ between frames, or are slanted."""
    ends = [line.depths[[0, -1]] for _, line in found if line.strong]
    if not ends:
        return False
    across = np.ptp(np.maximum(ends, 0), axis=0).max()
    slant = np.median(np.abs(np.diff(ends, axis=1)))
    return bool(across >= _MOVES_PX or slant >= _MOVES_PX)


def _moves_with_picture(
    frames: dict[int, Frames], side: str, found: Sequence[tuple[int, EdgeLine]]
) -> bool:
    """Return True if the edge on one side moves as the picture beside it does."""
    lines = dict(found)
    agreements = [
        _agreement(frames[a], frames[b], side, lines[a], lines[b])
        for a, b in pairwise(sorted(lines))
        if b == a + 1
    ]
    known = [value for value in agreements if value is not None]
    return not known or float(np.median(known)) < _OWN_MOTION


def _agreement(
    first: Frames, second: Frames, side: str, before: EdgeLine, after: EdgeLine
) -> float | None:
    """Return |edge motion - picture motion| / |edge motion|; None if the edge hardly moves."""
    both = (before.depths > 1) & (after.depths > 1)
    if not both.any():
        return None
    moved = float(np.median(after.depths[both] - before.depths[both]))
    if abs(moved) < 0.7:
        return None
    field = flow.estimate(flow.grey(first), flow.grey(second))
    axis = 1 if side in ("top", "bottom") else 0
    inward = np.asarray(seen_from(side, field[..., axis]), np.float32)
    inward = inward if side in ("top", "left") else -inward
    rows = np.arange(inward.shape[0])[:, None] - np.maximum(before.depths, 0)[None, :]
    band = (rows >= _BAND_PX[0]) & (rows < _BAND_PX[1]) & both[None, :]
    return abs(float(np.median(inward[band])) - moved) / abs(moved) if band.any() else None
