"""Colours between pixels, bicubic: where a chain ends, on the processor or on a CUDA card.

Both weigh with the same cubic (a = -0.75), and give whole levels. With OpenCV 5 they differ by one
level at most, in one of some thousand samples (measured on noise, on torch's CPU); an OpenCV that
rounds places to 1/32 pixel, as those before did, would differ by a few on hard edges.
"""

from __future__ import annotations

from typing import Any, Protocol

import cv2
import numpy as np

from vinpaint.core import Floats, Frames

_REMAP_COLUMNS = 256
"""Places are laid out in rows of so many: OpenCV samples a whole row at once, and a column of
single places takes it 25 times as long (bicubic; measured with OpenCV 5)."""

_REMAP_ROWS = 30_000
"""OpenCV's remap takes at most 32767 rows."""


class Sampler(Protocol):
    """The frames of a window, to be looked up between their pixels."""

    @property
    def frames(self) -> Frames:
        """(T, H, W, 3) uint8, as given; whoever writes into frame t says so by `changed(t)`."""
        ...

    def pick(self, t: int, x: Floats, y: Floats) -> Floats:
        """(N, 3) float32: colours of frame t, whole levels. Edges repeat."""
        ...

    def changed(self, t: int) -> None:
        """Frame t was written into."""
        ...


class CpuSampler:
    """By OpenCV, straight from the frames, (T, H, W, 3) uint8."""

    def __init__(self, frames: Frames) -> None:
        self.frames = frames

    def pick(self, t: int, x: Floats, y: Floats) -> Floats:
        """See `Sampler.pick`."""
        return remap_points(self.frames[t], x, y, cv2.INTER_CUBIC)

    def changed(self, t: int) -> None:
        """Nothing to do: the frames themselves are looked at."""


class TorchSampler:
    """By torch, on any of its devices: the frames are sent there once.

    On a CUDA card this has not been run yet, none was at hand; on torch's CPU it has.
    """

    def __init__(self, frames: Frames, device: str = "cuda") -> None:
        import torch

        self.frames = frames
        self._there: Any = torch.from_numpy(frames).to(device, copy=True)

    def pick(self, t: int, x: Floats, y: Floats) -> Floats:
        """See `Sampler.pick`."""
        import torch
        from torch.nn import functional

        if not len(x):
            return np.empty((0, 3), np.float32)
        with torch.inference_mode():
            image = self._there[t].permute(2, 0, 1)[None].float()
            size = torch.tensor([image.shape[3], image.shape[2]], device=image.device)
            at = torch.from_numpy(np.stack([x, y], axis=-1, dtype=np.float32)).to(image.device)
            places = at * (2 / (size - 1).clamp(min=1)) - 1
            colours = functional.grid_sample(
                image,
                places[None, :, None],
                mode="bicubic",
                padding_mode="border",
                align_corners=True,
            )
            whole = colours[0, :, :, 0].T.round().clamp(0, 255)
            return np.ascontiguousarray(whole.cpu().numpy(), np.float32)

    def changed(self, t: int) -> None:
        """Send the frame anew."""
        import torch

        self._there[t] = torch.from_numpy(self.frames[t]).to(self._there.device)


def remap_points(image: Frames | Floats, x: Floats, y: Floats, how: int) -> Floats:
    """(N, C) float32: an (H, W, C) array at N places, by OpenCV. Edges repeat."""
    rows = -(-len(x) // _REMAP_COLUMNS)
    places = np.zeros((2, rows * _REMAP_COLUMNS), np.float32)
    places[:, : len(x)] = x, y
    at_x, at_y = places.reshape(2, rows, _REMAP_COLUMNS)
    if not rows:
        return np.empty((0, image.shape[2]), np.float32)
    got = np.empty((rows, _REMAP_COLUMNS, image.shape[2]), np.float32)
    for start in range(0, rows, _REMAP_ROWS):
        some = slice(start, start + _REMAP_ROWS)
        got[some] = cv2.remap(image, at_x[some], at_y[some], how, borderMode=cv2.BORDER_REPLICATE)
    return got.reshape(-1, image.shape[2])[: len(x)]
