"""FID, the Fréchet Inception Distance. An optional metric.

    FID = |mu_r - mu_g|^2 + Tr(S_r + S_g - 2 (S_r S_g)^(1/2))

mu and S are the means and covariances of the 2048 Inception-v3 features of crops of the fill (g)
and of the untouched surroundings (r) of the same clip (Heusel et al., "GANs Trained by a Two
Time-Scale Update Rule", 2017). Features and distance are computed by `torch-fidelity`. Lower is
better. FID was designed for far more than the few hundred crops of a clip, and fewer crops give
higher values. Therefore compare it with the baseline, the distance between two halves of the
surroundings.

`torch-fidelity` needs torchvision, and its weights (91 MB) are not downloaded automatically. If
they are absent, the metric reports the reason.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from vinpaint.core import Bools, Frames
from vinpaint.quality.metrics.base import (
    Accumulator,
    Doubles,
    Metric,
    MetricResult,
    MetricUnavailableError,
    Moments,
    WindowFeatures,
)
from vinpaint.quality.metrics.optional_weights import find_weights

FILE = "weights-inception-2015-12-05-6726825d.pth"
URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{FILE}"
_FEATURES = 2048
_SIZES_PX = (96, 64, 48, 32)
_MIN_SHARE = 0.75
_MAX_CROPS = 6
_MIN_CROPS = 16

CropSlices = tuple[slice, slice]
"""A square, as an index into an (H, W, ...) array."""

_NO_FEATURES = Moments(0, np.zeros(_FEATURES), np.zeros((_FEATURES, _FEATURES)))


@dataclass
class FidAccumulator:
    """Accumulates the moments of features of the fill, and of two halves of the surroundings."""

    network: Any
    fill: Moments = _NO_FEATURES
    even: Moments = _NO_FEATURES
    odd: Moments = _NO_FEATURES

    def add(self, features: WindowFeatures) -> None:
        """Add the crops of the next frame."""
        inside, beside = crops(features.hole, ~features.touched)
        self.fill += _moments(self._extract(features.after, inside))
        real = self._extract(features.before, beside)
        self.even += _moments(real[features.frame % 2 :: 2])
        self.odd += _moments(real[1 - features.frame % 2 :: 2])

    def _extract(self, frame: Frames, squares: list[CropSlices]) -> Doubles:
        import torch

        if not squares:
            return np.zeros((0, _FEATURES))
        batch = np.stack([frame[square] for square in squares]).transpose(0, 3, 1, 2)
        with torch.no_grad():
            vectors = self.network(torch.from_numpy(np.ascontiguousarray(batch)))[0]
        return np.asarray(vectors.double().numpy(), np.float64)

    def result(self) -> MetricResult:
        """Return the distance over the clip and its baseline.

        Raises MetricUnavailableError if there were too few crops.
        """
        from torch_fidelity.metric_fid import fid_statistics_to_metric

        if min(self.fill.count, self.even.count, self.odd.count) < _MIN_CROPS:
            raise MetricUnavailableError(
                "the hole or its surroundings are too small for crops of 32 pixels"
            )

        def distance(first: Moments, second: Moments) -> float:
            scores = fid_statistics_to_metric(gaussian(first), gaussian(second), False)
            return float(next(iter(scores.values())))

        return MetricResult(
            distance(self.fill, self.even + self.odd), distance(self.even, self.odd)
        )


def _moments(vectors: Doubles) -> Moments:
    return Moments(len(vectors), vectors.sum(axis=0), vectors.T @ vectors)


def gaussian(moments: Moments) -> dict[str, Doubles]:
    """Return mean and covariance of a set of features, in the format of `torch-fidelity`."""
    mean = moments.first / moments.count
    return {"mu": mean, "sigma": moments.second / moments.count - np.outer(mean, mean)}


def crops(hole: Bools, real: Bools) -> tuple[list[CropSlices], list[CropSlices]]:
    """Return up to 6 square crops of the hole, and up to 6 of the real pixels.

    All have the same side, the largest of 96, 64, 48 and 32 pixels that fits into both areas. At
    least three quarters of each square lie in its area. hole, real: (H, W) bool.
    """
    for size in _SIZES_PX:
        found = [_fitting(area, size) for area in (hole, real)]
        if all(found):
            break
    inside, beside = ([*squares[:: 1 + len(squares) // _MAX_CROPS]] for squares in found)
    return inside, beside


def _fitting(area: Bools, size: int) -> list[CropSlices]:
    step = size // 2
    rows = range(0, area.shape[0] - size + 1, step)
    columns = range(0, area.shape[1] - size + 1, step)
    squares = [(slice(y, y + size), slice(x, x + size)) for y in rows for x in columns]
    return [square for square in squares if area[square].mean() >= _MIN_SHARE]


def _start() -> Accumulator:
    path = find_weights("torch_fidelity", FILE, URL)
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    network = FeatureExtractorInceptionV3(
        "fid", [str(_FEATURES)], feature_extractor_weights_path=str(path)
    )
    return FidAccumulator(network.eval())


FID = Metric(
    title="Texture (FID)",
    unit="FID",
    better="lower",
    meaning=(
        "How different the repair looks from its surroundings, to a network trained on photos. "
        "Compare it with the clip's own value."
    ),
    accumulator=_start,
)
