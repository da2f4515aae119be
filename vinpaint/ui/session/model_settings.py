"""The settings of a generative model that the chosen strategy supports.

The session keeps unsupported settings, so that they return with another strategy.
"""

from __future__ import annotations

from dataclasses import replace

from vinpaint import models
from vinpaint.core import FillSettings, Generation
from vinpaint.strategies import AUTO, STRATEGIES


def supported_options(strategy: str) -> tuple[str, ...]:
    """Return the names of the model settings of a strategy; `auto` has none."""
    return () if strategy == AUTO else STRATEGIES[strategy].options


def available_models(fill: FillSettings) -> list[str]:
    """Return the models of the strategy whose licence is allowed, the default first."""
    names = () if fill.strategy == AUTO else STRATEGIES[fill.strategy].models
    safe = fill.commercial_safe
    return [name for name in names if models.licence_allows(name, commercial_safe=safe)]


def effective_settings(fill: FillSettings) -> FillSettings:
    """Return the fill settings with unsupported model settings reset to their defaults."""
    generation, defaults = fill.generation, Generation()
    ignored = set(generation.changed_fields()) - set(supported_options(fill.strategy))
    if generation.model not in available_models(fill):
        ignored.add("model")
    kept = replace(generation, **{name: getattr(defaults, name) for name in ignored})
    return replace(fill, generation=kept)
