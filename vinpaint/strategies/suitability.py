"""How well each strategy fits the facts: what `auto` goes by.

A strategy that is not here, or that answers None, is never chosen by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from vinpaint.core import NEARLY_ALL_SEEN, Facts, FillSettings, StrategyFit, format_percent
from vinpaint.runtime.devices import has_cuda
from vinpaint.strategies.propainter import propainter

_PROPAINTER = 0.7
"""Below this share of the hole that other frames show, it is preferred to `propagate`."""

_INVENTED = 0.3
"""What is painted counts so much of what is real: measured nowhere with real weights."""
_BY_WORDS, _FILMED_BY_WORDS, _FILMED = 0.85, 0.95, 0.5
"""Words are for a model to follow: a few never-seen slivers painted by them replace nothing."""

Suits = Callable[[Facts], StrategyFit | None]


def _propagate(facts: Facts) -> StrategyFit:
    """As good as the clip's own pixels reach."""
    seen = 1 - facts.never_seen
    return StrategyFit(seen, f"other frames show {format_percent(seen)} of what is behind the hole")


def _plate(facts: Facts) -> StrategyFit | None:
    """Whoever gives something to copy from means it to be copied."""
    return StrategyFit(1.0, "what to copy from was given") if facts.reference else None


def _propainter(facts: Facts) -> StrategyFit | None:
    """Only on a card: a processor takes 8 seconds a frame. Never measured with real weights here.

    What its authors and others published sets it level with `propagate` where that sees most.
    """
    settings = FillSettings("propainter")
    if not has_cuda() or propainter.ProPainter().missing_requirement(settings):
        return None
    seen = format_percent(1 - facts.never_seen)
    return StrategyFit(
        _PROPAINTER, f"its network is here with a card to run it, and other frames show {seen}"
    )


def _hybrid(facts: Facts) -> StrategyFit | None:
    """Real pixels first, so it is ahead of `propagate` once enough is never seen. On a card only.

    Not by words: they mean something else to be there, even where other frames show a background.
    """
    if facts.prompt or not has_cuda() or facts.never_seen <= NEARLY_ALL_SEEN:
        return None
    seen, lost = 1 - facts.never_seen, format_percent(facts.never_seen)
    because = f"no frame shows {lost} of what is behind the hole, and a picture model is here"
    return StrategyFit(seen + (1 - seen) * _INVENTED, because)


def _frames(facts: Facts) -> StrategyFit | None:
    """Words ask for something else to be there; without them it only flickers more."""
    if not facts.prompt:
        return None
    return StrategyFit(_BY_WORDS, "a prompt says what belongs there, and a picture model is here")


def _joint(facts: Facts) -> StrategyFit | None:
    """On a card only. Best by words, and where hardly anything is seen."""
    if not has_cuda():
        return None
    if facts.prompt:
        return StrategyFit(
            _FILMED_BY_WORDS, "a prompt says what belongs there, and a video model is here"
        )
    lost = format_percent(facts.never_seen)
    return StrategyFit(
        _FILMED, f"a video model is here, and no frame shows {lost} of what is behind"
    )


SUITS: dict[str, Suits] = {
    "propagate": _propagate,
    "plate": _plate,
    "propainter": _propainter,
    "hybrid": _hybrid,
    "frames": _frames,
    "joint": _joint,
}
