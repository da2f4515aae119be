"""Follow a mask from one frame through the clip, in either direction of time.

Between two prompted frames, it is followed from both sides (bidirectional propagation).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from vinpaint.core import Bools, Frames, Span
from vinpaint.imaging.morphology import components_touching, signed_distance
from vinpaint.masks.base import Tick
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.masks.tracker.background import BackgroundModel
from vinpaint.masks.tracker.colour_models import Codebook, make_codebook, to_lab
from vinpaint.masks.tracker.frame_features import (
    FlowPair,
    FrameFeatures,
    extract_features,
    flow_pairs,
)
from vinpaint.masks.tracker.tracking_step import TrackerState, advance, resume_state, start_state
from vinpaint.masks.tracker.working_crop import crop_around, read_crop
from vinpaint.media import Clip

WINDOW_FRAMES = 32
"""Maximum number of frames that are followed in one working crop."""

_Pairs = tuple[FlowPair, FlowPair]
"""The flow from a frame to the next one, and the flow back."""

Resolve = Callable[[int, Bools | None], Bools]
"""Called as `resolve(frame, followed)`, with the (H, W) mask that was followed to a prompted frame.

Returns the (H, W) bool mask that results from the prompts on this frame.
"""


def follow(clip: Clip, start: Bools, frames: range, *, tick: Tick) -> Iterator[tuple[int, Bools]]:
    """Yield (frame number, (H, W) bool mask) for every frame of `frames` after the first.

    The clip is read in windows of at most WINDOW_FRAMES frames. A window ends early when the object
    comes close to the border of its working crop.

    Args:
        clip: The clip to read.
        start: (H, W) bool, the mask on the first frame.
        frames: The frames to follow through, forwards or backwards.
        tick: Called up to three times per frame; may raise to stop.
    """
    mask = shape = start
    scale, at, length = 1.0, 0, WINDOW_FRAMES
    book: Codebook | None = None
    state: TrackerState | None = None
    while at < len(frames) - 1:
        window = frames[at : at + length + 1]
        crop = crop_around(mask | shape)
        images = read_crop(clip, Span(min(window), max(window) + 1), crop, tick)
        small = crop.to_crop(mask)
        book = book or make_codebook(to_lab(images[window[0]]), small)
        first = extract_features(images[window[0]], book)
        if state is None:
            state = start_state(first, small, book.count)
        else:
            state = resume_state(first, small, crop.to_crop(shape), state, crop.scale / scale)
        states = _advance_window(state, first, [images[t] for t in window[1:]], book, tick)
        for done, state in enumerate(states, start=1):
            tick()
            mask = crop.to_frame(state.mask, clip.width, clip.height)
            yield window[done], mask
            if crop.near_border(state.mask | state.target.solid, clip.width, clip.height):
                break
        shape = crop.to_frame(state.target.solid, clip.width, clip.height)
        scale, at, length = crop.scale, at + done, min(WINDOW_FRAMES, 2 * done)


def _advance_window(
    state: TrackerState, first: FrameFeatures, frames: Sequence[Frames], book: Codebook, tick: Tick
) -> Iterator[TrackerState]:
    """Yield the state at each of `frames`, (H, W, 3) RGB at working size, which follow `first`.

    The frames are followed twice, first at half the size: that tells where the object is on later
    frames, so that they can show the background without it.
    """
    features, pairs = [first], list[_Pairs]()
    for rgb in frames:
        tick()
        features.append(extract_features(rgb, book))
        pairs.append(flow_pairs(features[-2], features[-1]))
    masks = _rough_masks(state, features, pairs)
    background = BackgroundModel(features, [ahead for ahead, _ in pairs])
    moving = [mask for mask, _ in masks]
    for i, new in enumerate(features[1:], start=1):
        future = pairs[i][0] if i < len(pairs) else None
        region = state.mask | state.target.solid | masks[i][1]
        evidence = background.evidence(i, region, moving)
        state = advance(state, new, pairs[i - 1][1], future, evidence)
        moving[i] = state.moving
        yield state


def _rough_masks(
    state: TrackerState, features: Sequence[FrameFeatures], pairs: Sequence[_Pairs]
) -> list[tuple[Bools, Bools]]:
    """Follow an object at half the size; return its moving part and its mask on each frame.

    state: the state at the first of the frames; features: of all frames; pairs: flow between each
    frame and the next, both ways. The masks are (H, W) bool at full working size.
    """
    small = [one.halved() for one in features]
    flows = [
        (ahead.halved(small[i + 1]), back.halved(small[i])) for i, (ahead, back) in enumerate(pairs)
    ]
    background = BackgroundModel(small, [ahead for ahead, _ in flows])
    mask, shape = (np.ascontiguousarray(m[::2, ::2]) for m in (state.mask, state.target.solid))
    now = resume_state(small[0], mask, shape, state, 0.5)
    moving = [now.moving]
    found = [now.mask]
    for i, new in enumerate(small[1:], start=1):
        future = flows[i][0] if i < len(flows) else None
        evidence = background.evidence(i, now.mask | now.target.solid, moving)
        now = advance(now, new, flows[i - 1][1], future, evidence)
        moving.append(now.moving)
        found.append(now.mask)
    size = features[0].grey.shape
    return [(_doubled(a, size), _doubled(b, size)) for a, b in zip(moving, found, strict=True)]


def _doubled(mask: Bools, size: tuple[int, ...]) -> Bools:
    """Enlarge an (h, w) bool mask of half the size to `size`, (H, W)."""
    return np.repeat(np.repeat(mask, 2, axis=0), 2, axis=1)[: size[0], : size[1]]


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
