"""What fills a hole: one file a strategy, one line in STRATEGIES."""

from __future__ import annotations

from dataclasses import replace

from vinpaint import models
from vinpaint.core import (
    Facts,
    FillSettings,
    Generation,
    IgnoredPrompt,
    MissingError,
    SettingsError,
    StrategyChoice,
)
from vinpaint.runtime.devices import has_cuda, resolve_device
from vinpaint.strategies import suitability
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.diffusion.frames import FrameByFrame
from vinpaint.strategies.diffusion.hybrid import Hybrid
from vinpaint.strategies.diffusion.joint import Joint
from vinpaint.strategies.external.external import ExternalEngine, find_engines, mark_removed
from vinpaint.strategies.plate.plate import Plate
from vinpaint.strategies.propagation.propagate import Propagate
from vinpaint.strategies.propainter.propainter import ProPainter

_PLAIN = Generation()
_UNSEEN = Facts(frames=1, masked_frames=1, share=0.0, largest_share=0.0, never_seen=1.0)
"""Facts before any are measured: those under which the most strategies offer themselves."""

AUTO = "auto"
"""In a job: the strategy that fits best, by measured facts."""

ENGINES = find_engines()
"""Engines from outside, as their files lay there when `refresh` last looked."""

STRATEGIES: dict[str, Strategy] = {
    "propagate": Propagate(),
    "plate": Plate(),
    "propainter": ProPainter(),
    "hybrid": Hybrid(),
    "frames": FrameByFrame(),
    "joint": Joint(),
    **ENGINES,
}

SUITS: dict[str, suitability.Suits] = dict(suitability.SUITS)
"""What `auto` thinks of each; an engine only counts where its file asks for that."""


def refresh() -> None:
    """Look at the engines' files again: what was put there or changed since is known from now on.

    One whose file is gone stays, and says so: a visitor may have chosen it. A millisecond.
    """
    now = find_engines()
    missing = {name: mark_removed(one) for name, one in list(ENGINES.items()) if name not in now}
    for register in (ENGINES, STRATEGIES):
        register.update({**missing, **now})


def _suits(name: str) -> suitability.Suits | None:
    """What `auto` thinks of a strategy; None where it never takes it."""
    one = STRATEGIES[name]
    if isinstance(one, ExternalEngine):
        return one.suits if one.engine_file.auto else None
    return SUITS.get(name)


def get_strategy(name: str) -> Strategy:
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
        resolve_device("cuda")
    if fill.strategy == AUTO:
        given = replace(
            _UNSEEN,
            prompt=bool(fill.prompt),
            reference=fill.has_reference,
            commercial_safe=fill.commercial_safe,
        )
        suggest(given, fill.generation)  # what refuses these facts will refuse any
        return
    strategy = get_strategy(fill.strategy)
    if not strategy.takes_prompt and fill.prompt:
        takers = [name for name, one in offered().items() if one.takes_prompt]
        raise SettingsError(
            f"the strategy '{fill.strategy}' takes no prompt, received '{fill.prompt}'; "
            f"leave the prompt out, or choose {_or(takers)}"
        )
    if unused := _unused(strategy, fill.generation):
        takers = [name for name, one in list(STRATEGIES.items()) if unused[0] in one.options]
        raise SettingsError(
            f"the strategy '{fill.strategy}' takes no {unused[0].replace('_', ' ')}; leave it out, "
            f"or choose {_or(takers)}"
        )
    for name in strategy.weights(fill):
        models.check_licence(name, commercial_safe=fill.commercial_safe)
    if missing_requirement := strategy.missing_requirement(fill):
        raise MissingError(missing_requirement)


def _unused(strategy: Strategy, generation: Generation) -> list[str]:
    """What was told a model and changes nothing in this strategy, by its names."""
    told = set(generation.changed_fields()) - {
        "patient"
    }  # who agrees to wait may be served at once
    return sorted(told - set(strategy.options))


def _or(names: list[str]) -> str:
    """'a', 'a or b', 'a, b or c'."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


def candidates(
    *, prompt: bool, reference: bool, commercial_safe: bool = False, generation: Generation = _PLAIN
) -> list[str]:
    """The strategies that `auto` chooses from: what is given is used, the licence is allowed, and
    nothing is lacking here.

    Raises SettingsError where none takes it all, MissingError where those that do lack something.
    """
    lacking = _takers(
        prompt=prompt, reference=reference, commercial_safe=commercial_safe, generation=generation
    )
    ready = [name for name, missing_requirement in lacking.items() if not missing_requirement]
    if not ready:
        given = _given(prompt, reference, generation)
        raise MissingError(
            f"no strategy that takes {given} can work here: {next(iter(lacking.values()))}; "
            f"or leave {_it(prompt)} out"
        )
    return ready


def _takers(
    *, prompt: bool, reference: bool, commercial_safe: bool, generation: Generation
) -> dict[str, str]:
    """The strategies that take what is given, each with what it lacks here. Raises SettingsError
    where there is none.
    """

    def settings(name: str) -> FillSettings:
        return FillSettings(name, commercial_safe=commercial_safe, generation=generation)

    names = [
        name
        for name, strategy in list(STRATEGIES.items())
        if _suits(name) is not None
        and (strategy.takes_prompt or not prompt)
        and (strategy.takes_reference if reference else not strategy.needs_reference)
        and not _unused(strategy, generation)
        and all(
            models.licence_allows(weights, commercial_safe=commercial_safe)
            for weights in strategy.weights(settings(name))
        )
    ]
    if not names:
        given = _given(prompt, reference, generation)
        raise SettingsError(f"no strategy in this version takes {given}; leave {_it(prompt)} out")
    return {name: STRATEGIES[name].missing_requirement(settings(name)) for name in names}


def _given(prompt: bool, reference: bool, generation: Generation) -> str:
    """What was given, in words."""
    if not prompt and generation.changed_fields():
        return f"what was told ({', '.join(generation.changed_fields())})"
    return "a prompt and a reference together" if reference else "a prompt"


def _it(prompt: bool) -> str:
    return "the prompt" if prompt else "it"


def unheard(fill: FillSettings) -> IgnoredPrompt | None:
    """The prompt, and what else a model is told, where `auto` must leave it aside: no model that
    could follow it is here. None where that is not so.

    Where a model is named, or settings for one are given and no prompt, that is wanted and nothing
    else. Raises SettingsError where no strategy takes it all, whatever is here.
    """
    return _unheard(
        prompt=bool(fill.prompt),
        reference=fill.has_reference,
        commercial_safe=fill.commercial_safe,
        generation=fill.generation,
    )


def _unheard(
    *, prompt: bool, reference: bool, commercial_safe: bool, generation: Generation
) -> IgnoredPrompt | None:
    if generation.model or not prompt:
        return None
    lacking = _takers(
        prompt=prompt, reference=reference, commercial_safe=commercial_safe, generation=generation
    )
    if not all(lacking.values()):
        return None
    told = [name for name in generation.changed_fields() if name != "patient"]
    return IgnoredPrompt(("prompt", *told), _remedy(next(iter(lacking))))


def _remedy(name: str) -> str:
    """How to get what a strategy lacks here."""
    settings = FillSettings(name)
    absent = [one for one in STRATEGIES[name].weights(settings) if not models.present(one)]
    if not absent:
        return STRATEGIES[name].missing_requirement(settings)
    entry = models.weights_entry(absent[0])
    slow = "" if has_cuda() else "; without a graphics card it then takes hours"
    facts = models.describe_weights(entry)
    return f"'{models.fetch_command(entry)}' fetches {facts}{slow}"


def usable(fill: FillSettings) -> FillSettings:
    """The settings without what `unheard` names."""
    if not unheard(fill):
        return fill
    return replace(fill, prompt="", generation=Generation(patient=fill.generation.patient))


def offered() -> dict[str, Strategy]:
    """What to show to choose from: all but the engines shipped whose program nobody has named.

    It looks at the engines' files again.
    """
    refresh()
    return {
        name: one
        for name, one in list(STRATEGIES.items())
        if not (
            isinstance(one, ExternalEngine) and one.shipped and one.engine_file.unset_variables()
        )
    }


def suggest(facts: Facts, generation: Generation = _PLAIN) -> StrategyChoice:
    """The strategy that fits best; of two alike the first. Raises SettingsError, MissingError.

    Where no model is here that could follow the prompt, the choice is made without it, and says so.
    """
    aside = _unheard(
        prompt=facts.prompt,
        reference=facts.reference,
        commercial_safe=facts.commercial_safe,
        generation=generation,
    )
    if aside:
        facts, generation = replace(facts, prompt=False), _PLAIN
    names = candidates(
        prompt=facts.prompt,
        reference=facts.reference,
        commercial_safe=facts.commercial_safe,
        generation=generation,
    )
    judges = [(name, judge) for name in names if (judge := _suits(name)) is not None]
    fits = [(name, fit) for name, judge in judges if (fit := judge(facts)) is not None]
    if not fits:
        raise SettingsError(
            f"'auto' takes none of {', '.join(names)} by itself for what was given; choose one by "
            "name"
        )
    return StrategyChoice(*max(fits, key=lambda pair: pair[1].score), aside)


__all__ = [
    "AUTO",
    "ENGINES",
    "STRATEGIES",
    "Strategy",
    "candidates",
    "check_fill",
    "get_strategy",
    "offered",
    "refresh",
    "suggest",
    "unheard",
    "usable",
]
