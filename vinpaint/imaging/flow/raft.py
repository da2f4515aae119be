"""Optical flow by RAFT.

Source: Teed and Deng, "RAFT: Recurrent All-Pairs Field Transforms for Optical Flow", 2020. The
network is that of pytorchcv; this module prepares its input and resizes its output. It has been run
on the CPU with random weights, but not yet on a CUDA device.
"""

from __future__ import annotations

import math
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np

from vinpaint.core import Floats, Frames, LimitError

if TYPE_CHECKING:
    import torch

STEP_PX = 8
"""The sides of the network's input are multiples of this."""

LEAST_PX = 128
"""Minimum side of the input: the coarsest level is smaller by a factor of 64 and needs 2 pixels."""

MOST_PIXELS = 1_000_000
"""Maximum number of pixels of the input. The network compares all pairs of pixels, so both
directions take 2.6 GB at this size. Larger pictures are shrunk, and their flow is enlarged again.
"""

_FEWEST_PIXELS = 60_000
"""Smallest limit to retry with when memory runs out."""


@dataclass(frozen=True, repr=False)
class Raft:
    """A RAFT estimator. Thread-safe; one pair of pictures is processed at a time.

    net: the loaded network, called as `net(first, second)`; device: the torch device it is on;
    most_pixels: see MOST_PIXELS.
    """

    net: Any
    device: str
    most_pixels: int = MOST_PIXELS
    colour: bool = True
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def estimate_both(self, first: Frames, second: Frames) -> tuple[Floats, Floats]:
        """See `FlowEstimator.estimate_both`. Retries at a smaller size if GPU memory runs out."""
        import torch

        most = self.most_pixels
        while True:
            try:
                with self._turn, torch.inference_mode():
                    return self._both(first, second, most)
            except torch.OutOfMemoryError as error:
                most //= 4
                if most < _FEWEST_PIXELS:
                    raise LimitError(
                        "the graphics card ran out of memory while it estimated motion; close "
                        "what else uses it, or choose the device 'cpu'"
                    ) from error
                torch.cuda.empty_cache()

    def _both(self, first: Frames, second: Frames, most_pixels: int) -> tuple[Floats, Floats]:
        import torch

        height, width = first.shape[:2]
        pair = [_small(picture, most_pixels) for picture in (first, second)]
        here, there = (_tensor(picture, self.device) for picture in pair)
        found = self.net(torch.cat([here, there]), torch.cat([there, here]))[1]
        small_height, small_width = pair[0].shape[:2]
        cut = found[:, :, :small_height, :small_width].permute(0, 2, 3, 1).float().cpu().numpy()
        forward, backward = (_brought_to(one, width, height) for one in cut)
        return forward, backward


def _small(picture: Frames, most_pixels: int) -> Frames:
    """Shrink a picture to at most `most_pixels` pixels."""
    height, width = picture.shape[:2]
    scale = math.sqrt(most_pixels / (height * width))
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _tensor(picture: Frames, device: str) -> torch.Tensor:
    """Return the (1, 3, H, W) float32 input of the network, with values from 0 to 255.

    The picture is padded at the right and at the bottom, so that its coordinates do not change.
    """
    import torch

    pads = [(0, _padded(size) - size) for size in picture.shape[:2]]
    wide = np.pad(picture, [*pads, (0, 0)], mode="edge")
    return torch.from_numpy(wide).to(device).permute(2, 0, 1)[None].float()


def _padded(size_px: int) -> int:
    return max(LEAST_PX, -(-size_px // STEP_PX) * STEP_PX)


def _brought_to(field: Floats, width: int, height: int) -> Floats:
    """Resize a flow to `width` x `height` pixels, and scale its vectors accordingly."""
    small_height, small_width = field.shape[:2]
    if (small_width, small_height) == (width, height):
        return np.ascontiguousarray(field, np.float32)
    wide = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide * (width / small_width, height / small_height), np.float32)
