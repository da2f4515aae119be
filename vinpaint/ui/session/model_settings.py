"""The settings of a generative model that the chosen strategy supports; the others are kept."""

from __future__ import annotations

from dataclasses import replace

from vinpaint import models
from vinpaint.core import FillSettings, Generation
from vinpaint.strategies import AUTO, STRATEGIES


def supported_options(strategy: str) -> tuple[str, ...]:
    """Return the model settings of a strategy; `auto` has none, since they are for one model."""
    return () if strategy == AUTO else STRATEGIES[strategy].options


def available_models(fill: FillSettings) -> list[str]:
    """Return the models to choose from, the default first, without those of a wrong licence."""
    names = () if fill.strategy == AUTO else STRATEGIES[fill.strategy].models
    safe = fill.commercial_safe
    return [name for name in names if models.licence_allows(name, commercial_safe=safe)]


def effective_settings(fill: FillSettings) -> FillSettings:
    """Return the settings without those that the strategy ignores, and without another's model."""
    generation, defaults = fill.generation, Generation()
    ignored = set(generation.changed_fields()) - set(supported_options(fill.strategy))
    if generation.model not in available_models(fill):
        ignored.add("model")
    kept = replace(generation, **{name: getattr(defaults, name) for name in ignored})
    return replace(fill, generation=kept)
