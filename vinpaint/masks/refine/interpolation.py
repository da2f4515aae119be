"""The shape between two key frames: carried by motion from both, fitted at both ends, and mixed.

The signed distances of two shapes of one frame are mixed by time, as a roto tool does. Where the
two shapes disagree no mixture is right: there, and only there, a graph cut by the colours of the
two key frames decides (Boykov and Jolly, 2001). What both shapes agree on is never touched.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames, Span
from vinpaint.imaging import flow
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.masks.tracker.colour_models import (
    Codebook,
    histogram,
    log_odds,
    make_codebook,
    to_lab,
)
from vinpaint.masks.tracker.graph_cut import cut, edge_axes
from vinpaint.masks.tracker.motion_segmentation import grown, spread
from vinpaint.masks.tracker.tracking_step import signed
from vinpaint.masks.tracker.working_crop import Stage, read_stage, stage_for
from vinpaint.media import Clip

WINDOW_FRAMES = 24
SPREAD_PX = 6.0
"""A pixel moves as the object does around it: flow is averaged so far."""
BAD_SHARE = 0.02
"""So much does flow count that does not lead back to where it began."""
DEEP_SHARE = 0.4
TRUSTED = 0.5
"""Motion is trusted alone where it carries one key frame's shape onto so much of the other's."""
DOUBT_PX = 10.0
"""So far around the outline may the colours decide where the shapes have nothing in common."""
W_COLOUR, W_SHAPE = 1.5, 0.25
SHAPE_REACH_PX = 12.0
AROUND_PX = 40
COLOUR_FLOOR = 0.004

Tick = Callable[[], None]


class Key(NamedTuple):
    """A key frame: its number, and its mask (H, W) bool."""

    frame: int
    mask: Bools


@dataclass(frozen=True, repr=False)
class _Carried:
    """One key frame's shape on all frames of a gap.

    masks: by its own motion, pixel by pixel; offsets: (frames, 2), the way of the whole. Both
    count from the gap's first frame, in working pixels.
    """

    masks: StoredTrack
    offsets: Floats


@dataclass(frozen=True, repr=False)
class _Colours:
    """How often each colour is seen on the object and around it, at the two key frames."""

    book: Codebook
    front: tuple[Floats, Floats]
    back: tuple[Floats, Floats]

    def odds(self, lab: Frames, share: float) -> Floats:
        """(H, W) log-odds, `share` of them by the second key frame."""
        front, back = _mixed(*self.front, share), _mixed(*self.back, share)
        return log_odds(front, back, floor=COLOUR_FLOOR)[self.book.codes(lab)]


def _mixed(first: Floats, second: Floats, share: float) -> Floats:
    return ((1 - share) * first + share * second).astype(np.float32)


def fill_between(clip: Clip, first: Key, last: Key, builder: TrackBuilder, tick: Tick) -> None:
    """Put the masks of all frames between two key frames; `tick` may raise to stop."""
    if last.frame - first.frame < 2:
        return
    stage = stage_for(first.mask | last.mask)
    ends = stage.mask_in(first.mask), stage.mask_in(last.mask)
    frames = range(first.frame, last.frame + 1)
    ahead = _carry(clip, stage, ends[0], frames, tick)
    back = _carry(clip, stage, ends[1], frames[::-1], tick)
    gap = _Gap(ends, ahead, back, _fit(signed(ends[0]), ends[1]))
    colours = _learn(clip, stage, (frames[0], frames[-1]), ends)
    for start in range(frames[1], frames[-1], WINDOW_FRAMES):
        span = Span(start, min(start + WINDOW_FRAMES, frames[-1]))
        for t, rgb in read_stage(clip, span, stage, tick).items():
            shape = _decide(gap, colours, rgb, t - frames[0])
            builder.put(t, _enlarged(shape, stage, clip))


def _carry(clip: Clip, stage: Stage, seed: Bools, frames: range, tick: Tick) -> _Carried:
    """The shape of the first of `frames` on all of them, whichever way they run."""
    start, count = min(frames), len(frames)
    builder = TrackBuilder((seed.shape[1], seed.shape[0]), count)
    builder.put(frames[0] - start, seed)
    offsets = np.zeros((count, 2), np.float32)
    shape, whole = signed(seed), seed.astype(np.float32)
    field = np.zeros((*seed.shape, 2), np.float32)
    for at in range(0, count - 1, WINDOW_FRAMES):
        window = frames[at : at + WINDOW_FRAMES + 1]
        seen = read_stage(clip, Span(min(window), max(window) + 1), stage, tick)
        grey = [flow.grey(seen[t]) for t in window]
        for i, t in enumerate(window[1:]):
            ahead = flow.estimate(grey[i], grey[i + 1])
            good = flow.forward_backward_error(ahead, flow.estimate(grey[i + 1], grey[i]))[1]
            mask = _warped(shape, field) > 0
            before = offsets[window[i] - start]
            offsets[t - start] = before + motion_of(ahead, shifted(whole, before) > 0.5)
            field = _further(field, ahead, mask * (BAD_SHARE + good))
            builder.put(t - start, _warped(shape, field) > 0)
    return _Carried(builder.build(), offsets)


def _warped(shape: Floats, field: Floats) -> Floats:
    return np.asarray(flow.warp(shape, field), np.float32)


def motion_of(field: Floats, mask: Bools) -> Floats:
    """(2,) the median flow deep inside a mask: near its outline flow is mixed. None: it stands."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    deep = mask & (depth >= DEEP_SHARE * depth.max())
    return np.median(field[deep], axis=0) if deep.any() else np.zeros(2, np.float32)


def _further(field: Floats, ahead: Floats, weight: Floats) -> Floats:
    """The way back to the key frame, one frame on.

    field: (H, W, 2) from here to the key frame; ahead: from here to the next frame, averaged over
    the object by `weight`, (H, W), and turned round by three fixed-point steps.
    """
    smooth = spread(ahead, weight.astype(np.float32), SPREAD_PX)
    back = -smooth
    for _ in range(3):
        back = -np.asarray(flow.warp(smooth, back), np.float32)
    return np.asarray(back + flow.warp(field, back), np.float32)


def shifted(values: Floats, offset: Floats) -> Floats:
    """(H, W) values moved by (dx, dy) pixels; the edge repeats."""
    matrix = np.array([[1, 0, offset[0]], [0, 1, offset[1]]], np.float32)
    size = values.shape[1], values.shape[0]
    return np.asarray(cv2.warpAffine(values, matrix, size, borderMode=cv2.BORDER_REPLICATE))


def _share(first: Bools, second: Bools) -> float:
    """Intersection over union."""
    union = int((first | second).sum())
    return float((first & second).sum() / union) if union else 1.0


def _fit(shape: Floats, onto: Bools) -> Floats:
    """(2,) the offset that lays the shape, a signed distance, best onto a mask: by descent."""
    found = np.zeros(2, np.float32)
    if not (shape > 0).any() or not onto.any():
        return found
    starts = (found, _centre(onto) - _centre(shape > 0))
    found = max(starts, key=lambda offset: _share(shifted(shape, offset) > 0, onto))
    best = _share(shifted(shape, found) > 0, onto)
    step = 8.0
    while step >= 1:
        moves = [found + step * np.array(way, np.float32) for way in _WAYS]
        scores = [_share(shifted(shape, offset) > 0, onto) for offset in moves]
        if max(scores) > best:
            best, found = max(scores), moves[int(np.argmax(scores))]
        else:
            step /= 2
    return found


_WAYS = ((1, 0), (-1, 0), (0, 1), (0, -1))


def _centre(mask: Bools) -> Floats:
    """(x, y) of a mask's middle."""
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean(), rows.mean()], np.float32)


@dataclass(frozen=True, repr=False)
class _Gap:
    """All that is known of a gap: both key shapes, both as carried, and the offset between them."""

    ends: tuple[Bools, Bools]
    ahead: _Carried
    back: _Carried
    offset: Floats

    @property
    def length(self) -> int:
        """Frames from key to key."""
        return len(self.ahead.offsets) - 1

    @cached_property
    def trust(self) -> tuple[float, float]:
        """How much of a key frame's shape lies on the other: carried by flow, moved as a whole."""
        there = _share(self.ahead.masks.frame(self.length), self.ends[1])
        here = _share(self.back.masks.frame(0), self.ends[0])
        moved = shifted(self.ends[0].astype(np.float32), self.offset) > 0.5
        return max(there, here), _share(moved, self.ends[1])

    def carried(self, at: int) -> tuple[Floats, Floats]:
        """Signed distances of both shapes, by their own pixels' flow."""
        return signed(self.ahead.masks.frame(at)), signed(self.back.masks.frame(at))

    def moved(self, at: int) -> tuple[Floats, Floats]:
        """Signed distances of both shapes, moved as a whole; drift is taken out linearly."""
        share = at / self.length
        ahead = self.ahead.offsets + _drift(self.offset - self.ahead.offsets[-1], self.length)
        drift = _drift(-self.offset - self.back.offsets[0], self.length)[::-1]
        back = self.back.offsets + drift + self.offset
        offset = _mixed(ahead[at], back[at], share)
        return (
            shifted(signed(self.ends[0]), offset),
            shifted(signed(self.ends[1]), offset - self.offset),
        )


def _drift(whole: Floats, length: int) -> Floats:
    """(length + 1, 2): from nothing to `whole`, evenly."""
    return (np.linspace(0, 1, length + 1)[:, None] * whole).astype(np.float32)


def _decide(gap: _Gap, colours: _Colours, rgb: Frames, at: int) -> Floats:
    """(H, W) signed distance of the shape, `at` frames after the first key frame."""
    share = at / gap.length
    by_flow, as_whole = gap.trust
    shapes = gap.carried(at) if by_flow > as_whole else gap.moved(at)
    mixed = _mixed(*shapes, share)
    doubt = DOUBT_PX * (1 - _share(shapes[0] > 0, shapes[1] > 0))
    known: Sequence[Floats] = shapes
    if by_flow < TRUSTED:
        known = (*gap.carried(at), *gap.moved(at))
    lab = to_lab(rgb)
    odds = W_COLOUR * colours.odds(lab, share)
    odds += W_SHAPE * np.clip(mixed, -SHAPE_REACH_PX, SHAPE_REACH_PX)
    found = cut(
        odds.astype(np.float32),
        edge_axes(lab),
        inside=np.minimum.reduce(known) > doubt,
        outside=np.maximum.reduce(known) < -doubt,
    )
    return np.where(found == (mixed > 0), mixed, signed(found)).astype(np.float32)


def _learn(
    clip: Clip, stage: Stage, frames: tuple[int, int], ends: tuple[Bools, Bools]
) -> _Colours:
    labs = [
        to_lab(read_stage(clip, Span(t, t + 1), stage, _no_tick)[t])  # their cost is counted
        for t in frames
    ]
    book = make_codebook(np.concatenate(labs, axis=1), np.concatenate(ends, axis=1))
    around = [grown(mask, AROUND_PX) & ~mask for mask in ends]
    codes = [book.codes(lab) for lab in labs]

    def seen(masks: Sequence[Bools]) -> tuple[Floats, Floats]:
        first, second = (
            histogram(code, mask.astype(np.float32), book.count)
            for code, mask in zip(codes, masks, strict=True)
        )
        return first, second

    return _Colours(book, seen(ends), seen(around))


def _no_tick() -> None:
    """Two frames are read too fast to tell."""


def _enlarged(shape: Floats, stage: Stage, clip: Clip) -> Bools:
    """A signed distance of working size as a mask of the whole frame."""
    whole = np.zeros((clip.height, clip.width), np.bool_)
    size = (stage.box.width, stage.box.height)
    whole[stage.box.slices] = cv2.resize(shape, size, interpolation=cv2.INTER_LINEAR) > 0
    return whole
