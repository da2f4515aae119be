"""Scores for `auto`: how suitable each strategy is, given the measured facts.

A strategy without a scorer, or whose scorer returns None, is never selected automatically.
"""

from __future__ import annotations

from collections.abc import Callable

from vinpaint.core import NEARLY_ALL_SEEN, Facts, FillSettings, StrategyFit, format_percent
from vinpaint.runtime.devices import has_cuda
from vinpaint.strategies.propainter import propainter

_PROPAINTER_SCORE = 0.7
"""Score of `propainter`. It is preferred to `propagate` if other frames show a smaller share of the
hole than this."""

_GENERATED_WEIGHT = 0.3
"""Value of a generated pixel relative to a real one. An estimate, not measured with real
weights."""

_FRAMES_PROMPT_SCORE, _JOINT_PROMPT_SCORE, _JOINT_SCORE = 0.85, 0.95, 0.5
"""Scores of `frames` and `joint` with a prompt, and of `joint` without. Those with a prompt are
high, because the user then wants new content even if other frames show the background."""

Scorer = Callable[[Facts], StrategyFit | None]


def _score_propagate(facts: Facts) -> StrategyFit:
    """Score by the share of the hole that other frames show."""
    seen = 1 - facts.never_seen
    return StrategyFit(seen, f"other frames show {format_percent(seen)} of what is behind the hole")


def _score_plate(facts: Facts) -> StrategyFit | None:
    """Prefer `plate` whenever a reference is given, because it is given to be copied."""
    return StrategyFit(1.0, "what to copy from was given") if facts.reference else None


def _score_propainter(facts: Facts) -> StrategyFit | None:
    """Select `propainter` on a GPU only, because a CPU takes 8 seconds per frame.

    In published results it is as good as `propagate` where other frames show most of the hole. The
    score was not measured with real weights.
    """
    settings = FillSettings("propainter")
    if not has_cuda() or propainter.ProPainter().missing_requirement(settings):
        return None
    seen = format_percent(1 - facts.never_seen)
    return StrategyFit(
        _PROPAINTER_SCORE,
        f"its network is here with a card to run it, and other frames show {seen}",
    )


def _score_hybrid(facts: Facts) -> StrategyFit | None:
    """Prefer `hybrid` to `propagate` if other frames do not show enough of the hole; on a GPU only.

    It is not selected with a prompt, because it would fill the visible part with the background
    instead of the content that the prompt asks for.
    """
    if facts.prompt or not has_cuda() or facts.never_seen <= NEARLY_ALL_SEEN:
        return None
    seen, unseen = 1 - facts.never_seen, format_percent(facts.never_seen)
    because = f"no frame shows {unseen} of what is behind the hole, and a picture model is here"
    return StrategyFit(seen + (1 - seen) * _GENERATED_WEIGHT, because)


def _score_frames(facts: Facts) -> StrategyFit | None:
    """Select `frames` with a prompt only. Without one it flickers more and has no advantage."""
    if not facts.prompt:
        return None
    because = "a prompt says what belongs there, and a picture model is here"
    return StrategyFit(_FRAMES_PROMPT_SCORE, because)


def _score_joint(facts: Facts) -> StrategyFit | None:
    """Prefer `joint` with a prompt, or if other frames show little of the hole; on a GPU only."""
    if not has_cuda():
        return None
    if facts.prompt:
        because = "a prompt says what belongs there, and a video model is here"
        return StrategyFit(_JOINT_PROMPT_SCORE, because)
    unseen = format_percent(facts.never_seen)
    because = f"a video model is here, and no frame shows {unseen} of what is behind"
    return StrategyFit(_JOINT_SCORE, because)


SCORERS: dict[str, Scorer] = {
    "propagate": _score_propagate,
    "plate": _score_plate,
    "propainter": _score_propainter,
    "hybrid": _score_hybrid,
    "frames": _score_frames,
    "joint": _score_joint,
}
