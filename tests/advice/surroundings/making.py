"""Synthetic surroundings for tests: a grey wall with a square hole and one known property."""

from __future__ import annotations

import numpy as np

from vinpaint.core import Bools, Floats, Frames

HEIGHT, WIDTH = 160, 220


def wall(level: Floats | float = 128.0, *, tint: tuple[float, float, float] = (1, 1, 1)) -> Frames:
    """Return (H, W, 3) uint8: grey levels, given as (H, W) or as one number, times a tint."""
    plane = np.broadcast_to(np.asarray(level, np.float32), (HEIGHT, WIDTH))
    return np.clip(np.rint(plane[..., None] * np.array(tint)), 0, 255).astype(np.uint8)


def hole() -> Bools:
    """Return (H, W) bool: a square in the middle. Its pixels must not influence a measurement."""
    inside = np.zeros((HEIGHT, WIDTH), np.bool_)
    inside[60:100, 90:130] = True
    return inside


def grid() -> tuple[Floats, Floats]:
    """Return the pixel coordinates (x, y), each (H, W) float32."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    return x, y
