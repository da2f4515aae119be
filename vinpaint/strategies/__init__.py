"""What fills a hole: one file a strategy, one line in STRATEGIES."""

from __future__ import annotations

from vinpaint.advice import Choice, Facts
from vinpaint.errors import SettingsError
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.plate import Plate
from vinpaint.strategies.propagate import Propagate
from vinpaint.strategies.suits import SUITS
from vinpaint.types import FillSettings

AUTO = "auto"
"""In a job: the strategy that fits best, by measured facts."""

STRATEGIES: dict[str, Strategy] = {
    "propagate": Propagate(),
    "plate": Plate(),
}


def choose(name: str) -> Strategy:
    """The strategy of that name. Raises SettingsError, naming those that exist."""
    if name in STRATEGIES:
        return STRATEGIES[name]
    known = ", ".join((AUTO, *STRATEGIES))
    raise SettingsError(f"there is no strategy '{name}' in this version; choose from: {known}")


def check_fill(fill: FillSettings) -> None:
    """Raises SettingsError for a strategy that is not here, or that takes no prompt."""
    if fill.strategy == AUTO:
        candidates(prompt=bool(fill.prompt), reference=fill.has_reference)
    elif not choose(fill.strategy).takes_prompt and fill.prompt:
        raise SettingsError(
            f"the strategy '{fill.strategy}' takes no prompt, received '{fill.prompt}'; "
            "leave the prompt out"
        )


def candidates(*, prompt: bool, reference: bool) -> list[str]:
    """The strategies that `auto` chooses from: what is given is used.

    Raises SettingsError where none takes it all.
    """
    names = [
        name
        for name, strategy in STRATEGIES.items()
        if name in SUITS
        and (strategy.takes_prompt or not prompt)
        and (strategy.takes_reference if reference else not strategy.needs_reference)
    ]
    if not names:
        given = "a prompt and a reference together" if reference else "a prompt"
        raise SettingsError(f"no strategy in this version takes {given}; leave the prompt out")
    return names


def suggest(facts: Facts) -> Choice:
    """The strategy that fits best; of two alike the first. Raises SettingsError."""
    names = candidates(prompt=facts.prompt, reference=facts.reference)
    fits = [(name, fit) for name in names if (fit := SUITS[name](facts)) is not None]
    if not fits:
        raise SettingsError(f"none of {', '.join(names)} fits what was given; choose one by name")
    return Choice(*max(fits, key=lambda pair: pair[1].score))


__all__ = [
    "AUTO",
    "STRATEGIES",
    "Strategy",
    "candidates",
    "check_fill",
    "choose",
    "suggest",
]
