"""Measured facts in, sentences out: before a fill, after it, what it costs, scores, faults."""

from __future__ import annotations

from vinpaint.advice.wording.after import next_in_words, remedy_in_words, stop_in_words
from vinpaint.advice.wording.artifacts import (
    NO_FAULT,
    NO_FAULT_MORE,
    can_be_masked,
    fault_in_words,
    faults_in_words,
    flags_of,
    mending_in_words,
)
from vinpaint.advice.wording.before import (
    NOT_AS_ASKED,
    RULE_NAMES,
    better_in_words,
    choice_in_words,
    forecast_in_words,
    limit_in_words,
    mask_in_words,
    means_in_words,
    open_in_words,
    reason_in_words,
    reasons_in_words,
    unheard_in_words,
    unseen_in_words,
    value_in_words,
    verdict_in_words,
)
from vinpaint.advice.wording.costs import cost_in_words, time_in_words
from vinpaint.advice.wording.phrases import span_in_words
from vinpaint.advice.wording.scores import (
    flaw_in_words,
    outside_in_words,
    quality_in_words,
    score_in_words,
    verdict,
)

__all__ = [
    "NOT_AS_ASKED",
    "NO_FAULT",
    "NO_FAULT_MORE",
    "RULE_NAMES",
    "better_in_words",
    "can_be_masked",
    "choice_in_words",
    "cost_in_words",
    "fault_in_words",
    "faults_in_words",
    "flags_of",
    "flaw_in_words",
    "forecast_in_words",
    "limit_in_words",
    "mask_in_words",
    "means_in_words",
    "mending_in_words",
    "next_in_words",
    "open_in_words",
    "outside_in_words",
    "quality_in_words",
    "reason_in_words",
    "reasons_in_words",
    "remedy_in_words",
    "score_in_words",
    "span_in_words",
    "stop_in_words",
    "time_in_words",
    "unheard_in_words",
    "unseen_in_words",
    "value_in_words",
    "verdict",
    "verdict_in_words",
]
