"""Test each rule of the advice on both sides of its limit, and its sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from vinpaint.advice.decision import (
    CONTACT_LIMIT,
    LENGTH_LIMIT_SECONDS,
    MOTION_LIMIT,
    SIZE_LIMIT,
    SPEED_LIMIT,
    UNSEEN_LIMIT,
    advise,
)
from vinpaint.advice.wording import (
    describe_advice,
    describe_consequence,
    describe_forecast,
    describe_mask,
    describe_open_questions,
    describe_reason,
    describe_reasons,
    describe_unseen,
    format_reason_limit,
    format_reason_value,
)
from vinpaint.core import (
    NEARLY_ALL_SEEN,
    QUESTIONS,
    Advice,
    Answers,
    Facts,
    Span,
    StrategyChoice,
    StrategyFit,
    format_percent,
)

GOOD = Facts(frames=75, masked_frames=60, share=0.04, largest_share=0.06, never_seen=0.1)
CHOICE = StrategyChoice("propagate", StrategyFit(0.9, "why"))


def judged(**facts: object) -> Advice:
    return advise(replace(GOOD, **facts), CHOICE)  # type: ignore[arg-type]


def reason(advice: Advice, rule: str) -> str:
    found = next(one for one in advice.reasons if one.rule == rule)
    return describe_reason(found, advice.facts)


@pytest.mark.parametrize(
    ("facts", "verdict"),
    [
        ({}, "inpaint"),
        ({"share": SIZE_LIMIT}, "inpaint"),
        ({"share": SIZE_LIMIT + 0.01}, "regenerate"),
        ({"share": SIZE_LIMIT + 0.01, "never_seen": NEARLY_ALL_SEEN}, "care"),
        ({"never_seen": UNSEEN_LIMIT}, "inpaint"),
        ({"never_seen": UNSEEN_LIMIT + 0.01}, "care"),
        ({"motion": MOTION_LIMIT}, "inpaint"),
        ({"motion": MOTION_LIMIT + 0.01}, "care"),
        ({"motion": MOTION_LIMIT + 0.01, "never_seen": UNSEEN_LIMIT + 0.01}, "regenerate"),
        ({"inside_motion": SPEED_LIMIT}, "inpaint"),
        ({"inside_motion": SPEED_LIMIT + 0.01}, "care"),
        ({"own_motion": 0.5, "rest_motion": 0.5}, "inpaint"),
        ({"contact": CONTACT_LIMIT}, "inpaint"),
        ({"contact": CONTACT_LIMIT + 0.01}, "care"),
        ({"seconds": LENGTH_LIMIT_SECONDS}, "inpaint"),
        ({"seconds": LENGTH_LIMIT_SECONDS + 0.1}, "care"),
        ({"motion": 0.2, "share": 0.4, "never_seen": 0.9}, "regenerate"),
    ],
)
def test_each_rule_on_both_sides_of_its_limit(facts: dict[str, float], verdict: str) -> None:
    assert judged(**facts).verdict == verdict


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        (Answers(), "inpaint"),
        (Answers(keeper=True, framing=True, bodies=False), "inpaint"),
        (Answers(keeper=False), "regenerate"),
        (Answers(framing=False), "regenerate"),
        (Answers(bodies=True), "regenerate"),
    ],
)
def test_what_a_person_sees_counts_as_much_as_what_is_measured(
    answers: Answers, verdict: str
) -> None:
    advice = advise(GOOD, CHOICE, answers=answers)
    assert advice.verdict == verdict
    answered = {one.rule for one in advice.reasons if one.limit is None}
    assert answered | set(advice.unanswered) == set(QUESTIONS)
    assert not answered & set(advice.unanswered)


def test_an_open_question_is_named_and_an_answer_is_told_as_yours() -> None:
    advice = advise(GOOD, CHOICE, answers=Answers(keeper=True, framing=False))
    said = list(describe_reasons(advice))
    assert said[0].startswith("Framing: framing or light is wrong, as you say. No repair fixes")
    assert said[-1] == "Only you can judge whether bodies or props touch."
    assert "Rest of the shot: worth keeping, as you say." in said
    assert describe_open_questions(()) == ""
    assert "what is wrong with this shot" in describe_advice(advice)


def test_every_reason_against_or_of_care_says_what_would_change_it() -> None:
    worst = judged(
        share=0.5, never_seen=0.6, motion=0.1, inside_motion=0.1, contact=0.5, seconds=60.0
    )
    no = advise(GOOD, CHOICE, answers=Answers(False, False, True))
    for one in (*worst.reasons, *no.reasons):
        assert bool(describe_consequence(one)) == (one.stand != "for")
    assert all(one.stand != "for" for one in worst.reasons)


def test_numbers_stand_beside_their_limits() -> None:
    advice = judged(share=0.203, contact=0.4, contact_times=2, crossings=1, seconds=3.0)
    told = {
        one.rule: f"{format_reason_value(one)} {format_reason_limit(one)}" for one in advice.reasons
    }
    assert told["size"] == "20.3 % of the frame, limit 20 %"
    assert told["length"] == "3.0 s masked, limit 15 s"
    assert told["speed"] == "0.0 % per frame, inside it, limit 3 %"
    assert "on 40 % of the frames, 2 times, 1 of them across it" in reason(advice, "contact")
    assert "no other moving object touches the mask" in reason(judged(), "contact")
    speeds = judged(inside_motion=0.04, own_motion=0.02, rest_motion=0.03)
    assert "4.0 %" in reason(speeds, "speed")
    assert "(2.0 % against what is behind it; the picture around it moves by 3.0 %)" in reason(
        speeds, "speed"
    )


def test_every_verdict_has_words_of_its_own() -> None:
    advices = (judged(), judged(never_seen=0.5), judged(share=0.5))
    assert len({describe_advice(advice) for advice in advices}) == 3


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
    [(0, "0 %"), (0.001, "less than 1 %"), (0.12, "12 %"), (0.996, "more than 99 %"), (1, "100 %")],
)
def test_a_share_reads_as_nothing_or_all_only_where_it_is(share: float, words: str) -> None:
    assert format_percent(share) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.0, "nothing has to be generated"),
        (0.004, "Less than 1 % of the hole is never visible"),
        (0.12, "12 % of the hole is never visible in any frame, so it is generated."),
        (1.0, "all of the fill is generated"),
    ],
)
def test_what_must_be_invented_is_one_sentence(share: float, words: str) -> None:
    assert words in describe_unseen(replace(GOOD, never_seen=share))


def test_the_forecast_in_words_names_frames_place_and_distance() -> None:
    facts = replace(GOOD, worst=Span(3, 10), worst_share=0.45, place=(0.1, 0.9), distance_frames=4)
    said = " ".join(describe_forecast(facts))
    assert "frames 3 to 9: 45 %" in said
    assert "the lower left of the frame" in said
    assert "4 frames away" in said
    even = replace(facts, worst_share=0.1, place=None, distance_frames=None)
    assert len(list(describe_forecast(even))) == 1


def test_the_mask_in_words() -> None:
    assert describe_mask(GOOD) == (
        "The mask covers 4 % of the frame, 6 % at most, on 60 of 75 frames."
    )
    assert "at most" not in describe_mask(replace(GOOD, largest_share=0.041))
