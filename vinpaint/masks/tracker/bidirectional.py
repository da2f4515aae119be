"""Bidirectional propagation: between two prompted frames the mask is followed from both sides."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from vinpaint.core import Bools
from vinpaint.imaging.morphology import components_touching, signed_distance
from vinpaint.masks.base import Tick
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.masks.tracker.sequence import follow
from vinpaint.media import Clip

Resolve = Callable[[int, Bools | None], Bools]
"""Called as `resolve(frame, followed mask)`; returns the mask that the prompts give."""


def propagate_bidirectional(
    clip: Clip,
    start: Bools,
    stops: Sequence[int],
    end: int,
    resolve: Resolve,
    builder: TrackBuilder,
    tick: Tick,
) -> None:
    """Follow the mask `start` of frame `stops[0]` to frame `end`, and put the masks in `builder`.

    `stops`: the prompted frames, in the direction of `end`. On each, `resolve` returns the mask to
    keep; the frames between two stops blend the masks followed from either side.
    """
    direction = 1 if end >= stops[0] else -1
    mask, frame = start, stops[0]
    for stop in stops[1:]:
        gap = range(frame, stop + direction, direction)
        ahead = _stored(clip, mask, gap, tick)
        fixed = resolve(stop, ahead.frame(stop))
        back = _stored(clip, fixed, gap[::-1], tick)
        for i, t in enumerate(gap[1:-1], start=1):
            builder.put(t, blend(ahead.frame(t), back.frame(t), i / (len(gap) - 1)))
        builder.put(stop, fixed)
        mask, frame = fixed, stop
    for t, followed in follow(clip, mask, range(frame, end + direction, direction), tick=tick):
        builder.put(t, followed)


def _stored(clip: Clip, start: Bools, frames: range, tick: Tick) -> StoredTrack:
    """Follow over a gap, which may be as long as the clip, and keep the masks compressed."""
    builder = TrackBuilder((clip.width, clip.height), clip.frames)
    for t, mask in follow(clip, start, frames, tick=tick):
        builder.put(t, mask)
    return builder.build()


def blend(first: Bools, second: Bools, share: float) -> Bools:
    """Interpolate two masks of one frame by their signed distances; `share` is the second's.

    A component of one mask that does not overlap the other is not interpolated: the mask with the
    larger share decides.
    """
    common = components_touching(first, second), components_touching(second, first)
    mixed = (1 - share) * signed_distance(common[0]) + share * signed_distance(common[1]) > 0
    alone = second & ~common[1] if share >= 0.5 else first & ~common[0]
    return np.asarray(mixed | alone)
