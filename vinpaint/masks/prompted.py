"""Mask source: clicks, boxes and painted frames, one object or several, followed through the clip."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.clip import Clip
from vinpaint.errors import MaskError
from vinpaint.masks.imported import read_painting
from vinpaint.masks.segment import segment
from vinpaint.masks.track import track
from vinpaint.masks.tracks import UnionTrack, meet
from vinpaint.types import (
    Bools,
    Box,
    BoxPrompt,
    Click,
    Frames,
    Mask,
    MaskTrack,
    Painting,
    Progress,
    Prompt,
    Span,
    part,
)

_APART_FRAMES = 3
"""How far apart two frames are on which a click looks for what moves."""


@dataclass(frozen=True)
class Prompted:
    """Takes `Click`, `BoxPrompt` and `Painting` prompts, grouped by object."""

    title: str = "Click, box or brush"
    kinds: tuple[str, ...] = ("click", "box", "paint")

    def find(self, clip: Clip, where: Sequence[Prompt], *, progress: Progress) -> MaskTrack:
        """Each object segmented where it is prompted and tracked both ways from there.

        Raises MaskError for a prompt that does not fit the clip or that finds nothing.
        """
        prompts = _checked(clip, where)
        ids = sorted({prompt.object_id for prompt in prompts})
        tracks = []
        for i, object_id in enumerate(ids):
            here = part(progress, i / len(ids), (i + 1) / len(ids))
            mine = [prompt for prompt in prompts if prompt.object_id == object_id]
            numbers = sorted({prompt.frame for prompt in mine})
            here(0.0, "finding the object")
            masks = {number: _on_frame(clip, mine, number) for number in numbers}
            tracks.append(track(clip, masks, progress=here))
        return tracks[0] if len(tracks) == 1 else UnionTrack(tuple(tracks))


def segment_frame(clip: Clip, prompts: Sequence[Prompt], frame: int) -> Mask:
    """(1, H, W): what the prompts of one frame find there, all objects together.

    Raises MaskError as `Prompted.find` does; a frame without prompts is empty.
    """
    mine = [prompt for prompt in _checked(clip, prompts) if prompt.frame == frame]
    found = np.zeros((clip.height, clip.width), np.bool_)
    for object_id in sorted({prompt.object_id for prompt in mine}):
        found |= _on_frame(clip, [p for p in mine if p.object_id == object_id], frame)
    return Mask(found[None].astype(np.float32))


def _on_frame(clip: Clip, prompts: Sequence[_Followed], number: int) -> Bools:
    """One object's mask on one prompted frame. A painting is taken as it is."""
    here = [prompt for prompt in prompts if prompt.frame == number]
    painted = np.zeros((clip.height, clip.width), np.bool_)
    for prompt in here:
        if isinstance(prompt, Painting):
            painted |= read_painting(clip, prompt.path)
    rest = [prompt for prompt in here if not isinstance(prompt, Painting)]
    if not rest:
        return painted
    if not any(isinstance(p, BoxPrompt) or p.add for p in rest):
        if painted.any():
            return painted
        raise MaskError(
            f"frame {number} has only 'not this' points; click the thing itself as well"
        )
    frame = clip.read(Span(number, number + 1)).frames[0]
    found = segment(frame, rest, _neighbour(clip, number)) | painted
    if not found.any():
        raise MaskError(
            f"nothing was found at the prompt on frame {number}; add a point or draw a box around it"
        )
    return found


def _neighbour(clip: Clip, number: int) -> Frames | None:
    other = number + _APART_FRAMES
    if other >= clip.frames:
        other = max(0, number - _APART_FRAMES)
    return None if other == number else clip.read(Span(other, other + 1)).frames[0]


_Followed = Click | BoxPrompt | Painting


def _checked(clip: Clip, where: Sequence[Prompt]) -> list[_Followed]:
    """The prompts, boxes cut to the frame. Raises MaskError for what lies outside the clip."""
    checked: list[_Followed] = []
    for prompt in where:
        if not isinstance(prompt, Click | BoxPrompt | Painting):
            continue
        if not 0 <= prompt.frame < clip.frames:
            raise MaskError(
                f"there is no frame {prompt.frame}: the clip has frames 0 to {clip.frames - 1}"
            )
        if isinstance(prompt, Click):
            _check_click(clip, prompt)
        elif isinstance(prompt, BoxPrompt):
            inside = _inside(clip, prompt.box)
            prompt = BoxPrompt(prompt.frame, inside, prompt.object_id)
        checked.append(prompt)
    return checked


def _check_click(clip: Clip, click: Click) -> None:
    if not (0 <= click.x < clip.width and 0 <= click.y < clip.height):
        raise MaskError(
            f"the click at {click.x},{click.y} lies outside the picture, "
            f"which is {clip.width}x{clip.height}; click inside it"
        )


def _inside(clip: Clip, box: Box) -> Box:
    if box.x1 <= box.x0 or box.y1 <= box.y0:
        raise MaskError(
            f"the box {','.join(map(str, box))} is empty; give X0,Y0,X1,Y1 with X1 > X0, Y1 > Y0"
        )
    inside = meet(box, clip.box)
    if inside is None:
        raise MaskError(
            f"the box {','.join(map(str, box))} lies outside the picture, "
            f"which is {clip.width}x{clip.height}; move it inside"
        )
    return inside
