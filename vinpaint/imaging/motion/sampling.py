"""Bicubic sampling of colours at sub-pixel positions, with OpenCV or with torch.

Both use the same cubic kernel (a = -0.75) and round to whole intensity levels. With OpenCV 5, they
differ by at most one level, in about one sample in several thousand (measured on noise, with torch
on the CPU). Earlier versions of OpenCV round positions to 1/32 pixel and differ more at edges.
"""

from __future__ import annotations

from typing import Any, Protocol

import cv2
import numpy as np

from vinpaint.core import Floats, Frames

_REMAP_COLUMNS = 256
"""Positions are passed to OpenCV in rows of this length, because it processes whole rows. A single
column of positions takes 25 times longer (bicubic, measured with OpenCV 5)."""

_REMAP_ROWS = 30_000
"""Maximum number of rows per call; OpenCV's remap accepts at most 32767."""


class Sampler(Protocol):
    """Looks up colours of a window's frames at sub-pixel positions."""

    @property
    def frames(self) -> Frames:
        """(T, H, W, 3) uint8, not copied: call `reload(t)` after writing to frame t."""

    def sample_at(self, t: int, x: Floats, y: Floats) -> Floats:
        """Return the colours of frame t at N positions (pixels): (N, 3) float32, whole levels.

        Outside the frame, its border pixels repeat.
        """

    def reload(self, t: int) -> None:
        """Use the current content of frame t from now on."""


class CpuSampler:
    """Samples frames (T, H, W, 3) uint8 with OpenCV."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames

    def sample_at(self, t: int, x: Floats, y: Floats) -> Floats:
        """See `Sampler.sample_at`."""
        return remap_points(self.frames[t], x, y, cv2.INTER_CUBIC)

    def reload(self, t: int) -> None:
        """Do nothing: the frames are read directly."""


class TorchSampler:
    """Samples frames (T, H, W, 3) uint8 with torch; they are copied to the device once.

    Tested with torch on the CPU only, not on a CUDA device.
    """

    def __init__(self, frames: Frames, device: str = "cuda") -> None:
        import torch

        self.frames = frames
        self._on_device: Any = torch.from_numpy(frames).to(device, copy=True)

    def sample_at(self, t: int, x: Floats, y: Floats) -> Floats:
        """See `Sampler.sample_at`."""
        import torch
        from torch.nn import functional

        if not len(x):
            return np.empty((0, 3), np.float32)
        with torch.inference_mode():
            image = self._on_device[t].permute(2, 0, 1)[None].float()
            size = torch.tensor([image.shape[3], image.shape[2]], device=image.device)
            at = torch.from_numpy(np.stack([x, y], axis=-1, dtype=np.float32)).to(image.device)
            positions = at * (2 / (size - 1).clamp(min=1)) - 1
            colours = functional.grid_sample(
                image,
                positions[None, :, None],
                mode="bicubic",
                padding_mode="border",
                align_corners=True,
            )
            levels = colours[0, :, :, 0].T.round().clamp(0, 255)
            return np.ascontiguousarray(levels.cpu().numpy(), np.float32)

    def reload(self, t: int) -> None:
        """Copy frame t to the device again."""
        import torch

        self._on_device[t] = torch.from_numpy(self.frames[t]).to(self._on_device.device)


def remap_points(image: Frames | Floats, x: Floats, y: Floats, interpolation: int) -> Floats:
    """Sample an (H, W, C) array at N positions (pixels) with OpenCV: (N, C) float32.

    Outside the array, its border pixels repeat. `interpolation`: a flag of `cv2.remap`.
    """
    rows = -(-len(x) // _REMAP_COLUMNS)
    if not rows:
        return np.empty((0, image.shape[2]), np.float32)
    positions = np.zeros((2, rows * _REMAP_COLUMNS), np.float32)
    positions[:, : len(x)] = x, y
    at_x, at_y = positions.reshape(2, rows, _REMAP_COLUMNS)
    out = np.empty((rows, _REMAP_COLUMNS, image.shape[2]), np.float32)
    for start in range(0, rows, _REMAP_ROWS):
        part = slice(start, start + _REMAP_ROWS)
        out[part] = cv2.remap(
            image, at_x[part], at_y[part], interpolation, borderMode=cv2.BORDER_REPLICATE
        )
    return out.reshape(-1, image.shape[2])[: len(x)]
