"""Turn measured surroundings into a phrase that can be added to a prompt."""

from __future__ import annotations

from collections.abc import Mapping

from vinpaint.advice.surroundings.light import HARD_ABOVE, SOFT_BELOW, Light, Side
from vinpaint.advice.surroundings.measure import Surroundings
from vinpaint.advice.surroundings.texture import (
    COARSE_ABOVE_PX,
    FINE_BELOW_PX,
    SMOOTH_BELOW,
    Stripes,
    Texture,
)
from vinpaint.advice.wording.phrases import join_words
from vinpaint.imaging.noise import Grain

VISIBLE_GRAIN, STRONG_GRAIN = 1.5, 6.0
"""Limits in 8-bit levels above which grain is mentioned, and called strong."""

_COARSE_GRAIN = 0.75
"""Minimum ratio of the noise at half size to that at full size for coarse grain. It is 0.5 for
white noise and about 1 for film grain."""

_LIGHT_FROM: Mapping[Side, str] = {
    "right": "light from the right",
    "left": "light from the left",
    "above": "light from above",
    "upper left": "light from the upper left",
    "upper right": "light from the upper right",
    "below": "light, brighter below",
    "lower left": "light, brighter on the lower left",
    "lower right": "light, brighter on the lower right",
}
"""Light from below is described as brightness, because a bright floor is the likelier cause."""

_STRIPES: Mapping[Stripes, str] = {
    "horizontal": "horizontal stripes",
    "vertical": "vertical stripes",
    "rising": "diagonal stripes rising to the right",
    "falling": "diagonal stripes falling to the right",
}


def prompt_phrase(around: Surroundings) -> str:
    """Describe the surroundings, for example 'warm light from the left, ..., fine grain'."""
    phrases = [
        _light(around),
        _contrast(around.light),
        f"{join_words(around.palette)} colours" if around.palette else "",
        _texture(around.texture),
        _grain(around.grain),
    ]
    return ", ".join(phrase for phrase in phrases if phrase)


def _light(around: Surroundings) -> str:
    tone = around.tone if around.tone in ("warm", "cool") else ""
    if around.side is not None:
        return f"{tone} {_LIGHT_FROM[around.side]}".strip()
    return f"{around.tone} even light" if around.tone else ""


def _contrast(light: Light) -> str:
    if light.spread < SOFT_BELOW:
        return "low contrast"
    return "strong contrast" if light.spread > HARD_ABOVE else ""


def _texture(texture: Texture) -> str:
    if texture.deviation < SMOOTH_BELOW:
        return "smooth surface"
    size = ""
    if texture.period_px < FINE_BELOW_PX:
        size = "fine "
    elif texture.period_px > COARSE_ABOVE_PX:
        size = "coarse "
    return f"{size}{_STRIPES[texture.stripes] if texture.stripes else 'texture'}"


def _grain(grain: Grain | None) -> str:
    if grain is None:
        return ""
    if max(grain.fine, grain.coarse) < VISIBLE_GRAIN:
        return "grainless"
    size = "coarse" if grain.coarse > _COARSE_GRAIN * grain.fine else "fine"
    strong = "strong " if max(grain.fine, grain.coarse) > STRONG_GRAIN else ""
    return f"{strong}{size} grain"
