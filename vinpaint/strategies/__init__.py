"""What fills a hole: one file a strategy, one line in STRATEGIES."""

from __future__ import annotations

from vinpaint.errors import SettingsError
from vinpaint.strategies.base import Strategy, needs_reference, takes_reference
from vinpaint.strategies.plate import Plate
from vinpaint.strategies.propagate import Propagate

STRATEGIES: dict[str, Strategy] = {
    "propagate": Propagate(),
    "plate": Plate(),
}


def choose(name: str) -> Strategy:
    """The strategy of that name. Raises SettingsError, naming those that exist."""
    if name in STRATEGIES:
        return STRATEGIES[name]
    known = ", ".join(STRATEGIES)
    raise SettingsError(f"there is no strategy '{name}' in this version; choose from: {known}")


__all__ = ["STRATEGIES", "Strategy", "choose", "needs_reference", "takes_reference"]
