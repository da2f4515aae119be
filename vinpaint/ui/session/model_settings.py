"""What of the model's settings the chosen strategy takes: the rest waits until one does."""

from __future__ import annotations

from dataclasses import replace

from vinpaint import models
from vinpaint.core import FillSettings, Generation
from vinpaint.strategies import AUTO, STRATEGIES


def options_of(strategy: str) -> tuple[str, ...]:
    """The settings that a strategy takes; `auto` takes none, since they are for one model."""
    return () if strategy == AUTO else STRATEGIES[strategy].options


def models_of(fill: FillSettings) -> list[str]:
    """The models to choose from, its own first, without those that the licence switch hides."""
    names = () if fill.strategy == AUTO else STRATEGIES[fill.strategy].models
    safe = fill.commercial_safe
    return [name for name in names if models.licence_allows(name, commercial_safe=safe)]


def taken(fill: FillSettings) -> FillSettings:
    """The settings without what the strategy takes no notice of, and without another's model."""
    told, plain = fill.generation, Generation()
    ignored = set(told.changed_fields()) - set(options_of(fill.strategy))
    if told.model not in models_of(fill):
        ignored.add("model")
    kept = replace(told, **{name: getattr(plain, name) for name in ignored})
    return replace(fill, generation=kept)
