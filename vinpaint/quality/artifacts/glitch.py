"""Glitches: one to five frames that match neither side, while the sides match each other.

Each frame is compared with the frames on both sides, warped to it by optical flow. A pixel outside
the range of the 3x3 pixels at its place on either side is an outlier. The two sides compared with
each other must have fewer. A glitch must also exceed everything near its place on the frames
around: a fast object has outliers on every frame, a glitch on its own frames only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

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
"""Smallest outlier level of a cell, plus `_USUAL_RATIO` times that of the frames around."""
_USUAL_RATIO = 1.0
_REACH = 5
"""Frames on either side that the glitch is compared with."""
_NEAR_CELLS = 6
_MASS_RATIO = 1.4
"""A region's sum of outliers exceeds this multiple of any sum near it on the frames around."""
_MIN_MASS = 60.0
"""Levels times cells."""
_SIDES_RATIO = 0.5
"""Largest outlier level between the sides, as a share of the glitch's."""
_MIN_CELLS = 4
_MIN_REGION_SHARE = 0.2
"""A region smaller than this share of the largest one does not belong to the glitch."""


@dataclass(frozen=True)
class GlitchFinder:
    """Finds one to five frames that are torn, blocky or from another picture."""

    title: str = "Glitch"

    def detect(self, window: FrameWindow) -> list[Detection]:
        """Return the strongest glitch that begins on the middle frame."""
        start = window.frame
        if start - 1 not in window.small_frames:
            return []
        stops = range(start + 1, start + MAX_FRAMES + 1)
        spans = [Span(start, stop) for stop in stops if stop in window.small_frames]
        found = [one for span in spans if (one := _detect_between(window, span))]
        return sorted(found, key=_rank)[:1]

    def merge(self, detections: Sequence[Detection], grid: ClipGrid) -> list[Artifact]:
        """Keep the strongest of the detections that share a frame."""
        kept: list[Detection] = []
        for one in sorted(detections, key=_rank):
            if not any(one.span.intersection(other.span).length for other in kept):
                kept.append(one)
        return [to_artifact("glitch", one, grid) for one in kept]


def _rank(detection: Detection) -> float:
    return -detection.amount / detection.limit


def _detect_between(window: FrameWindow, span: Span) -> Detection | None:
    """Return the glitch on exactly these frames, if there is one."""
    others = window.changes_around(span.start, span.stop + 1, _REACH)
    if len(others) < 3:
        return None
    usual = dilate_max(np.max([one.outlier for one in others], axis=0))
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
    """Return the union of the regions whose outliers exceed those near them on other frames."""
    found = regions(cells, _MIN_CELLS)
    masses = [float(outlier[region].sum()) for region in found]
    large = [
        region
        for region, mass in zip(found, masses, strict=True)
        if mass
        > max(_MIN_REGION_SHARE * max(masses), _MIN_MASS, _MASS_RATIO * _mass_near(region, others))
    ]
    return np.any(large, axis=0) if large else None


def _mass_near(region: Bools, others: Sequence[FrameChange]) -> float:
    """Return the largest sum of outliers in or near a region on the frames around."""
    box = bounding_box(region)
    height, width = region.shape
    near = (box or Box(0, 0, width, height)).grow(_NEAR_CELLS, width, height).slices
    levels = [one.outlier[near] for one in others]
    return max(float(np.where(one > _MIN_LEVELS, one, 0).sum()) for one in levels)


def _outliers(frame: Frames, other: Frames) -> Floats:
    """Return the mean outlier level by cell of a frame against another one warped to it."""
    field = flow.estimate(flow.grey(frame), flow.grey(other))
    return cell_means(outlier_levels(frame, np.asarray(flow.warp(other, field), np.uint8)))
