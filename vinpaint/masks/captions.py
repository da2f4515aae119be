"""Mask source: burned-in text, found by reading sampled frames, one mask a caption.

Burned-in text is fixed in the picture. Text that moves is part of the scene (or scrolls): it is
listed and marked as such, but never masked. Where camera and sign both stand still, nothing tells
them apart, and the sign counts as a caption.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from vinpaint.core import Box, Captions, MaskError, MaskTrack, Progress, Prompt, Span, section
from vinpaint.masks.base import TrackerOptions
from vinpaint.masks.detect.glyphs import REACH, Cuts, Mark, MarkedTrack, look
from vinpaint.masks.detect.ocr import Reader, waited_for
from vinpaint.masks.detect.text_lines import (
    LOOKS,
    Found,
    parted,
    runs,
    settled,
    spread,
    without_doubles,
)
from vinpaint.media import Clip

_SHORTEST_SECONDS = 0.2


@dataclass(frozen=True)
class Caption:
    """Burned-in text: one or more lines that come and go together.

    `number`: from 1, in the order of appearance; `box`: around all lines; `span`: the frames that
    show it; `score`: how surely it was read, 0 to 1; `scene`: it moves, so it is no caption and
    is never masked; `lines`: the box of each line; `changing`: its letters change (a clock), so
    it is always masked as a box.
    """

    number: int
    text: str
    box: Box
    span: Span
    score: float
    scene: bool = False
    lines: tuple[Box, ...] = ()
    changing: bool = False


@dataclass(frozen=True)
class CaptionSource:
    """Takes `Captions` prompts."""

    title: str = "Captions"
    kinds: tuple[str, ...] = ("captions",)

    def find(
        self,
        clip: Clip,
        where: Sequence[Prompt],
        *,
        options: TrackerOptions,  # noqa: ARG002 (nothing is followed)
        progress: Progress,
    ) -> MaskTrack:
        """The letters or the boxes of the chosen captions, each on its own frames.

        Raises MaskError where no text is found, or a chosen number is not there.
        """
        found = find_captions(clip, scene=True, progress=section(progress, 0.0, 0.9))
        last = section(progress, 0.9, 1.0)
        prompts = [prompt for prompt in where if isinstance(prompt, Captions)]
        tracks = [
            mask_captions(clip, chosen(found, one.chosen), one.shape, progress=last)
            for one in prompts
        ]
        marks = tuple(mark for track in tracks for mark in track.marks)
        return MarkedTrack((clip.width, clip.height), clip.frames, marks)


def chosen(found: Sequence[Caption], numbers: Sequence[int] | None) -> tuple[Caption, ...]:
    """The captions meant: None is all that do not move with the scene. Raises MaskError."""
    fixed = {caption.number: caption for caption in found if not caption.scene}
    if not fixed:
        moving = ", only text that moves with the picture" if found else ""
        raise MaskError(
            f"no burned-in text was found{moving}; mark what is meant with a region or a box"
        )
    if numbers is None:
        return tuple(fixed.values())
    if not numbers:
        raise MaskError("no caption is chosen; choose at least one, or leave the choice out")
    for number in numbers:
        if number not in fixed:
            raise MaskError(
                f"caption {number} cannot be masked; choose among "
                f"{', '.join(str(n) for n in fixed)}, the burned-in ones that were found"
            )
    return tuple(fixed[number] for number in sorted(set(numbers)))


def mask_captions(
    clip: Clip,
    captions: Sequence[Caption],
    shape: Literal["letters", "box"] = "letters",
    *,
    progress: Progress,
) -> MarkedTrack:
    """The masks of captions that `find_captions` found."""
    marks: list[Mark] = []
    with clip.reopen() as clip:
        for i, caption in enumerate(captions):
            told = section(progress, i / len(captions), (i + 1) / len(captions))
            words = f"outlining caption {caption.number}"
            cuts = Cuts(clip, partial(told, 0.0, words))
            outlined = shape == "letters" and not caption.changing
            outline = _letters if outlined else _block
            marks += [outline(cuts, caption.span, line) for line in caption.lines]
    return MarkedTrack((clip.width, clip.height), clip.frames, tuple(marks))


def _block(cuts: Cuts, span: Span, line: Box) -> Mark:
    box = line.grow(2 + round(REACH / 2 * line.height), cuts.clip.width, cuts.clip.height)
    return Mark(span, box, np.ones((box.height, box.width), np.bool_))


def _letters(cuts: Cuts, span: Span, line: Box) -> Mark:
    fading = span.length // 5
    clear = span.frames[fading : span.length - fading]
    glyphs = look(cuts, line, spread(clear, LOOKS))
    return Mark(span, glyphs.box, glyphs.shape)


def find_captions(clip: Clip, *, scene: bool = False, progress: Progress) -> tuple[Caption, ...]:
    """All burned-in text that is read on the clip, to choose from; empty where there is none.

    Frames are read every quarter of a second, then each caption's ends are found to the frame.
    `scene`: list text that moves too, marked and numbered after the rest. Raises MissingError
    where the reader is not installed.
    """
    progress(0.0, "loading the reader")
    reader = waited_for(Reader, partial(progress, 0.0, "loading the reader"))
    with clip.reopen() as clip:
        lines = _lines(clip, reader, progress)
    groups = _gathered([one for one in lines if not one.scene])
    if scene:
        groups += [[one] for one in lines if one.scene]
    return tuple(_caption(number, group) for number, group in enumerate(groups, 1))


def _lines(clip: Clip, reader: Reader, progress: Progress) -> list[Found]:
    """Every line with its frames; what shows for a moment only is left out."""
    least = min(clip.frames, max(1, round(float(clip.fps) * _SHORTEST_SECONDS)))
    found: list[Found] = []
    for run in runs(clip, reader, section(progress, 0.0, 0.95)):
        told = partial(progress, 0.95 * run.last / clip.frames, f"looking at '{run.text}'")
        one = settled(Cuts(clip, told), run)
        if one.scene or one.span.length >= least:
            found.append(one)
    told = partial(progress, 0.95, "sorting the captions")
    return parted(Cuts(clip, told), without_doubles(found))


def _gathered(lines: Sequence[Found]) -> list[list[Found]]:
    """Lines that come and go together, side by side or one below another, in order."""
    groups: list[list[Found]] = []
    for line in sorted(lines, key=lambda f: (f.span, f.box.y0, f.box.x0)):
        group = next((g for g in groups if any(_together(line, other) for other in g)), None)
        if group is None:
            groups.append([line])
        else:
            group.append(line)
    return groups


def _together(a: Found, b: Found) -> bool:
    ends = np.abs(np.subtract(a.span, b.span)).max()
    tall = min(a.box.height, b.box.height)
    near = a.box.grow(round(0.8 * tall), 1 << 30, 1 << 30)
    return bool(ends <= 2) and near.intersection(b.box) is not None


def _caption(number: int, lines: Sequence[Found]) -> Caption:
    box, span = lines[0].box, lines[0].span
    for line in lines[1:]:
        box = box.join(line.box)
        span = Span(min(span.start, line.span.start), max(span.stop, line.span.stop))
    return Caption(
        number=number,
        text=" ".join(line.text for line in lines),
        box=box,
        span=span,
        score=float(np.mean([line.score for line in lines])),
        scene=any(line.scene for line in lines),
        lines=tuple(line.box for line in lines),
        changing=any(line.changing for line in lines),
    )
