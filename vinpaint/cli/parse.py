"""From the words of the command line to prompts: '--click 0,120,80,-' and its like."""

from __future__ import annotations

from collections.abc import Sequence

from vinpaint.errors import SettingsError
from vinpaint.types import Box, BoxPrompt, Click, Imported, Painting, Prompt, Region, Span


def prompts(
    *,
    mask: Sequence[str],
    click: Sequence[str],
    box: Sequence[str],
    region: Sequence[str],
    paint: Sequence[str],
) -> tuple[Prompt, ...]:
    """All prompts of one command. Raises SettingsError, naming the flag and what it takes."""
    return (
        *(Imported(path) for path in mask),
        *(parse_click(text) for text in click),
        *(parse_box(text) for text in box),
        *(Region(Box(*whole_numbers("--region", text, "X0,Y0,X1,Y1", 4))) for text in region),
        *(parse_painting(text) for text in paint),
    )


def parse_click(text: str) -> Click:
    """'F,X,Y' or 'F,X,Y,-'."""
    parts = text.split(",")
    add = True
    if len(parts) == 4 and parts[3].strip() in ("-", "+"):
        add = parts.pop().strip() == "+"
    frame, x, y = whole_numbers("--click", ",".join(parts), "F,X,Y or F,X,Y,-", 3)
    return Click(frame, x, y, add)


def parse_box(text: str) -> BoxPrompt:
    """'F,X0,Y0,X1,Y1'."""
    frame, x0, y0, x1, y1 = whole_numbers("--box", text, "F,X0,Y0,X1,Y1", 5)
    return BoxPrompt(frame, Box(x0, y0, x1, y1))


def parse_painting(text: str) -> Painting:
    """'F,PATH'."""
    frame, comma, path = text.partition(",")
    if not comma or not path:
        raise SettingsError(f"--paint takes F,PATH (a frame and an image), received '{text}'")
    return Painting(whole_numbers("--paint", frame, "F,PATH", 1)[0], path)


def parse_frames(text: str) -> Span:
    """'A:B', A up to and not including B."""
    start, stop = whole_numbers("--frames", text.replace(":", ","), "A:B", 2)
    return Span(start, stop)


def whole_numbers(flag: str, text: str, form: str, count: int) -> list[int]:
    """`count` whole numbers parted by commas. Raises SettingsError."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count:
        raise SettingsError(f"{flag} takes {form} in whole numbers, received '{text}'")
    return numbers
