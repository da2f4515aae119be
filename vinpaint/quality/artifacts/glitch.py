"""Detect glitches: one to five damaged frames between frames that match each other.

Each frame is compared with the last frame before the glitch and the first one after it, both warped
to it by optical flow. A pixel is an outlier if it lies outside the range of the 3x3 neighbourhood
at the same position in both. The frames before and after, compared with each other, must have fewer
outliers. A glitch must also have more outliers than its surroundings have on the neighbouring
frames: a fast object causes outliers on every frame, a glitch only on its own.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vinpaint.core import Artifact, Bools, Box, Floats, Frames, Span, bounding_box
from vinpaint.imaging import flow
from vinpaint.quality.artifacts.base import (
    ClipGrid,
    Detection,
    FrameChange,
    FrameWindow,
    dilate_max,
    regions,
    to_artifact,
)
from vinpaint.quality.artifacts.scan import cell_means, outlier_levels

MAX_FRAMES = 5
_MIN_LEVELS = 6.0
"""Minimum outlier level of a cell, to which the usual level times `_USUAL_RATIO` is added."""
_USUAL_RATIO = 1.0
_REACH = 5
"""Number of frames on either side from which the usual outlier level is taken."""
_NEAR_CELLS = 6
_MASS_RATIO = 1.4
"""Minimum ratio of a region's sum of outliers to the largest sum near it on other frames."""
_MIN_MASS = 60.0
"""Minimum sum of outliers of a region, in levels times cells."""
_SIDES_RATIO = 0.5
"""Maximum outlier level between the frames before and after, as a share of the glitch's."""
_MIN_CELLS = 4
_MIN_REGION_SHARE = 0.2
"""Regions with a sum of outliers below this share of the largest sum are ignored."""


class GlitchFinder:
    """Finds runs of one to five frames that are torn, blocky or from another picture."""

    title = "Glitch"

    def detect(self, window: FrameWindow) -> list[Detection]:
        """Return the strongest glitch that begins on the middle frame of the window, if any."""
        start = window.frame
        if start - 1 not in window.small_frames:
            return []
        stops = range(start + 1, start + MAX_FRAMES + 1)
        spans = [Span(start, stop) for stop in stops if stop in window.small_frames]
        glitches = [glitch for span in spans if (glitch := _detect_on(window, span))]
        return sorted(glitches, key=_strength, reverse=True)[:1]

    def merge(self, detections: Sequence[Detection], grid: ClipGrid) -> list[Artifact]:
        """Keep the strongest of detections that overlap in time."""
        kept: list[Detection] = []
        for glitch in sorted(detections, key=_strength, reverse=True):
            if not any(glitch.span.intersection(other.span).length for other in kept):
                kept.append(glitch)
        return [to_artifact("glitch", glitch, grid) for glitch in kept]


def _strength(detection: Detection) -> float:
    return detection.amount / detection.limit


def _detect_on(window: FrameWindow, span: Span) -> Detection | None:
    """Return the glitch that lasts exactly for `span`, or None."""
    others = window.changes_around(span.start, span.stop + 1, _REACH)
    if len(others) < 3:
        return None
    usual = dilate_max(np.max([other.outlier for other in others], axis=0))
    limit = _MIN_LEVELS + _USUAL_RATIO * usual
    steps = [window.changes(number, number + 1) for number in (span.start, span.stop)]
    first, last = (dilate_max(step[0].outlier) for step in steps)
    if _largest_region((first > limit) & (last > limit), first, others) is None:
        return None
    before, after = (window.small_frames[t].rgb for t in (span.start - 1, span.stop))
    levels = [
        np.minimum(*(_outliers(window.small_frames[t].rgb, side) for side in (before, after)))
        for t in span.frames
    ]
    weakest, mean = np.min(levels, axis=0), np.mean(levels, axis=0)
    region = _largest_region((mean > limit) & (dilate_max(weakest) > limit), mean, others)
    if region is None:
        return None
    if _outliers(after, before)[region].mean() > _SIDES_RATIO * mean[region].mean():
        return None
    cells = bounding_box(region)
    mass_limit = max(_MIN_MASS, _MASS_RATIO * _mass_near(region, others))
    return None if cells is None else Detection(span, cells, float(mean[region].sum()), mass_limit)


def _largest_region(cells: Bools, outlier: Floats, others: Sequence[FrameChange]) -> Bools | None:
    """Return the union of the regions whose outliers exceed those near them on other frames.

    Returns None if there is no such region.
    """
    candidates = regions(cells, _MIN_CELLS)
    masses = [float(outlier[region].sum()) for region in candidates]
    large = [
        region
        for region, mass in zip(candidates, masses, strict=True)
        if mass
        > max(_MIN_REGION_SHARE * max(masses), _MIN_MASS, _MASS_RATIO * _mass_near(region, others))
    ]
    return np.any(large, axis=0) if large else None


def _mass_near(region: Bools, others: Sequence[FrameChange]) -> float:
    """Return the largest sum of outliers in or near a region on any of the other frames."""
    box = bounding_box(region)
    height, width = region.shape
    near = (box or Box(0, 0, width, height)).grow(_NEAR_CELLS, width, height).slices
    frames = [other.outlier[near] for other in others]
    return max(float(np.where(levels > _MIN_LEVELS, levels, 0).sum()) for levels in frames)


def _outliers(frame: Frames, other: Frames) -> Floats:
    """Return (h, w): the mean outlier level by cell of `frame` against `other` warped to it."""
    field = flow.estimate(flow.grey(frame), flow.grey(other))
    return cell_means(outlier_levels(frame, np.asarray(flow.warp(other, field), np.uint8)))
