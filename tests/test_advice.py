"""Advice from facts: each rule on both sides of its limit, and what its sentence says."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vinpaint.advice import (
    MOTION_LIMIT,
    NEARLY_SEEN,
    SIZE_LIMIT,
    UNSEEN_LIMIT,
    Advice,
    Choice,
    Facts,
    Fit,
    advise,
    percent,
)
from vinpaint.types import Span
from vinpaint.wording import (
    forecast_in_words,
    mask_in_words,
    reason_in_words,
    unseen_in_words,
    verdict_in_words,
)

GOOD = Facts(frames=75, masked_frames=60, share=0.04, largest_share=0.06, never_seen=0.1)
CHOICE = Choice("propagate", Fit(0.9, "why"))


def judged(**facts: object) -> Advice:
    return advise(replace(GOOD, **facts), CHOICE)  # type: ignore[arg-type]


def reason(advice: Advice, rule: str) -> str:
    return next(reason_in_words(one) for one in advice.reasons if one.rule == rule)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({}, "inpaint"),
        ({"share": SIZE_LIMIT}, "inpaint"),
        ({"share": SIZE_LIMIT + 0.01}, "regenerate"),
        ({"share": SIZE_LIMIT + 0.01, "never_seen": NEARLY_SEEN}, "care"),
        ({"never_seen": UNSEEN_LIMIT}, "inpaint"),
        ({"never_seen": UNSEEN_LIMIT + 0.01}, "care"),
        ({"motion": MOTION_LIMIT}, "inpaint"),
        ({"motion": MOTION_LIMIT + 0.01}, "care"),
        ({"motion": 0.2, "share": 0.4, "never_seen": 0.9}, "regenerate"),
    ],
)
def test_each_rule_on_both_sides_of_its_limit(facts: dict[str, float], verdict: str) -> None:
    assert judged(**facts).verdict == verdict


def test_every_verdict_has_words_of_its_own() -> None:
    advices = (judged(), judged(never_seen=0.5), judged(share=0.5))
    assert len({verdict_in_words(advice) for advice in advices}) == 3


def test_a_reason_gives_its_number_its_limit_and_what_would_change_it() -> None:
    size = reason(judged(share=0.31), "size")
    assert "31 %" in size
    assert "over the limit of 20 %" in size
    assert "tighter mask" in size
    assert "within the limit of 20 %" in reason(judged(), "size")
    assert "uncovered" in reason(judged(never_seen=0.6), "unseen")
    assert "slower" in reason(judged(motion=0.08), "motion")
    assert "slower" not in reason(judged(), "motion")


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0, "0 %"),
        (0.001, "less than 1 %"),
        (0.12, "12 %"),
        (0.996, "more than 99 %"),
        (1, "100 %"),
    ],
)
def test_a_share_reads_as_nothing_or_all_only_where_it_is(share: float, words: str) -> None:
    assert percent(share) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "nothing has to be invented"),
        (0.004, "Less than 1 % of the hole is never seen"),
        (0.12, "12 % of the hole is never seen in any frame: there the fill is invented."),
        (1.0, "all of the fill is invented"),
    ],
)
def test_what_must_be_invented_is_one_sentence(share: float, words: str) -> None:
    assert words in unseen_in_words(replace(GOOD, never_seen=share))


def test_the_forecast_in_words_names_frames_place_and_distance() -> None:
    facts = replace(
        GOOD,
        worst=Span(3, 10),
        worst_share=0.45,
        place=(0.1, 0.9),
        distance_frames=4,
    )
    said = " ".join(forecast_in_words(facts))
    assert "frames 3 to 9: 45 %" in said
    assert "the lower left of the frame" in said
    assert "4 frames away" in said
    even = replace(facts, worst_share=0.1, place=None, distance_frames=None)
    assert len(list(forecast_in_words(even))) == 1


def test_the_mask_in_words() -> None:
    assert mask_in_words(GOOD) == (
        "The mask covers 4 % of the frame, 6 % at most, on 60 of 75 frames."
    )
    assert "at most" not in mask_in_words(replace(GOOD, largest_share=0.041))
