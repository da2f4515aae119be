"""Measured facts in, sentences out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from vinpaint.advice import UNSEEN_LIMIT, Advice, Choice, Facts, Reason, Verdict, percent
from vinpaint.types import Outside, Score, Span


def outside_in_words(outside: Outside) -> str:
    """What the count outside the mask says."""
    count = f"{outside.pixels_compared:,}"
    if outside.largest_difference == 0:
        return f"Nothing outside the mask changed: {count} samples compared, all the same."
    if outside.lossless:
        return (
            f"Outside the mask samples differ by up to {outside.largest_difference} levels "
            f"({count} compared)."
        )
    before = outside.largest_difference_before_encoding
    exact = "exactly the source" if before == 0 else f"within {before} levels of the source"
    return (
        f"Outside the mask the picture was {exact} before encoding; H.264 then changed samples "
        f"by up to {outside.largest_difference} levels, as it does everywhere ({count} compared)."
    )


def verdict(scores: Iterable[Score], outside: Outside) -> str:
    """The result in one or two sentences: exactness first, then steadiness beside its yardstick."""
    words = [outside_in_words(outside)]
    steady = next((s for s in scores if s.name == "warp"), None)
    if steady is not None and steady.value is not None and steady.yardstick:
        ratio = steady.value / steady.yardstick
        if ratio <= 1.2:
            words.append("The repair is as steady as the clip itself.")
        elif ratio <= 3:
            words.append("The repair moves a little less steadily than the clip itself.")
        else:
            words.append("The repair flickers against the clip around it: look at it playing.")
    return " ".join(words)


def score_in_words(score: Score) -> str:
    """'Steadiness 2.1 (lower is better; the clip's own is 2.4): what it means'."""
    if score.value is None:
        return f"{score.title}: not measured, for want of pixels. {score.meaning}"
    unit = f" {score.unit}" if score.unit else ""
    hints = [] if score.better == "neither" else [f"{score.better} is better"]
    if score.yardstick is not None:
        hints.append(f"the clip's own is {score.yardstick:.3g}")
    hint = f" ({'; '.join(hints)})" if hints else ""
    return f"{score.title} {score.value:.3g}{unit}{hint}: {score.meaning}"


def mask_in_words(facts: Facts) -> str:
    """How much of the clip the mask covers."""
    most = (
        ""
        if facts.largest_share < 1.2 * facts.share
        else f", {percent(facts.largest_share)} at most"
    )
    return (
        f"The mask covers {percent(facts.share)} of the frame{most}, on {facts.masked_frames} of "
        f"{_counted(facts.frames, 'frame', 'frames')}."
    )


def unseen_in_words(facts: Facts) -> str:
    """What share of the hole must be invented, in one sentence."""
    if facts.never_seen == 0:
        return "All of the hole is seen in other frames: nothing has to be invented."
    if facts.never_seen == 1:
        return "No frame shows any of what is behind the hole: all of the fill is invented."
    share = _first(percent(facts.never_seen))
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
        yield f"Most is missing on {_span(facts.worst)}: {share} of the hole there."
    if facts.place is not None and facts.never_seen < 1:
        yield f"What is never seen lies around {_place(facts.place)} of the frame."
    if facts.distance_frames is not None:
        away = _counted(facts.distance_frames, "frame", "frames")
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


def _place(place: tuple[float, float]) -> str:
    """(0.1, 0.9) -> 'the lower left'."""
    column = ("left", "middle", "right")[min(2, int(3 * place[0]))]
    row = ("upper", "middle", "lower")[min(2, int(3 * place[1]))]
    if row == "middle":
        return "the middle" if column == "middle" else f"the {column}"
    return f"the {row} middle" if column == "middle" else f"the {row} {column}"


def _span(span: Span) -> str:
    if span.length == 1:
        return f"frame {span.start}"
    return f"frames {span.start} to {span.stop - 1}"


def _counted(count: int, one: str, many: str) -> str:
    return f"{count} {one if count == 1 else many}"


def _first(words: str) -> str:
    return words[:1].upper() + words[1:]
