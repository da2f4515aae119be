"""Sentences for the user from measured values: forecast, advice, costs, scores and artifacts."""

from __future__ import annotations

from vinpaint.advice.wording.after import describe_next_strategy, describe_remedy, describe_stop
from vinpaint.advice.wording.artifacts import (
    NO_ARTIFACT,
    NO_ARTIFACT_HINT,
    can_be_masked,
    describe_artifact,
    describe_artifact_fix,
    describe_artifacts,
    run_flags,
)
from vinpaint.advice.wording.before import (
    PROMPT_IGNORED_NOTICE,
    RULE_NAMES,
    describe_advice,
    describe_alternative,
    describe_choice,
    describe_consequence,
    describe_forecast,
    describe_ignored_prompt,
    describe_mask,
    describe_open_questions,
    describe_reason,
    describe_reasons,
    describe_unseen,
    format_reason_limit,
    format_reason_value,
)
from vinpaint.advice.wording.costs import describe_cost, describe_time
from vinpaint.advice.wording.phrases import format_span
from vinpaint.advice.wording.scores import (
    add_sentences,
    describe_gate_reason,
    describe_outside,
    describe_quality,
    describe_result,
    describe_score,
)

__all__ = [
    "NO_ARTIFACT",
    "NO_ARTIFACT_HINT",
    "PROMPT_IGNORED_NOTICE",
    "RULE_NAMES",
    "add_sentences",
    "can_be_masked",
    "describe_advice",
    "describe_alternative",
    "describe_artifact",
    "describe_artifact_fix",
    "describe_artifacts",
    "describe_choice",
    "describe_consequence",
    "describe_cost",
    "describe_forecast",
    "describe_gate_reason",
    "describe_ignored_prompt",
    "describe_mask",
    "describe_next_strategy",
    "describe_open_questions",
    "describe_outside",
    "describe_quality",
    "describe_reason",
    "describe_reasons",
    "describe_remedy",
    "describe_result",
    "describe_score",
    "describe_stop",
    "describe_time",
    "describe_unseen",
    "format_reason_limit",
    "format_reason_value",
    "format_span",
    "run_flags",
]
