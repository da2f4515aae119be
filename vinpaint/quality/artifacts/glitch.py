"""Glitch frames: one to five on which an area, or all, fits neither side while the sides fit.

Each frame between is held against both sides, led to it by optical flow: what lies outside the
range of the pixels around its place, on either side, strays. The sides held against each other
must not. And it must stray by more than everything near that place does on the frames around:
something fast does so on every frame, a glitch on its own only.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.core import Artifact, Bools, Box, Floats, Frames, Span, bounding_box
from vinpaint.imaging import flow
from vinpaint.quality.artifacts.base import Change, Scene, Sign, Window, fault, patches, spread
from vinpaint.quality.artifacts.scan import around, by_cell, straying

LONGEST_FRAMES = 5
_LEAST = 6.0
"""Levels that a cell must stray by."""
_USUAL = 1.0
"""And so many times what it strays by on the frames around."""
_REACH = 5
"""Frames on either side that it is held against."""
_NEAR_CELLS = 6
_MASS = 1.4
"""An area must stray by so many times the sum of what strays near it on any frame around."""
_LEAST_MASS = 60.0
"""Levels times cells."""
_SIDES = 0.5
"""The sides may stray from each other by this share of what the glitch does from both."""
_LEAST_CELLS = 4
_PART = 0.2
"""A patch this much smaller than the largest is no part of the same glitch."""


@dataclass(frozen=True)
class Glitch:
    """One to five frames that are torn, blocky or another picture."""

    title: str = "Glitch"

    def look(self, window: Window) -> list[Sign]:
        """A glitch that begins on the middle frame."""
        start = window.frame
        ends = range(start + 1, start + LONGEST_FRAMES + 1)
        spans = [Span(start, stop) for stop in ends if stop in window.looks]
        if start - 1 not in window.looks:
            return []
        found = [sign for span in spans if (sign := _between(window, span))]
        return sorted(found, key=lambda sign: -sign.amount / sign.limit)[:1]

    def settle(self, signs: Sequence[Sign], scene: Scene) -> list[Artifact]:
        """Every sign is a fault; of those that share a frame the strongest."""
        kept: list[Sign] = []
        for sign in sorted(signs, key=lambda sign: -sign.amount / sign.limit):
            if not any(sign.span.intersection(other.span).length for other in kept):
                kept.append(sign)
        return [fault("glitch", sign, scene) for sign in kept]


def _between(window: Window, span: Span) -> Sign | None:
    """The sign of a glitch on just these frames, if there is one."""
    others = window.around(span.start, span.stop + 1, _REACH)
    if len(others) < 3:
        return None
    limit = _LEAST + _USUAL * spread(np.max([one.stray for one in others], axis=0))
    steps = [window.changes(number, number + 1) for number in (span.start, span.stop)]
    into, out = (spread(step[0].stray) for step in steps)
    if _largest((into > limit) & (out > limit), into, others) is None:
        return None
    strays = _strays(window, span)
    weakest, mean = np.min(strays, axis=0), np.mean(strays, axis=0)
    patch = _largest((mean > limit) & (spread(weakest) > limit), mean, others)
    if patch is None or _sides(window, span)[patch].mean() > _SIDES * mean[patch].mean():
        return None
    return _sign(span, patch, mean, others)


def _largest(hot: Bools, strays: Floats, others: Sequence[Change]) -> Bools | None:
    """The patches that stray by more than all near them does on other frames, as one."""
    found = patches(hot, _LEAST_CELLS)
    masses = [float(strays[one].sum()) for one in found]
    large = [
        one
        for one, mass in zip(found, masses, strict=True)
        if mass > max(_PART * max(masses), _LEAST_MASS, _MASS * _near(one, others))
    ]
    return np.any(large, axis=0) if large else None


def _near(patch: Bools, others: Sequence[Change]) -> float:
    """The largest sum, over the frames around, of what strays in a patch or close to it."""
    box = bounding_box(patch)
    height, width = patch.shape
    place = (box or Box(0, 0, width, height)).grow(_NEAR_CELLS, width, height).slices
    sums = [float(np.where(one.stray[place] > _LEAST, one.stray[place], 0).sum()) for one in others]
    return max(sums)


def _strays(window: Window, span: Span) -> list[Floats]:
    """By cell, how far each frame between strays from the side that it fits better."""
    sides = [window.looks[number].rgb for number in (span.start - 1, span.stop)]
    return [
        np.minimum(*(_stray(window.looks[frame].rgb, side) for side in sides))
        for frame in span.frames
    ]


def _sides(window: Window, span: Span) -> Floats:
    """By cell, how far the frame after strays from the one before."""
    return _stray(window.looks[span.stop].rgb, window.looks[span.start - 1].rgb)


def _stray(frame: Frames, other: Frames) -> Floats:
    seen = np.asarray(flow.warp(other, flow.estimate(flow.grey(frame), flow.grey(other))), np.uint8)
    return by_cell(straying(frame, *around(seen)))


def _sign(span: Span, patch: Bools, strays: Floats, others: Sequence[Change]) -> Sign | None:
    cells = bounding_box(patch)
    mass = float(strays[patch].sum())
    limit = max(_LEAST_MASS, _MASS * _near(patch, others))
    return None if cells is None else Sign(span, cells, mass, limit)
