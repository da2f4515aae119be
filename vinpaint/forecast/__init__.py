"""Before any fill: what of the hole other frames show, what moves there, and the facts of both."""

from __future__ import annotations

from vinpaint.forecast.facts import facts_of
from vinpaint.forecast.look import Forecast, Patchwork, forecast
from vinpaint.forecast.movement import Contact

__all__ = ["Contact", "Forecast", "Patchwork", "facts_of", "forecast"]
