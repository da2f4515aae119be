"""What fills a hole: one file a strategy, one line in STRATEGIES."""

from __future__ import annotations

from vinpaint import models
from vinpaint.advice import Choice, Facts
from vinpaint.devices import device_of
from vinpaint.errors import MissingError, SettingsError
from vinpaint.strategies import suits
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.outside import Outside, found
from vinpaint.strategies.plate import Plate
from vinpaint.strategies.propagate import Propagate
from vinpaint.strategies.propainter import ProPainter
from vinpaint.types import FillSettings

AUTO = "auto"
"""In a job: the strategy that fits best, by measured facts."""

ENGINES = found()
"""Engines from outside, as their files lay there at the start."""

STRATEGIES: dict[str, Strategy] = {
    "propagate": Propagate(),
    "plate": Plate(),
    "propainter": ProPainter(),
    **ENGINES,
}

SUITS: dict[str, suits.Suits] = {
    **suits.SUITS,
    **{name: engine.suits for name, engine in ENGINES.items() if engine.recipe.auto},
}
"""What `auto` thinks of each; an engine only counts where its file asks for that."""


def choose(name: str) -> Strategy:
    """The strategy of that name. Raises SettingsError, naming those that exist."""
    if name in STRATEGIES:
        return STRATEGIES[name]
    known = ", ".join((AUTO, *STRATEGIES))
    raise SettingsError(f"there is no strategy '{name}' in this version; choose from: {known}")


def check_fill(fill: FillSettings) -> None:
    """Raises SettingsError for a strategy that is unknown, that takes no prompt, or whose licence
    is not allowed; MissingError for one that lacks something here, or a device that is not here.
    """
    if fill.device == "cuda":
        device_of("cuda")
    if fill.strategy == AUTO:
        safe = fill.commercial_safe
        candidates(prompt=bool(fill.prompt), reference=fill.has_reference, commercial_safe=safe)
        return
    strategy = choose(fill.strategy)
    if not strategy.takes_prompt and fill.prompt:
        raise SettingsError(
            f"the strategy '{fill.strategy}' takes no prompt, received '{fill.prompt}'; "
            "leave the prompt out"
        )
    for name in strategy.weights(fill):
        models.check_allowed(name, commercial_safe=fill.commercial_safe)
    if lacks := strategy.lacks(fill):
        raise MissingError(lacks)


def candidates(*, prompt: bool, reference: bool, commercial_safe: bool = False) -> list[str]:
    """The strategies that `auto` chooses from: what is given is used, and the licence is allowed.

    Raises SettingsError where none takes it all.
    """
    names = [
        name
        for name, strategy in STRATEGIES.items()
        if name in SUITS
        and (strategy.takes_prompt or not prompt)
        and (strategy.takes_reference if reference else not strategy.needs_reference)
        and all(
            models.allowed(weights, commercial_safe=commercial_safe)
            for weights in strategy.weights(FillSettings(name, commercial_safe=commercial_safe))
        )
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
    names = candidates(
        prompt=facts.prompt, reference=facts.reference, commercial_safe=facts.commercial_safe
    )
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
