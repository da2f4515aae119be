"""Mask source: captions, that is, text burned into the picture.

Text is found by optical character recognition on sampled frames. Text that stays in place is a
caption. Text that moves belongs to the scene or scrolls; it can be listed, but is never masked. If
both the camera and a sign in the scene are static, the sign cannot be distinguished from a caption
and counts as one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial, reduce
from typing import Literal

import numpy as np

from vinpaint.core import Box, Captions, MaskError, MaskTrack, Progress, Prompt, Span, section
from vinpaint.masks.base import TrackerOptions
from vinpaint.masks.detect import text_lines
from vinpaint.masks.detect.glyphs import OUTLINE_REACH, CropReader, extract_glyphs
from vinpaint.masks.detect.ocr import TextReader, run_interruptible
from vinpaint.masks.detect.text_lines import TextLine
from vinpaint.masks.mask_tracks import StaticShape, StaticShapeTrack, union
from vinpaint.media import Clip

_MIN_SECONDS = 0.2
"""Text that is shown for a shorter time is ignored."""


@dataclass(frozen=True)
class Caption:
    """Text in the picture: one or more lines that appear and disappear together.

    number: from 1, in order of appearance; text: the recognised text; box: around all lines; span:
    the frames that show it; score: confidence of the recognition, 0 to 1; scene: True if it moves
    with the picture, so that it is not a caption and cannot be masked; lines: the box of each line;
    changing: True if its text changes, as that of a clock, so that it is always masked as a box.
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
    """Accepts `Captions` prompts."""

    title: str = "Captions"
    kinds: tuple[str, ...] = ("captions",)

    def find(
        self, clip: Clip, prompts: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """Return the mask of the chosen captions: their letters or their boxes.

        Each caption is masked only on the frames that show it. Raises MaskError if no caption is
        found, or if a chosen number is not that of a caption.
        """
        captions = find_captions(clip, scene=True, progress=section(progress, 0.0, 0.9))
        last = section(progress, 0.9, 1.0)
        return union(
            [
                mask_captions(clip, select(captions, prompt.chosen), prompt.shape, progress=last)
                for prompt in prompts
                if isinstance(prompt, Captions)
            ]
        )


def select(captions: Sequence[Caption], numbers: Sequence[int] | None) -> tuple[Caption, ...]:
    """Return the captions with the given numbers, or all if None; text of the scene is left out.

    Raises MaskError if there is no caption, or if a number is not that of a caption.
    """
    fixed = {caption.number: caption for caption in captions if not caption.scene}
    if not fixed:
        moving = ", only text that moves with the picture" if captions else ""
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
) -> StaticShapeTrack:
    """Return the mask of captions that `find_captions` found.

    shape: 'letters' masks the letters with their outline and soft shadow, 'box' a rectangle around
    each line.
    """
    shapes: list[StaticShape] = []
    with clip.reopen() as own:
        for i, caption in enumerate(captions):
            message = f"outlining caption {caption.number}"
            crops = CropReader(own, partial(progress, i / len(captions), message))
            outline = _letters if shape == "letters" and not caption.changing else _block
            shapes += [outline(crops, caption.span, line) for line in caption.lines]
    return StaticShapeTrack((clip.width, clip.height), clip.frames, tuple(shapes))


def _block(crops: CropReader, span: Span, line: Box) -> StaticShape:
    box = line.grow(2 + round(OUTLINE_REACH / 2 * line.height), crops.clip.width, crops.clip.height)
    return StaticShape(span, box, np.ones((box.height, box.width), np.bool_))


def _letters(crops: CropReader, span: Span, line: Box) -> StaticShape:
    # Captions may fade in and out, so the first and the last fifth are left out.
    fade = span.length // 5
    clear = span.frames[fade : span.length - fade]
    glyphs = extract_glyphs(crops, line, text_lines.evenly_spaced(clear, text_lines.GLYPH_FRAMES))
    return StaticShape(span, glyphs.box, glyphs.shape)


def find_captions(clip: Clip, *, scene: bool = False, progress: Progress) -> tuple[Caption, ...]:
    """Return the captions of the clip, in order of appearance; empty if there are none.

    Text is recognised on a frame every quarter of a second. Then the exact first and last frame of
    each caption are located.

    Args:
        clip: The clip to search.
        scene: Also return text that moves with the picture, numbered after the captions.
        progress: Called while the clip is searched; may raise to stop.

    Raises:
        MissingError: the package for text recognition is not installed.
    """
    tick = partial(progress, 0.0, "loading the reader")
    tick()
    reader = run_interruptible(TextReader, tick)
    with clip.reopen() as own:
        lines = _find_lines(own, reader, progress)
    groups = _grouped([line for line in lines if not line.scene])
    if scene:
        groups += [[line] for line in lines if line.scene]
    return tuple(_caption(number, group) for number, group in enumerate(groups, 1))


def _find_lines(clip: Clip, reader: TextReader, progress: Progress) -> list[TextLine]:
    """Return all lines of text with their frames, except those that are shown only briefly."""
    least = min(clip.frames, max(1, round(float(clip.fps) * _MIN_SECONDS)))
    found: list[TextLine] = []
    for track in text_lines.track_lines(clip, reader, section(progress, 0.0, 0.95)):
        tick = partial(progress, 0.95 * track.last / clip.frames, f"looking at '{track.text}'")
        line = text_lines.locate(CropReader(clip, tick), track)
        if line.scene or line.span.length >= least:
            found.append(line)
    tick = partial(progress, 0.95, "sorting the captions")
    return text_lines.resolve_overlaps(CropReader(clip, tick), text_lines.merge_duplicates(found))


def _grouped(lines: Sequence[TextLine]) -> list[list[TextLine]]:
    """Group lines that are close together, and that appear and disappear together."""
    groups: list[list[TextLine]] = []
    for line in sorted(lines, key=lambda f: (f.span, f.box.y0, f.box.x0)):
        group = next((g for g in groups if any(_together(line, other) for other in g)), None)
        if group is None:
            groups.append([line])
        else:
            group.append(line)
    return groups


def _together(a: TextLine, b: TextLine) -> bool:
    ends = np.abs(np.subtract(a.span, b.span)).max()
    margin = round(0.8 * min(a.box.height, b.box.height))
    near = a.box.grow(margin, 1 << 30, 1 << 30)
    return bool(ends <= 2) and near.intersection(b.box) is not None


def _caption(number: int, lines: Sequence[TextLine]) -> Caption:
    return Caption(
        number=number,
        text=" ".join(line.text for line in lines),
        box=reduce(Box.join, (line.box for line in lines)),
        span=text_lines.join_spans([line.span for line in lines]),
        score=float(np.mean([line.score for line in lines])),
        scene=any(line.scene for line in lines),
        lines=tuple(line.box for line in lines),
        changing=any(line.changing for line in lines),
    )
