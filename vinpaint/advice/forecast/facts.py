"""From a forecast to the facts that advice, and the choice of a strategy, go by."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vinpaint.advice.forecast.visibility import Forecast
from vinpaint.core import Facts, FillSettings, Span

_NEARLY_WORST = 0.8
"""Frames beside the worst belong to it that lack at least this much of what it lacks."""


def build_facts(seen: Forecast, fill: FillSettings) -> Facts:
    """What advice and the choice of a strategy go by."""
    width, height = seen.size
    diagonal = math.hypot(width, height)
    shares = [hole / (width * height) for hole in seen.hole_px if hole]
    lost = np.array([share or 0.0 for share in seen.per_frame])
    worst = int(lost.argmax()) if lost.any() else None
    return Facts(
        frames=len(seen.hole_px),
        masked_frames=len(shares),
        share=sum(shares) / max(1, len(shares)),
        largest_share=max(shares, default=0.0),
        never_seen=seen.never_seen,
        distance_frames=seen.distance_frames,
        motion=seen.motion_px / diagonal,
        inside_motion=seen.inside_px / diagonal,
        own_motion=seen.own_px / diagonal,
        rest_motion=seen.rest_px / diagonal,
        contact=seen.touch.share,
        contact_times=seen.touch.times,
        crossings=seen.touch.crossings,
        seconds=len(shares) / seen.fps if seen.fps else 0.0,
        masked_mpx=sum(seen.hole_px) / 1e6,
        picture_mpx=len(seen.hole_px) * width * height / 1e6,
        prompt=bool(fill.prompt),
        reference=fill.has_reference,
        commercial_safe=fill.commercial_safe,
        worst=None if worst is None else _around(lost, worst),
        worst_share=float(lost.max(initial=0.0)),
        place=seen.place and (seen.place[0] / width, seen.place[1] / height),
    )


def _around(lost: NDArray[np.float64], worst: int) -> Span:
    """The frames around the worst one that lack nearly as much."""
    like = lost >= _NEARLY_WORST * lost[worst]
    start, stop = worst, worst + 1
    while start > 0 and like[start - 1]:
        start -= 1
    while stop < len(lost) and like[stop]:
        stop += 1
    return Span(start, stop)
