"""What was followed through the clip: one part for each object, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from vinpaint import masks
from vinpaint.core import (
    Box,
    Captions,
    MaskTrack,
    ObjectInfo,
    Progress,
    Prompt,
    Shadow,
    Span,
    TextPrompt,
)
from vinpaint.masks import Candidate, Caption, TrackerOptions, union
from vinpaint.media import Clip


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
        return union([part.track for part in shown.values()]) if shown else None

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


def hidden_of(objects: Sequence[ObjectInfo]) -> frozenset[int]:
    """The numbers of the hidden objects."""
    return frozenset(thing.object_id for thing in objects if thing.hidden)


@dataclass(frozen=True, eq=False)
class Offers:
    """What was found to choose from. `asked`: what the candidates were looked for by."""

    asked: TextPrompt | None = None
    candidates: tuple[Candidate, ...] = ()
    captions: tuple[Caption, ...] = ()
    latest: tuple[tuple[Span, Box], ...] = ()
    """Frames and box of each thing that was found last, for the stage."""


def follow_offered(
    clip: Clip,
    prompts: Sequence[Prompt],
    offers: Offers,
    *,
    options: TrackerOptions,
    progress: Progress,
) -> tuple[list[MaskTrack], list[Prompt]]:
    """Masks of what was found to choose from already, and the prompts that are left to find."""
    if any(isinstance(prompt, Shadow) for prompt in prompts):
        return [], list(prompts)  # a shadow is found from all that its object is
    tracks: list[MaskTrack] = []
    left: list[Prompt] = []
    for prompt in prompts:
        if (
            isinstance(prompt, TextPrompt)
            and replace(prompt, chosen=None, object_id=1) == offers.asked
        ):
            picked = [one for one in offers.candidates if _is_chosen(one.number, prompt.chosen)]
            tracks.append(masks.follow_candidates(clip, picked, options=options, progress=progress))
        elif isinstance(prompt, Captions) and offers.captions:
            meant = [one for one in offers.captions if _is_chosen(one.number, prompt.chosen)]
            tracks.append(masks.mask_captions(clip, meant, prompt.shape, progress=progress))
        else:
            left.append(prompt)
    return tracks, left


def _is_chosen(number: int, chosen: tuple[int, ...] | None) -> bool:
    return chosen is None or number in chosen
