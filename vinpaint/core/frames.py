"""Arrays of pixels, and the convention for what they hold.

- Frames: `(T, H, W, 3)` uint8 RGB. BGR exists only on the one line that calls OpenCV.
- Flow: `(T-1, H, W, 2)` float32 pixels `(dx, dy)`, x to the right, y down.
- Units stand in names: `_px`, `_frames`, `_seconds`, `_gb`.
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
    if values.ndim != ndim or (last is not None and values.shape[-1] != last):
        want = f"{ndim} dimensions" + (f", the last of {last}" if last else "")
        raise ValueError(f"{name}: expected {want}, received shape {values.shape}")
    if values.dtype != dtype:
        raise ValueError(f"{name}: expected {np.dtype(dtype).name}, received {values.dtype}")


@dataclass(frozen=True, repr=False)
class Video:
    """One window of a clip. `frames`: (T, H, W, 3) uint8 RGB."""

    frames: Frames

    def __post_init__(self) -> None:
        _check(self.frames, "Video", 4, 3, np.uint8)

    def __repr__(self) -> str:
        return f"Video{self.frames.shape}"
