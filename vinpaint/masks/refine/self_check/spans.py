"""Spans of flagged frames, and their names in sentences."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vinpaint.core import Bools, Span


def joined_spans(flagged: Sequence[bool] | Bools, *, max_gap: int) -> list[Span]:
    """Return the spans of flagged frames, joining those less than `max_gap` frames apart."""
    spans: list[Span] = []
    for t in np.flatnonzero(np.asarray(flagged, np.bool_)):
        if spans and t - spans[-1].stop < max_gap:
            spans[-1] = Span(spans[-1].start, int(t) + 1)
        else:
            spans.append(Span(int(t), int(t) + 1))
    return spans


def label(span: Span) -> str:
    """Return 'Frame 3' or 'Frames 3 to 7'."""
    if span.length == 1:
        return f"Frame {span.start}"
    return f"Frames {span.start} to {span.stop - 1}"
