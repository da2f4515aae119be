"""Advice after a repair in sentences: each fault's remedy, and when to stop."""

from __future__ import annotations

from collections.abc import Mapping

from vinpaint.advice.remedies import NextStep, Remedy, RemedyAction
from vinpaint.core import FindingKind

_FAULTS: Mapping[FindingKind, str] = {
    "unsteady": "Restless",
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
    "invented": "Never seen",
}

_CHANGES: Mapping[RemedyAction, str] = {
    "soften": "soften the edge more (Tune, Soften; --blur-sigma-px 8)",
    "poisson": "relight the fill from the rim (Fill, More, Blend; --blend poisson)",
    "grow": "grow the mask until its rim lies on clean picture (Tune, Grow; --dilate-px 14)",
    "tighten": "mask less: hide what need not go, paint the edge closer (Mask; --dilate-px 4)",
    "steady": "calm the mask's edge over time (Tune, Steady; --temporal-sigma 3)",
    "plate": "copy from a clean frame or a picture (Fill, Plate; --strategy plate)",
    "propagate": "let the clip's own pixels move with it (Fill, Propagate; --strategy propagate)",
    "grain on": "see that the grain is matched (Fill, More; it is unless --no-match-grain says no)",
    "grain off": "leave the grain out, it was measured wrong (Fill, More; --no-match-grain)",
    "shadow": "take its shadow or reflection into the mask (Mask, More; a --paint around it)",
    "follow": "mend the mask on the frames where it slips, and follow again (Mask)",
    "frames": "repair the slow frames and the fast ones apart (Tune, From frame; --frames A:B)",
}


def describe_remedy(remedy: Remedy) -> str:
    """'Seam: soften the edge more (...).'"""
    return f"{_FAULTS[remedy.kind]}: {_CHANGES[remedy.change]}."


def describe_stop(after: NextStep) -> str:
    """That it is time to stop, and what to do instead; empty while it is not."""
    if not after.stop:
        return ""
    return (
        "Two repairs in a row failed on this shot: stop repairing it. Make the clip anew, with "
        "reference pictures of the place and of who is in it; or leave this shot out, or cut "
        "around the frames where it shows."
    )


def describe_next_strategy(after: NextStep) -> str:
    """Which strategy to go on with; empty where there is none to name."""
    return f"Next: strategy '{after.next_strategy}'." if after.next_strategy else ""
