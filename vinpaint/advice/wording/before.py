"""What is known before a fill in, sentences out: the mask, the forecast, the advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from textwrap import shorten

from vinpaint.advice.decision import UNSEEN_LIMIT
from vinpaint.advice.wording.phrases import capitalise, format_count, format_place, format_span
from vinpaint.core import (
    Advice,
    AdviceReason,
    AdviceRule,
    AdviceVerdict,
    Facts,
    IgnoredPrompt,
    Question,
    Stance,
    StrategyChoice,
    format_percent,
)

_PROMPT_LETTERS = 60


def describe_mask(facts: Facts) -> str:
    """How much of the clip the mask covers."""
    most = (
        ""
        if facts.largest_share < 1.2 * facts.share
        else f", {format_percent(facts.largest_share)} at most"
    )
    return (
        f"The mask covers {format_percent(facts.share)} of the frame{most}, on "
        f"{facts.masked_frames} of {format_count(facts.frames, 'frame', 'frames')}."
    )


def describe_unseen(facts: Facts) -> str:
    """What share of the hole must be invented, in one sentence."""
    if facts.never_seen == 0:
        return "All of the hole is seen in other frames: nothing has to be invented."
    if facts.never_seen == 1:
        return "No frame shows any of what is behind the hole: all of the fill is invented."
    share = capitalise(format_percent(facts.never_seen))
    return f"{share} of the hole is never seen in any frame: there the fill is invented."


def describe_alternative(facts: Facts) -> str:
    """What would serve better where much is never seen; empty where little is."""
    if facts.never_seen <= UNSEEN_LIMIT:
        return ""
    return (
        "So much is texture rather than knowledge: a picture of what belongs there, or a clip "
        "made anew, may look better."
    )


def describe_forecast(facts: Facts) -> Iterator[str]:
    """What a fill will find: the share, then where it lacks most, then how far away the rest is."""
    yield describe_unseen(facts)
    if better := describe_alternative(facts):
        yield better
    if facts.never_seen < 0.01:
        facts = replace(facts, worst=None, place=None)  # specks
    if facts.worst is not None and facts.worst_share > 1.2 * facts.never_seen:
        share = format_percent(facts.worst_share)
        yield f"Most is missing on {format_span(facts.worst)}: {share} of the hole there."
    if facts.place is not None and facts.never_seen < 1:
        yield f"What is never seen lies around {format_place(facts.place)} of the frame."
    if facts.distance_frames is not None:
        away = format_count(facts.distance_frames, "frame", "frames")
        what = "the rest" if facts.never_seen else "it"
        yield f"The nearest frame that shows {what} is {away} away, as a rule."


def describe_choice(choice: StrategyChoice) -> str:
    """Which strategy fits best, and why."""
    return f"Strategy '{choice.strategy}': {choice.fit.because}."


PROMPT_IGNORED_NOTICE = "Nothing new was put in: the prompt was not used, as the notes say."
"""Before a result's verdict, which speaks of the fill alone."""


def describe_ignored_prompt(unheard: IgnoredPrompt | None, prompt: str = "") -> str:
    """What is left aside and why, what happens instead, and how to change that; '' for nothing."""
    if unheard is None:
        return ""
    quoted = f" '{shorten(prompt, _PROMPT_LETTERS, placeholder=' ...')}'" if prompt else ""
    options = ", ".join(one.replace("_", " ") for one in unheard.what if one != "prompt")
    more = f", with what a model is told ({options})," if options else ""
    return (
        f"The prompt{quoted}{more} is not used, and nothing new is put in, since no model that "
        "could follow it is here: the fill brings back what is behind the mask. "
        f"{capitalise(unheard.remedy)}."
    )


_VERDICTS: Mapping[AdviceVerdict, str] = {
    "inpaint": "Repair it: nothing that is known speaks against it.",
    "care": "Repair it with care: look at the result before you use it.",
    "regenerate": "Better make the clip anew: a repair would show.",
}


def describe_advice(advice: Advice) -> str:
    """Inpaint, with care, or regenerate."""
    against = {reason.rule for reason in advice.reasons if reason.stand == "against"}
    if against and against <= {"keeper", "framing"}:
        return "Better make the clip anew: a repair leaves what is wrong with this shot."
    return _VERDICTS[advice.verdict]


def describe_reasons(advice: Advice) -> Iterator[str]:
    """Each reason, what speaks against first; then what nobody has said."""
    order = ("against", "care", "for")
    for reason in sorted(advice.reasons, key=lambda one: order.index(one.stand)):
        yield describe_reason(reason, advice.facts)
    if words := describe_open_questions(advice.unanswered):
        yield words


def describe_reason(reason: AdviceReason, facts: Facts) -> str:
    """The number, its limit, what that means, and what would change it."""
    name = RULE_NAMES[reason.rule]
    means = describe_consequence(reason)
    if reason.limit is None:
        rest = f"; {means[:1].lower()}{means[1:]}" if means else "."
        return f"{name}: {_SAID[reason.rule, bool(reason.value)]}, as you say{rest}"
    side = "over" if reason.value > reason.limit else "within"
    rest = f"; {means[:1].lower()}{means[1:]}" if means else "."
    return f"{name}: {_found(reason, facts)}, {side} the limit of {_limit(reason)}{rest}"


def describe_consequence(reason: AdviceReason) -> str:
    """What follows from a reason that does not speak for a repair, and what would change it."""
    return _MEANS.get((reason.rule, reason.stand), "")


def _found(reason: AdviceReason, facts: Facts) -> str:
    match reason.rule:
        case "size":
            return f"the mask covers {format_reason_value(reason)} of the frame"
        case "unseen":
            return f"{format_reason_value(reason)} of the hole is never seen"
        case "motion":
            return f"what is behind the hole moves by {_of_diagonal(reason.value)}"
        case "speed":
            return _speed_found(facts)
        case "contact":
            return _contact_found(facts)
        case _:
            return f"{reason.value:.1f} s are masked"


def _limit(reason: AdviceReason) -> str:
    if reason.limit is None:
        return ""
    return f"{reason.limit:g} s" if reason.rule == "length" else format_percent(reason.limit)


RULE_NAMES: Mapping[AdviceRule, str] = {
    "size": "Size",
    "unseen": "Unseen",
    "motion": "Motion",
    "speed": "Speed",
    "contact": "Contact",
    "length": "Length",
    "keeper": "The rest",
    "framing": "Framing",
    "bodies": "Touch",
}

_MEANS: Mapping[tuple[AdviceRule, Stance], str] = {
    ("size", "care"): "But other frames show what is behind it. A tighter mask would help.",
    ("size", "against"): (
        "So large a fill tends to show. A tighter mask would change that, or other frames that "
        "show what is behind it."
    ),
    ("unseen", "care"): (
        "Texture stands there for knowledge. A longer stretch of the clip in which the place is "
        "uncovered would change that, or a picture of what belongs there."
    ),
    ("motion", "care"): (
        "It may be blurred and hard to follow. A slower stretch would change that."
    ),
    ("motion", "against"): (
        "And much of it must be invented, which flickers where it moves so fast. A slower stretch "
        "would change that, or a picture of what belongs there."
    ),
    ("speed", "care"): (
        "Its blur reaches beyond a tight mask. Grow the mask by a quarter of that way, or keep to "
        "a slower stretch."
    ),
    ("contact", "care"): (
        "Where they meet the fill may take from the wrong one. A shadow or a reflection belongs "
        "into the mask; of other things, keep to the frames on which they are apart."
    ),
    ("length", "care"): "A long fill has time to drift. Repair it in parts, shot by shot.",
    ("keeper", "against"): (
        "Then there is nothing that a repair would save. Another take that is one would change "
        "that."
    ),
    ("framing", "against"): (
        "No fill mends a composition. A crop or a grade that mends it for the whole shot would "
        "change that."
    ),
    ("bodies", "against"): (
        "That breaks a fill faster than anything else. Keep to the frames on which they are "
        "apart, or make the clip anew with better references."
    ),
}

_SAID: Mapping[tuple[AdviceRule, bool], str] = {
    ("keeper", True): "worth keeping",
    ("keeper", False): "no keeper",
    ("framing", True): "framing and light are right",
    ("framing", False): "framing or light is wrong",
    ("bodies", True): "bodies or props touch",
    ("bodies", False): "no bodies or props touch",
}

_OPEN: Mapping[Question, str] = {
    "keeper": "whether the rest of the shot is a keeper",
    "framing": "whether framing and light are right",
    "bodies": "whether bodies or props touch",
}


def describe_open_questions(questions: Sequence[Question]) -> str:
    """What no machine can see and nobody has said; empty where all is."""
    if not questions:
        return ""
    *most, last = (_OPEN[one] for one in questions)
    asked = f"{', '.join(most)} and {last}" if most else last
    return f"Not looked at: {asked}. Only you can see that."


def _of_diagonal(share: float) -> str:
    return f"{100 * share:.1f} % of the picture's diagonal from frame to frame"


def format_reason_value(reason: AdviceReason) -> str:
    """The number alone, with its unit: '5 %', '4.0 s'; of a question the answer."""
    match reason.rule:
        case "keeper" | "framing" | "bodies":
            return _SAID[reason.rule, bool(reason.value)]
        case "length":
            return f"{reason.value:.1f} s"
        case "motion" | "speed":
            return f"{100 * reason.value:.1f} %"
        case _:
            rounded = format_percent(reason.value)
            level = reason.value != reason.limit and rounded == _limit(reason)
            return f"{100 * reason.value:.1f} %" if level else rounded


def format_reason_limit(reason: AdviceReason) -> str:
    """What the number is of, and its limit; empty for an answer."""
    if reason.limit is None:
        return ""
    return f"{_OF_WHAT[reason.rule]}, limit {_limit(reason)}"


_OF_WHAT: Mapping[AdviceRule, str] = {
    "size": "of the frame",
    "unseen": "never seen",
    "motion": "a frame, behind it",
    "speed": "a frame, in it",
    "contact": "of the frames",
    "length": "masked",
}


def _speed_found(facts: Facts) -> str:
    return (
        f"what is in the mask moves by {_of_diagonal(facts.inside_motion)} on the screen "
        f"({100 * facts.own_motion:.1f} % against what is behind it; the picture around it by "
        f"{100 * facts.rest_motion:.1f} %)"
    )


def _contact_found(facts: Facts) -> str:
    if not facts.contact:
        return "nothing else that moves touches the mask: 0 % of the frames"
    often = format_count(facts.contact_times, "time", "times")
    across = f", {facts.crossings} of them across it" if facts.crossings else ""
    return (
        f"something else that moves touches the mask on {format_percent(facts.contact)} of the "
        f"frames, {often}{across}"
    )
