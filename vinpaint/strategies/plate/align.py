"""Estimate homographies from the frames of a clip to one picture that are stable over time.

Two estimates are combined. SIFT features (Lowe, "Distinctive Image Features from Scale-Invariant
Keypoints", 2004) match each frame directly with the picture, at any distance in time, but jitter by
fractions of a pixel. The camera motion between neighbouring frames is more precise, but its errors
accumulate. Therefore the path follows the camera motion, and each frame is corrected by a small
step towards the estimate from features.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging.motion.camera import Homography, invert

_MAX_FEATURES = 1500
_RATIO = 0.8
"""Lowe's ratio test: the best match must be closer than the second best by this factor."""
_INLIER_PX = 2.0
_MIN_INLIERS, _MIN_INLIER_SHARE = 16, 0.2
"""Minimum number of matches that agree on a homography, and their share of all matches."""
_PULL, _FULL_PULL_INLIERS = 0.2, 60
"""Share of the difference to the estimate from features that is corrected on each frame. With fewer
inliers than the second number, it is reduced in proportion."""
_OUTLIER_SHARE = 0.06
"""A homography from features whose corners differ from the path's by more than this share of the
diagonal is a mismatch."""
_MIN_SCALE, _MAX_SCALE = 0.1, 10.0


@dataclass(frozen=True, repr=False)
class FeatureSet:
    """Features of one picture: points (N, 2) float32 pixels, descriptors (N, 128) float32."""

    points: Floats
    descriptors: Floats


@dataclass(frozen=True)
class HomographyFit:
    """A homography between the pixels of two pictures, and its number of inliers."""

    homography: Homography
    inliers: int


def detect_features(grey: Frames, excluded: Bools) -> FeatureSet:
    """Detect SIFT features of an (H, W) uint8 picture outside of `excluded`, (H, W) bool."""
    detector = cv2.SIFT.create(nfeatures=_MAX_FEATURES)
    found, descriptors = detector.detectAndCompute(grey, (~excluded).astype(np.uint8))
    if not found:
        return FeatureSet(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
    points = np.array([point.pt for point in found], np.float32)
    return FeatureSet(points, np.asarray(descriptors, np.float32))


def match_features(
    first: FeatureSet, second: FeatureSet, size: tuple[int, int]
) -> HomographyFit | None:
    """Fit a homography from the first picture, of `size` (width, height), to the second.

    Returns None if the pictures do not match.
    """
    if min(len(first.points), len(second.points)) < _MIN_INLIERS:
        return None
    pairs = cv2.BFMatcher(cv2.NORM_L2).knnMatch(first.descriptors, second.descriptors, k=2)
    good = [p[0] for p in pairs if len(p) == 2 and p[0].distance < _RATIO * p[1].distance]
    if len(good) < _MIN_INLIERS:
        return None
    source = first.points[[match.queryIdx for match in good]]
    target = second.points[[match.trainIdx for match in good]]
    fitted, kept = cv2.findHomography(source, target, cv2.RANSAC, _INLIER_PX, maxIters=5000)
    if fitted is None or kept.sum() < max(_MIN_INLIERS, _MIN_INLIER_SHARE * len(good)):
        return None
    homography = np.asarray(fitted, np.float64)
    return HomographyFit(homography, int(kept.sum())) if _is_plausible(homography, size) else None


def transform(homography: Homography, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Apply a homography to (N, 2) points."""
    to = np.column_stack([points, np.ones(len(points))]) @ homography.T
    depth = np.where(np.abs(to[:, 2:]) < 1e-9, 1e-9, to[:, 2:])
    return np.asarray(to[:, :2] / depth)


def corners(size: tuple[int, int]) -> NDArray[np.float64]:
    """Return the corner pixels (4, 2) of a picture of `size` (width, height), clockwise."""
    width, height = size[0] - 1.0, size[1] - 1.0
    return np.array([[0, 0], [width, 0], [width, height], [0, height]])


def stable_path(
    anchor: int,
    start: Homography,
    steps: Sequence[Homography],
    fits: Sequence[HomographyFit | None],
    size: tuple[int, int],
) -> list[Homography]:
    """Return the homography from each frame to the picture.

    Args:
        anchor: index of the frame where the path starts.
        start: the homography of that frame.
        steps: camera motion from each frame to the next, one fewer than frames.
        fits: for each frame the homography from features, or None.
        size: (width, height) of a frame.
    """
    path = [start] * len(fits)
    for t in range(anchor + 1, len(fits)):
        path[t] = _correct(path[t - 1] @ invert(steps[t - 1]), fits[t], size)
    for t in range(anchor - 1, -1, -1):
        path[t] = _correct(path[t + 1] @ steps[t], fits[t], size)
    return path


def _correct(predicted: Homography, fit: HomographyFit | None, size: tuple[int, int]) -> Homography:
    """Move the predicted homography towards that of the features, unless they are a mismatch."""
    predicted = np.asarray(predicted / predicted[2, 2])
    if fit is None:
        return predicted
    ends = corners(size)
    own, measured = transform(predicted, ends), transform(fit.homography, ends)
    if np.abs(measured - own).max() > _OUTLIER_SHARE * np.hypot(*np.ptp(own, axis=0)):
        return predicted
    pull = _PULL * min(1.0, fit.inliers / _FULL_PULL_INLIERS)
    corrected = (own + pull * (measured - own)).astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(ends.astype(np.float32), corrected), np.float64)


def _is_plausible(homography: Homography, size: tuple[int, int]) -> bool:
    """Return whether a homography neither folds nor mirrors the picture, nor scales it too far."""
    ends = corners(size)
    depth = np.column_stack([ends, np.ones(4)]) @ homography[2]
    if depth.min() * depth.max() <= 0 or abs(depth).max() > 4 * abs(depth).min():
        return False
    to = transform(homography, ends).astype(np.float32)
    area = float(cv2.contourArea(ends.astype(np.float32), oriented=True))
    scale = float(cv2.contourArea(to, oriented=True)) / max(abs(area), 1.0)
    upright = scale * area > 0
    return bool(cv2.isContourConvex(to) and upright and _MIN_SCALE**2 < abs(scale) < _MAX_SCALE**2)
