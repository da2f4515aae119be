"""Interpolate the shape between two keyframes, following the object's motion.

The shapes of both keyframes are warped along the motion to each frame between them. Their signed
distances are interpolated linearly in time, as in rotoscoping tools. Where the two shapes disagree,
a graph cut with the colours of the two keyframes decides (Boykov and Jolly, 2001).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames, Span, no_op
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square, signed_distance, translate
from vinpaint.masks.base import Tick
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.masks.tracker import colour_models
from vinpaint.masks.tracker.graph_cut import edge_axes, min_cut
from vinpaint.masks.tracker.motion_segmentation import smooth_flow
from vinpaint.masks.tracker.working_crop import WorkingCrop, crop_around, read_crop
from vinpaint.media import Clip

WINDOW_FRAMES = 24
"""Number of frames that are read at once."""
SMOOTH_SIGMA_PX = 6.0
"""Sigma of the Gaussian that smooths the flow inside the object."""
INCONSISTENT_WEIGHT = 0.02
"""Weight of flow that fails the forward-backward test."""
DEEP_SHARE = 0.4
"""Depth of pixels that are far from the outline, as a share of the largest depth."""
TRUSTED = 0.5
"""If the flow makes the keyframes overlap less than this (intersection over union), both kinds of
motion, by flow and as a whole, decide where the outline can be."""
MAX_DOUBT_PX = 10.0
"""Distance from the outline in which the colours decide, if the shapes do not overlap at all."""
W_COLOUR, W_SHAPE = 1.5, 0.25
SHAPE_REACH_PX = 12.0
"""Weights in the graph cut: of the colours, and per pixel of signed distance up to a reach."""
AROUND_PX = 40
"""Width of the background around a keyframe's shape that is used for its colour model."""
COLOUR_FLOOR = 0.004


class KeyMask(NamedTuple):
    """A keyframe: its frame number and its (H, W) bool mask."""

    frame: int
    mask: Bools


@dataclass(frozen=True, repr=False)
class _WarpedShape:
    """The shape of one keyframe on all frames between two keyframes, in working pixels.

    masks: the shape warped by the flow; offsets: (frames, 2), the accumulated translation of the
    whole shape. Both are indexed from the first keyframe.
    """

    masks: StoredTrack
    offsets: Floats


@dataclass(frozen=True, repr=False)
class _KeyColours:
    """The colour models of both keyframes, with a common codebook."""

    book: colour_models.Codebook
    models: tuple[colour_models.ColourModel, colour_models.ColourModel]

    def odds(self, lab: Frames, share: float) -> Floats:
        """Return (H, W) log-odds of the object; `share`: weight of the second keyframe, 0 to 1."""
        first, second = self.models
        front = _mixed(first.front, second.front, share)
        back = _mixed(first.back, second.back, share)
        return colour_models.log_odds(front, back, floor=COLOUR_FLOOR)[self.book.codes(lab)]


def _mixed(first: Floats, second: Floats, share: float) -> Floats:
    return ((1 - share) * first + share * second).astype(np.float32)


def interpolate(
    clip: Clip, first: KeyMask, last: KeyMask, builder: TrackBuilder, tick: Tick
) -> None:
    """Put the masks of all frames between two keyframes in `builder`.

    `tick` is called for every frame that is read, and may raise to stop.
    """
    if last.frame - first.frame < 2:
        return
    crop = crop_around(first.mask | last.mask)
    ends = crop.to_crop(first.mask), crop.to_crop(last.mask)
    frames = range(first.frame, last.frame + 1)
    ahead = _warp_through(clip, crop, ends[0], frames, tick)
    back = _warp_through(clip, crop, ends[1], frames[::-1], tick)
    gap = _Gap(ends, ahead, back, _align(signed_distance(ends[0]), ends[1]))
    colours = _fit_colours(clip, crop, (frames[0], frames[-1]), ends)
    for start in range(frames[1], frames[-1], WINDOW_FRAMES):
        span = Span(start, min(start + WINDOW_FRAMES, frames[-1]))
        for t, rgb in read_crop(clip, span, crop, tick).items():
            shape = _interpolated(gap, colours, rgb, t - frames[0])
            mask = np.zeros((clip.height, clip.width), np.bool_)
            mask[crop.box.slices] = cv2.resize(shape, (crop.box.width, crop.box.height)) > 0
            builder.put(t, mask)


def _warp_through(
    clip: Clip, crop: WorkingCrop, key: Bools, frames: range, tick: Tick
) -> _WarpedShape:
    """Warp the shape `key` of the first frame to all `frames`, which may run backwards."""
    start, count = min(frames), len(frames)
    builder = TrackBuilder((key.shape[1], key.shape[0]), count)
    builder.put(frames[0] - start, key)
    offsets = np.zeros((count, 2), np.float32)
    shape, soft = signed_distance(key), key.astype(np.float32)
    field = np.zeros((*key.shape, 2), np.float32)
    mask = flow.warp(shape, field) > 0
    for at in range(0, count - 1, WINDOW_FRAMES):
        window = frames[at : at + WINDOW_FRAMES + 1]
        images = read_crop(clip, Span(min(window), max(window) + 1), crop, tick)
        grey = [flow.grey(images[t]) for t in window]
        for i, t in enumerate(window[1:]):
            ahead = flow.estimate(grey[i], grey[i + 1])
            consistent = flow.forward_backward_error(ahead, flow.estimate(grey[i + 1], grey[i]))[1]
            offset = offsets[window[i] - start]
            moved = translate(soft, offset) > 0.5
            offsets[t - start] = offset + median_motion(ahead, moved)
            field = _extended(field, ahead, mask * (INCONSISTENT_WEIGHT + consistent))
            mask = flow.warp(shape, field) > 0
            builder.put(t - start, mask)
    return _WarpedShape(builder.build(), offsets)


def median_motion(field: Floats, mask: Bools) -> Floats:
    """Return the (2,) median flow inside a mask, far from its outline; 0 if the mask is empty."""
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 3)
    deep = mask & (depth >= DEEP_SHARE * depth.max())
    return np.median(field[deep], axis=0) if deep.any() else np.zeros(2, np.float32)


def _extended(field: Floats, ahead: Floats, weight: Floats) -> Floats:
    """Return the (H, W, 2) flow from the next frame to the keyframe.

    field: (H, W, 2) flow from this frame to the keyframe; ahead: (H, W, 2) flow from this frame to
    the next one; weight: (H, W) float32, weights under which `ahead` is smoothed. The smoothed flow
    is inverted by three fixed-point iterations.
    """
    smooth = smooth_flow(ahead, weight.astype(np.float32), SMOOTH_SIGMA_PX)
    back = -smooth
    for _ in range(3):
        back = -flow.warp(smooth, back)
    return np.asarray(back + flow.warp(field, back), np.float32)


def _overlap(first: Bools, second: Bools) -> float:
    """Return the intersection over union; 1 for two empty masks."""
    union = int((first | second).sum())
    return float((first & second).sum() / union) if union else 1.0


def _align(shape: Floats, target: Bools) -> Floats:
    """Return the (2,) translation in pixels that makes a shape overlap a mask best.

    `shape`: (H, W) signed distance. A pattern search, which may end in a local optimum.
    """
    best_offset = np.zeros(2, np.float32)
    if not (shape > 0).any() or not target.any():
        return best_offset

    def score(offset: Floats) -> float:
        return _overlap(translate(shape, offset) > 0, target)

    best_offset = max((best_offset, _centre(target) - _centre(shape > 0)), key=score)
    best = score(best_offset)
    step = 8.0
    while step >= 1:
        moves = [best_offset + step * np.array(unit, np.float32) for unit in _DIRECTIONS]
        scores = [score(offset) for offset in moves]
        if max(scores) > best:
            best, best_offset = max(scores), moves[int(np.argmax(scores))]
        else:
            step /= 2
    return best_offset


_DIRECTIONS = ((1, 0), (-1, 0), (0, 1), (0, -1))


def _centre(mask: Bools) -> Floats:
    """Return the centroid (x, y) of a mask."""
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean(), rows.mean()], np.float32)


@dataclass(frozen=True, repr=False)
class _Gap:
    """The frames between two keyframes.

    ends: the masks of the first and the last keyframe; ahead, back: the first warped forwards, and
    the last warped backwards; offset: (2,) translation that aligns the first with the last.
    """

    ends: tuple[Bools, Bools]
    ahead: _WarpedShape
    back: _WarpedShape
    offset: Floats

    @property
    def length(self) -> int:
        """Frames from one keyframe to the other."""
        return len(self.ahead.offsets) - 1

    @cached_property
    def trust(self) -> tuple[float, float]:
        """Overlap of the keyframes' shapes, 0 to 1: (warped by the flow, translated as a whole)."""
        last = _overlap(self.ahead.masks.frame(self.length), self.ends[1])
        first = _overlap(self.back.masks.frame(0), self.ends[0])
        moved = translate(self.ends[0].astype(np.float32), self.offset) > 0.5
        return max(last, first), _overlap(moved, self.ends[1])

    def warped(self, at: int) -> tuple[Floats, Floats]:
        """Return the (H, W) signed distances of both shapes on frame `at`, warped by the flow."""
        shapes = self.ahead.masks, self.back.masks
        return signed_distance(shapes[0].frame(at)), signed_distance(shapes[1].frame(at))

    def moved(self, at: int) -> tuple[Floats, Floats]:
        """Return the (H, W) signed distances of both shapes on frame `at`, translated as a whole.

        The accumulated drift is distributed linearly, so that each keyframe meets the other.
        """
        ahead = self.ahead.offsets + _ramp(self.offset - self.ahead.offsets[-1], self.length)
        drift = _ramp(-self.offset - self.back.offsets[0], self.length)[::-1]
        back = self.back.offsets + drift + self.offset
        offset = _mixed(ahead[at], back[at], at / self.length)
        return (
            translate(signed_distance(self.ends[0]), offset),
            translate(signed_distance(self.ends[1]), offset - self.offset),
        )


def _ramp(total: Floats, length: int) -> Floats:
    """Return (length + 1, 2) values that grow linearly from 0 to `total`."""
    return (np.linspace(0, 1, length + 1)[:, None] * total).astype(np.float32)


def _interpolated(gap: _Gap, colours: _KeyColours, rgb: Frames, at: int) -> Floats:
    """Return the (H, W) signed distance of the shape, `at` frames after the first keyframe."""
    share = at / gap.length
    by_flow, as_whole = gap.trust
    shapes = gap.warped(at) if by_flow > as_whole else gap.moved(at)
    mixed = _mixed(*shapes, share)
    doubt = MAX_DOUBT_PX * (1 - _overlap(shapes[0] > 0, shapes[1] > 0))
    candidates: Sequence[Floats] = shapes
    if by_flow < TRUSTED:
        candidates = (*gap.warped(at), *gap.moved(at))
    lab = colour_models.to_lab(rgb)
    odds = W_COLOUR * colours.odds(lab, share)
    odds += W_SHAPE * np.clip(mixed, -SHAPE_REACH_PX, SHAPE_REACH_PX)
    found = min_cut(
        odds.astype(np.float32),
        edge_axes(lab),
        inside=np.minimum.reduce(candidates) > doubt,
        outside=np.maximum.reduce(candidates) < -doubt,
    )
    return np.where(found == (mixed > 0), mixed, signed_distance(found)).astype(np.float32)


def _fit_colours(
    clip: Clip, crop: WorkingCrop, frames: tuple[int, int], ends: tuple[Bools, Bools]
) -> _KeyColours:
    labs = [colour_models.to_lab(read_crop(clip, Span(t, t + 1), crop, no_op)[t]) for t in frames]
    book = colour_models.make_codebook(np.concatenate(labs, axis=1), np.concatenate(ends, axis=1))
    first, second = (
        colour_models.fit_colours(
            book.codes(lab), mask, dilate_square(mask, AROUND_PX) & ~mask, book.count
        )
        for lab, mask in zip(labs, ends, strict=True)
    )
    return _KeyColours(book, (first, second))
