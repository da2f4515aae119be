"""How well each strategy fits the facts: what `auto` goes by.

A strategy that is not here, or that answers None, is never chosen by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from vinpaint.advice import Facts, Fit, percent
from vinpaint.devices import has_cuda
from vinpaint.strategies import propainter
from vinpaint.types import FillSettings

_PROPAINTER = 0.7
"""Below this share of the hole that other frames show, it is preferred to `propagate`."""

Suits = Callable[[Facts], Fit | None]


def _propagate(facts: Facts) -> Fit:
    """As good as the clip's own pixels reach."""
    seen = 1 - facts.never_seen
    return Fit(seen, f"other frames show {percent(seen)} of what is behind the hole")


def _plate(facts: Facts) -> Fit | None:
    """Whoever gives something to copy from means it to be copied."""
    return Fit(1.0, "what to copy from was given") if facts.reference else None


def _propainter(facts: Facts) -> Fit | None:
    """Only on a card: a processor takes 8 seconds a frame. Never measured with real weights here.

    What its authors and others published sets it level with `propagate` where that sees most.
    """
    settings = FillSettings("propainter")
    if not has_cuda() or propainter.ProPainter().lacks(settings):
        return None
    seen = percent(1 - facts.never_seen)
    return Fit(
        _PROPAINTER, f"its network is here with a card to run it, and other frames show {seen}"
    )


SUITS: dict[str, Suits] = {
    "propagate": _propagate,
    "plate": _plate,
    "propainter": _propainter,
}
