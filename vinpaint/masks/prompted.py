"""Mask source: clicks, boxes and paintings, each object followed through the clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.core import (
    Bools,
    BoxPrompt,
    Click,
    Mask,
    MaskError,
    MaskTrack,
    Progress,
    Prompt,
    section,
)
from vinpaint.masks.base import ObjectPrompt, TrackerOptions
from vinpaint.masks.mask_tracks import UnionTrack
from vinpaint.masks.trackers import load_tracker
from vinpaint.media import Clip

_USUAL = TrackerOptions()


@dataclass(frozen=True)
class PromptedSource:
    """Takes `Click`, `BoxPrompt` and `Painting` prompts."""

    title: str = "Click, box or brush"
    kinds: tuple[str, ...] = ("click", "box", "paint")

    def find(
        self, clip: Clip, where: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """Each object followed from its prompts. Raises MaskError for prompts that do not fit."""
        objects = by_object(clip, where)
        follow = load_tracker(options).follow
        tracks = [
            follow(
                clip, prompts, progress=section(progress, i / len(objects), (i + 1) / len(objects))
            )
            for i, prompts in enumerate(objects)
        ]
        return tracks[0] if len(tracks) == 1 else UnionTrack(tuple(tracks))


def segment_frame(
    clip: Clip,
    prompts: Sequence[Prompt],
    frame: int,
    *,
    options: TrackerOptions = _USUAL,
    before: Bools | None = None,
) -> Mask:
    """(1, H, W): what the clicks, boxes and paintings mark on one frame; nothing is followed.

    `before`, (H, W): the followed mask that they mend. Prompts of other frames, and of other
    kinds, are left aside. Raises MaskError.
    """
    here = [p for p in prompts if isinstance(p, ObjectPrompt) and p.frame == frame]
    found = np.zeros((clip.height, clip.width), np.bool_)
    for marks in by_object(clip, here):
        found |= load_tracker(options).segment(clip, frame, marks, before)
    return Mask(found[None].astype(np.float32))


def by_object(clip: Clip, where: Sequence[Prompt]) -> list[list[ObjectPrompt]]:
    """The prompts of each object, checked against the clip. Raises MaskError."""
    objects: dict[int, list[ObjectPrompt]] = {}
    for prompt in where:
        if isinstance(prompt, ObjectPrompt):
            _check(clip, prompt)
            objects.setdefault(prompt.object_id, []).append(prompt)
    return list(objects.values())


def _check(clip: Clip, prompt: ObjectPrompt) -> None:
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
