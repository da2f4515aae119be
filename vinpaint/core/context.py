"""The input of a strategy in addition to the frames and the mask of its window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vinpaint.core.frames import Bools, Frames, Video, _check
from vinpaint.core.progress import no_op


@dataclass(frozen=True, repr=False)
class Reference:
    """The user's reference, registered to the frames of one window.

    Args:
        images: (n, h, w, 3) uint8 RGB, one for each of the T frames (n = T) or one for all (n = 1).
        visible: (n, h, w) bool, True where a pixel of the image may be copied.
        homographies: (T, 3, 3) float64, from the pixels of each frame to those of its image.
        camera_homographies: (T, 3, 3) float64, from the pixels of each frame to a plane that all
            frames share.
        same_scene: True if the reference shows the scene behind the hole; False if it shows another
            place, as a clone does.
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
        """Return the image (h, w, 3) of frame t, and where it may be copied (h, w)."""
        at = t if len(self.images) > 1 else 0
        return self.images[at], self.visible[at]


@dataclass(frozen=True)
class Context:
    """The input of a strategy in addition to the frames and the mask of its window.

    Args:
        repaired: (n, H, W, 3), the first n frames of the window as the previous window repaired
            them. They are sources only: the output for them is discarded.
        ahead_frames: Number of frames at the end of the window that are sources only, too. They are
            not repaired yet, and their holes still show the removed object.
        reference: The user's reference, or None.
        note: Called with a sentence about the work, which is added to the notes of the result.
        invented: Called as `invented(t, pixels)` with a frame of the window and the number of its
            hole pixels that no frame shows, if the strategy knows it.
    """

    repaired: Video | None = None
    ahead_frames: int = 0
    reference: Reference | None = None
    note: Callable[[str], None] = no_op
    invented: Callable[[int, int], None] = no_op

    def without_reference(self) -> Context:
        """Return this context without its reference, for a strategy that completes another's fill.

        Strategies derive a context this way instead of building one, so that `note` and `invented`
        are never lost.
        """
        return replace(self, reference=None)
