"""The tracked masks of the objects, and the results of the detectors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from vinpaint import masks
from vinpaint.core import (
    Box,
    Captions,
    MaskTrack,
    MaskWarning,
    Missing,
    ObjectInfo,
    Progress,
    Prompt,
    Shadow,
    Span,
    TextPrompt,
)
from vinpaint.masks import Candidate, Caption, MissingPixels, TrackerOptions, union
from vinpaint.media import Clip


@dataclass(frozen=True, eq=False)
class TrackedObject:
    """The mask of one object on every frame, and the prompts it was tracked from.

    `outline` is a file with the outline of the mask on every frame (JSON).
    """

    prompts: tuple[Prompt, ...]
    track: MaskTrack
    outline: Path
    areas: tuple[float, ...]
    """Share of each frame that the mask covers, 0 to 1."""
    notes: tuple[MaskWarning, ...] = ()


@dataclass(frozen=True, eq=False)
class TrackedObjects:
    """All tracked objects by number.

    `tracker` is the tracker that was used. `cuts` are the first frames of new shots.
    """

    objects: Mapping[int, TrackedObject]
    tracker: str = "auto"
    cuts: tuple[int, ...] = ()

    def visible(self, hidden: frozenset[int] = frozenset()) -> dict[int, TrackedObject]:
        """Return the objects that are not hidden."""
        return {number: one for number, one in self.objects.items() if number not in hidden}

    def track(self, hidden: frozenset[int] = frozenset()) -> MaskTrack | None:
        """Return the union of the visible masks; None if all objects are hidden."""
        visible = self.visible(hidden)
        return union([one.track for one in visible.values()]) if visible else None

    def areas(self, hidden: frozenset[int] = frozenset()) -> tuple[float, ...]:
        """Return the share of each frame that the visible masks cover.

        Overlaps are counted twice; the sum is limited to 1.
        """
        each = [one.areas for one in self.visible(hidden).values()]
        return tuple(min(1.0, sum(shares)) for shares in zip(*each, strict=True))

    def warnings(self, hidden: frozenset[int] = frozenset()) -> tuple[tuple[int, MaskWarning], ...]:
        """Return (object number, warning) for the visible objects, most severe first."""
        found = [(n, note) for n, one in self.visible(hidden).items() for note in one.notes]
        return tuple(sorted(found, key=lambda pair: -pair[1].severity))


def by_object(prompts: Sequence[Prompt]) -> dict[int, tuple[Prompt, ...]]:
    """Group prompts by object number."""
    numbers = sorted({prompt.object_id for prompt in prompts})
    return {n: tuple(one for one in prompts if one.object_id == n) for n in numbers}


def hidden_of(objects: Sequence[ObjectInfo]) -> frozenset[int]:
    """Return the numbers of the hidden objects."""
    return frozenset(one.object_id for one in objects if one.hidden)


@dataclass(frozen=True, eq=False)
class Detections:
    """The results of the detectors that the user can choose from.

    `query` is the text prompt that gave the candidates.
    """

    query: TextPrompt | None = None
    candidates: tuple[Candidate, ...] = ()
    captions: tuple[Caption, ...] = ()
    missing: MissingPixels | None = None
    latest: tuple[tuple[Span, Box], ...] = ()
    """Frames and box of each result of the latest detection, for display on the stage."""


def track_detections(
    clip: Clip,
    prompts: Sequence[Prompt],
    detections: Detections,
    *,
    options: TrackerOptions,
    progress: Progress,
) -> tuple[list[MaskTrack], list[Prompt]]:
    """Return the masks of prompts that were already detected, and the remaining prompts.

    With a shadow among the prompts, all of them remain, because a shadow depends on the whole mask
    of its object.
    """
    if any(isinstance(prompt, Shadow) for prompt in prompts):
        return [], list(prompts)
    tracks: list[MaskTrack] = []
    left: list[Prompt] = []
    for prompt in prompts:
        if (
            isinstance(prompt, TextPrompt)
            and replace(prompt, chosen=None, object_id=1) == detections.query
        ):
            picked = [one for one in detections.candidates if _chosen(one.number, prompt.chosen)]
            tracks.append(masks.follow_candidates(clip, picked, options=options, progress=progress))
        elif isinstance(prompt, Captions) and detections.captions:
            lines = [one for one in detections.captions if _chosen(one.number, prompt.chosen)]
            tracks.append(masks.mask_captions(clip, lines, prompt.shape, progress=progress))
        elif isinstance(prompt, Missing) and detections.missing:
            tracks.append(detections.missing.track)
        else:
            left.append(prompt)
    return tracks, left


def _chosen(number: int, chosen: tuple[int, ...] | None) -> bool:
    return chosen is None or number in chosen
