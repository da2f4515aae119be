"""The registry of strategies: what fills a hole, and which one `auto` selects.

To add a strategy, write one file with a subclass of `base.Strategy` and add one line to
`STRATEGIES`; `suitability.py` scores it for `auto`. `propagation/` is the default and the best
place to start reading. The other files here are tools that several strategies share.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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

_DEFAULT = Generation()
_MOST_DEMANDING = Facts(frames=1, masked_frames=1, share=0.0, largest_share=0.0, never_seen=1.0)
"""Stand-in for facts before any are measured: most strategies are suitable for these."""

AUTO = "auto"
"""Name that a job gives instead of a strategy, to have one selected from the measured facts."""

ENGINES = find_engines()
"""External engines, as found by the last call of `reload_engines`."""

STRATEGIES: dict[str, Strategy] = {
    "propagate": Propagate(),
    "plate": Plate(),
    "propainter": ProPainter(),
    "hybrid": Hybrid(),
    "frames": FrameByFrame(),
    "joint": Joint(),
    **ENGINES,
}

SCORERS: dict[str, suitability.Scorer] = dict(suitability.SCORERS)
"""How `auto` scores each strategy; an external engine is scored only if its file asks for that."""


def reload_engines() -> None:
    """Read the engine files again and update `ENGINES` and `STRATEGIES`.

    Takes about a millisecond. An engine whose file was removed stays registered, because a user may
    have selected it, and reports the missing file as the reason why it cannot run.
    """
    current = find_engines()
    removed = {
        name: mark_removed(engine) for name, engine in list(ENGINES.items()) if name not in current
    }
    for registry in (ENGINES, STRATEGIES):
        registry.update({**removed, **current})


def get_strategy(name: str) -> Strategy:
    """Return the strategy called `name`.

    Raises SettingsError, which lists the existing names, if there is none.
    """
    if name in STRATEGIES:
        return STRATEGIES[name]
    names = ", ".join((AUTO, *STRATEGIES))
    raise SettingsError(f"there is no strategy '{name}' in this version; choose from: {names}")


def available_strategies() -> dict[str, Strategy]:
    """Reload the engines and return the strategies to offer to the user, by name.

    Engines that ship with vinpaint are left out while their program is not configured.
    """
    reload_engines()
    return {
        name: strategy
        for name, strategy in list(STRATEGIES.items())
        if not (
            isinstance(strategy, ExternalEngine)
            and strategy.shipped
            and strategy.engine_file.unset_variables()
        )
    }


def check_fill(fill: FillSettings) -> None:
    """Check that the selected strategy supports the settings and can run on this machine.

    For `auto`, check that at least one strategy can be selected.

    Raises SettingsError if the strategy is unknown, does not use the prompt or a model setting, or
    needs weights whose licence is not allowed. Raises MissingError if the device or a requirement
    of the strategy is not available.
    """
    if fill.device == "cuda":
        resolve_device("cuda")
    if fill.strategy == AUTO:
        facts = replace(
            _MOST_DEMANDING,
            prompt=bool(fill.prompt),
            reference=fill.has_reference,
            commercial_safe=fill.commercial_safe,
        )
        suggest(facts, fill.generation)  # raises if no strategy suits even these facts
        return
    strategy = get_strategy(fill.strategy)
    if not strategy.takes_prompt and fill.prompt:
        takers = [name for name, other in available_strategies().items() if other.takes_prompt]
        raise SettingsError(
            f"the strategy '{fill.strategy}' takes no prompt, received '{fill.prompt}'; "
            f"leave the prompt out, or choose {_join_or(takers)}"
        )
    if unused := _unused_options(strategy, fill.generation):
        takers = [name for name, other in list(STRATEGIES.items()) if unused[0] in other.options]
        raise SettingsError(
            f"the strategy '{fill.strategy}' takes no {unused[0].replace('_', ' ')}; leave it out, "
            f"or choose {_join_or(takers)}"
        )
    for name in strategy.weights(fill):
        models.check_licence(name, commercial_safe=fill.commercial_safe)
    if missing := strategy.missing_requirement(fill):
        raise MissingError(missing)


def _unused_options(strategy: Strategy, generation: Generation) -> list[str]:
    """Return the names of the model settings that are set but have no effect on the strategy."""
    used = {*strategy.options, "patient"}  # consent to a long run applies to every strategy
    return sorted(set(generation.changed_fields()) - used)


def _join_or(names: Sequence[str]) -> str:
    """Return 'a', 'a or b', or 'a, b or c'."""
    *first, last = names
    return f"{', '.join(first)} or {last}" if first else last


@dataclass(frozen=True)
class _Request:
    """The constraints on the selection by `auto`.

    Args:
        prompt, reference: whether the user gave one.
        commercial_safe: allow only weights whose licence permits commercial use.
        generation: model settings that the strategy must support.
    """

    prompt: bool
    reference: bool
    commercial_safe: bool = False
    generation: Generation = _DEFAULT

    def missing_requirements(self) -> dict[str, str]:
        """Map each strategy that supports the request to what it is missing on this machine.

        The value is a sentence, or "" if nothing is missing. Raises SettingsError if no strategy
        supports the request.
        """
        settings = {
            name: FillSettings(
                name, commercial_safe=self.commercial_safe, generation=self.generation
            )
            for name, strategy in list(STRATEGIES.items())
            if _scorer(name) is not None and self._supported_by(strategy)
        }
        missing = {
            name: STRATEGIES[name].missing_requirement(fill)
            for name, fill in settings.items()
            if all(
                models.licence_allows(weights, commercial_safe=self.commercial_safe)
                for weights in STRATEGIES[name].weights(fill)
            )
        }
        if not missing:
            raise SettingsError(
                f"no strategy in this version takes {self.describe()}; leave {self.pronoun} out"
            )
        return missing

    def _supported_by(self, strategy: Strategy) -> bool:
        if self.reference:
            reference_fits = strategy.takes_reference
        else:
            reference_fits = not strategy.needs_reference
        prompt_fits = strategy.takes_prompt or not self.prompt
        return prompt_fits and reference_fits and not _unused_options(strategy, self.generation)

    def candidates(self) -> list[str]:
        """See `candidates`."""
        missing = self.missing_requirements()
        ready = [name for name, reason in missing.items() if not reason]
        if not ready:
            raise MissingError(
                f"no strategy that takes {self.describe()} can work here: "
                f"{next(iter(missing.values()))}; or leave {self.pronoun} out"
            )
        return ready

    def ignored_prompt(self) -> IgnoredPrompt | None:
        """See `ignored_prompt`."""
        if self.generation.model or not self.prompt:
            return None
        missing = self.missing_requirements()
        if not all(missing.values()):
            return None
        options = [name for name in self.generation.changed_fields() if name != "patient"]
        return IgnoredPrompt(("prompt", *options), _remedy(next(iter(missing))))

    def describe(self) -> str:
        if not self.prompt and self.generation.changed_fields():
            return f"the model settings ({', '.join(self.generation.changed_fields())})"
        return "a prompt and a reference together" if self.reference else "a prompt"

    @property
    def pronoun(self) -> str:
        return "the prompt" if self.prompt else "it"


def candidates(
    *,
    prompt: bool,
    reference: bool,
    commercial_safe: bool = False,
    generation: Generation = _DEFAULT,
) -> list[str]:
    """Return the names of the strategies that `auto` selects from.

    Each one uses the prompt, the reference and the model settings, has an allowed licence, and can
    run on this machine.

    Raises SettingsError if no strategy supports the request. Raises MissingError if some do, but
    none of them can run on this machine.
    """
    return _Request(prompt, reference, commercial_safe, generation).candidates()


def _scorer(name: str) -> suitability.Scorer | None:
    """Return the function that scores a strategy for `auto`, or None if it is never selected."""
    strategy = STRATEGIES[name]
    if isinstance(strategy, ExternalEngine):
        return strategy.suits if strategy.engine_file.auto else None
    return SCORERS.get(name)


def ignored_prompt(fill: FillSettings) -> IgnoredPrompt | None:
    """Return the prompt and model settings that `auto` must ignore, or None if it can follow them.

    They are ignored if no model that could follow them is installed. They are never ignored if the
    user named a model, or gave model settings without a prompt. Raises SettingsError if no strategy
    supports all of them, even with every model installed.
    """
    return _Request(
        bool(fill.prompt), fill.has_reference, fill.commercial_safe, fill.generation
    ).ignored_prompt()


def _remedy(name: str) -> str:
    """Return a phrase that says how to install what a strategy is missing on this machine."""
    settings = FillSettings(name)
    absent = [
        weights for weights in STRATEGIES[name].weights(settings) if not models.present(weights)
    ]
    if not absent:
        return STRATEGIES[name].missing_requirement(settings)
    entry = models.weights_entry(absent[0])
    slow = "" if has_cuda() else "; without a graphics card it then takes hours"
    return f"'{models.fetch_command(entry)}' fetches {models.describe_weights(entry)}{slow}"


def without_ignored(fill: FillSettings) -> FillSettings:
    """Return the settings without the prompt and model settings that `ignored_prompt` names."""
    if not ignored_prompt(fill):
        return fill
    return replace(fill, prompt="", generation=Generation(patient=fill.generation.patient))


def suggest(facts: Facts, generation: Generation = _DEFAULT) -> StrategyChoice:
    """Return the strategy with the highest score for the measured facts; ties go to the first.

    If no installed model can follow the prompt, it is ignored, and the choice says so.

    Raises SettingsError if no strategy supports the request or none is suitable for the facts.
    Raises MissingError if those that support it cannot run on this machine.
    """
    request = _Request(facts.prompt, facts.reference, facts.commercial_safe, generation)
    ignored = request.ignored_prompt()
    if ignored:
        facts = replace(facts, prompt=False)
        request = replace(request, prompt=False, generation=_DEFAULT)
    names = request.candidates()
    scorers = [(name, scorer) for name in names if (scorer := _scorer(name)) is not None]
    fits = [(name, fit) for name, scorer in scorers if (fit := scorer(facts)) is not None]
    if not fits:
        raise SettingsError(
            f"'auto' takes none of {', '.join(names)} by itself for what was given; choose one by "
            "name"
        )
    return StrategyChoice(*max(fits, key=lambda pair: pair[1].score), ignored)


__all__ = [
    "AUTO",
    "ENGINES",
    "STRATEGIES",
    "Strategy",
    "available_strategies",
    "candidates",
    "check_fill",
    "get_strategy",
    "ignored_prompt",
    "reload_engines",
    "suggest",
    "without_ignored",
]
