"""Check the mask of a job: which masks are judged as objects, and by which warnings."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from vinpaint import masks
from vinpaint.core import (
    FramePrompt,
    MaskFile,
    MaskTrack,
    MaskWarning,
    MaskWarningKind,
    Progress,
    Prompt,
    Shadow,
    TextPrompt,
    no_op,
)
from vinpaint.media import Clip, is_image

_TRACKED = FramePrompt | TextPrompt
"""Prompts whose object is tracked, so that it can be lost."""
_OF_FILES: frozenset[MaskWarningKind] = frozenset({"part", "outside", "lag"})
"""Warnings about a mask that was given as a file, or that contains a region or captions. Such a
mask may be empty, or change, on purpose."""
_FIXED_SHARE = 0.8
"""A mask that stays in one place on this share of its frames is no moving object."""


def check_found_mask(
    clip: Clip,
    prompts: Sequence[Prompt],
    found: MaskTrack,
    *,
    cuts: Sequence[int],
    progress: Progress = no_op,
) -> tuple[MaskWarning, ...]:
    """Return warnings about possible errors of a mask, worst first.

    Only objects are judged: tracked ones, and masks from files that move. A fixed region, captions
    and one image for all frames give no warnings.

    Args:
        clip: The clip.
        prompts: The prompts that the mask was found from.
        found: The mask before tuning.
        cuts: The first frame of every shot except the first.
        progress: Called for every frame; may raise to stop.
    """
    tracked = any(isinstance(prompt, _TRACKED) for prompt in prompts)
    if not tracked and (not any(map(_is_sequence, prompts)) or _is_fixed(found)):
        return ()
    warnings = masks.check_mask(clip, found, cuts=cuts, progress=progress)
    if all(isinstance(prompt, _TRACKED | Shadow) for prompt in prompts):
        return warnings
    return tuple(one for one in warnings if one.kind in _OF_FILES)


def is_overlay(prompts: Sequence[Prompt]) -> bool:
    """Return whether a mask holds no object, only captions, regions or what the clip lacks."""
    objects = any(isinstance(prompt, _TRACKED | Shadow) for prompt in prompts)
    return not objects and not any(map(_is_sequence, prompts))


def _is_sequence(prompt: Prompt) -> bool:
    """Return whether a prompt is a mask file with a mask for every frame."""
    return isinstance(prompt, MaskFile) and not is_image(Path(prompt.path))


def _is_fixed(track: MaskTrack) -> bool:
    """Return whether a mask stays in one place."""
    boxes = [track.bounds(t) for t in range(track.frames)]
    pairs = [(a, b) for a, b in pairwise(boxes) if a and b]
    return sum(a == b for a, b in pairs) >= _FIXED_SHARE * len(pairs)
