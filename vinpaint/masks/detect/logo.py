"""Where a fixed logo most likely stands: the one thing that does not move while the rest does.

Source: the gradient of the median of frames, after Dekel et al., "On the Effectiveness of Visible
Watermarks", CVPR 2017: edges of a fixed mark agree in all frames, those of a moving picture cancel.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from vinpaint.core import Bools, Box, Floats, Progress, Span, bounding_box
from vinpaint.media import Clip

SAMPLES = 40
MOST = 3
_SIDE_PX = 640
"""The longer side at which frames are compared."""
_EDGE = 12.0
"""Mean gradient, in grey levels a pixel, from which an edge counts."""
_AGREED = 0.8
"""Length of the mean gradient over the mean length: 1 where all frames agree, near 0 where none."""
_MOST_STILL = 0.25
"""Share of the picture's parts with edges that may hold still; above, the camera does."""
_MOVING = 6.0
"""Change of the other edges between sampled frames, in grey levels, that is movement enough."""
_LEAST_SCORE = 0.5
_LEAST_EDGES = 40
"""Pixels of fixed edges, at the working size."""
_LARGEST = 0.2
"""Largest share of the picture that a logo takes."""


@dataclass(frozen=True)
class LogoSuggestion:
    """A rectangle that may hold a logo. `score`: 0 to 1, how clearly it stands still."""

    box: Box
    score: float


@dataclass(frozen=True, repr=False)
class _Still:
    """Means over the sampled frames, (h, w) each, in grey levels.

    `across` and `down`: the gradient; `length`: how long it is; `change`: from one sampled frame
    to the next.
    """

    across: Floats
    down: Floats
    length: Floats
    change: Floats

    @property
    def strength(self) -> Floats:
        """(h, w): length of the mean gradient."""
        return np.asarray(np.hypot(self.across, self.down), np.float32)

    @property
    def agreement(self) -> Floats:
        """(h, w), 0 to 1."""
        return np.asarray(self.strength / np.maximum(self.length, 1e-3), np.float32)


def suggest_regions(clip: Clip, *, progress: Progress) -> tuple[LogoSuggestion, ...]:
    """At most three rectangles, best first; none where nothing stands out.

    Where the whole picture is still nothing can be told, and there is no suggestion either.
    """
    with clip.reopen() as clip:
        still = _look(clip, progress)
    fixed = (still.strength > _EDGE) & (still.agreement > _AGREED)
    if not fixed.any() or _reach(fixed) > _MOST_STILL * _reach(still.length > _EDGE / 2):
        return ()
    scale = clip.width / fixed.shape[1]
    found = [
        LogoSuggestion(_full(box, scale, clip), round(score, 3))
        for box, score in _groups(still, fixed)
    ]
    return tuple(sorted(found, key=lambda one: -one.score)[:MOST])


def _look(clip: Clip, progress: Progress) -> _Still:
    """Sums over the sampled frames, so that memory does not grow with the clip."""
    import cv2

    scale = min(1.0, _SIDE_PX / max(clip.width, clip.height))
    size = max(1, round(clip.width * scale)), max(1, round(clip.height * scale))
    sums = np.zeros((4, size[1], size[0]), np.float32)  # x, y, length, change
    times = sorted({*np.linspace(0, clip.frames - 1, SAMPLES).round().astype(int).tolist()})
    before: Floats | None = None
    for i, t in enumerate(times):
        progress(i / len(times), f"looking for what stands still, frame {t}")
        image = clip.read(Span(t, t + 1)).frames[0]
        grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
        grey = cv2.resize(grey, size, interpolation=cv2.INTER_AREA)
        across, down = (cv2.Sobel(grey, cv2.CV_32F, dx, 1 - dx, scale=1 / 8) for dx in (1, 0))
        change = np.abs(grey - before) if before is not None else np.zeros_like(grey)
        sums += np.stack([across, down, np.hypot(across, down), change])
        before = grey
    return _Still(*(sums / len(times)))


def _reach(edges: Bools) -> float:
    """Pixels that have an edge near by: where they are counts, not how dense they stand."""
    import cv2

    side = max(3, edges.shape[1] // 20)
    return float(cv2.dilate(edges.astype(np.uint8), np.ones((side, side), np.uint8)).sum())


def _groups(still: _Still, fixed: Bools) -> Iterator[tuple[Box, float]]:
    """(box at the working size, score) of every cluster of fixed edges that may be a logo."""
    import cv2

    height, width = fixed.shape
    gap = max(3, round(0.012 * width)) | 1
    close = cv2.dilate(fixed.astype(np.uint8), np.ones((gap, gap), np.uint8))
    count, labels = cv2.connectedComponents(close)
    for label in range(1, count):
        mine = fixed & (labels == label)
        box = bounding_box(mine)
        if box is None or box.width * box.height > _LARGEST * width * height:
            continue
        score = _score(still, mine, box)
        if score >= _LEAST_SCORE:
            yield box, score


def _score(still: _Still, mine: Bools, box: Box) -> float:
    """0 to 1: edges that agree, in more directions than one, while all other edges move."""
    if mine.sum() < _LEAST_EDGES or min(box.width, box.height) < 0.015 * mine.shape[1]:
        return 0.0
    around = still.length > _EDGE / 2
    around[box.slices] = False
    moves = float(np.median(still.change[around])) if around.any() else 0.0
    agreement = float(still.agreement[mine].mean())
    return agreement * min(1.0, moves / _MOVING) * min(1.0, _directions(still, mine) / 0.2)


def _directions(still: _Still, mine: Bools) -> float:
    """0 to 1: 0 where all edges run one way (the edge of a bar, a horizon), 1 where all ways.

    The ratio of the structure tensor's eigenvalues (Foerstner and Guelch, 1987).
    """
    across, down = still.across[mine], still.down[mine]
    tensor = np.array([[across @ across, across @ down], [across @ down, down @ down]])
    small, large = np.linalg.eigvalsh(tensor)
    return float(small / large) if large > 0 else 0.0


def _full(box: Box, scale: float, clip: Clip) -> Box:
    """A box of the working size at the clip's size, its soft edge included."""
    edges = [int(np.floor((edge - 1) * scale)) for edge in box[:2]]
    edges += [int(np.ceil((edge + 1) * scale)) for edge in box[2:]]
    return Box(*edges).grow(0, clip.width, clip.height)
