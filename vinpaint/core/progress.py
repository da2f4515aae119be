"""Progress reports from long work, and how it is cancelled."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float, str], None]
"""`progress(fraction, words)`, fraction 0 to 1; raises `Cancelled` when the user has cancelled."""


def silent(fraction: float, words: str) -> None:
    """A `Progress` that tells nobody."""


def unheard(note: str) -> None:
    """Takes a note and tells nobody."""


def uncounted(frame: int, pixels: int) -> None:
    """Takes a count and tells nobody."""


def part(progress: Progress, start: float, stop: float) -> Progress:
    """The stretch `[start, stop]` of a progress, to hand to one stage of the work."""
    return lambda fraction, words: progress(start + (stop - start) * fraction, words)
