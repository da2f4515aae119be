"""Texture: a Frechet distance over wavelet packets, for which no weights are needed.

After Veeramacheneni et al., "Frechet Wavelet Distance" (arXiv 2312.15289): both sets of crops go
through a full wavelet packet transform, and in each packet p the two clouds of coefficients are
compared as normal distributions, d_p = |m_g - m_r|^2 + Tr(C_g + C_r - 2 (C_g C_r)^(1/2)); the mean
over packets is the distance. Here:

- Crops are of 8x8 pixels, so that they fit into a hole: those wholly inside the hole against those
  wholly in the untouched surroundings (to 32 px around it), of every frame, in RGB. The transform
  is Haar's, three levels deep; of 8x8 pixels that is the Walsh-Hadamard transform, 64 packets with
  one coefficient for each colour, so a covariance is 3x3 and is known from few crops.
- Each d_p is divided by the power that it is made of, Tr(C_g) + Tr(C_r) + |m_g - m_r|^2. So every
  scale counts alike, and the distance lies between 0, the same, and 1, nothing alike (a packet in
  which one has power and the other none); a flat colour comes to 0.6 to 0.9. The mean colour
  (packet 0) is left out: that the place has another colour than its surroundings says nothing.
- With n crops a covariance is drawn towards its diagonal by 8 / (8 + n), and 2 levels squared are
  added to its diagonal: a packet weaker than that cannot be seen, and a frame blurred by motion
  would else be compared by its rounding errors. One crop has an answer too.

The yardstick is the distance of one half of the surroundings (left or above of the hole's middle)
from all of them: how unlike themselves they are.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Better, Bools, Floats, Frames
from vinpaint.quality.metrics.base import Found, Gauge, Look

_CROP_PX = 8
_PACKETS = _CROP_PX * _CROP_PX
_DRAWN_CROPS = 8.0
_LEAST_POWER = 2.0
_MOST_CROPS = 600
"""Of one frame and one kind; more would tell no more, and cost as much as a fill."""

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Texture:
    """What the repair is made of."""

    title: str = "Texture (wavelet distance)"
    unit: str = "of 1"
    better: Better = "lower"
    meaning: str = (
        "How unlike its surroundings the repair's texture is, at every scale: "
        "0 the same, 1 nothing alike; a flat colour is at 0.6 to 0.9."
    )

    def start(self) -> Gauge:
        """Sums of packets, inside and around."""
        return _Clouds()


@dataclass(frozen=True)
class Cloud:
    """Sums over crops, packet by packet: `count`, `first` (64, 3), `second` (64, 3, 3)."""

    count: int
    first: Doubles
    second: Doubles

    def __add__(self, other: Cloud) -> Cloud:
        return Cloud(self.count + other.count, self.first + other.first, self.second + other.second)

    def shape(self) -> tuple[Doubles, Doubles]:
        """(means (63, 3), covariances (63, 3, 3)), drawn towards what few crops can tell."""
        mean = self.first / self.count
        spread = self.second / self.count - mean[:, :, None] * mean[:, None, :]
        drawn = _DRAWN_CROPS / (_DRAWN_CROPS + self.count)
        eye = np.eye(3)
        covariance = (1 - drawn) * spread + drawn * spread * eye + _LEAST_POWER * eye
        return mean[1:], covariance[1:]


def cloud(crops: Floats) -> Cloud:
    """The sums of (n, 8, 8, 3) crops."""
    haar = _haar()
    across = np.tensordot(crops.astype(np.float32), haar, axes=([2], [1]))  # (n, y, c, x)
    packets = np.tensordot(across, haar, axes=([1], [1]))  # (n, c, x, y)
    flat = packets.transpose(0, 3, 2, 1).reshape(len(crops), _PACKETS, 3).astype(np.float64)
    second = np.einsum("npi,npj->pij", flat, flat, optimize=True)
    return Cloud(len(crops), flat.sum(axis=0), second)


def distance(made: Cloud, real: Cloud) -> float | None:
    """The mean relative distance over the packets; None where either has no crops."""
    if not made.count or not real.count:
        return None
    mean, covariance = made.shape()
    own_mean, own_covariance = real.shape()
    moved = ((mean - own_mean) ** 2).sum(axis=-1)
    power = np.trace(covariance + own_covariance, axis1=1, axis2=2)
    apart = moved + power - 2 * _cross(covariance, own_covariance)
    return float(np.clip(apart / (moved + power), 0.0, 1.0).mean())


def _cross(first: Doubles, second: Doubles) -> Doubles:
    """(n,): Tr (A B)^(1/2) = Tr (A^(1/2) B A^(1/2))^(1/2), by eigenvalues, which stay real."""
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.maximum(values, 0))[:, None, :]) @ vectors.transpose(0, 2, 1)
    inner = np.linalg.eigvalsh(root @ second @ root)
    return np.asarray(np.sqrt(np.maximum(inner, 0)).sum(axis=-1), np.float64)


def _haar() -> Floats:
    pair = np.array([[1.0, 1.0], [1.0, -1.0]]) / 2**0.5
    return np.asarray(np.kron(np.kron(pair, pair), pair), np.float32)


def _nothing() -> Cloud:
    return Cloud(0, np.zeros((_PACKETS, 3)), np.zeros((_PACKETS, 3, 3)))


@dataclass
class _Clouds:
    """The sums of a clip so far."""

    made: Cloud = field(default_factory=_nothing)
    real: Cloud = field(default_factory=_nothing)
    half: Cloud = field(default_factory=_nothing)
    by_frame: dict[int, float] = field(default_factory=dict)

    def take(self, look: Look) -> None:
        """The next frame."""
        if not look.hole.any():
            return
        made, _ = crops(look.after, look.hole)
        real, corners = crops(look.before, ~look.touched)
        mine, all_ = cloud(made), cloud(real)
        rows, columns = np.nonzero(look.hole)
        middle = np.array([rows.mean(), columns.mean()])
        near = corners + _CROP_PX / 2 < middle
        self.made, self.real = self.made + mine, self.real + all_
        self.half = self.half + cloud(real[near[:, look.frame % 2]])
        found = distance(mine, all_)
        if found is not None:
            self.by_frame[look.frame] = found

    def found(self) -> Found:
        """The distance of all crops from all."""
        return Found(
            value=distance(self.made, self.real),
            yardstick=distance(self.half, self.real),
            per_frame=self.by_frame,
            own_per_frame={},
        )


def crops(frame: Frames, where: Bools) -> tuple[Floats, NDArray[np.int64]]:
    """((n, 8, 8, 3) float32, (n, 2) corners y, x): the crops that lie wholly in `where`.

    Every fourth pixel across and down, or fewer where there are many; where the part is small,
    every pixel.
    """
    whole = cv2.erode(
        where.astype(np.uint8),
        np.ones((_CROP_PX, _CROP_PX), np.uint8),
        anchor=(0, 0),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=(0.0,),
    )
    found = np.argwhere(whole[::4, ::4]) * 4
    if len(found) < _DRAWN_CROPS:
        found = np.argwhere(whole)
    found = found[:: 1 + len(found) // _MOST_CROPS]
    if not len(found):
        return np.zeros((0, _CROP_PX, _CROP_PX, 3), np.float32), found
    tiles = np.lib.stride_tricks.sliding_window_view(frame, (_CROP_PX, _CROP_PX), axis=(0, 1))
    cut = tiles[found[:, 0], found[:, 1]].transpose(0, 2, 3, 1)
    return np.asarray(cut, np.float32), found
