"""Flow by RAFT: Teed and Deng, "RAFT: Recurrent All-Pairs Field Transforms for Optical Flow", 2020.

The network is pytorchcv's; what is here prepares pictures for it. On a CUDA card this has not been
run yet, none was at hand; on the CPU it has, with random weights.
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
"""The network looks at sizes that are multiples of this."""

LEAST_PX = 128
"""Its coarsest level is 64 times as coarse, and must hold two pixels."""

MOST_PIXELS = 1_000_000
"""Of one picture: it compares all pixels with all, which takes 2.6 GB for both directions of so
many. A larger picture is looked at smaller, and its flow brought back to size."""

_FEWEST_PIXELS = 60_000


@dataclass(frozen=True, repr=False)
class Raft:
    """A loaded network, `net(first, second)` on `device`; it works on one pair at a time."""

    net: Any
    device: str
    most_pixels: int = MOST_PIXELS
    colour: bool = True
    _turn: threading.Lock = field(default_factory=threading.Lock)

    def estimate_both(self, first: Frames, second: Frames) -> tuple[Floats, Floats]:
        """See `FlowEstimator.estimate_both`. Retries at a smaller size if memory runs out."""
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
    """The picture with at most so many pixels."""
    height, width = picture.shape[:2]
    scale = math.sqrt(most_pixels / (height * width))
    if scale >= 1:
        return picture
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def _tensor(picture: Frames, device: str) -> torch.Tensor:
    """(1, 3, H, W) float32, 0 to 255; the edges repeated to the right and below up to a size that
    the network takes, so that no vector shifts."""
    import torch

    pads = [(0, _padded(size) - size) for size in picture.shape[:2]]
    wide = np.pad(picture, [*pads, (0, 0)], mode="edge")
    return torch.from_numpy(wide).to(device).permute(2, 0, 1)[None].float()


def _padded(size_px: int) -> int:
    return max(LEAST_PX, -(-size_px // STEP_PX) * STEP_PX)


def _brought_to(field: Floats, width: int, height: int) -> Floats:
    """A field of a smaller picture for one of that size: vectors grow with it."""
    small_height, small_width = field.shape[:2]
    if (small_width, small_height) == (width, height):
        return np.ascontiguousarray(field, np.float32)
    wide = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide * (width / small_width, height / small_height), np.float32)
