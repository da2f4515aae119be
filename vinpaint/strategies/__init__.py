"""What fills a hole: one file a strategy, one line in STRATEGIES."""

from __future__ import annotations

from vinpaint.advice import Choice, Facts
from vinpaint.errors import MissingError, SettingsError
from vinpaint.strategies import suits
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.outside import Outside, found
from vinpaint.strategies.plate import Plate
from vinpaint.strategies.propagate import Propagate
from vinpaint.types import FillSettings

AUTO = "auto"
"""In a job: the strategy that fits best, by measured facts."""

ENGINES = found()
"""Engines from outside, as their files lay there at the start."""

STRATEGIES: dict[str, Strategy] = {
    "propagate": Propagate(),
    "plate": Plate(),
    **ENGINES,
}

SUITS: dict[str, suits.Suits] = {
    **suits.SUITS,
    **{name: engine.suits for name, engine in ENGINES.items()},
}
"""What `auto` thinks of each; an engine only counts where its file asks for that."""


def choose(name: str) -> Strategy:
    """The strategy of that name. Raises SettingsError, naming those that exist."""
    if name in STRATEGIES:
        return STRATEGIES[name]
    known = ", ".join((AUTO, *STRATEGIES))
    raise SettingsError(f"there is no strategy '{name}' in this version; choose from: {known}")


def check_fill(fill: FillSettings) -> None:
    """Raises SettingsError for a strategy that is unknown or takes no prompt.

    Raises MissingError for one that lacks something on this machine.
    """
    if fill.strategy == AUTO:
        candidates(prompt=bool(fill.prompt), reference=fill.has_reference)
        return
    if lacks := choose(fill.strategy).lacks():
        raise MissingError(lacks)
    if not choose(fill.strategy).takes_prompt and fill.prompt:
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


def offered() -> dict[str, Strategy]:
    """What to show to choose from: all but the engines shipped whose program nobody has named."""
    return {
        name: one
        for name, one in STRATEGIES.items()
        if not (isinstance(one, Outside) and one.shipped and one.recipe.unset())
    }


def suggest(facts: Facts) -> Choice:
    """The strategy that fits best; of two alike the first. Raises SettingsError."""
    names = candidates(prompt=facts.prompt, reference=facts.reference)
    fits = [(name, fit) for name in names if (fit := SUITS[name](facts)) is not None]
    if not fits:
        raise SettingsError(f"none of {', '.join(names)} fits what was given; choose one by name")
    return Choice(*max(fits, key=lambda pair: pair[1].score))


__all__ = [
    "AUTO",
    "ENGINES",
    "STRATEGIES",
    "Strategy",
    "candidates",
    "check_fill",
    "choose",
    "offered",
    "suggest",
]
