"""How well each strategy fits the facts: what `auto` goes by.

A strategy that is not here, or that answers None, is never chosen by itself.
"""

from __future__ import annotations

from collections.abc import Callable

from vinpaint.advice import Facts, Fit, percent

Suits = Callable[[Facts], Fit | None]


def _propagate(facts: Facts) -> Fit:
    """As good as the clip's own pixels reach."""
    seen = 1 - facts.never_seen
    return Fit(seen, f"other frames show {percent(seen)} of what is behind the hole")


def _plate(facts: Facts) -> Fit | None:
    """Whoever gives something to copy from means it to be copied."""
    return Fit(1.0, "what to copy from was given") if facts.reference else None


SUITS: dict[str, Suits] = {
    "propagate": _propagate,
    "plate": _plate,
}
