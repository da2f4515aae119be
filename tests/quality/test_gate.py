"""Test the gate: quality computed by hand, each rule on both sides of its limit, and spans."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from vinpaint.core import Box, GateResult, Leftover, LeftoverPart, Score, Span
from vinpaint.imaging.packed_masks import PackedTrack
from vinpaint.quality.gate import RULES, QualityWeights, Rule, judge


def score(
    name: str, value: float | None, own: float | None = None, frames: tuple[float | None, ...] = ()
) -> Score:
    own_frames = tuple(None if one is None else own for one in frames)
    return Score(name, name, value, "", "lower", "", own, frames, own_frames)


def like_life() -> list[Score]:
    return [score("warp", 2.0, 2.0), score("texture", 0.0), score("boundary", 5.0, 5.0)]


def framed_like_life() -> list[Score]:
    ten = (5.0,) * 10
    return [score("warp", 2.0, 2.0, (2.0,) * 10), score("boundary", 5.0, 5.0, ten)]


def given(*scores: Score, weights: QualityWeights | None = None) -> GateResult:
    found = judge(scores, weights)
    assert found is not None
    return found


def test_a_repair_like_life_has_a_quality_of_one_and_passes() -> None:
    gate = given(*like_life())
    assert (gate.quality, gate.verdict, gate.reasons, gate.spans) == (1.0, "pass", (), ())


def left(share: float, spans: tuple[Span, ...] = (Span(2, 6),)) -> Leftover:
    flagged = {t for span in spans for t in span.frames}
    shares = tuple(share if t in flagged else 0.0 for t in range(10))
    strengths = tuple(1.5 if t in flagged else 0.2 for t in range(10))
    parts = (LeftoverPart(spans, share, 1.5, Box(1, 2, 3, 4), "below"),) if spans else ()
    return Leftover(shares, strengths, spans, parts, PackedTrack((8, 8), 10, {}))


def test_a_perfect_fill_does_not_pass_while_something_is_left_over() -> None:
    gate = judge(framed_like_life(), leftover=left(0.2))
    assert gate is not None
    assert (gate.verdict, gate.examined_leftover) == ("look", True)
    [reason] = gate.reasons
    assert (reason.kind, reason.value, reason.place) == ("leftover", 20.0, "below")
    assert (reason.box, reason.spans) == (Box(1, 2, 3, 4), (Span(2, 6),))
    assert gate.spans == (Span(2, 6),)
    assert gate.per_frame[3] == 1.5


def test_the_object_s_part_and_its_shadow_are_two_reasons() -> None:
    one = left(0.2)
    shadow = LeftoverPart((Span(0, 10),), 0.1, 1.9, None, "shadow")
    gate = judge(framed_like_life(), leftover=replace(one, parts=(*one.parts, shadow)))
    assert gate is not None
    assert [(r.place, r.value, r.spans) for r in gate.reasons] == [
        ("below", 20.0, (Span(2, 6),)),
        ("shadow", 10.0, (Span(0, 10),)),
    ]


def test_a_repair_fails_where_most_of_the_object_is_left() -> None:
    gate = judge(framed_like_life(), leftover=left(0.8))
    assert gate is not None
    assert gate.verdict == "fail"


def test_nothing_left_over_is_no_reason() -> None:
    gate = judge(framed_like_life(), leftover=left(0.0, ()))
    assert gate is not None
    assert (gate.verdict, gate.reasons, gate.examined_leftover) == ("pass", (), True)


def test_the_quality_by_hand() -> None:
    """Warp: 2 of 4 octaves. Texture: half its range. Seam: half of 1 octave above the baseline."""
    warp = score("warp", 4 * 2.05 - 0.05, 2.0)
    boundary = score("boundary", math.sqrt(2) * 5.5 - 0.5, 5.0)
    gate = given(warp, score("texture", 0.3), boundary)
    assert [part.badness for part in gate.parts] == pytest.approx([0.5, 0.5, 0.5])
    assert gate.quality == pytest.approx(0.5)
    other = given(warp, score("texture", 0.0), boundary, weights=QualityWeights(1, 3, 0))
    assert other.quality == pytest.approx(1 - 0.5 / 4)


def test_steadier_than_life_costs_less_than_restless_but_it_costs() -> None:
    steady, restless = (given(score("warp", v, 2.0)).quality for v in (0.5, 8.0))
    assert steady is not None
    assert restless is not None
    assert restless < steady < 1


def test_fid_takes_the_place_of_the_wavelets_where_it_was_measured() -> None:
    parts = given(score("texture", 0.3), score("fid", 90.0, 30.0)).parts
    assert [(part.score, part.badness) for part in parts] == [("fid", pytest.approx(0.3))]


def test_what_was_not_measured_leaves_its_weight_to_the_others() -> None:
    gate = given(score("warp", None), score("texture", 0.15), score("boundary", 5.0, 5.0))
    assert gate.quality == pytest.approx((0.3 * 0.75 + 0.2) / 0.5)
    assert given(score("sharpness", 2.0, 2.0)).quality is None


@pytest.mark.parametrize("scores", [[], [score("warp", None)], [score("coverage", 3.0)]])
def test_nothing_to_judge_is_no_verdict(scores: list[Score]) -> None:
    assert judge(scores) is None


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.kind)
def test_each_rule_on_both_sides_of_its_limits(rule: Rule) -> None:
    outwards = 1.01 if rule.look > 1 or not rule.relative else 1 / 1.01

    def verdict(ratio: float) -> tuple[str, list[str]]:
        own = 10.0
        value = ratio * (own + rule.floor) - rule.floor if rule.relative else ratio
        gate = given(score(rule.score, value, own))
        return gate.verdict, [reason.kind for reason in gate.reasons]

    assert rule.kind not in verdict(rule.look / outwards)[1]
    assert verdict(rule.look * outwards) == ("look", [rule.kind])
    if rule.fail is not None:
        assert verdict(rule.fail / outwards)[0] == "look"
        assert verdict(rule.fail * outwards)[0] == "fail"
    else:
        assert verdict(rule.look * outwards**100)[0] == "look"


def test_frames_that_stand_out_are_named_worst_first_and_near_ones_joined() -> None:
    frames = [1.0] * 40
    for t, value in {5: 40.0, 7: 50.0, 20: 900.0, 30: 45.0, 38: 44.0}.items():
        frames[t] = value
    gate = given(score("warp", 1.0, 1.0, tuple(frames)))
    assert gate.verdict == "look"
    (reason,) = gate.reasons
    assert (reason.kind, reason.whole, reason.value) == ("unsteady", False, 900.0)
    assert reason.spans == (Span(20, 21), Span(5, 8), Span(30, 31))
    assert gate.spans == reason.spans
    assert gate.per_frame[20] == max(one for one in gate.per_frame if one is not None)


def test_one_frame_that_spoils_the_sum_is_a_look_at_it_not_a_fail() -> None:
    frames = (1.0,) * 11 + (400.0,)
    gate = given(score("warp", sum(frames) / 12, 1.0, frames))
    assert gate.verdict == "look"
    assert [(one.kind, one.whole, one.spans) for one in gate.reasons] == [
        ("unsteady", False, (Span(11, 12),))
    ]
    often = (1.0,) * 6 + (60.0,) * 6
    assert given(score("warp", sum(often) / 12, 1.0, often)).verdict == "fail"


def test_a_fill_that_is_alike_throughout_has_no_frame_that_stands_out() -> None:
    gate = given(score("boundary", 6.9, 5.0, (6.9,) * 30))
    assert gate.verdict == "pass"


def test_frames_that_were_not_measured_are_no_fault() -> None:
    gate = given(score("warp", 1.0, 1.0, (None, 1.0, None, 1.0)))
    assert gate.verdict == "pass"
    assert gate.per_frame == (None, pytest.approx(0), None, pytest.approx(0))


def test_zeros_have_defined_answers() -> None:
    gate = given(*(score(rule.score, 0.0, 0.0, (0.0, 0.0)) for rule in RULES))
    assert gate.verdict == "pass"
    assert gate.quality == 1.0


@pytest.mark.parametrize("bad", [(-1, 1, 1), (0, 0, 0), (math.nan, 1, 1), (math.inf, 1, 1)])
def test_weights_that_make_no_sense_are_refused(bad: tuple[float, float, float]) -> None:
    with pytest.raises(ValueError, match="Weights"):
        QualityWeights(*bad)
