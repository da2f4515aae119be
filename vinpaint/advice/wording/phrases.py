"""Phrases used in several sentences."""

from __future__ import annotations

from collections.abc import Sequence

from vinpaint.core import Span


def format_place(place: tuple[float, float]) -> str:
    """Name a position given as shares of width and height: (0.1, 0.9) -> 'the lower left'."""
    column = ("left", "middle", "right")[min(2, int(3 * place[0]))]
    row = ("upper ", "", "lower ")[min(2, int(3 * place[1]))]
    return f"the {row}{column}"


def format_span(span: Span) -> str:
    """Name the frames of a span: 'frame 3', 'frames 3 to 7'."""
    if span.length == 1:
        return f"frame {span.start}"
    return f"frames {span.start} to {span.stop - 1}"


def format_count(count: int, singular: str, plural: str) -> str:
    """Return '1 frame', '2 frames'."""
    return f"{count} {singular if count == 1 else plural}"


def join_words(words: Sequence[str]) -> str:
    """Join words as a list: 'a', 'a and b', 'a, b and c'."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def capitalise(text: str) -> str:
    """Capitalise the first letter only."""
    return text[:1].upper() + text[1:]
