"""Follow a mask from one frame through the clip, in either direction of time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from vinpaint.core import Bools, Frames, Span
from vinpaint.masks.base import Tick
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
    """Yield the state at each of `frames`, (H, W, 3) RGB at working size, which follow `first`."""
    features, pairs = [first], list[tuple[FlowPair, FlowPair]]()
    for rgb in frames:
        tick()
        features.append(extract_features(rgb, book))
        pairs.append(flow_pairs(features[-2], features[-1]))
    background = BackgroundModel(features, [ahead for ahead, _ in pairs])
    for i, new in enumerate(features[1:], start=1):
        future = pairs[i][0] if i < len(pairs) else None
        evidence = background.foreground_evidence(i, state.mask | state.target.solid)
        state = advance(state, new, pairs[i - 1][1], future, evidence)
        yield state
