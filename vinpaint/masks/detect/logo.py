"""Suggest where a static logo is, from edges that stay in place while the picture moves.

After Dekel et al., "On the Effectiveness of Visible Watermarks", CVPR 2017: in the mean gradient
over time, the edges of a static logo add up, and those of a moving picture cancel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Progress, bounding_box
from vinpaint.media import Clip

SAMPLES = 40
"""Maximum number of frames that are read."""
MAX_SUGGESTIONS = 3
_SIDE_PX = 640
"""Maximum longer side of the working size."""
_EDGE = 12.0
"""Minimum mean gradient of an edge, in intensity levels per pixel."""
_MIN_AGREEMENT = 0.8
"""Minimum ratio of the length of the mean gradient to the mean length; 1 if all frames agree."""
_MAX_STATIC_SHARE = 0.25
"""Maximum share of the regions with edges that are static; above it, the camera is static."""
_MOVING = 6.0
"""Change of all other edges between sampled frames that gives full confidence, in levels."""
_MIN_SCORE = 0.5
_MIN_EDGE_PX = 40
"""Minimum number of pixels on fixed edges, at the working size."""
_MAX_AREA_SHARE = 0.2
"""Maximum share of the picture that a logo covers."""


@dataclass(frozen=True)
class LogoSuggestion:
    """A rectangle that may hold a logo. `score`: confidence, 0 to 1."""

    box: Box
    score: float


@dataclass(frozen=True, repr=False)
class _GradientMeans:
    """Means over the sampled frames, (h, w) float32 each, in intensity levels.

    across, down: the gradient; length: its length; change: the absolute difference from one
    sampled frame to the next.
    """

    across: Floats
    down: Floats
    length: Floats
    change: Floats

    @property
    def strength(self) -> Floats:
        """Length of the mean gradient, (h, w)."""
        return np.asarray(np.hypot(self.across, self.down), np.float32)

    @property
    def agreement(self) -> Floats:
        """Ratio of the length of the mean gradient to the mean length, (h, w), 0 to 1."""
        return np.asarray(self.strength / np.maximum(self.length, 1e-3), np.float32)


def suggest_regions(clip: Clip, *, progress: Progress) -> tuple[LogoSuggestion, ...]:
    """Return at most three rectangles that may hold a logo, best first.

    Returns none if nothing stays in place, or if the whole picture is static.
    """
    with clip.reopen() as own:
        means = _gradient_means(own, progress)
    fixed = (means.strength > _EDGE) & (means.agreement > _MIN_AGREEMENT)
    if not fixed.any() or _extent(fixed) > _MAX_STATIC_SHARE * _extent(means.length > _EDGE / 2):
        return ()
    scale = clip.width / fixed.shape[1]
    suggestions = [
        LogoSuggestion(_to_clip(box, scale, clip), round(score, 3))
        for box, score in _clusters(means, fixed)
    ]
    return tuple(sorted(suggestions, key=lambda found: -found.score)[:MAX_SUGGESTIONS])


def _gradient_means(clip: Clip, progress: Progress) -> _GradientMeans:
    """Compute the means frame by frame, so that memory does not grow with the number of frames."""
    scale = min(1.0, _SIDE_PX / max(clip.width, clip.height))
    size = max(1, round(clip.width * scale)), max(1, round(clip.height * scale))
    sums = np.zeros((4, size[1], size[0]), np.float32)  # x, y, length, change
    times = sorted({*np.linspace(0, clip.frames - 1, SAMPLES).round().astype(int).tolist()})
    before: Floats | None = None
    for i, t in enumerate(times):
        progress(i / len(times), f"looking for a logo, frame {t}")
        grey = cv2.cvtColor(clip[t], cv2.COLOR_RGB2GRAY).astype(np.float32)
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        across, down = (cv2.Sobel(grey, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
        change = np.abs(grey - before) if before is not None else np.zeros_like(grey)
        sums += np.stack([across, down, np.hypot(across, down), change])
        before = grey
    return _GradientMeans(*(sums / len(times)))


def _extent(edges: Bools) -> float:
    """Count the pixels close to an edge, a measure independent of the density of the edges."""
    side = max(3, edges.shape[1] // 20)
    return float(cv2.dilate(edges.astype(np.uint8), np.ones((side, side), np.uint8)).sum())


def _clusters(means: _GradientMeans, fixed: Bools) -> Iterator[tuple[Box, float]]:
    """Yield (box at working size, score) of every cluster of static edges that may be a logo."""
    height, width = fixed.shape
    gap = max(3, round(0.012 * width)) | 1
    close = cv2.dilate(fixed.astype(np.uint8), np.ones((gap, gap), np.uint8))
    count, labels = cv2.connectedComponents(close)
    for label in range(1, count):
        cluster = fixed & (labels == label)
        box = bounding_box(cluster)
        if box is None or box.width * box.height > _MAX_AREA_SHARE * width * height:
            continue
        score = _score(means, cluster, box)
        if score >= _MIN_SCORE:
            yield box, score


def _score(means: _GradientMeans, cluster: Bools, box: Box) -> float:
    """Return a score, 0 to 1.

    It is high if the edges agree over time and have several directions, and all other edges move.
    """
    if cluster.sum() < _MIN_EDGE_PX or min(box.width, box.height) < 0.015 * cluster.shape[1]:
        return 0.0
    around = means.length > _EDGE / 2
    around[box.slices] = False
    change = float(np.median(means.change[around])) if around.any() else 0.0
    agreement = float(means.agreement[cluster].mean())
    return agreement * min(1.0, change / _MOVING) * min(1.0, _isotropy(means, cluster) / 0.2)


def _isotropy(means: _GradientMeans, cluster: Bools) -> float:
    """Return the ratio of the structure tensor's eigenvalues (Foerstner and Guelch, 1987).

    It is 0 if all edges have one direction, as a bar or a horizon, and 1 if all directions are
    equally frequent.
    """
    across, down = means.across[cluster], means.down[cluster]
    tensor = np.array([[across @ across, across @ down], [across @ down, down @ down]])
    small, large = np.linalg.eigvalsh(tensor)
    return float(small / large) if large > 0 else 0.0


def _to_clip(box: Box, scale: float, clip: Clip) -> Box:
    """Scale a box from working size to the size of the clip, with a margin for soft edges."""
    edges = [int(np.floor((edge - 1) * scale)) for edge in box[:2]]
    edges += [int(np.ceil((edge + 1) * scale)) for edge in box[2:]]
    return Box(*edges).grow(0, clip.width, clip.height)
