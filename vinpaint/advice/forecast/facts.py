"""Derive from a forecast the facts that the advice and the choice of a strategy use."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vinpaint.advice.forecast.visibility import Forecast
from vinpaint.core import Facts, FillSettings, Span

_NEARLY_WORST = 0.8
"""Neighbours of the worst frame join its span if at least this share of its value is missing."""


def build_facts(forecast: Forecast, fill: FillSettings) -> Facts:
    """Return the facts of a forecast and of the fill settings."""
    width, height = forecast.size
    diagonal = math.hypot(width, height)
    shares = [hole / (width * height) for hole in forecast.hole_px if hole]
    missing = np.array([share or 0.0 for share in forecast.per_frame])
    worst = int(missing.argmax()) if missing.any() else None
    return Facts(
        frames=len(forecast.hole_px),
        masked_frames=len(shares),
        share=sum(shares) / max(1, len(shares)),
        largest_share=max(shares, default=0.0),
        never_seen=forecast.never_seen,
        distance_frames=forecast.distance_frames,
        motion=forecast.motion_px / diagonal,
        inside_motion=forecast.inside_px / diagonal,
        own_motion=forecast.own_px / diagonal,
        rest_motion=forecast.rest_px / diagonal,
        contact=forecast.contact.share,
        contact_times=forecast.contact.times,
        crossings=forecast.contact.crossings,
        seconds=len(shares) / forecast.fps if forecast.fps else 0.0,
        masked_mpx=sum(forecast.hole_px) / 1e6,
        picture_mpx=len(forecast.hole_px) * width * height / 1e6,
        prompt=bool(fill.prompt),
        reference=fill.has_reference,
        commercial_safe=fill.commercial_safe,
        worst=None if worst is None else _worst_span(missing, worst),
        worst_share=float(missing.max(initial=0.0)),
        place=forecast.place and (forecast.place[0] / width, forecast.place[1] / height),
    )


def _worst_span(missing: NDArray[np.float64], worst: int) -> Span:
    """Return the span around the worst frame in which nearly as much is missing."""
    similar = missing >= _NEARLY_WORST * missing[worst]
    start, stop = worst, worst + 1
    while start > 0 and similar[start - 1]:
        start -= 1
    while stop < len(missing) and similar[stop]:
        stop += 1
    return Span(start, stop)
