"""Masks: `(T, H, W)` float32, 0 keeps a pixel and 1 replaces it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from vinpaint.core.boxes import Box, Span
from vinpaint.core.frames import Bools, Floats, _check

HOLE_LEVEL = 0.5
"""A strategy fills where the tuned mask reaches this; below it the source itself stays."""


@dataclass(frozen=True, repr=False)
class Mask:
    """The mask of one window. `values`: (T, H, W) float32, 0 keep to 1 replace."""

    values: Floats

    def __post_init__(self) -> None:
        _check(self.values, "Mask", 3, None, np.float32)

    @property
    def hole(self) -> Bools:
        """(T, H, W) bool: what a strategy fills."""
        return self.values >= HOLE_LEVEL

    def __repr__(self) -> str:
        return f"Mask{self.values.shape}"


class MaskTrack(Protocol):
    """A mask for every frame of a clip, read window by window."""

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        ...

    @property
    def frames(self) -> int:
        """How many frames."""
        ...

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """The masks of `span`, cut to `box`."""
        ...

    def bounds(self, frame: int) -> Box | None:
        """A box that holds all of the frame's mask above 0 (it may be larger); None if empty."""
        ...
