"""The tracker: a mask on one frame, followed through the clip in either direction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from vinpaint.core import Bools, Frames, Span
from vinpaint.masks.tracker.background import Plates
from vinpaint.masks.tracker.colour_models import Codebook, make_codebook, to_lab
from vinpaint.masks.tracker.frame_features import Look, Sight, look, sights
from vinpaint.masks.tracker.tracking_step import State, begin, resume, step
from vinpaint.masks.tracker.working_crop import read_stage, stage_for
from vinpaint.media import Clip

WINDOW_FRAMES = 32


def follow(
    clip: Clip, seed: Bools, frames: range, *, tick: Callable[[], None]
) -> Iterator[tuple[int, Bools]]:
    """(frame number, (H, W) mask) for every frame of `frames` after its first.

    `seed`: (H, W) bool, the mask of the first; the range may run backwards. The clip is read in
    windows; `tick` is called for every frame and may raise `Cancelled`.
    """
    mask = shape = seed
    scale, at, length = 1.0, 0, WINDOW_FRAMES
    book: Codebook | None = None
    state: State | None = None
    while at < len(frames) - 1:
        window = frames[at : at + length + 1]
        stage = stage_for(mask | shape)
        seen = read_stage(clip, Span(min(window), max(window) + 1), stage, tick)
        small = stage.mask_in(mask)
        book = book or make_codebook(to_lab(seen[window[0]]), small)
        start = look(seen[window[0]], book)
        if state is None:
            state = begin(start, small, book.count)
        else:
            state = resume(start, small, stage.mask_in(shape), state, stage.scale / scale)
        walk = _walk(state, start, [seen[t] for t in window[1:]], book, tick)
        for done, state in enumerate(walk, start=1):
            tick()
            mask = stage.mask_out(state.mask, clip.width, clip.height)
            yield window[done], mask
            if stage.crowded(state.mask | state.ghost.solid, clip.width, clip.height):
                break
        shape = stage.mask_out(state.ghost.solid, clip.width, clip.height)
        scale, at, length = stage.scale, at + done, min(WINDOW_FRAMES, 2 * done)


def _walk(
    state: State, old: Look, frames: Sequence[Frames], book: Codebook, tick: Callable[[], None]
) -> Iterator[State]:
    """The state at each of the frames that follow `old`, each (H, W, 3) RGB."""
    looks, pairs = [old], list[tuple[Sight, Sight]]()
    for rgb in frames:
        tick()
        looks.append(look(rgb, book))
        pairs.append(sights(looks[-2], looks[-1]))
    plates = Plates(looks, [ahead for ahead, _ in pairs])
    for i, new in enumerate(looks[1:], start=1):
        future = pairs[i][0] if i < len(pairs) else None
        unlike = plates.apart(i, state.mask | state.ghost.solid)
        state = step(state, new, pairs[i - 1][1], future, unlike)
        yield state
