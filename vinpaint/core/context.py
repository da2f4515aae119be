"""What a strategy may know beyond the window that it fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vinpaint.core.frames import Bools, Frames, Video, _check
from vinpaint.core.progress import no_op


@dataclass(frozen=True, repr=False)
class Reference:
    """What the user gave to fill from, placed on the frames of one window.

    `pictures`: (n, h, w, 3) uint8 RGB, one for each frame (n = T) or one for all (n = 1).
    `shown`: (n, h, w) bool, their pixels that may be copied. `places`: (T, 3, 3) float64, from a
    frame's pixels to its picture's; `camera`: the same, to one plane that all frames share.
    `alike`: it shows the same place of the scene, not another.
    """

    images: Frames
    visible: Bools
    homographies: NDArray[np.float64]
    camera_homographies: NDArray[np.float64]
    same_scene: bool = True

    def __post_init__(self) -> None:
        _check(self.images, "Reference", 4, 3, np.uint8)
        if self.visible.shape != self.images.shape[:3]:
            raise ValueError(f"Reference: {self.images.shape} shown by {self.visible.shape}")
        if len(self.images) not in (1, len(self.homographies)):
            raise ValueError(f"Reference: {len(self.images)} for {len(self.homographies)} frames")

    def of(self, t: int) -> tuple[Frames, Bools]:
        """Frame t's picture (h, w, 3), and which of its pixels may be copied (h, w)."""
        at = t if len(self.images) > 1 else 0
        return self.images[at], self.visible[at]


@dataclass(frozen=True)
class Context:
    """What a strategy may know beyond its window.

    `repaired`: (n, H, W, 3), the first n frames of the window as they came out of the window
    before: sources, real where the mask is 0, and what is returned for them is thrown away.
    `ahead_frames`: the same of so many frames at the end, which no window has repaired.
    `note`: takes a plain sentence on how the work went, for the result's notes. `invented`: takes
    a frame of the window and how many pixels of its hole no frame shows, where that is known.
    """

    repaired: Video | None = None
    ahead_frames: int = 0
    reference: Reference | None = None
    note: Callable[[str], None] = no_op
    invented: Callable[[int, int], None] = no_op

    def without_reference(self) -> Context:
        """Return the context for a strategy that completes another one's fill.

        All else is kept: a strategy never builds a context of its own, so it cannot lose
        `invented` or `note` on the way.
        """
        return replace(self, reference=None)
