"""From the words of the command line to prompts: '--click 0,120,80,-' and its like.

`--object N` speaks of all the points, boxes and paintings after it, and option parsers forget the
order of different flags. So `with_objects` writes the number into each value first: '2:0,120,80'.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast, get_args

from vinpaint.core import (
    Blend,
    Box,
    BoxPrompt,
    Captions,
    Click,
    Device,
    Keyframe,
    MaskFile,
    Measures,
    Painting,
    Prompt,
    Region,
    SettingsError,
    Smoothing,
    Span,
    TextPrompt,
)
from vinpaint.quality.gate import QualityWeights

_OF_OBJECTS = ("--click", "--box", "--paint", "--keyframe")
_NUMBERED = re.compile(r"(\d+):(.*)", re.DOTALL)
_WORDS = TextPrompt("")


def with_objects(words: Sequence[str]) -> list[str]:
    """The command line with each '--object N' written into the values that it speaks of.

    Raises SettingsError for a number that is none, or that nothing follows.
    """
    out: list[str] = []
    number, used = "", True
    rest = iter(words)
    for word in rest:
        flag, equals, value = word.partition("=")
        if flag == "--object":
            if not used:
                break
            number, used = value if equals else next(rest, ""), False
            if not number.isdigit() or int(number) < 1:
                raise SettingsError(f"--object takes a number from 1 on, received '{number}'")
        elif flag in _OF_OBJECTS and number:
            out += [flag, f"{number}:{value if equals else next(rest, '')}"]
            used = True
        else:
            out.append(word)
    if not used:
        raise SettingsError(
            f"--object {number} has no point, box or painting after it; give one, or leave it out"
        )
    return out


def prompts(
    *,
    mask: Sequence[str] = (),
    click: Sequence[str] = (),
    box: Sequence[str] = (),
    region: Sequence[str] = (),
    paint: Sequence[str] = (),
    keyframe: Sequence[str] = (),
    text: str | None = None,
    box_threshold: float = _WORDS.box_threshold,
    text_threshold: float = _WORDS.text_threshold,
    captions: bool = False,
    caption_boxes: bool = False,
    resize_mask: bool = False,
) -> tuple[Prompt, ...]:
    """All prompts of one command. Raises SettingsError, naming the flag and what it takes."""
    if text is not None and not text.strip():
        raise SettingsError("--text takes what to find, in words, and received none")
    for flag, value in (("--box-threshold", box_threshold), ("--text-threshold", text_threshold)):
        if not 0 < value < 1:
            raise SettingsError(f"{flag} takes a number between 0 and 1, received {value:g}")
    found: list[Prompt] = [
        *(MaskFile(path, resize_mask) for path in mask),
        *(parse_click(value) for value in click),
        *(parse_box(value) for value in box),
        *(Region(Box(*whole_numbers("--region", value, "X0,Y0,X1,Y1", 4))) for value in region),
        *(parse_painting(value) for value in paint),
        *(parse_keyframe(value) for value in keyframe),
    ]
    if text is not None:
        found.append(TextPrompt(text.strip(), box_threshold, text_threshold))
    if captions or caption_boxes:
        found.append(Captions("box" if caption_boxes else "letters"))
    return tuple(found)


def parse_click(text: str) -> Click:
    """'F,X,Y' or 'F,X,Y,-', perhaps with 'N:' before it for object N."""
    number, rest = _numbered(text)
    parts = rest.split(",")
    add = True
    if len(parts) == 4 and parts[3].strip() in ("-", "+"):
        add = parts.pop().strip() == "+"
    frame, x, y = whole_numbers("--click", ",".join(parts), "F,X,Y or F,X,Y,-", 3)
    return Click(frame, x, y, add, number)


def parse_box(text: str) -> BoxPrompt:
    """'F,X0,Y0,X1,Y1', perhaps with 'N:' before it for object N."""
    number, rest = _numbered(text)
    frame, x0, y0, x1, y1 = whole_numbers("--box", rest, "F,X0,Y0,X1,Y1", 5)
    return BoxPrompt(frame, Box(x0, y0, x1, y1), number)


def parse_painting(text: str) -> Painting:
    """'F,PATH', perhaps with 'N:' before it for object N."""
    return Painting(*_frame_and_path("--paint", text))


def parse_keyframe(text: str) -> Keyframe:
    """'F,PATH', perhaps with 'N:' before it for object N."""
    return Keyframe(*_frame_and_path("--keyframe", text))


def _frame_and_path(flag: str, text: str) -> tuple[int, str, int]:
    """'F,PATH': frame, path and object."""
    number, rest = _numbered(text)
    frame, comma, path = rest.partition(",")
    if not comma or not path:
        raise SettingsError(f"{flag} takes F,PATH (a frame and an image), received '{rest}'")
    return whole_numbers(flag, frame, "F,PATH", 1)[0], path, number


def _numbered(text: str) -> tuple[int, str]:
    match = _NUMBERED.fullmatch(text)
    return (int(match[1]), match[2]) if match else (1, text)


def parse_frames(text: str) -> Span:
    """'A:B', A up to and not including B."""
    start, stop = whole_numbers("--frames", text.replace(":", ","), "A:B", 2)
    return Span(start, stop)


def parse_clone(text: str) -> tuple[int, int]:
    """'DX,DY': pixels to the right and down."""
    dx, dy = whole_numbers("--clone", text, "DX,DY", 2)
    return dx, dy


def parse_measures(text: str) -> Measures:
    """'none', 'quick' or 'all'."""
    for name in get_args(Measures):
        if text == name:
            return cast(Measures, name)
    raise SettingsError(f"--measures takes none, quick or all, received '{text}'")


def parse_weights(text: str) -> QualityWeights:
    """'0.5,0.3,0.2': of steadiness, texture and seam."""
    try:
        warp, texture, boundary = (float(part) for part in text.split(","))
        return QualityWeights(warp, texture, boundary)
    except ValueError:
        raise SettingsError(
            f"--weights takes three numbers, none below 0 and not all 0, for steadiness, texture "
            f"and seam, such as 0.5,0.3,0.2; received '{text}'"
        ) from None


def parse_device(text: str) -> Device:
    """'auto', 'cpu' or 'cuda'."""
    for name in get_args(Device):
        if text == name:
            return cast(Device, name)
    raise SettingsError(f"--device takes auto, cpu or cuda, received '{text}'")


def whole_numbers(flag: str, text: str, form: str, count: int) -> list[int]:
    """`count` whole numbers parted by commas. Raises SettingsError."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise SettingsError(f"{flag} takes {form} in whole numbers, received '{text}'")
    return numbers


def parse_repaint(text: str | None) -> tuple[int, int] | None:
    """'R,J': how often, and over how many steps."""
    if text is None:
        return None
    times, jump = whole_numbers("--repaint", text, "R,J", 2)
    return times, jump


def parse_smoothing(text: str) -> Smoothing:
    """One of its names. Raises SettingsError."""
    for name in get_args(Smoothing):
        if text == name:
            return cast(Smoothing, name)
    raise SettingsError(f"--smoothing takes bilateral, average or none, received '{text}'")


def parse_blend(text: str) -> Blend:
    """One of its names. Raises SettingsError."""
    for name in get_args(Blend):
        if text == name:
            return cast(Blend, name)
    raise SettingsError(f"--blend takes alpha or poisson, received '{text}'")
