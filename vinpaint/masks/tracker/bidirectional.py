"""Bidirectional propagation: follow the mask from both sides between two prompted frames."""

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
"""Called as `resolve(frame, followed)`, with the (H, W) mask that was followed to a prompted frame.

Returns the (H, W) bool mask that results from the prompts on this frame.
"""


def propagate_bidirectional(
    clip: Clip,
    start: Bools,
    stops: Sequence[int],
    end: int,
    resolve: Resolve,
    builder: TrackBuilder,
    tick: Tick,
) -> None:
    """Follow a mask in one direction of time, through prompted frames; put masks in `builder`.

    Between two prompted frames, the mask is followed from both of them, and the two are blended.

    Args:
        clip: The clip to read.
        start: (H, W) bool, the mask on frame `stops[0]`.
        stops: The prompted frames, in the order in which they are reached.
        end: The last frame to follow to.
        resolve: Returns the mask to use on each prompted frame after the first.
        builder: Receives the masks of all frames after `stops[0]`.
        tick: Called for every frame of work; may raise to stop.
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
    """Follow a mask over `frames`; return the masks compressed, since there may be many."""
    builder = TrackBuilder((clip.width, clip.height), clip.frames)
    for t, mask in follow(clip, start, frames, tick=tick):
        builder.put(t, mask)
    return builder.build()


def blend(first: Bools, second: Bools, share: float) -> Bools:
    """Interpolate two masks of one frame by their signed distances.

    A component of one mask that does not overlap the other mask is not interpolated. It is kept if
    its mask has the larger weight.

    first, second: (H, W) bool; share: weight of the second mask, 0 to 1. Returns (H, W) bool.
    """
    common = components_touching(first, second), components_touching(second, first)
    mixed = (1 - share) * signed_distance(common[0]) + share * signed_distance(common[1]) > 0
    alone = second & ~common[1] if share >= 0.5 else first & ~common[0]
    return np.asarray(mixed | alone)
