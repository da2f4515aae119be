"""A result's measured facts in, sentences out."""

from __future__ import annotations

from collections.abc import Iterable

from vinpaint.types import Outside, Score


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
