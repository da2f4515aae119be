"""Masks: `(T, H, W)` float32, 0 where a pixel is kept and 1 where it is replaced."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vinpaint.core.boxes import Box, Span
from vinpaint.core.frames import Bools, Floats, _check

HOLE_LEVEL = 0.5
"""Threshold on the tuned mask that defines the hole.

Strategies fill pixels at or above it. Below it, they leave the source unchanged."""


@dataclass(frozen=True, repr=False)
class Mask:
    """The mask of one window: `values` is (T, H, W) float32, from 0 (keep) to 1 (replace).

    Raises ValueError for another shape or dtype.
    """

    values: Floats

    def __post_init__(self) -> None:
        _check(self.values, "Mask", 3, None, np.float32)

    @property
    def hole(self) -> Bools:
        """(T, H, W) bool, True for the pixels that a strategy fills."""
        return self.values >= HOLE_LEVEL

    def __repr__(self) -> str:
        return f"Mask{self.values.shape}"


class MaskTrack(Protocol):
    """The mask of a whole clip, read window by window."""

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        ...

    @property
    def frames(self) -> int:
        """Number of frames."""
        ...

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """Return the masks of `span`, cropped to `box` or, without one, the whole frame."""
        ...

    def bounds(self, frame: int) -> Box | None:
        """Return a box that contains all mask pixels above 0 of a frame, or None if it has none.

        The box need not be the smallest one.
        """
        ...
