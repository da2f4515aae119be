"""Tracks between prompted frames: followed from both sides and brought together."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vinpaint.clip import Clip
from vinpaint.masks.step import signed
from vinpaint.masks.track import follow
from vinpaint.masks.tracks import StoredTrack, TrackBuilder
from vinpaint.types import Bools

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
    return builder.done()


def blend(first: Bools, second: Bools, share: float) -> Bools:
    """The shape between two masks of one frame: signed distances mixed, `share` of the second.

    Where they do not overlap at all, one of them is wrong: the one followed less far is taken.
    """
    if not (first & second).any():
        return second if share >= 0.5 else first
    return np.asarray((1 - share) * signed(first) + share * signed(second) > 0)
