"""From what was measured to a phrase that can be added to a prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from vinpaint.advice.surroundings.light import HARD_ABOVE, SOFT_BELOW, Light, Side
from vinpaint.advice.surroundings.measure import Surroundings
from vinpaint.advice.surroundings.texture import (
    COARSE_ABOVE_PX,
    FINE_BELOW_PX,
    SMOOTH_BELOW,
    Stripes,
    Texture,
)
from vinpaint.imaging.noise import Grain

SEEN_GRAIN, STRONG_GRAIN = 1.5, 6.0
"""Levels of 255 from which grain is worth a word, and from which it is strong."""

_COARSE_GRAIN = 0.75
"""Noise at half size over noise at full size: 0.5 for white noise, about 1 for film's."""

_FROM: Mapping[Side, str] = {
    "right": "light from the right",
    "left": "light from the left",
    "above": "light from above",
    "upper left": "light from the upper left",
    "upper right": "light from the upper right",
    "below": "light, brighter below",
    "lower left": "light, brighter on the lower left",
    "lower right": "light, brighter on the lower right",
}
"""Little light comes from below: a bright floor is likelier."""

_RUNNING: Mapping[Stripes, str] = {
    "horizontal": "horizontal stripes",
    "vertical": "vertical stripes",
    "rising": "diagonal stripes rising to the right",
    "falling": "diagonal stripes falling to the right",
}


def prompt_phrase(around: Surroundings) -> str:
    """'warm light from the left, fine film grain, ...': measured things only."""
    words = [
        _light(around),
        _contrast(around.light),
        _colours(around.palette),
        _texture(around.texture),
        _grain(around.grain),
    ]
    return ", ".join(one for one in words if one)


def _light(around: Surroundings) -> str:
    known = around.tone if around.tone in ("warm", "cool") else ""
    if around.side is not None:
        return f"{known} {_FROM[around.side]}".strip()
    if around.tone is None:
        return ""
    return f"{around.tone} even light"


def _colours(names: Sequence[str]) -> str:
    if not names:
        return ""
    *most, last = names
    return f"{', '.join(most)} and {last} colours" if most else f"{last} colours"


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
    running = texture.stripes
    return f"{size}{_RUNNING[running]}" if running else f"{size}texture"


def _grain(grain: Grain | None) -> str:
    if grain is None:
        return ""
    if max(grain.fine, grain.coarse) < SEEN_GRAIN:
        return "grainless"
    size = "coarse" if grain.coarse > _COARSE_GRAIN * grain.fine else "fine"
    strong = "strong " if max(grain.fine, grain.coarse) > STRONG_GRAIN else ""
    return f"{strong}{size} grain"
