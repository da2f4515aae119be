"""What to replace: one file a source, one line in SOURCES; tracking and tuning beside them."""

from __future__ import annotations

from collections.abc import Sequence

from vinpaint.core import MaskError, MaskTrack, Progress, Prompt, Shadow, Span, section
from vinpaint.masks.base import MaskSource, Means
from vinpaint.masks.captions import BurnedInText, Caption, find_captions, mask_captions
from vinpaint.masks.detect.logo import Suggestion, suggest_region
from vinpaint.masks.imported import ImportedMask
from vinpaint.masks.keyframes import Keyframes
from vinpaint.masks.mask_tracks import InvertedTrack, LimitedTrack, UnionTrack
from vinpaint.masks.prompted import Prompted, segment_frame
from vinpaint.masks.refine.matte import matte_tuning, matted
from vinpaint.masks.refine.self_check import Flag, check
from vinpaint.masks.refine.shadow import shadow_of, shadow_track
from vinpaint.masks.refine.tuning import tune
from vinpaint.masks.region import FixedRegion
from vinpaint.masks.rle import check_rle_out, write_rle
from vinpaint.masks.text import Candidate, FoundByWords, candidates, follow_candidates
from vinpaint.masks.trackers import TRACKERS, tracker_name
from vinpaint.media import Clip

SOURCES: dict[str, MaskSource] = {
    "prompted": Prompted(),
    "keyframes": Keyframes(),
    "region": FixedRegion(),
    "imported": ImportedMask(),
    "captions": BurnedInText(),
    "words": FoundByWords(),
}

_USUAL = Means()


def find(
    clip: Clip, where: Sequence[Prompt], *, means: Means = _USUAL, progress: Progress
) -> MaskTrack:
    """The union of what all prompts mark, as found. Raises MaskError."""
    return united(find_each(clip, where, means=means, progress=progress))


def find_each(
    clip: Clip, where: Sequence[Prompt], *, means: Means = _USUAL, progress: Progress
) -> dict[int, MaskTrack]:
    """The mask of every object, by its number, with its shadow where asked. Raises MaskError."""
    if not where:
        raise MaskError(
            "nothing is marked; click the thing, draw a box or a region, or give a mask"
        )
    tasks = [
        (number, source, mine)
        for number in sorted({prompt.object_id for prompt in where})
        for source in SOURCES.values()
        if (mine := [p for p in where if p.object_id == number and p.kind in source.kinds])
    ]
    shadows = sorted({prompt.object_id for prompt in where if isinstance(prompt, Shadow)})
    _check_shadows(shadows, {number for number, _, _ in tasks})
    steps = len(tasks) + len(shadows)
    told = [section(progress, i / steps, (i + 1) / steps) for i in range(steps)]
    found: dict[int, list[MaskTrack]] = {}
    for (number, source, mine), tell in zip(tasks, told, strict=False):
        track = source.find(clip, mine, means=means, progress=tell)
        found.setdefault(number, []).append(track)
    for number, tell in zip(shadows, told[len(tasks) :], strict=True):
        found[number].append(shadow_track(clip, _union(found[number]), progress=tell))
    return {number: _union(tracks) for number, tracks in found.items()}


def _check_shadows(shadows: Sequence[int], marked: set[int]) -> None:
    """Raises MaskError for a shadow without its object, before anything is followed."""
    for number in shadows:
        if number not in marked:
            raise MaskError(
                f"the shadow of object {number} is asked for, but nothing marks the object; "
                "mark the object too"
            )


def united(objects: dict[int, MaskTrack]) -> MaskTrack:
    """The objects' masks as one."""
    return _union(list(objects.values()))


def _union(tracks: Sequence[MaskTrack]) -> MaskTrack:
    return tracks[0] if len(tracks) == 1 else UnionTrack(tuple(tracks))


def inverted(track: MaskTrack) -> MaskTrack:
    """Everything but the mask."""
    return InvertedTrack(track)


def limited(track: MaskTrack, span: Span) -> MaskTrack:
    """The mask on the frames of `span` only."""
    return LimitedTrack(track, span)


__all__ = [
    "SOURCES",
    "TRACKERS",
    "Candidate",
    "Caption",
    "Flag",
    "MaskSource",
    "Means",
    "Suggestion",
    "candidates",
    "check",
    "check_rle_out",
    "find",
    "find_captions",
    "find_each",
    "follow_candidates",
    "inverted",
    "limited",
    "mask_captions",
    "matte_tuning",
    "matted",
    "segment_frame",
    "shadow_of",
    "suggest_region",
    "tracker_name",
    "tune",
    "united",
    "write_rle",
]
