"""Measured facts in, sentences out: `before` a fill, and the `scores` of a result."""

from __future__ import annotations

from vinpaint.wording.before import (
    better_in_words,
    choice_in_words,
    forecast_in_words,
    mask_in_words,
    reason_in_words,
    unseen_in_words,
    verdict_in_words,
)
from vinpaint.wording.scores import (
    fault_in_words,
    outside_in_words,
    quality_in_words,
    score_in_words,
    verdict,
)

__all__ = [
    "better_in_words",
    "choice_in_words",
    "fault_in_words",
    "forecast_in_words",
    "mask_in_words",
    "outside_in_words",
    "quality_in_words",
    "reason_in_words",
    "score_in_words",
    "unseen_in_words",
    "verdict",
    "verdict_in_words",
]
