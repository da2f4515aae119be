"""What surrounds the hole, measured and put into words that a prompt can take.

Colours, the tone of the light, its direction and contrast, texture and grain, read from the true
pixels around the hole. Only what was measured is said: stripes, but never bricks.
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
