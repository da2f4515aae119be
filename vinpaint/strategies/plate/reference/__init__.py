"""What the user gave to fill from: read once, and placed on every frame that is repaired.

A clean frame of the clip, a picture, a repaired still of one frame, or another place of the same
picture (a clone). It may lie far from the window that a strategy sees, so it is aligned with the
whole clip beforehand; what travels is one picture and one homography a frame.
"""

from vinpaint.strategies.plate.reference.given import check, is_given
from vinpaint.strategies.plate.reference.placed import PlacedReference
from vinpaint.strategies.plate.reference.placement import place

__all__ = ["PlacedReference", "check", "is_given", "place"]
