"""Mask source: clicks, boxes and paintings, each object followed through the clip."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.clip import Clip
from vinpaint.errors import MaskError
from vinpaint.masks.imported import read_painting
from vinpaint.masks.segment import segment
from vinpaint.masks.tracks import StoredTrack, TrackBuilder, UnionTrack
from vinpaint.masks.weave import weave
from vinpaint.types import (
    Bools,
    BoxPrompt,
    Click,
    Mask,
    MaskTrack,
    Painting,
    Progress,
    Prompt,
    part,
)

Marked = Click | BoxPrompt | Painting


@dataclass(frozen=True)
class Prompted:
    """Takes `Click`, `BoxPrompt` and `Painting` prompts."""

    title: str = "Click, box or brush"
    kinds: tuple[str, ...] = ("click", "box", "paint")

    def find(self, clip: Clip, where: Sequence[Prompt], *, progress: Progress) -> MaskTrack:
        """Each object followed from its prompts. Raises MaskError for prompts that do not fit."""
        objects = by_object(clip, where)
        tracks = [
            _follow_object(clip, prompts, part(progress, i / len(objects), (i + 1) / len(objects)))
            for i, prompts in enumerate(objects)
        ]
        return tracks[0] if len(tracks) == 1 else UnionTrack(tuple(tracks))


def segment_frame(clip: Clip, prompts: Sequence[Prompt], frame: int) -> Mask:
    """(1, H, W): what the clicks, boxes and paintings mark on one frame; nothing is followed.

    Prompts of other frames, and of other kinds, are left aside. Raises MaskError.
    """
    here = [p for p in prompts if isinstance(p, Marked) and p.frame == frame]
    found = np.zeros((clip.height, clip.width), np.bool_)
    for marks in by_object(clip, here):
        found |= mask_of(clip, frame, marks, None)
    return Mask(found[None].astype(np.float32))


def by_object(clip: Clip, where: Sequence[Prompt]) -> list[list[Marked]]:
    """The prompts of each object, checked against the clip. Raises MaskError."""
    objects: dict[int, list[Marked]] = {}
    for prompt in where:
        if isinstance(prompt, Marked):
            _check(clip, prompt)
            objects.setdefault(prompt.object_id, []).append(prompt)
    return list(objects.values())


def _check(clip: Clip, prompt: Marked) -> None:
    if not 0 <= prompt.frame < clip.frames:
        raise MaskError(
            f"the {prompt.kind} is on frame {prompt.frame}, but the clip has frames 0 to "
            f"{clip.frames - 1}; choose one of them"
        )
    size = f"{clip.width}x{clip.height}"
    if isinstance(prompt, Click):
        if not (0 <= prompt.x < clip.width and 0 <= prompt.y < clip.height):
            raise MaskError(
                f"the click at {prompt.x},{prompt.y} lies outside the picture, which is {size}; "
                "click inside it"
            )
    elif isinstance(prompt, BoxPrompt):
        x0, y0, x1, y1 = prompt.box
        if x1 <= x0 or y1 <= y0:
            raise MaskError(
                f"the box {x0},{y0},{x1},{y1} is empty; give X0,Y0,X1,Y1 with X1 > X0 and Y1 > Y0"
            )
        if x0 >= clip.width or y0 >= clip.height or x1 <= 0 or y1 <= 0:
            raise MaskError(
                f"the box {x0},{y0},{x1},{y1} lies outside the picture, which is {size}; "
                "draw it inside"
            )


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


def _follow_object(clip: Clip, prompts: Sequence[Marked], progress: Progress) -> StoredTrack:
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
