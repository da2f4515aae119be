"""Sentences after a repair: a remedy for each fault, and the advice to stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

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


class _Action(NamedTuple):
    """What to do, where the app does it, and the options of the command line that do it."""

    words: str
    in_app: str
    on_command_line: str


_ACTIONS: Mapping[RemedyAction, _Action] = {
    "soften": _Action("soften the edge more", "Tune, Soften", "--blur-sigma-px 8"),
    "poisson": _Action(
        "match the fill's light to its border", "Fill, More, Blend", "--blend poisson"
    ),
    "grow": _Action(
        "grow the mask until its border lies on clean picture", "Tune, Grow", "--dilate-px 14"
    ),
    "tighten": _Action(
        "mask less: leave out what can stay, mark closer to the edge",
        "Mask, Erase; Tune, Grow",
        "--dilate-px 4",
    ),
    "steady": _Action("smooth the mask's edge over time", "Tune, Steady", "--temporal-sigma 3"),
    "plate": _Action("copy from a clean frame or a picture", "Fill, Plate", "--strategy plate"),
    "propagate": _Action(
        "follow the motion with the clip's own pixels", "Fill, Propagate", "--strategy propagate"
    ),
    "grain on": _Action(
        "check that grain is matched",
        "Fill, More, Match the grain",
        "it is unless --no-match-grain is set",
    ),
    "grain off": _Action(
        "turn grain matching off, it measured too much",
        "Fill, More, Match the grain",
        "--no-match-grain",
    ),
    "shadow": _Action(
        "include its shadow or reflection in the mask",
        "Mask, More, Remove its shadow too",
        "a --paint around it",
    ),
    "follow": _Action(
        "correct the mask on the frames where it slips, and track again",
        "Mask, then Follow through the clip",
        "a further --click or --paint on one of them",
    ),
    "take": _Action(
        "add what is left over to the mask, and repair again",
        "Add it to the mask",
        "--leftover-mask FILE, then --mask FILE as well",
    ),
    "frames": _Action(
        "repair slow and fast frames separately", "Tune, More, From frame", "--frames A:B"
    ),
}


def describe_remedy(remedy: Remedy, *, in_app: bool) -> str:
    """Describe a remedy: 'Seam: soften the edge more (Tune, Soften).'.

    in_app: name the place in the app; else the options of the command line.
    """
    action = _ACTIONS[remedy.change]
    how = action.in_app if in_app else action.on_command_line
    return f"{_FAULTS[remedy.kind]}: {action.words} ({how})."


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
