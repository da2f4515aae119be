"""Tracks between prompted frames: followed from both sides and brought together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np

from vinpaint.core import Bools
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.masks.tracker.sequence import follow
from vinpaint.masks.tracker.tracking_step import signed
from vinpaint.media import Clip

Resolve = Callable[[int, Bools | None], Bools]
Tick = Callable[[], None]


def weave(
    clip: Clip,
    start: Bools,
    stops: Sequence[int],
    end: int,
    resolve: Resolve,
    builder: TrackBuilder,
    tick: Tick,
) -> None:
    """Fill `builder` from the first of `stops` (mask `start`) in their direction up to `end`.

    At every stop `resolve(frame, mask as followed so far)` gives the mask that is kept there; the
    frames between two stops are followed from both.
    """
    way = 1 if end >= stops[0] else -1
    mask, at = start, stops[0]
    for stop in stops[1:]:
        gap = range(at, stop + way, way)
        there = _stored(clip, mask, gap, tick)
        fixed = resolve(stop, there.frame(stop))
        back = _stored(clip, fixed, gap[::-1], tick)
        for i, t in enumerate(gap[1:-1], start=1):
            builder.put(t, blend(there.frame(t), back.frame(t), i / (len(gap) - 1)))
        builder.put(stop, fixed)
        mask, at = fixed, stop
    for t, found in follow(clip, mask, range(at, end + way, way), tick=tick):
        builder.put(t, found)


def _stored(clip: Clip, seed: Bools, frames: range, tick: Tick) -> StoredTrack:
    builder = TrackBuilder((clip.width, clip.height), clip.frames)
    for t, mask in follow(clip, seed, frames, tick=tick):
        builder.put(t, mask)
    return builder.build()


def blend(first: Bools, second: Bools, share: float) -> Bools:
    """The shape between two masks of one frame: signed distances mixed, `share` of the second.

    A part of one that lies wholly outside the other has no shape to mix with: it is there or not,
    as the mask says that was followed less far.
    """
    common_first, lone_first = _split(first, second)
    common_second, lone_second = _split(second, first)
    mixed = (1 - share) * signed(common_first) + share * signed(common_second) > 0
    return np.asarray(mixed | (lone_second if share >= 0.5 else lone_first))


def _split(mask: Bools, other: Bools) -> tuple[Bools, Bools]:
    """The parts of the mask that meet the other, and those that do not."""
    count, labels = cv2.connectedComponents(mask.astype(np.uint8), None, 8)
    meets = np.bincount(labels[other], minlength=count) > 0
    meets[0] = False
    common = meets[labels]
    return common, mask & ~common
