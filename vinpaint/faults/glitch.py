"""Glitch frames: one to five on which an area, or all, fits neither side while the sides fit.

The frames before and after are led to each frame between by the flow from one side to the other
(halved, as frame interpolation does it: Baker et al., "A Database and Evaluation Methodology for
Optical Flow", 2011, section 3.3). What lies outside the range of both sides' pixels disagrees
with both; where the sides themselves disagree (something passes), that range is wide, so nothing
is said. It must also stand out from what the frames around differ by there: something fast does
so on every frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint import flow
from vinpaint.faults.base import Scene, Sign, Window, fault, patches, spread
from vinpaint.faults.watch import around, by_cell, straying
from vinpaint.types import Bools, Fault, Floats, Frames, Span, bounding_box

LONGEST_FRAMES = 5
_LEAST = 8.0
"""Levels that a cell must stray by, over those around it in time."""
_RATIO = 2.0
"""And so many times the largest of the frames around."""
_REACH = 5
"""Frames on either side that it is held against."""
_LEAST_CELLS = 4
_PART = 0.2
"""A patch this much smaller than the largest is no part of the same glitch."""


@dataclass(frozen=True)
class Glitch:
    """One to five frames that are torn, blocky or another picture."""

    title: str = "Glitch"

    def look(self, window: Window) -> list[Sign]:
        """A glitch that begins on the middle frame; the shortest that fits."""
        start = window.frame
        for stop in range(start + 1, start + LONGEST_FRAMES + 1):
            if (start - 1) not in window.looks or stop not in window.looks:
                break
            sign = _between(window, Span(start, stop))
            if sign is not None:
                return [sign]
        return []

    def settle(self, signs: Sequence[Sign], scene: Scene) -> list[Fault]:
        """Every sign is a fault; of two that share a frame the stronger."""
        kept: list[Sign] = []
        for sign in sorted(signs, key=lambda sign: -sign.amount):
            if not any(sign.span.meet(other.span).length for other in kept):
                kept.append(sign)
        return [fault("glitch", sign, scene) for sign in kept]


def _between(window: Window, span: Span) -> Sign | None:
    """The sign of a glitch on just these frames, if there is one."""
    limit = _limit(window, span)
    arrived, left = window.changes(span.start, span.start + 1), window.changes(span.stop, span.stop + 1)
    if limit is None or not arrived or not left:
        return None
    broken = np.minimum(spread(arrived[0].stray), spread(left[0].stray)) > limit
    if not patches(broken, _LEAST_CELLS):
        return None
    strays = _strays(window, span)
    hot = [stray > limit for stray in strays]
    if not all(patches(one, _LEAST_CELLS) for one in hot):
        return None
    return _sign(span, strays, hot, limit)


def _limit(window: Window, span: Span) -> Floats | None:
    """What each cell must pass, by the frames around; None where these are too few to tell."""
    # The step out of the glitch is its own; the step into the frame after is not.
    others = window.around(span.start, span.stop + 1, _REACH)
    if len(others) < 3:
        return None
    return _LEAST + _RATIO * spread(np.max([one.stray for one in others], axis=0))


def _strays(window: Window, span: Span) -> list[Floats]:
    """By cell, how far each frame between lies outside what both sides show there."""
    first, last = window.looks[span.start - 1].rgb, window.looks[span.stop].rgb
    forth = flow.estimate(flow.grey(first), flow.grey(last))
    found = []
    for frame in span.frames:
        share = np.float32((frame - span.start + 1) / (span.length + 1))
        before = np.asarray(flow.warp(first, -share * forth), np.uint8)
        after = np.asarray(flow.warp(last, (1 - share) * forth), np.uint8)
        found.append(by_cell(straying(window.looks[frame].rgb, *_range(before, after))))
    return found


def _range(before: Frames, after: Frames) -> tuple[Frames, Frames]:
    low, high = around(before)
    other_low, other_high = around(after)
    return np.minimum(low, other_low), np.maximum(high, other_high)


def _sign(span: Span, strays: list[Floats], hot: list[Bools], limit: Floats) -> Sign | None:
    together = np.any(hot, axis=0)
    found = patches(together, _LEAST_CELLS)
    large = np.any([one for one in found if one.sum() >= _PART * found[0].sum()], axis=0)
    cells = bounding_box(large)
    if cells is None:
        return None
    amount = float(np.mean([stray[large].mean() for stray in strays]))
    return Sign(span, cells, amount, float(limit[large].mean()))
