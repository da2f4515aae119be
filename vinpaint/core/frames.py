"""Array types and their conventions.

- Frames: `(T, H, W, 3)` uint8 RGB. BGR is used only in direct calls of OpenCV.
- Optical flow: `(T-1, H, W, 2)` float32, `(dx, dy)` in pixels, x to the right and y down.
- Names end in their unit: `_px`, `_frames`, `_seconds`, `_gb`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Frames = NDArray[np.uint8]

Floats = NDArray[np.float32]

Bools = NDArray[np.bool_]


def _check(values: NDArray[Any], name: str, ndim: int, last: int | None, dtype: type) -> None:
    """Raise ValueError for another number of dimensions, last dimension or dtype."""
    if values.ndim != ndim or (last is not None and values.shape[-1] != last):
        want = f"{ndim} dimensions" + (f", the last of {last}" if last else "")
        raise ValueError(f"{name}: expected {want}, received shape {values.shape}")
    if values.dtype != dtype:
        raise ValueError(f"{name}: expected {np.dtype(dtype).name}, received {values.dtype}")


@dataclass(frozen=True, repr=False)
class Video:
    """The frames of one temporal window: `frames` is (T, H, W, 3) uint8 RGB.

    Raises ValueError for another shape or dtype.
    """

    frames: Frames

    def __post_init__(self) -> None:
        _check(self.frames, "Video", 4, 3, np.uint8)

    def __repr__(self) -> str:
        return f"Video{self.frames.shape}"
