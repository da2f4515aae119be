"""What is known before a fill in, sentences out: the mask, the forecast, the advice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from vinpaint.advice import UNSEEN_LIMIT, Advice, Choice, Facts, Reason, Verdict, percent
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
    "inpaint": "Repair it: nothing measured speaks against it.",
    "care": "Repair it with care: look at the result before you use it.",
    "regenerate": "Better make the clip anew: a repair would show.",
}


def verdict_in_words(advice: Advice) -> str:
    """Inpaint, with care, or regenerate."""
    return _VERDICTS[advice.verdict]


def reason_in_words(reason: Reason) -> str:
    """The number, its limit, what that means, and what would change it."""
    over = reason.value > reason.limit
    beside = f"{'over' if over else 'within'} the limit of {percent(reason.limit)}"
    match reason.rule:
        case "size":
            found = f"the mask covers {percent(reason.value)} of the frame, {beside}"
            return f"Size: {found}{_size_means(reason)}."
        case "unseen":
            found = f"{percent(reason.value)} of the hole is never seen, {beside}"
            means = (
                "; texture stands there for knowledge. A longer stretch of the clip in which the "
                "place is uncovered would change that, or a picture of what belongs there"
            )
            return f"Unseen: {found}{means if over else ''}."
        case "motion":
            found = (
                f"what is behind the hole moves by {percent(reason.value)} of the picture's "
                f"diagonal from frame to frame, {beside}"
            )
            means = "; it may be blurred and hard to follow. A slower stretch would change that"
            return f"Motion: {found}{means if over else ''}."


def _size_means(reason: Reason) -> str:
    match reason.stand:
        case "for":
            return ""
        case "care":
            return "; but other frames show what is behind it. A tighter mask would help"
        case "against":
            return (
                "; so large a fill tends to show. A tighter mask would change that, or other "
                "frames that show what is behind it"
            )
