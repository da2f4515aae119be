"""The tracker: a mask on one frame, followed through the clip in either direction."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vinpaint.clip import Clip
from vinpaint.masks.colour import make_codebook, to_lab
from vinpaint.masks.stage import read_stage, stage_for
from vinpaint.masks.step import learn, look, step
from vinpaint.types import Bools, Span

WINDOW_FRAMES = 32


def follow(
    clip: Clip, seed: Bools, frames: range, *, tick: Callable[[], None]
) -> Iterator[tuple[int, Bools]]:
    """(frame number, (H, W) mask) for every frame of `frames` after its first.

    `seed`: (H, W) bool, the mask of the first; the range may run backwards. The clip is read in
    windows; `tick` is called for every frame and may raise `Cancelled`.
    """
    mask, book, known = seed, None, None
    for start in range(0, len(frames) - 1, WINDOW_FRAMES):
        window = frames[start : start + WINDOW_FRAMES + 1]
        stage = stage_for(mask)
        span = Span(min(window), max(window) + 1)
        seen = read_stage(clip, span, stage, tick)
        small = stage.mask_in(mask)
        if book is None:
            book = make_codebook(to_lab(seen[window[0]]), small)
        old = look(seen[window[0]], book)
        known = learn(old, small, book.count)
        for t in window[1:]:
            tick()
            new = look(seen[t], book)
            small, known, _ = step(old, small, known, new)
            old = new
            mask = stage.mask_out(small, clip.width, clip.height)
            yield t, mask
