"""What fills a hole: one file a strategy, one line in STRATEGIES."""

from __future__ import annotations

from vinpaint.advice import Choice, Facts
from vinpaint.errors import SettingsError
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.propagate import Propagate
from vinpaint.strategies.suits import SUITS
from vinpaint.types import FillSettings

AUTO = "auto"
"""In a job: the strategy that fits best, by measured facts."""

STRATEGIES: dict[str, Strategy] = {
    "propagate": Propagate(),
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
        candidates(prompt=bool(fill.prompt))
    elif not choose(fill.strategy).takes_prompt and fill.prompt:
        raise SettingsError(
            f"the strategy '{fill.strategy}' takes no prompt, received '{fill.prompt}'; "
            "leave the prompt out"
        )


def candidates(*, prompt: bool) -> list[str]:
    """The strategies that `auto` chooses from. Raises SettingsError where none takes a prompt."""
    names = [name for name in SUITS if STRATEGIES[name].takes_prompt or not prompt]
    if not names:
        raise SettingsError("no strategy in this version takes a prompt; leave the prompt out")
    return names


def suggest(facts: Facts) -> Choice:
    """The strategy that fits best; of two alike the first. Raises SettingsError."""
    names = candidates(prompt=facts.prompt)
    fits = [(name, fit) for name in names if (fit := SUITS[name](facts)) is not None]
    if not fits:
        raise SettingsError(f"none of {', '.join(names)} fits what was given; choose one by name")
    return Choice(*max(fits, key=lambda pair: pair[1].score))


__all__ = ["AUTO", "STRATEGIES", "Strategy", "check_fill", "choose", "suggest"]
