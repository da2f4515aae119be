"""Masks: turn prompts into one mask per frame.

Start with `find` below, and with the interfaces in `base.py`. Every mask source is a module of its
own, listed in `SOURCES`; every tracker is listed in `trackers.TRACKERS`. `tracker/` and `sam2/`
follow objects through a clip, `detect/` proposes what to mask, and `refine/` post-processes masks.
"""

from __future__ import annotations

from collections.abc import Sequence

from vinpaint.core import MaskError, MaskTrack, Progress, Prompt, Shadow
from vinpaint.masks.base import MaskSource, TrackerOptions, split
from vinpaint.masks.captions import Caption, CaptionSource, find_captions, mask_captions
from vinpaint.masks.click_effect import describe_unchanged, visibly_differs
from vinpaint.masks.click_levels import ClickCandidate, candidates_of_click
from vinpaint.masks.detect.logo import suggest_regions
from vinpaint.masks.keyframes import KeyframeSource
from vinpaint.masks.mask_file import MaskFileSource
from vinpaint.masks.mask_tracks import InvertedTrack, LimitedTrack, union
from vinpaint.masks.missing import MissingPixels, MissingSource, find_missing
from vinpaint.masks.prompted import PromptedSource, prepare_frame, segment_frame
from vinpaint.masks.refine.matte import apply_matte, tuning_after_matte
from vinpaint.masks.refine.self_check import check_mask
from vinpaint.masks.refine.shadow import track_shadow
from vinpaint.masks.refine.tuning import tune
from vinpaint.masks.region import RegionSource
from vinpaint.masks.rle import write_rle
from vinpaint.masks.text import Candidate, TextSource, find_candidates, follow_candidates
from vinpaint.masks.trackers import TRACKERS, check_tracker, has_levels
from vinpaint.media import Clip

SOURCES: dict[str, MaskSource] = {
    "prompted": PromptedSource(),
    "keyframes": KeyframeSource(),
    "region": RegionSource(),
    "imported": MaskFileSource(),
    "captions": CaptionSource(),
    "words": TextSource(),
    "missing": MissingSource(),
}


def find(
    clip: Clip,
    prompts: Sequence[Prompt],
    *,
    options: TrackerOptions = TrackerOptions(),
    progress: Progress,
) -> MaskTrack:
    """Return the union of the masks of all prompts, before tuning.

    Args:
        clip: The clip in which the prompts mark objects.
        prompts: At least one prompt, of any kinds.
        options: Which tracker and device to use.
        progress: Called while the masks are computed; may raise to stop.

    Raises:
        MaskError: there is no prompt, or one does not fit the clip.
    """
    objects = find_objects(clip, prompts, options=options, progress=progress)
    return union(list(objects.values()))


def find_objects(
    clip: Clip,
    prompts: Sequence[Prompt],
    *,
    options: TrackerOptions = TrackerOptions(),
    progress: Progress,
) -> dict[int, MaskTrack]:
    """Return the mask of every object, keyed by object number, before tuning.

    An object is the union of all prompts with its number; if one of them is a `Shadow`, its shadow
    is included. The arguments are those of `find`.

    Raises MaskError if there is no prompt, if a prompt does not fit the clip, or if a shadow is
    requested for an object that no other prompt marks.
    """
    if not prompts:
        raise MaskError(
            "nothing is marked; click the object, draw a box or a region, or give a mask"
        )
    tasks = [
        (number, source, group)
        for number in sorted({prompt.object_id for prompt in prompts})
        for source in SOURCES.values()
        if (group := [p for p in prompts if p.object_id == number and p.kind in source.kinds])
    ]
    shadows = sorted({prompt.object_id for prompt in prompts if isinstance(prompt, Shadow)})
    marked = {number for number, _, _ in tasks}
    for number in shadows:
        if number not in marked:
            raise MaskError(
                f"the shadow of object {number} is asked for, but nothing marks the object; "
                "mark the object too"
            )
    sections = split(progress, len(tasks) + len(shadows))
    tracks: dict[int, list[MaskTrack]] = {}
    for (number, source, group), reported in zip(tasks, sections, strict=False):
        track = source.find(clip, group, options=options, progress=reported)
        tracks.setdefault(number, []).append(track)
    for number, reported in zip(shadows, sections[len(tasks) :], strict=True):
        tracks[number].append(track_shadow(clip, union(tracks[number]), progress=reported))
    return {number: union(found) for number, found in tracks.items()}


__all__ = [
    "SOURCES",
    "TRACKERS",
    "Candidate",
    "Caption",
    "ClickCandidate",
    "InvertedTrack",
    "LimitedTrack",
    "MaskSource",
    "MissingPixels",
    "TrackerOptions",
    "apply_matte",
    "candidates_of_click",
    "check_mask",
    "check_tracker",
    "describe_unchanged",
    "find",
    "find_candidates",
    "find_captions",
    "find_missing",
    "find_objects",
    "follow_candidates",
    "has_levels",
    "mask_captions",
    "prepare_frame",
    "segment_frame",
    "suggest_regions",
    "tune",
    "tuning_after_matte",
    "union",
    "visibly_differs",
    "write_rle",
]
