"""The tracker: a mask on one frame, followed through the clip in either direction."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vinpaint.clip import Clip
from vinpaint.masks.colour import Codebook, make_codebook, to_lab
from vinpaint.masks.look import look, sights
from vinpaint.masks.stage import read_stage, stage_for
from vinpaint.masks.step import State, begin, resume, step
from vinpaint.types import Bools, Span

WINDOW_FRAMES = 32


def follow(
    clip: Clip, seed: Bools, frames: range, *, tick: Callable[[], None]
) -> Iterator[tuple[int, Bools]]:
    """(frame number, (H, W) mask) for every frame of `frames` after its first.

    `seed`: (H, W) bool, the mask of the first; the range may run backwards. The clip is read in
    windows; `tick` is called for every frame and may raise `Cancelled`.
    """
    mask = seed
    book: Codebook | None = None
    state: State | None = None
    for start in range(0, len(frames) - 1, WINDOW_FRAMES):
        window = frames[start : start + WINDOW_FRAMES + 1]
        stage = stage_for(mask)
        seen = read_stage(clip, Span(min(window), max(window) + 1), stage, tick)
        small = stage.mask_in(mask)
        book = book or make_codebook(to_lab(seen[window[0]]), small)
        old = look(seen[window[0]], book)
        new = look(seen[window[1]], book)
        state = resume(old, small, state) if state else begin(old, small, book.count)
        _, past = sights(old, new)
        for i, t in enumerate(window[1:], start=1):
            tick()
            after = look(seen[window[i + 1]], book) if i + 1 < len(window) else None
            future, next_past = sights(new, after) if after else (None, None)
            state = step(state, new, past, future)
            mask = stage.mask_out(state.mask, clip.width, clip.height)
            yield t, mask
            if after and next_past:
                new, past = after, next_past
