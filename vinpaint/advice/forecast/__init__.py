"""Before any fill: what of the hole other frames show, what moves there, and the facts of both."""

from __future__ import annotations

from vinpaint.advice.forecast.facts import facts_of
from vinpaint.advice.forecast.motion import Contact
from vinpaint.advice.forecast.visibility import Forecast, Patchwork, forecast

__all__ = ["Contact", "Forecast", "Patchwork", "facts_of", "forecast"]
