"""Tell which clicks change nothing, so that the front ends can say so."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vinpaint.core import Bools, Click
from vinpaint.masks.base import ObjectPrompt, Tracker
from vinpaint.media import Clip

_VISIBLE_PX, _VISIBLE_SHARE = 12, 5e-5
"""Number of pixels, and their share of the picture, from which a change of the mask is visible."""


def visibly_differs(before: Bools, after: Bools) -> bool:
    """Return whether a visible number of pixels of two (H, W) masks differs."""
    return int((before != after).sum()) >= max(_VISIBLE_PX, _VISIBLE_SHARE * before.size)


def describe_unchanged(click: Click) -> str:
    """Return the sentence on a click that changes nothing."""
    reason = "the place is in the mask already" if click.add else "the place is not in the mask"
    where = f"{click.x},{click.y} on frame {click.frame}"
    return f"The click at {where} changed nothing: {reason}."


def unchanged_clicks(
    clip: Clip, tracker: Tracker, prompts: Sequence[ObjectPrompt], arrived: Bools | None
) -> list[Click]:
    """Return the clicks that change nothing in the mask of their frame.

    Each click is compared with the mask without it and without the later ones. 'Not this' clicks
    count as later than all other prompts.

    Args:
        clip: The clip.
        tracker: The tracker that finds the mask.
        prompts: The prompts of one object on one frame.
        arrived: (H, W) bool, the mask that is followed to the frame from others; None for none.
    """
    if not any(isinstance(prompt, Click) for prompt in prompts):
        return []
    ordered = sorted(prompts, key=lambda prompt: isinstance(prompt, Click) and not prompt.add)
    mask = np.zeros((clip.height, clip.width), np.bool_) if arrived is None else arrived
    unchanged = []
    for count, prompt in enumerate(ordered, start=1):
        before = mask
        mask = tracker.segment(clip, prompt.frame, ordered[:count], arrived)
        if isinstance(prompt, Click) and not visibly_differs(before, mask):
            unchanged.append(prompt)
    return unchanged
