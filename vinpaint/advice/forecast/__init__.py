"""Forecast of a fill: visibility of the hole in other frames, motion, and facts for the advice."""

from __future__ import annotations

from vinpaint.advice.forecast.facts import build_facts
from vinpaint.advice.forecast.motion import Contact
from vinpaint.advice.forecast.visibility import Forecast, forecast_visibility

__all__ = ["Contact", "Forecast", "build_facts", "forecast_visibility"]
