"""What fills a hole: one file a strategy, one line in STRATEGIES."""

from __future__ import annotations

from vinpaint import models
from vinpaint.advice import Choice, Facts
from vinpaint.devices import device_of
from vinpaint.errors import MissingError, SettingsError
from vinpaint.strategies import suits
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.frames import FrameByFrame
from vinpaint.strategies.hybrid import Hybrid
from vinpaint.strategies.joint import Joint
from vinpaint.strategies.outside import Outside, found
from vinpaint.strategies.plate import Plate
from vinpaint.strategies.propagate import Propagate
from vinpaint.strategies.propainter import ProPainter
from vinpaint.types import FillSettings, Generation

_PLAIN = Generation()

AUTO = "auto"
"""In a job: the strategy that fits best, by measured facts."""

ENGINES = found()
"""Engines from outside, as their files lay there at the start."""

STRATEGIES: dict[str, Strategy] = {
    "propagate": Propagate(),
    "plate": Plate(),
    "propainter": ProPainter(),
    "hybrid": Hybrid(),
    "frames": FrameByFrame(),
    "joint": Joint(),
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
        candidates(
            prompt=bool(fill.prompt),
            reference=fill.has_reference,
            commercial_safe=fill.commercial_safe,
            generation=fill.generation,
        )
        return
    strategy = choose(fill.strategy)
    if not strategy.takes_prompt and fill.prompt:
        raise SettingsError(
            f"the strategy '{fill.strategy}' takes no prompt, received '{fill.prompt}'; "
            "leave the prompt out"
        )
    if unused := _unused(strategy, fill.generation):
        takers = [name for name, one in STRATEGIES.items() if unused[0] in one.options]
        raise SettingsError(
            f"the strategy '{fill.strategy}' takes no {unused[0].replace('_', ' ')}; leave it out, "
            f"or choose {_or(takers)}"
        )
    for name in strategy.weights(fill):
        models.check_allowed(name, commercial_safe=fill.commercial_safe)
    if lacks := strategy.lacks(fill):
        raise MissingError(lacks)


def _unused(strategy: Strategy, generation: Generation) -> list[str]:
    """What was told a model and changes nothing in this strategy, by its names."""
    told = set(generation.told()) - {"patient"}  # who agrees to wait may be served at once
    return sorted(told - set(strategy.options))


def _or(names: list[str]) -> str:
    """'a', 'a or b', 'a, b or c'."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def candidates(
    *,
    prompt: bool,
    reference: bool,
    commercial_safe: bool = False,
    generation: Generation = _PLAIN,
) -> list[str]:
    """The strategies that `auto` chooses from: what is given is used, the licence is allowed, and
    nothing is lacking here.

    Raises SettingsError where none takes it all.
    """

    def settings(name: str) -> FillSettings:
        return FillSettings(name, commercial_safe=commercial_safe, generation=generation)

    names = [
        name
        for name, strategy in STRATEGIES.items()
        if name in SUITS
        and (strategy.takes_prompt or not prompt)
        and (strategy.takes_reference if reference else not strategy.needs_reference)
        and not _unused(strategy, generation)
        and all(
            models.allowed(weights, commercial_safe=commercial_safe)
            for weights in strategy.weights(settings(name))
        )
    ]
    given = "a prompt and a reference together" if reference else "a prompt"
    if not prompt and generation.told():
        given = f"what was told ({', '.join(generation.told())})"
    if not names:
        raise SettingsError(f"no strategy in this version takes {given}; leave {_it(prompt)} out")
    lacking = {name: STRATEGIES[name].lacks(settings(name)) for name in names}
    ready = [name for name in names if not lacking[name]]
    if not ready:
        raise SettingsError(
            f"no strategy that takes {given} can work here: {lacking[names[0]]}; "
            f"or leave {_it(prompt)} out"
        )
    return ready


def _it(prompt: bool) -> str:
    return "the prompt" if prompt else "it"


def offered() -> dict[str, Strategy]:
    """What to show to choose from: all but the engines shipped whose program nobody has named."""
    return {
        name: one
        for name, one in STRATEGIES.items()
        if not (isinstance(one, Outside) and one.shipped and one.recipe.unset())
    }


def suggest(facts: Facts, generation: Generation = _PLAIN) -> Choice:
    """The strategy that fits best; of two alike the first. Raises SettingsError."""
    names = candidates(
        prompt=facts.prompt,
        reference=facts.reference,
        commercial_safe=facts.commercial_safe,
        generation=generation,
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
