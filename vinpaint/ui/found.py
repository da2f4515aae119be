"""What was followed through the clip: one part for each object, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from vinpaint.masks import united
from vinpaint.types import Box, MaskTrack, Prompt, Span, Thing


class Note(NamedTuple):
    """Something about a followed mask that a person should look at."""

    span: Span
    words: str
    severity: float = 0.0


@dataclass(frozen=True, eq=False)
class Part:
    """One object as it was followed, and the prompts that it was found from."""

    prompts: tuple[Prompt, ...]
    track: MaskTrack
    outline: Path
    areas: tuple[float, ...]
    """The share of each frame that the mask covers."""
    notes: tuple[Note, ...] = ()


@dataclass(frozen=True, eq=False)
class Found:
    """All objects as they were followed. `cuts`: the first frame of each new shot."""

    parts: Mapping[int, Part]
    tracker: str = "auto"
    cuts: tuple[int, ...] = ()

    def shown(self, hidden: frozenset[int] = frozenset()) -> dict[int, Part]:
        """The parts that are not hidden."""
        return {number: part for number, part in self.parts.items() if number not in hidden}

    def track(self, hidden: frozenset[int] = frozenset()) -> MaskTrack | None:
        """What the shown objects cover together; None where all are hidden."""
        shown = self.shown(hidden)
        return united({number: part.track for number, part in shown.items()}) if shown else None

    def areas(self, hidden: frozenset[int] = frozenset()) -> tuple[float, ...]:
        """The share of each frame that they cover (where two overlap, a little too much)."""
        each = [part.areas for part in self.shown(hidden).values()]
        return tuple(min(1.0, sum(shares)) for shares in zip(*each, strict=True))

    def notes(self, hidden: frozenset[int] = frozenset()) -> tuple[Note, ...]:
        """What to look at, the worst first."""
        notes = [note for part in self.shown(hidden).values() for note in part.notes]
        return tuple(sorted(notes, key=lambda note: -note.severity))


def by_object(prompts: Sequence[Prompt]) -> dict[int, tuple[Prompt, ...]]:
    """The prompts of every object that has any, by its number."""
    numbers = sorted({prompt.object_id for prompt in prompts})
    return {n: tuple(one for one in prompts if one.object_id == n) for n in numbers}


def hidden_of(objects: Sequence[Thing]) -> frozenset[int]:
    """The numbers of the hidden objects."""
    return frozenset(thing.object_id for thing in objects if thing.hidden)


@dataclass(frozen=True, eq=False)
class Offers:
    """What was found to choose from: things by words, captions; each by its number."""

    words: tuple[tuple[int, str], ...] = ()
    captions: tuple[tuple[int, str], ...] = ()
    boxes: tuple[tuple[str, Span, Box], ...] = ()
    """Kind, frames and box of each, for the stage."""
