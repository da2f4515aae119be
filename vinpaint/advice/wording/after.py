"""Sentences after a repair: a remedy for each fault, and the advice to stop."""

from __future__ import annotations

from collections.abc import Mapping

from vinpaint.advice.remedies import NextStep, Remedy, RemedyAction
from vinpaint.core import FindingKind

_FAULTS: Mapping[FindingKind, str] = {
    "unsteady": "Unsteady",
    "flicker": "Flicker",
    "frozen": "Frozen",
    "drift": "Drift",
    "seam": "Seam",
    "texture": "Texture",
    "blur": "Blur",
    "hard": "Too sharp",
    "plastic": "No grain",
    "rough": "Too much grain",
    "colour": "Colour",
    "invented": "Generated",
    "leftover": "Left over",
}

_ACTIONS: Mapping[RemedyAction, str] = {
    "soften": "soften the edge more (Tune, Soften; --blur-sigma-px 8)",
    "poisson": "match the fill's light to its border (Fill, More, Blend; --blend poisson)",
    "grow": "grow the mask until its border lies on clean picture (Tune, Grow; --dilate-px 14)",
    "tighten": "mask less: leave out what can stay, paint closer to the edge (Mask; --dilate-px 4)",
    "steady": "smooth the mask's edge over time (Tune, Steady; --temporal-sigma 3)",
    "plate": "copy from a clean frame or a picture (Fill, Plate; --strategy plate)",
    "propagate": "follow the motion with the clip's own pixels "
    "(Fill, Propagate; --strategy propagate)",
    "grain on": "check that grain is matched (Fill, More; it is unless --no-match-grain is set)",
    "grain off": "turn grain matching off, it measured too much (Fill, More; --no-match-grain)",
    "shadow": "include its shadow or reflection in the mask (Mask, More; a --paint around it)",
    "follow": "correct the mask on the frames where it slips, and track again (Mask)",
    "take": "add what is left over to the mask, and repair again (Result, Left over; --mask with "
    "the file of --leftover-mask)",
    "frames": "repair slow and fast frames separately (Tune, From frame; --frames A:B)",
}


def describe_remedy(remedy: Remedy) -> str:
    """Describe a remedy: 'Seam: soften the edge more (...).'."""
    return f"{_FAULTS[remedy.kind]}: {_ACTIONS[remedy.change]}."


def describe_stop(step: NextStep) -> str:
    """Return the advice to stop and what to do instead; an empty string if not needed."""
    if not step.stop:
        return ""
    return (
        "Two repairs of this shot failed in a row: stop repairing it. Regenerate the clip with "
        "reference pictures of the place and the people in it, leave this shot out, or cut around "
        "the frames where it shows."
    )


def describe_next_strategy(step: NextStep) -> str:
    """Return a sentence that names the next strategy; an empty string if there is none."""
    return f"Next: strategy '{step.next_strategy}'." if step.next_strategy else ""
