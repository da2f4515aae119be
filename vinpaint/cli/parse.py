"""Parse the values of command line options, such as '--click 0,120,80,-'.

`--object N` applies to all points, boxes and paintings after it, but option parsers do not keep the
order of different flags. `with_objects` therefore adds the number to each value: '2:0,120,80'.

All functions raise SettingsError for an invalid value.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import cast, get_args

from vinpaint.core import (
    Box,
    BoxPrompt,
    Click,
    Keyframe,
    Measures,
    Painting,
    Region,
    SettingsError,
    Span,
)
from vinpaint.quality.gate import QualityWeights

_FLAGS_OF_OBJECTS = ("--click", "--box", "--paint", "--keyframe")
_LEVEL = re.compile(r"level=([+-]?\d{1,3})")
_NUMBERED = re.compile(r"(\d+):(.*)", re.DOTALL)


def with_objects(words: Sequence[str]) -> list[str]:
    """Return the command line with every '--object N' moved into the values that it applies to.

    Raises SettingsError if N is not a positive number or no prompt follows.
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
        elif flag in _FLAGS_OF_OBJECTS and number:
            out += [flag, f"{number}:{value if equals else next(rest, '')}"]
            used = True
        else:
            out.append(word)
    if not used:
        raise SettingsError(
            f"--object {number} has no point, box or painting after it; give one, or leave it out"
        )
    return out


def parse_click(text: str) -> Click:
    """Parse 'F,X,Y', 'F,X,Y,-' or 'F,X,Y,level=N', with an optional prefix 'N:' for object N."""
    number, rest = _numbered(text)
    parts = rest.split(",")
    add, level = True, 0
    if len(parts) == 4 and (match := _LEVEL.fullmatch(parts[3].strip())):
        level = int(match[1])
        parts.pop()
    elif len(parts) == 4 and parts[3].strip() in ("-", "+"):
        add = parts.pop().strip() == "+"
    form = "F,X,Y or F,X,Y,- or F,X,Y,level=N"
    frame, x, y = whole_numbers("--click", ",".join(parts), form, 3)
    return Click(frame, x, y, add, number, level=level)


def parse_box(text: str) -> BoxPrompt:
    """Parse 'F,X0,Y0,X1,Y1', with an optional prefix 'N:' for object N."""
    number, rest = _numbered(text)
    frame, x0, y0, x1, y1 = whole_numbers("--box", rest, "F,X0,Y0,X1,Y1", 5)
    return BoxPrompt(frame, Box(x0, y0, x1, y1), number)


def parse_region(text: str) -> Region:
    """Parse 'X0,Y0,X1,Y1'."""
    return Region(Box(*whole_numbers("--region", text, "X0,Y0,X1,Y1", 4)))


def parse_painting(text: str) -> Painting:
    """Parse 'F,PATH', with an optional prefix 'N:' for object N."""
    return Painting(*_frame_and_path("--paint", text))


def parse_keyframe(text: str) -> Keyframe:
    """Parse 'F,PATH', with an optional prefix 'N:' for object N."""
    return Keyframe(*_frame_and_path("--keyframe", text))


def _frame_and_path(flag: str, text: str) -> tuple[int, str, int]:
    """Parse '[N:]F,PATH' into frame, path and object number."""
    number, rest = _numbered(text)
    frame, comma, path = rest.partition(",")
    if not comma or not path:
        raise SettingsError(f"{flag} takes F,PATH (a frame and an image), received '{rest}'")
    return whole_numbers(flag, frame, "F,PATH", 1)[0], path, number


def _numbered(text: str) -> tuple[int, str]:
    """Split 'N:value' into object number and value. The number is 1 if there is no prefix."""
    match = _NUMBERED.fullmatch(text)
    return (int(match[1]), match[2]) if match else (1, text)


def parse_frames(text: str) -> Span:
    """Parse 'A:B' into the frames from A to B, B excluded."""
    start, stop = whole_numbers("--frames", text.replace(":", ","), "A:B", 2)
    return Span(start, stop)


def parse_pair(flag: str, text: str, form: str) -> tuple[int, int]:
    """Parse two integers separated by a comma. `form` names them in an error, such as 'DX,DY'."""
    first, second = whole_numbers(flag, text, form, 2)
    return first, second


def parse_measures(text: str) -> Measures:
    """Parse 'none', 'quick' or 'all'."""
    if text in get_args(Measures):
        return cast(Measures, text)
    raise SettingsError(f"--measures takes none, quick or all, received '{text}'")


def parse_weights(text: str) -> QualityWeights:
    """Parse weights of steadiness, texture and seam, such as '0.5,0.3,0.2'."""
    try:
        warp, texture, boundary = (float(part) for part in text.split(","))
        return QualityWeights(warp, texture, boundary)
    except ValueError:
        raise SettingsError(
            f"--weights takes three numbers, none below 0 and not all 0, for steadiness, texture "
            f"and seam, such as 0.5,0.3,0.2; received '{text}'"
        ) from None


def whole_numbers(flag: str, text: str, form: str, count: int) -> list[int]:
    """Parse `count` integers separated by commas.

    `flag` and `form` are used in the message of the SettingsError for an invalid text.
    """
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise SettingsError(f"{flag} takes {form} in whole numbers, received '{text}'")
    return numbers
