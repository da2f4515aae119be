"""Sentences before a fill: the mask, the forecast, and the advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from textwrap import shorten
from typing import NamedTuple

from vinpaint.advice.decision import UNSEEN_LIMIT
from vinpaint.advice.wording.phrases import (
    capitalise,
    format_count,
    format_place,
    format_span,
    join_words,
)
from vinpaint.core import (
    Advice,
    AdviceReason,
    AdviceRule,
    AdviceVerdict,
    Facts,
    IgnoredPrompt,
    Question,
    StrategyChoice,
    format_percent,
)

_MAX_PROMPT_LETTERS = 60

PROMPT_IGNORED_NOTICE = "The prompt was not used and nothing new was added; see the notes."
"""Precedes the verdict on a result, which does not consider the prompt."""


def describe_mask(facts: Facts) -> str:
    """Return a sentence on how much of the clip the mask covers."""
    most = ""
    if facts.largest_share >= 1.2 * facts.share:
        most = f", {format_percent(facts.largest_share)} at most"
    return (
        f"The mask covers {format_percent(facts.share)} of the frame{most}, on "
        f"{facts.masked_frames} of {format_count(facts.frames, 'frame', 'frames')}."
    )


def describe_unseen(facts: Facts) -> str:
    """Return a sentence on the share of the hole that must be generated."""
    if facts.never_seen == 0:
        return "Other frames show all of the hole: nothing has to be generated."
    if facts.never_seen == 1:
        return "No frame shows what is behind the mask: all of the fill is generated."
    share = capitalise(format_percent(facts.never_seen))
    return f"{share} of the hole is never visible in any frame, so it is generated."


def describe_alternative(facts: Facts) -> str:
    """Return an alternative if much must be generated, else an empty string."""
    if facts.never_seen <= UNSEEN_LIMIT:
        return ""
    return (
        "That is a lot of generated texture: a picture of the background, or a regenerated clip, "
        "may look better."
    )


def describe_forecast(facts: Facts) -> Iterator[str]:
    """Yield sentences on the share to generate, its position, and the distance of the rest."""
    yield describe_unseen(facts)
    if alternative := describe_alternative(facts):
        yield alternative
    if facts.never_seen < 0.01:
        facts = replace(facts, worst=None, place=None)  # too little to locate
    if facts.worst is not None and facts.worst_share > 1.2 * facts.never_seen:
        share = format_percent(facts.worst_share)
        yield f"Most is missing on {format_span(facts.worst)}: {share} of the hole."
    if facts.place is not None and facts.never_seen < 1:
        yield f"The missing part is around {format_place(facts.place)} of the frame."
    if facts.distance_frames is not None:
        away = format_count(facts.distance_frames, "frame", "frames")
        subject = "The rest" if facts.never_seen else "It"
        yield f"{subject} is typically visible {away} away."


def describe_choice(choice: StrategyChoice) -> str:
    """Return a sentence on the strategy that fits best, and the reason."""
    return f"Strategy '{choice.strategy}': {choice.fit.because}."


def describe_ignored_prompt(ignored: IgnoredPrompt | None, prompt: str = "") -> str:
    """Return what is ignored, why, and how to change that; an empty string for None."""
    if ignored is None:
        return ""
    quoted = f" '{shorten(prompt, _MAX_PROMPT_LETTERS, placeholder=' ...')}'" if prompt else ""
    options = ", ".join(name.replace("_", " ") for name in ignored.what if name != "prompt")
    more = f", with the model settings ({options})," if options else ""
    return (
        f"The prompt{quoted}{more} is not used, and nothing new is added: no model here can follow "
        f"it. The fill restores what is behind the mask. {capitalise(ignored.remedy)}."
    )


_VERDICTS: Mapping[AdviceVerdict, str] = {
    "inpaint": "Repair it: nothing known speaks against it.",
    "care": "Repair it with care: check the result before you use it.",
    "regenerate": "Better regenerate the clip: a repair would be visible.",
}


def describe_advice(advice: Advice) -> str:
    """Return the verdict: repair, repair with care, or regenerate."""
    against = {reason.rule for reason in advice.reasons if reason.stand == "against"}
    if against and against <= {"keeper", "framing"}:
        return "Better regenerate the clip: a repair cannot fix what is wrong with this shot."
    return _VERDICTS[advice.verdict]


class _RuleText(NamedTuple):
    """Texts of one rule.

    of_what: what the value is a share of. care, against: consequence and remedy for that stand.
    """

    name: str
    of_what: str = ""
    care: str = ""
    against: str = ""


_RULES: Mapping[AdviceRule, _RuleText] = {
    "size": _RuleText(
        "Size",
        "of the frame",
        "Other frames show what is behind it, so it can still work. A tighter mask helps.",
        "A fill this large tends to show. Use a tighter mask, or footage that shows what is "
        "behind it.",
    ),
    "unseen": _RuleText(
        "Unseen",
        "never visible",
        "Generated texture fills the gap. Use a longer part of the clip in which the place is "
        "uncovered, or a picture of the background.",
    ),
    "motion": _RuleText(
        "Motion",
        "per frame, behind it",
        "Fast motion is blurred and hard to follow. Use a slower part of the clip.",
        "Much of it must be generated, and that flickers at this speed. Use a slower part of the "
        "clip, or a picture of the background.",
    ),
    "speed": _RuleText(
        "Speed",
        "per frame, inside it",
        "Its motion blur reaches beyond a tight mask. Grow the mask by a quarter of that "
        "distance, or use a slower part of the clip.",
    ),
    "contact": _RuleText(
        "Contact",
        "of the frames",
        "Where they meet, the fill may copy from the wrong one. Include shadows and reflections "
        "in the mask. For other objects, use the frames on which they are apart.",
    ),
    "length": _RuleText(
        "Length", "masked", "A long fill has time to drift. Repair it shot by shot."
    ),
    "keeper": _RuleText(
        "Rest of the shot", against="Then a repair saves nothing. Use another take."
    ),
    "framing": _RuleText(
        "Framing", against="No repair fixes a composition. Crop or grade the whole shot instead."
    ),
    "bodies": _RuleText(
        "Bodies",
        against="A fill fails most often there. Use the frames on which they are apart, or "
        "regenerate the clip with better references.",
    ),
}

RULE_NAMES: Mapping[AdviceRule, str] = {rule: text.name for rule, text in _RULES.items()}

_ANSWERS: Mapping[tuple[AdviceRule, bool], str] = {
    ("keeper", True): "worth keeping",
    ("keeper", False): "not worth keeping",
    ("framing", True): "framing and light are right",
    ("framing", False): "framing or light is wrong",
    ("bodies", True): "bodies or props touch",
    ("bodies", False): "no bodies or props touch",
}

_QUESTIONS: Mapping[Question, str] = {
    "keeper": "whether the rest of the shot is worth keeping",
    "framing": "whether framing and light are right",
    "bodies": "whether bodies or props touch",
}


def describe_reasons(advice: Advice) -> Iterator[str]:
    """Yield each reason, those against a repair first, then the open questions."""
    order = ("against", "care", "for")
    for reason in sorted(advice.reasons, key=lambda reason: order.index(reason.stand)):
        yield describe_reason(reason, advice.facts)
    if questions := describe_open_questions(advice.unanswered):
        yield questions


def describe_reason(reason: AdviceReason, facts: Facts) -> str:
    """Return the measured value, its limit, the consequence, and how to change it."""
    if reason.limit is None:
        finding = f"{format_reason_value(reason)}, as you say"
    else:
        side = "over" if reason.value > reason.limit else "within"
        finding = f"{_finding(reason, facts)}, {side} the limit of {_limit(reason)}"
    return f"{RULE_NAMES[reason.rule]}: {finding}. {describe_consequence(reason)}".rstrip()


def describe_consequence(reason: AdviceReason) -> str:
    """Return the consequence of a reason and how to change it; an empty string if it is 'for'."""
    text = _RULES[reason.rule]
    return {"for": "", "care": text.care, "against": text.against}[reason.stand]


def describe_open_questions(questions: Sequence[Question]) -> str:
    """Return a sentence on the questions that only the user can answer; empty without any."""
    if not questions:
        return ""
    return f"Only you can judge {join_words([_QUESTIONS[question] for question in questions])}."


def _finding(reason: AdviceReason, facts: Facts) -> str:
    match reason.rule:
        case "size":
            return f"the mask covers {format_reason_value(reason)} of the frame"
        case "unseen":
            return f"{format_reason_value(reason)} of the hole is never visible"
        case "motion":
            return f"what is behind the hole moves by {_of_diagonal(reason.value)}"
        case "speed":
            return (
                f"what is in the mask moves by {_of_diagonal(facts.inside_motion)} on the screen "
                f"({100 * facts.own_motion:.1f} % against what is behind it; the picture around "
                f"it moves by {100 * facts.rest_motion:.1f} %)"
            )
        case "contact":
            return _contact(facts)
        case _:
            return f"{reason.value:.1f} s are masked"


def _contact(facts: Facts) -> str:
    if not facts.contact:
        return "no other moving object touches the mask: 0 % of the frames"
    times = format_count(facts.contact_times, "time", "times")
    crossings = f", {facts.crossings} of them across it" if facts.crossings else ""
    return (
        f"another moving object touches the mask on {format_percent(facts.contact)} of the "
        f"frames, {times}{crossings}"
    )


def _of_diagonal(share: float) -> str:
    return f"{100 * share:.1f} % of the picture's diagonal per frame"


def _limit(reason: AdviceReason) -> str:
    if reason.limit is None:
        return ""
    return f"{reason.limit:g} s" if reason.rule == "length" else format_percent(reason.limit)


def format_reason_value(reason: AdviceReason) -> str:
    """Format the value with its unit ('5 %', '4.0 s'), or the answer to a question."""
    match reason.rule:
        case "keeper" | "framing" | "bodies":
            return _ANSWERS[reason.rule, bool(reason.value)]
        case "length":
            return f"{reason.value:.1f} s"
        case "motion" | "speed":
            return f"{100 * reason.value:.1f} %"
        case _:
            rounded = format_percent(reason.value)
            ambiguous = reason.value != reason.limit and rounded == _limit(reason)
            return f"{100 * reason.value:.1f} %" if ambiguous else rounded


def format_reason_limit(reason: AdviceReason) -> str:
    """Return what the value is a share of, and its limit; an empty string for an answer."""
    if reason.limit is None:
        return ""
    return f"{_RULES[reason.rule].of_what}, limit {_limit(reason)}"
