"""The tracker that needs no weights: colour, outline and motion, followed frame by frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.clip import Clip
from vinpaint.errors import MaskError
from vinpaint.masks.base import Marked
from vinpaint.masks.imported import read_painting
from vinpaint.masks.segment import segment
from vinpaint.masks.tracks import StoredTrack, TrackBuilder
from vinpaint.masks.weave import weave
from vinpaint.types import Bools, BoxPrompt, Click, Painting, Progress


@dataclass(frozen=True)
class FreeTracker:
    """Works everywhere: on any machine, with no download."""

    title: str = "Built in (no download)"

    def ready(self) -> bool:
        """Always."""
        return True

    def segment(
        self, clip: Clip, frame: int, prompts: Sequence[Marked], before: Bools | None
    ) -> Bools:
        """See `Tracker.segment`."""
        return mask_of(clip, frame, prompts, before)

    def follow(self, clip: Clip, prompts: Sequence[Marked], *, progress: Progress) -> StoredTrack:
        """See `Tracker.follow`."""
        return _follow(clip, prompts, progress)


def _first_frame(prompts: Sequence[Marked]) -> int:
    """The frame to start from: the first prompt that says what the object is."""
    for prompt in prompts:
        if not isinstance(prompt, Click) or prompt.add:
            return prompt.frame
    click = prompts[0]
    raise MaskError(
        f"object {click.object_id} has only 'not this' clicks (frame {click.frame}); "
        "click the object itself first"
    )


def mask_of(clip: Clip, frame: int, prompts: Sequence[Marked], before: Bools | None) -> Bools:
    """(H, W) bool of one prompted frame; `before`: the followed mask that is corrected."""
    painted = [p for p in prompts if isinstance(p, Painting)]
    if painted:
        before = np.logical_or.reduce([read_painting(clip, p.path) for p in painted])
    clicks = [p for p in prompts if isinstance(p, Click)]
    boxes = [p.box for p in prompts if isinstance(p, BoxPrompt)]
    if before is not None and not clicks and not boxes:
        return before
    if before is None:
        _first_frame(prompts)
    return segment(clip, frame, clicks, boxes, before)


def _follow(clip: Clip, prompts: Sequence[Marked], progress: Progress) -> StoredTrack:
    first = _first_frame(prompts)
    later = sorted({p.frame for p in prompts if p.frame > first})
    earlier = sorted({p.frame for p in prompts if p.frame < first}, reverse=True)
    tick = _ticker(clip, progress, gaps=len(later) + len(earlier))
    on = {t: [p for p in prompts if p.frame == t] for t in (first, *later, *earlier)}

    def resolve(frame: int, before: Bools | None) -> Bools:
        return mask_of(clip, frame, on[frame], before)

    builder = TrackBuilder((clip.width, clip.height), clip.frames)
    start = resolve(first, None)
    if not start.any():
        raise MaskError(
            f"nothing was found at the mark on frame {first}; "
            "mark the object with a box or paint it"
        )
    builder.put(first, start)
    weave(clip, start, (first, *later), clip.frames - 1, resolve, builder, tick)
    weave(clip, start, (first, *earlier), 0, resolve, builder, tick)
    return builder.done()


def _ticker(clip: Clip, progress: Progress, *, gaps: int) -> Callable[[], None]:
    """Each call tells the progress; frames between two prompted ones are seen twice."""
    total = 2 * clip.frames * (2 if gaps else 1)
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(min(done / total, 1.0), "following the object")

    return tick
