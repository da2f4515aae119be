"""Fidelity: how close the repair comes to a known truth.

PSNR = 10 log10(255^2 / MSE), over the hole's pixels of each frame, RGB; the mean over frames.
"""

from __future__ import annotations

import numpy as np

from vinpaint.clip import Clip
from vinpaint.types import MaskTrack, Progress, Score, Span

_LEAST_ERROR = 1e-10


def fidelity(truth: Clip, result: Clip, track: MaskTrack, progress: Progress) -> Score:
    """PSNR inside the hole against the truth, in dB. None where there is no hole."""
    values: list[float | None] = []
    for t in range(truth.frames):
        progress(t / truth.frames, f"comparing with the truth, frame {t}")
        values.append(_frame(truth, result, track, t))
    known = [value for value in values if value is not None]
    return Score(
        name="fidelity",
        title="Likeness to the truth",
        value=float(np.mean(known)) if known else None,
        unit="dB",
        better="higher",
        meaning="PSNR inside the hole against the picture that should be there.",
        per_frame=tuple(values),
    )


def _frame(truth: Clip, result: Clip, track: MaskTrack, t: int) -> float | None:
    box = track.bounds(t)
    if box is None:
        return None
    span = Span(t, t + 1)
    hole = track.read(span, box=box).hole[0]
    if not hole.any():
        return None
    true = truth.read(span, box=box).frames[0][hole].astype(np.float64)
    made = result.read(span, box=box).frames[0][hole].astype(np.float64)
    error = max(float(((true - made) ** 2).mean()), _LEAST_ERROR)
    return float(10 * np.log10(255.0**2 / error))
