"""Find what a masked object casts on its surroundings: its shadow and its reflection.

- `light.py` compares frames with the background that other frames show, in linear light.
- `templates.py` lays the object's outline on the ground, and its mirrored pixels below its foot,
  and correlates them with these differences over many frames.
- `find.py` decides by the correlations, and returns a soft map per frame.
"""

from vinpaint.imaging.effects.find import EffectKind, FrameEffect, find_effects

__all__ = ["EffectKind", "FrameEffect", "find_effects"]
