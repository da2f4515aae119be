"""The reference of strategy `plate`: read once, and placed on every frame that is repaired.

A reference is a clean frame of the clip, a picture, a repaired still of one frame, or another
place of the same frame (a clone). It may lie far from the window being filled, so it is aligned
with the whole clip first; a strategy receives one picture, and one homography per frame.

`source.py` reads it, `placement.py` aligns it, `placed.py` cuts it to windows, `scale.py` holds
the scale used for alignment. Start with `place_reference`.
"""

from vinpaint.strategies.plate.reference.placed import PlacedReference
from vinpaint.strategies.plate.reference.placement import place_reference
from vinpaint.strategies.plate.reference.source import check_reference

__all__ = ["PlacedReference", "check_reference", "place_reference"]
