"""LPIPS, the learned perceptual difference from a known ground truth. An optional metric.

LPIPS(x, x') = sum_l 1/(H_l W_l) sum || w_l * (y_l(x) - y_l(x')) ||^2 over the layers of AlexNet
(Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", 2018). The
package `lpips` computes a map of it at full size, which is averaged over the hole. Lower is better.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vinpaint.core import Bools, Frames
from vinpaint.quality.metrics.optional_weights import find_weights

FILE = "alexnet-owt-7be5be79.pth"
URL = f"https://download.pytorch.org/models/{FILE}"
_MIN_PX = 64
"""Smallest side of a picture that AlexNet's five layers accept; smaller ones are padded."""


def load_lpips() -> Callable[[Frames, Frames, Bools], float]:
    """Load the network and return a function of (truth, result, hole) that computes LPIPS.

    Raises MetricUnavailableError if the package or its weights are not installed.
    """
    find_weights("lpips", FILE, URL)
    import torch
    from lpips import LPIPS

    network = LPIPS(net="alex", spatial=True, verbose=False).eval()

    def tensor(frame: Frames) -> torch.Tensor:
        padding = [(0, max(0, _MIN_PX - side)) for side in frame.shape[:2]]
        padded = np.pad(frame, [*padding, (0, 0)], mode="edge").astype(np.float32)
        return torch.from_numpy(padded.transpose(2, 0, 1)[None] / 127.5 - 1)

    def measure(truth: Frames, result: Frames, hole: Bools) -> float:
        with torch.no_grad():
            distance = network(tensor(truth), tensor(result))[0, 0].numpy()
        return float(distance[: hole.shape[0], : hole.shape[1]][hole].mean())

    return measure
