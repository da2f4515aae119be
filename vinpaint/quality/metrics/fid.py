"""FID: the Frechet distance over Inception features (seed: quality evaluation, 2). Optional.

FID = |mu_r - mu_g|^2 + Tr(S_r + S_g - 2 (S_r S_g)^(1/2)), means and covariances of the 2048
features of Inception-v3, of crops of the fill (g) against crops of the untouched surroundings (r)
of the same clip; Heusel et al., "GANs Trained by a Two Time-Scale Update Rule" (2017). Features
and distance are those of `torch-fidelity`. Lower is better. A few hundred crops are far fewer than
FID was made for, and its value rises as they get fewer: it is to be read beside its yardstick, the
distance of one half of the surroundings from the other.

The package needs torchvision, and its weights (91 MB) are fetched by nobody unasked: without
either the measure says so.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Better, Bools, Frames
from vinpaint.quality.metrics.base import Found, Gauge, Look, MetricUnavailableError
from vinpaint.quality.metrics.optional_weights import weights

FILE = "weights-inception-2015-12-05-6726825d.pth"
URL = f"https://github.com/toshas/torch-fidelity/releases/download/v0.2.0/{FILE}"
_FEATURES = 2048
_SIZES_PX = (96, 64, 48, 32)
_LEAST_INSIDE = 0.75
_MOST_CROPS = 6
_LEAST_CROPS = 16

Doubles = NDArray[np.float64]
Place = tuple[slice, slice]
"""A square, as an index into (H, W, ...)."""


@dataclass(frozen=True)
class Fid:
    """What a trained eye for pictures says of the texture."""

    title: str = "Texture (FID)"
    unit: str = "FID"
    better: Better = "lower"
    meaning: str = (
        "How unlike its surroundings the repair looks to a network that knows photographs; "
        "read it beside the clip's own value."
    )

    def start(self) -> Gauge:
        """Sums of features. Raises MetricUnavailableError."""
        path = weights("torch_fidelity", FILE, URL)
        from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

        network = FeatureExtractorInceptionV3(
            "fid", [str(_FEATURES)], feature_extractor_weights_path=str(path)
        )
        return _Features(network.eval())


@dataclass
class _Sums:
    """Sums of feature vectors, and of their products."""

    count: int = 0
    first: Doubles = field(default_factory=lambda: np.zeros(_FEATURES))
    second: Doubles = field(default_factory=lambda: np.zeros((_FEATURES, _FEATURES)))

    def add(self, vectors: Doubles) -> None:
        self.count += len(vectors)
        self.first += vectors.sum(axis=0)
        self.second += vectors.T @ vectors

    def shape(self) -> dict[str, Doubles]:
        mean = self.first / self.count
        return {"mu": mean, "sigma": self.second / self.count - np.outer(mean, mean)}


@dataclass
class _Features:
    """The sums of a clip so far: the fill's, and those of either half of its surroundings."""

    network: Any
    made: _Sums = field(default_factory=_Sums)
    even: _Sums = field(default_factory=_Sums)
    odd: _Sums = field(default_factory=_Sums)

    def take(self, look: Look) -> None:
        """The next frame."""
        places = crops(look.hole, ~look.touched)
        made = self._seen(look.after, places[0])
        real = self._seen(look.before, places[1])
        self.made.add(made)
        self.even.add(real[look.frame % 2 :: 2])
        self.odd.add(real[1 - look.frame % 2 :: 2])

    def _seen(self, frame: Frames, places: list[Place]) -> Doubles:
        import torch

        if not places:
            return np.zeros((0, _FEATURES))
        cut = np.stack([frame[place] for place in places]).transpose(0, 3, 1, 2)
        with torch.no_grad():
            found = self.network(torch.from_numpy(np.ascontiguousarray(cut)))[0]
        return np.asarray(found.double().numpy(), np.float64)

    def found(self) -> Found:
        """The distance of all from all. Raises MetricUnavailableError for too few crops."""
        from torch_fidelity.metric_fid import fid_statistics_to_metric

        if min(self.made.count, self.even.count, self.odd.count) < _LEAST_CROPS:
            raise MetricUnavailableError(
                "the hole or its surroundings are too small for crops of 32 pixels"
            )
        real = _Sums(
            self.even.count + self.odd.count,
            self.even.first + self.odd.first,
            self.even.second + self.odd.second,
        )

        def between(one: _Sums, other: _Sums) -> float:
            told = fid_statistics_to_metric(one.shape(), other.shape(), False)
            return float(next(iter(told.values())))

        return Found(between(self.made, real), between(self.even, self.odd), {}, {})


def crops(hole: Bools, real: Bools) -> tuple[list[Place], list[Place]]:
    """Squares of one size of which the hole, and what is real, hold three quarters.

    The largest size that fits into both; a few of each kind, spread over the place.
    """
    for size in _SIZES_PX:
        found = [_fitting(where, size) for where in (hole, real)]
        if all(found):
            break
    mine, own = ([*one[:: 1 + len(one) // _MOST_CROPS]] for one in found)
    return mine, own


def _fitting(where: Bools, size: int) -> list[Place]:
    step = size // 2
    rows = range(0, where.shape[0] - size + 1, step)
    columns = range(0, where.shape[1] - size + 1, step)
    places = [(slice(y, y + size), slice(x, x + size)) for y in rows for x in columns]
    return [place for place in places if where[place].mean() >= _LEAST_INSIDE]
