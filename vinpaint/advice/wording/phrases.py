"""Small words that many sentences need."""

from __future__ import annotations

from vinpaint.core import Span


def format_place(place: tuple[float, float]) -> str:
    """(0.1, 0.9) -> 'the lower left'."""
    column = ("left", "middle", "right")[min(2, int(3 * place[0]))]
    row = ("upper", "middle", "lower")[min(2, int(3 * place[1]))]
    if row == "middle":
        return "the middle" if column == "middle" else f"the {column}"
    return f"the {row} middle" if column == "middle" else f"the {row} {column}"


def format_span(span: Span) -> str:
    """'frame 3', 'frames 3 to 7'."""
    if span.length == 1:
        return f"frame {span.start}"
    return f"frames {span.start} to {span.stop - 1}"


def format_count(count: int, one: str, many: str) -> str:
    """'1 frame', '2 frames'."""
    return f"{count} {one if count == 1 else many}"


def capitalise(words: str) -> str:
    """The words with a capital letter in front."""
    return words[:1].upper() + words[1:]
