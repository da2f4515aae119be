"""Fit the straight edge of the picture on each side of a frame with a constant border.

A stabilised clip shows the picture inside a quadrangle; what lies outside is one colour. On each
side of the frame, the depth of the border as a function of the position along the side is a
straight line, cut off at zero. Dark objects that touch the side have no such profile: it is ragged,
or it ends in a step.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Frames

Depths = NDArray[np.float64]

SIDES = ("top", "bottom", "left", "right")
TOLERANCES = (10, 20, 32)
"""Largest difference of a border pixel from the border's colour, in levels; the last two for strong
compression, which spreads the picture's edges into the border."""
_CANDIDATES = 40
"""Number of positions on a side, of which each pair gives a candidate line."""
_SAMPLES = 240
"""Maximum number of positions on a side at which candidate lines are tested."""
_CLOSE_PX = 1.6
"""Largest distance of an inlier from the line."""
_SOFT = 1.5
"""Largest ratio of two neighbouring pixels of the picture that is used to place an edge."""
_MAX_SLOPE = 0.36
"""Tangent of the largest rotation."""
_PENALTY = 6.0
"""Cost of a position that shows the picture where the line says that it is missing, in inliers."""


@dataclass(frozen=True, repr=False)
class EdgeLine:
    """The line of one side on one frame.

    depths: (n,) depth of the border along the side in pixels, negative where the picture reaches
    the side; profile: (n,) measured depth, to a fraction of a pixel; inliers, violations: shares of
    the positions with a border whose measured depth is near the line, or is smaller.
    """

    depths: Depths
    profile: Depths
    inliers: float
    violations: float

    @property
    def length(self) -> int:
        """Number of positions with a border."""
        return int((self.depths > 0.5).sum())

    @property
    def deepest(self) -> float:
        """Largest depth in pixels."""
        return float(self.depths.max(initial=0.0))

    @property
    def strong(self) -> bool:
        """The line is certain by itself."""
        long = self.length >= 0.1 * len(self.depths)
        clear = self.inliers >= 0.75 and self.violations <= 0.02
        return long and clear and self.deepest >= 4

    @property
    def plausible(self) -> bool:
        """The line holds if other frames show a border on this side too.

        Fewer inliers are needed, because dark content may touch the border.
        """
        long = self.length >= max(6, 0.02 * len(self.depths))
        return long and self.inliers >= 0.4 and self.violations <= 0.03 and self.deepest >= 1


def colour_distance(frame: Frames, colour: tuple[int, int, int]) -> Frames:
    """Return the (H, W) uint8 largest difference of the channels of `frame` from `colour`."""
    difference = cv2.absdiff(frame, np.full_like(frame, colour, shape=frame.shape))
    return np.asarray(cv2.max(cv2.max(difference[..., 0], difference[..., 1]), difference[..., 2]))


def near_colour(distance: Frames, tolerance: int) -> Bools:
    """Return the (H, W) pixels of the border's colour; single specks are closed.

    distance: the result of `colour_distance`.
    """
    near = (distance <= tolerance).astype(np.uint8)
    padded = cv2.copyMakeBorder(near, 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(padded, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8))
    return np.asarray(closed[1:-1, 1:-1] > 0)


def seen_from(side: str, image: NDArray[np.generic]) -> NDArray[np.generic]:
    """Return a view of an (H, W) image whose row 0 is the given side of the frame."""
    turned = image.T if side in ("left", "right") else image
    return turned[::-1] if side in ("bottom", "right") else turned


def fit_line(distance: Frames, near: Bools, side: str) -> EdgeLine | None:
    """Fit the line of one side of a frame; return None if there is no border.

    distance, near: the results of `colour_distance` and `near_colour`.
    """
    near = np.asarray(seen_from(side, near), np.bool_)
    profile = _profile(seen_from(side, distance), near)
    depth, count = near.shape
    known = np.flatnonzero((profile > 0) & (profile < depth))
    if len(known) < 6:
        return None
    every = np.arange(0, count, max(1, count // _SAMPLES))
    chosen = known[np.linspace(0, len(known) - 1, _CANDIDATES).round().astype(int)]
    line = _best_pair(chosen, profile, every)
    if line is None:
        return None
    places = np.arange(count, dtype=np.float64)
    for limit in (3.0, _CLOSE_PX, _CLOSE_PX):
        depths = line[0] * places + line[1]
        kept = known[np.abs(profile[known] - depths[known]) <= limit]
        if len(kept) < 4:
            return None
        line = np.polyfit(kept, profile[kept], 1)
    depths = _bend(kept, profile, places, line)
    expected = np.minimum(depths, depth)
    border = depths > 0.5
    if not border.any():
        return None
    difference = profile - expected
    return EdgeLine(
        depths,
        profile,
        float((np.abs(difference[border]) <= _CLOSE_PX).mean()),
        float((difference[depths > 2] < -2.5).mean()) if (depths > 2).any() else 0.0,
    )


def _profile(distance: NDArray[np.generic], near: Bools) -> Depths:
    """Return the (n,) depth of the border, to a fraction of a pixel.

    The first pixel that is not of the border's colour may blend border and picture: its share of
    the picture is its ratio to the pixel behind it.
    """
    depth, count = near.shape
    full = near.all(axis=0)
    rows, columns = np.argmin(near, axis=0), np.arange(count)
    blend = distance[rows, columns].astype(np.float64)
    behind = distance[np.minimum(rows + 1, depth - 1), columns].astype(np.float64)
    share = np.clip(blend / np.maximum(behind, 1.0), 0.0, _SOFT)
    return np.where(full, depth, np.where(rows > 0, rows + 1 - share, 0.0))


def _best_pair(chosen: NDArray[np.intp], profile: Depths, every: NDArray[np.intp]) -> Depths | None:
    """Return (slope, intercept) of the best line through two of the `chosen` positions."""
    first, second = np.triu_indices(len(chosen), 1)
    spacing = chosen[second] - chosen[first]
    good = spacing > 2
    first, second, spacing = first[good], second[good], spacing[good]
    slope = (profile[chosen[second]] - profile[chosen[first]]) / np.maximum(spacing, 1)
    good = np.abs(slope) <= _MAX_SLOPE
    if not good.any():
        return None
    slope = slope[good]
    start = profile[chosen[first[good]]] - slope * chosen[first[good]]
    depths = slope[:, None] * every + start[:, None]
    difference = profile[every] - depths
    inside = depths > 0.5
    inliers = (inside & (np.abs(difference) <= _CLOSE_PX)).sum(axis=1)
    violations = ((depths > 2) & (difference < -2.5)).sum(axis=1)
    best = int(np.argmax(inliers - _PENALTY * violations))
    return np.array([slope[best], start[best]])


def _bend(kept: NDArray[np.intp], profile: Depths, places: Depths, line: Depths) -> Depths:
    """Return the depths of the line, slightly curved where that fits clearly better.

    The corrections of lens distortion and of a rolling shutter bend the edges of the picture.
    """
    straight = np.polyval(line, places)
    if len(kept) < 0.3 * len(places):
        return np.asarray(straight)
    middle, half = len(places) / 2, len(places) / 2
    curve = np.polyfit((kept - middle) / half, profile[kept], 2)
    bent = np.polyval(curve, (places - middle) / half)
    error = np.square(profile[kept] - straight[kept]).mean()
    return np.asarray(
        bent if np.square(profile[kept] - bent[kept]).mean() < 0.5 * error else straight
    )
