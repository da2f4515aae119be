"""Texture distance: a Fréchet distance over wavelet packets, which needs no weights.

The metric follows Veeramacheneni et al., "Fréchet Wavelet Distance" (arXiv 2312.15289). Two sets of
crops are transformed by a full wavelet packet transform. In each packet p the two sets of
coefficients are compared as normal distributions,

    d_p = |m_g - m_r|^2 + Tr(C_g + C_r - 2 (C_g C_r)^(1/2)),

and the distance is the mean over the packets. This implementation differs in the following:

- Crops are 8x8 pixels, so that they fit into a hole. Those entirely inside the hole are compared
  with those entirely in the untouched surroundings (up to 32 pixels around it), in all frames, in
  RGB. The transform is the Haar transform with three levels. On 8x8 pixels it equals the
  Walsh-Hadamard transform: 64 packets with one coefficient per channel. A covariance is then only
  3x3 and needs few crops.
- Each d_p is divided by the total power, Tr(C_g) + Tr(C_r) + |m_g - m_r|^2. Every scale then has
  the same weight, and the distance lies between 0 (equal) and 1 (only one set has power in any
  packet).
  A flat colour scores 0.6 to 0.9. Packet 0, the mean colour, is left out, because a repair may
  correctly have another colour than its surroundings.
- With n crops, the covariance is shrunk towards its diagonal by 8 / (8 + n). Two squared levels are
  added to the diagonal, because weaker packets are invisible. Otherwise frames with motion blur
  would be compared by their rounding errors.

The baseline is the distance of one half of the surroundings from all of them. The half is that to
the left of the middle of the hole, or above it, alternating from frame to frame.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats, Frames
from vinpaint.quality.metrics.base import Doubles, Metric, MetricResult, Moments, WindowFeatures

_CROP_PX = 8
_PACKETS = _CROP_PX * _CROP_PX
_SHRINKAGE_CROPS = 8.0
_MIN_POWER = 2.0
_MAX_CROPS = 600
"""Maximum number of crops per frame and area. More take longer and do not change the distance."""


_NO_CROPS = Moments(0, np.zeros((_PACKETS, 3)), np.zeros((_PACKETS, 3, 3)))


def _shrunk_gaussians(packets: Moments) -> tuple[Doubles, Doubles]:
    """Return ((63, 3) means, (63, 3, 3) shrunk covariances) of all packets except packet 0."""
    count = packets.count
    mean = packets.first / count
    spread = packets.second / count - mean[:, :, None] * mean[:, None, :]
    shrinkage = _SHRINKAGE_CROPS / (_SHRINKAGE_CROPS + count)
    eye = np.eye(3)
    covariance = (1 - shrinkage) * spread + shrinkage * spread * eye + _MIN_POWER * eye
    return mean[1:], covariance[1:]


def packet_moments(crops: Floats) -> Moments:
    """Transform (n, 8, 8, 3) crops and return the moments of each packet.

    The fields `first` and `second` of the result have the shapes (64, 3) and (64, 3, 3).
    """
    pair = np.array([[1.0, 1.0], [1.0, -1.0]]) / 2**0.5
    haar = np.asarray(np.kron(np.kron(pair, pair), pair), np.float32)
    across = np.tensordot(crops.astype(np.float32), haar, axes=([2], [1]))  # (n, y, c, x)
    packets = np.tensordot(across, haar, axes=([1], [1]))  # (n, c, x, y)
    flat = packets.transpose(0, 3, 2, 1).reshape(len(crops), _PACKETS, 3).astype(np.float64)
    second = np.einsum("npi,npj->pij", flat, flat, optimize=True)
    return Moments(len(crops), flat.sum(axis=0), second)


def distance(fill: Moments, real: Moments) -> float | None:
    """Return the mean relative Fréchet distance over the packets, 0 to 1.

    fill, real: results of `packet_moments`. Returns None if one of them is empty.
    """
    if not fill.count or not real.count:
        return None
    mean, covariance = _shrunk_gaussians(fill)
    real_mean, real_covariance = _shrunk_gaussians(real)
    shift = ((mean - real_mean) ** 2).sum(axis=-1)
    power = np.trace(covariance + real_covariance, axis1=1, axis2=2)
    frechet = shift + power - 2 * _trace_of_root(covariance, real_covariance)
    return float(np.clip(frechet / (shift + power), 0.0, 1.0).mean())


def _trace_of_root(first: Doubles, second: Doubles) -> Doubles:
    """Return (n,): Tr (A B)^(1/2) for pairs of covariance matrices.

    It is computed as Tr (A^(1/2) B A^(1/2))^(1/2), which is symmetric and has real eigenvalues.
    """
    values, vectors = np.linalg.eigh(first)
    root = (vectors * np.sqrt(np.maximum(values, 0))[:, None, :]) @ vectors.transpose(0, 2, 1)
    inner = np.linalg.eigvalsh(root @ second @ root)
    return np.asarray(np.sqrt(np.maximum(inner, 0)).sum(axis=-1), np.float64)


@dataclass
class _TextureAccumulator:
    """Accumulates packet moments of the fill, its surroundings, and one half of these."""

    fill: Moments = _NO_CROPS
    real: Moments = _NO_CROPS
    half: Moments = _NO_CROPS
    by_frame: dict[int, float] = field(default_factory=dict)

    def add(self, features: WindowFeatures) -> None:
        """Add the crops of the next frame."""
        if not features.hole.any():
            return
        fill = packet_moments(crops(features.after, features.hole)[0])
        real_crops, corners = crops(features.before, ~features.touched)
        real = packet_moments(real_crops)
        rows, columns = np.nonzero(features.hole)
        near = corners + _CROP_PX / 2 < np.array([rows.mean(), columns.mean()])
        self.fill, self.real = self.fill + fill, self.real + real
        self.half = self.half + packet_moments(real_crops[near[:, features.frame % 2]])
        value = distance(fill, real)
        if value is not None:
            self.by_frame[features.frame] = value

    def result(self) -> MetricResult:
        """Return the distance over all frames, its baseline, and the distance of each frame."""
        return MetricResult(
            distance(self.fill, self.real), distance(self.half, self.real), self.by_frame
        )


def crops(frame: Frames, area: Bools) -> tuple[Floats, NDArray[np.int64]]:
    """Cut crops that lie entirely in `area`, (H, W) bool.

    Crops start at every fourth pixel across and down, and at every pixel if the area is small. If
    there are too many, only some of them are returned.

    Returns ((n, 8, 8, 3) float32 crops, (n, 2) their upper left corners (y, x)).
    """
    corners_mask = cv2.erode(
        area.astype(np.uint8),
        np.ones((_CROP_PX, _CROP_PX), np.uint8),
        anchor=(0, 0),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=(0.0,),
    )
    corners = np.argwhere(corners_mask[::4, ::4]) * 4
    if len(corners) < _SHRINKAGE_CROPS:
        corners = np.argwhere(corners_mask)
    corners = corners[:: 1 + len(corners) // _MAX_CROPS]
    if not len(corners):
        return np.zeros((0, _CROP_PX, _CROP_PX, 3), np.float32), corners
    tiles = np.lib.stride_tricks.sliding_window_view(frame, (_CROP_PX, _CROP_PX), axis=(0, 1))
    selected = tiles[corners[:, 0], corners[:, 1]].transpose(0, 2, 3, 1)
    return np.asarray(selected, np.float32), corners


TEXTURE = Metric(
    title="Texture (wavelet distance)",
    unit="of 1",
    better="lower",
    meaning=(
        "How much the repair's texture differs from its surroundings, at every scale: "
        "0 is the same, 1 entirely different. A flat colour scores 0.6 to 0.9."
    ),
    accumulator=_TextureAccumulator,
)
