"""Measure the surroundings of the hole, and describe them for a prompt.

Colours, colour temperature, direction and contrast of the light, texture and grain are measured on
the pixels of the source around the hole. The description names only measured properties: it may
mention stripes, but never bricks.
"""

from __future__ import annotations

from vinpaint.advice.surroundings.measure import Surroundings, measure_frames, measure_surroundings
from vinpaint.advice.surroundings.prompt_check import prompt_warnings
from vinpaint.advice.surroundings.prompt_phrase import prompt_phrase

__all__ = [
    "Surroundings",
    "measure_frames",
    "measure_surroundings",
    "prompt_phrase",
    "prompt_warnings",
]
