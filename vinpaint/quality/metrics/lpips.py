"""LPIPS against a known truth (seed: quality evaluation, 2). Optional.

LPIPS(x, x') = sum_l 1/(H_l W_l) sum || w_l * (y_l(x) - y_l(x')) ||^2 over the layers of AlexNet
(Zhang et al., "The Unreasonable Effectiveness of Deep Features as a Perceptual Metric", 2018), by
the package `lpips`: its map at full size, the mean over the hole's pixels. Lower is better.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vinpaint.core import Bools, Frames
from vinpaint.quality.metrics.optional_weights import weights

FILE = "alexnet-owt-7be5be79.pth"
URL = f"https://download.pytorch.org/models/{FILE}"
_LEAST_PX = 64
"""AlexNet's five layers need at least this."""


def lpips() -> Callable[[Frames, Frames, Bools], float]:
    """The measure: (truth, made, hole) to a number. Raises MetricUnavailableError."""
    weights("lpips", FILE, URL)
    import torch
    from lpips import LPIPS

    network = LPIPS(net="alex", spatial=True, verbose=False).eval()

    def tensor(frame: Frames) -> torch.Tensor:
        short = [(0, max(0, _LEAST_PX - side)) for side in frame.shape[:2]]
        whole = np.pad(frame, [*short, (0, 0)], mode="edge").astype(np.float32)
        return torch.from_numpy(whole.transpose(2, 0, 1)[None] / 127.5 - 1)

    def measure(truth: Frames, made: Frames, hole: Bools) -> float:
        with torch.no_grad():
            found = network(tensor(truth), tensor(made))[0, 0].numpy()
        return float(found[: hole.shape[0], : hole.shape[1]][hole].mean())

    return measure
