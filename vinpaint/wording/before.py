"""What is known before a fill in, sentences out: the mask, the forecast, the advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from vinpaint.advice import (
    UNSEEN_LIMIT,
    Advice,
    Choice,
    Facts,
    Question,
    Reason,
    Rule,
    Stand,
    Verdict,
    percent,
)
from vinpaint.wording.plain import counted, first_upper, place_in_words, span_in_words


def mask_in_words(facts: Facts) -> str:
    """How much of the clip the mask covers."""
    most = (
        ""
        if facts.largest_share < 1.2 * facts.share
        else f", {percent(facts.largest_share)} at most"
    )
    return (
        f"The mask covers {percent(facts.share)} of the frame{most}, on {facts.masked_frames} of "
        f"{counted(facts.frames, 'frame', 'frames')}."
    )


def unseen_in_words(facts: Facts) -> str:
    """What share of the hole must be invented, in one sentence."""
    if facts.never_seen == 0:
        return "All of the hole is seen in other frames: nothing has to be invented."
    if facts.never_seen == 1:
        return "No frame shows any of what is behind the hole: all of the fill is invented."
    share = first_upper(percent(facts.never_seen))
    return f"{share} of the hole is never seen in any frame: there the fill is invented."


def better_in_words(facts: Facts) -> str:
    """What would serve better where much is never seen; empty where little is."""
    if facts.never_seen <= UNSEEN_LIMIT:
        return ""
    return (
        "So much is texture rather than knowledge: a picture of what belongs there, or a clip "
        "made anew, may look better."
    )


def forecast_in_words(facts: Facts) -> Iterator[str]:
    """What a fill will find: the share, then where it lacks most, then how far away the rest is."""
    yield unseen_in_words(facts)
    if better := better_in_words(facts):
        yield better
    if facts.never_seen < 0.01:
        facts = replace(facts, worst=None, place=None)  # specks
    if facts.worst is not None and facts.worst_share > 1.2 * facts.never_seen:
        share = percent(facts.worst_share)
        yield f"Most is missing on {span_in_words(facts.worst)}: {share} of the hole there."
    if facts.place is not None and facts.never_seen < 1:
        yield f"What is never seen lies around {place_in_words(facts.place)} of the frame."
    if facts.distance_frames is not None:
        away = counted(facts.distance_frames, "frame", "frames")
        what = "the rest" if facts.never_seen else "it"
        yield f"The nearest frame that shows {what} is {away} away, as a rule."


def choice_in_words(choice: Choice) -> str:
    """Which strategy fits best, and why."""
    return f"Strategy '{choice.strategy}': {choice.fit.because}."


_VERDICTS: Mapping[Verdict, str] = {
    "inpaint": "Repair it: nothing that is known speaks against it.",
    "care": "Repair it with care: look at the result before you use it.",
    "regenerate": "Better make the clip anew: a repair would show.",
}


def verdict_in_words(advice: Advice) -> str:
    """Inpaint, with care, or regenerate."""
    against = {reason.rule for reason in advice.reasons if reason.stand == "against"}
    if against and against <= {"keeper", "framing"}:
        return "Better make the clip anew: a repair leaves what is wrong with this shot."
    return _VERDICTS[advice.verdict]


def reasons_in_words(advice: Advice) -> Iterator[str]:
    """Each reason, what speaks against first; then what nobody has said."""
    order = ("against", "care", "for")
    for reason in sorted(advice.reasons, key=lambda one: order.index(one.stand)):
        yield reason_in_words(reason, advice.facts)
    if words := open_in_words(advice.unanswered):
        yield words


def reason_in_words(reason: Reason, facts: Facts) -> str:
    """The number, its limit, what that means, and what would change it."""
    if reason.limit is None:
        return _ANSWERS[reason.rule, bool(reason.value)]
    over = reason.value > reason.limit
    side = "over" if over else "within"
    match reason.rule:
        case "size":
            found = f"the mask covers {percent(reason.value)} of the frame"
            means = _SIZE_MEANS[reason.stand]
        case "unseen":
            found, means = f"{percent(reason.value)} of the hole is never seen", _UNSEEN_MEANS
        case "motion":
            found = f"what is behind the hole moves by {_of_diagonal(reason.value)}"
            means = _MOTION_MEANS[reason.stand]
        case "speed":
            found, means = _speed_found(facts), _SPEED_MEANS
        case "contact":
            found, means = _contact_found(facts), _CONTACT_MEANS
        case _:
            found, means = f"{reason.value:.1f} s are masked", _LENGTH_MEANS
    limit = f"{reason.limit:g} s" if reason.rule == "length" else percent(reason.limit)
    beside = f"{side} the limit of {limit}"
    return f"{RULE_NAMES[reason.rule]}: {found}, {beside}{means if over else ''}."


RULE_NAMES: Mapping[Rule, str] = {
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

_SIZE_MEANS: Mapping[Stand, str] = {
    "for": "",
    "care": "; but other frames show what is behind it. A tighter mask would help",
    "against": (
        "; so large a fill tends to show. A tighter mask would change that, or other frames that "
        "show what is behind it"
    ),
}

_UNSEEN_MEANS = (
    "; texture stands there for knowledge. A longer stretch of the clip in which the place is "
    "uncovered would change that, or a picture of what belongs there"
)

_MOTION_MEANS: Mapping[Stand, str] = {
    "for": "",
    "care": "; it may be blurred and hard to follow. A slower stretch would change that",
    "against": (
        "; and much of it must be invented, which flickers where it moves so fast. A slower "
        "stretch would change that, or a picture of what belongs there"
    ),
}

_SPEED_MEANS = (
    "; its blur reaches beyond a tight mask. Grow the mask by a quarter of that way, or keep to a "
    "slower stretch"
)

_CONTACT_MEANS = (
    "; where they meet the fill may take from the wrong one. If it is a shadow or a reflection, "
    "take it into the mask; else keep to the frames on which they are apart"
)

_LENGTH_MEANS = "; a long fill has time to drift. Repair it in parts, shot by shot"

_ANSWERS: Mapping[tuple[Rule, bool], str] = {
    ("keeper", True): "The rest: worth keeping, as you say.",
    ("keeper", False): (
        "The rest: no keeper, as you say; then there is nothing that a repair would save. "
        "Another take that is one would change that."
    ),
    ("framing", True): "Framing: framing and light are right, as you say.",
    ("framing", False): (
        "Framing: framing or light is wrong, as you say; no fill mends a composition. A crop or a "
        "grade that mends it for the whole shot would change that."
    ),
    ("bodies", True): (
        "Touch: bodies or props touch, as you say; that breaks a fill faster than anything else. "
        "Keep to the frames on which they are apart, or make the clip anew with better references."
    ),
    ("bodies", False): "Touch: no bodies or props touch, as you say.",
}

_OPEN: Mapping[Question, str] = {
    "keeper": "whether the rest of the shot is a keeper",
    "framing": "whether framing and light are right",
    "bodies": "whether bodies or props touch",
}


def open_in_words(questions: Sequence[Question]) -> str:
    """What no machine can see and nobody has said; empty where all is."""
    if not questions:
        return ""
    *most, last = (_OPEN[one] for one in questions)
    asked = f"{', '.join(most)} and {last}" if most else last
    return f"Not looked at: {asked}. Only you can see that."


def _of_diagonal(share: float) -> str:
    return f"{100 * share:.1f} % of the picture's diagonal from frame to frame"


def _speed_found(facts: Facts) -> str:
    return (
        f"what is in the mask moves by {_of_diagonal(facts.inside_motion)} on the screen "
        f"({100 * facts.own_motion:.1f} % against what is behind it; the picture around it by "
        f"{100 * facts.rest_motion:.1f} %)"
    )


def _contact_found(facts: Facts) -> str:
    if not facts.contact:
        return "nothing else that moves touches the mask: 0 % of the frames"
    often = counted(facts.contact_times, "time", "times")
    across = f", and crosses it {facts.crossings} of them" if facts.crossings else ""
    return (
        f"something else that moves touches the mask on {percent(facts.contact)} of the frames, "
        f"{often}{across}"
    )
