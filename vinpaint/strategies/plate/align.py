"""Where the frames of a clip lie in one picture: a homography a frame, steady in time.

Two sources agree on it. Features (SIFT: Lowe, "Distinctive Image Features from Scale-Invariant
Keypoints", 2004) lead each frame straight to the picture, however far away, but tremble by parts
of a pixel. The camera's step between neighbours is finer, but its error adds up. So the path
follows the steps, and is drawn a little towards the features on each frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging.motion.camera import Homography, invert

_FEATURES = 1500
_RATIO = 0.8
"""Lowe's test: the best match is this much nearer than the second."""
_FIT_PX = 2.0
_FEWEST, _FEWEST_SHARE = 16, 0.2
"""So many matches must agree on a homography, and this share of all."""
_PULL, _FULL_PULL = 0.2, 60
"""A frame's features draw the path to them by this share, when so many agree."""
_STRAY = 0.06
"""Features that lead further from the path than this share of the diagonal are a mistake."""
_LEAST_SCALE, _MOST_SCALE = 0.1, 10.0


@dataclass(frozen=True, repr=False)
class Features:
    """Points of one picture: `at` (N, 2) float32 pixels, `looks` (N, 128) float32."""

    at: Floats
    looks: Floats


@dataclass(frozen=True)
class Fit:
    """A homography from one picture's pixels to another's, and how many points agree on it."""

    way: Homography
    points: int


def features(grey: Frames, shut: Bools) -> Features:
    """What an (H, W) uint8 picture shows outside of `shut`, (H, W) bool."""
    finder = cv2.SIFT.create(nfeatures=_FEATURES)
    points, looks = finder.detectAndCompute(grey, (~shut).astype(np.uint8))
    if not points:
        return Features(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    return Features(np.array([p.pt for p in points], np.float32), np.asarray(looks, np.float32))


def lead(first: Features, second: Features, size: tuple[int, int]) -> Fit | None:
    """From the pixels of the first picture, (width, height), to the second; None where unlike."""
    if min(len(first.at), len(second.at)) < _FEWEST:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(first.looks, second.looks, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _RATIO * p[1].distance]
    if len(good) < _FEWEST:
        return None
    here = first.at[[m.queryIdx for m in good]]
    there = second.at[[m.trainIdx for m in good]]
    way, kept = cv2.findHomography(here, there, cv2.RANSAC, _FIT_PX, maxIters=5000)
    if way is None or kept.sum() < max(_FEWEST, _FEWEST_SHARE * len(good)):
        return None
    return Fit(np.asarray(way, np.float64), int(kept.sum())) if _is_sane(way, size) else None


def moved(way: Homography, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 2) pixels led by a homography."""
    to = np.column_stack([points, np.ones(len(points))]) @ way.T
    depth = np.where(np.abs(to[:, 2:]) < 1e-9, 1e-9, to[:, 2:])
    return np.asarray(to[:, :2] / depth)


def corners(size: tuple[int, int]) -> NDArray[np.float64]:
    """(4, 2): the corners of a picture of (width, height), clockwise."""
    width, height = size[0] - 1.0, size[1] - 1.0
    return np.array([[0, 0], [width, 0], [width, height], [0, height]])


def steady_path(
    anchor: int,
    start: Homography,
    steps: Sequence[Homography],
    fits: Sequence[Fit | None],
    size: tuple[int, int],
) -> list[Homography]:
    """(3, 3) for each frame: its pixels' place in the picture.

    `start`: the anchor frame's; `steps`: from each frame to the next, one fewer than frames;
    `fits`: what each frame's features say; `size`: (width, height) of a frame.
    """
    ways = [start] * len(fits)
    for t in range(anchor + 1, len(fits)):
        ways[t] = _drawn(ways[t - 1] @ invert(steps[t - 1]), fits[t], size)
    for t in range(anchor - 1, -1, -1):
        ways[t] = _drawn(ways[t + 1] @ steps[t], fits[t], size)
    return ways


def _drawn(way: Homography, fit: Fit | None, size: tuple[int, int]) -> Homography:
    """The path's homography, drawn to that of the features."""
    way = np.asarray(way / way[2, 2])
    if fit is None:
        return way
    ends = corners(size)
    here, there = moved(way, ends), moved(fit.way, ends)
    if np.abs(there - here).max() > _STRAY * np.hypot(*np.ptp(here, axis=0)):
        return way
    pull = _PULL * min(1.0, fit.points / _FULL_PULL)
    both = (here + pull * (there - here)).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(ends.astype(np.float32), both), np.float64)


def _is_sane(way: Homography, size: tuple[int, int]) -> bool:
    """Whether a picture stays a picture: neither folded, turned over, nor beyond all scale."""
    ends = corners(size)
    depth = np.column_stack([ends, np.ones(4)]) @ way[2]
    if depth.min() * depth.max() <= 0 or abs(depth).max() > 4 * abs(depth).min():
        return False
    to = moved(way, ends).astype(np.float32)
    before = float(cv2.contourArea(ends.astype(np.float32)))
    scale = float(cv2.contourArea(to, oriented=True)) / max(before, 1.0)
    whole = cv2.isContourConvex(to)
    turn = float(cv2.contourArea(ends.astype(np.float32), oriented=True))
    same_side = scale * turn > 0
    return bool(whole and same_side and _LEAST_SCALE**2 < abs(scale) < _MOST_SCALE**2)
