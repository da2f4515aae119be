"""Measured facts in, sentences out: `before` a fill, the `scores` of a result, the `faults`."""

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
from vinpaint.wording.faults import (
    NO_FAULT,
    NO_FAULT_MORE,
    can_be_masked,
    fault_in_words,
    faults_in_words,
    flags_of,
    remedy_in_words,
)
from vinpaint.wording.scores import outside_in_words, score_in_words, verdict

__all__ = [
    "NO_FAULT",
    "NO_FAULT_MORE",
    "better_in_words",
    "can_be_masked",
    "choice_in_words",
    "fault_in_words",
    "faults_in_words",
    "flags_of",
    "forecast_in_words",
    "mask_in_words",
    "outside_in_words",
    "reason_in_words",
    "remedy_in_words",
    "score_in_words",
    "unseen_in_words",
    "verdict",
    "verdict_in_words",
]
