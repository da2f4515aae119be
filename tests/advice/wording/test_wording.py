"""Test the sentences that are written from measured values."""

from __future__ import annotations

import dataclasses
from typing import get_args

import pytest

from vinpaint.advice.wording import (
    describe_gate_reason,
    describe_outside,
    describe_quality,
    describe_result,
    describe_score,
)
from vinpaint.core import (
    FindingKind,
    GateReason,
    GateResult,
    GateVerdict,
    OutsideDifference,
    QualityPart,
    Score,
    Span,
)
from vinpaint.quality.gate import RULES


def warp(value: float | None, yardstick: float | None) -> Score:
    return Score("warp", "Steadiness", value, "levels", "lower", "How it moves.", yardstick)


EXACT = OutsideDifference(1_234_567, 0, 0, lossless=True)


def test_nothing_changed_is_said_with_its_count() -> None:
    assert describe_outside(EXACT) == (
        "Nothing outside the mask changed: 1,234,567 samples compared, all identical."
    )


def test_a_lossless_file_that_differs_says_so_plainly() -> None:
    said = describe_outside(OutsideDifference(10, 3, 3, lossless=True))
    assert "differ by up to 3 levels" in said
    assert "H.264" not in said


@pytest.mark.parametrize(
    ("before", "words"), [(0, "identical to the source"), (2, "within 2 levels of the source")]
)
def test_a_lossy_file_reports_both_counts(before: int, words: str) -> None:
    said = describe_outside(OutsideDifference(10, 7, before, lossless=False))
    assert words in said
    assert "up to 7 levels" in said


def gate(ruling: GateVerdict, *reasons: GateReason) -> GateResult:
    return GateResult(
        ruling, 0.8, (QualityPart("warp", 0.3, 0.5), QualityPart("texture", 0.1, 0.3)), reasons
    )


BLUR = GateReason("blur", "sharpness", 0.4, 2.0, 2.0, whole=True, spans=(Span(3, 8), Span(12, 13)))
PULSE = GateReason("flicker", "flicker", 90.0, 1.0, 2.5, whole=False, spans=(Span(5, 6),))


def test_the_verdict_says_exactness_then_the_ruling_then_why_and_where() -> None:
    said = describe_result(gate("fail", BLUR, PULSE), EXACT)
    assert said == (
        f"{describe_outside(EXACT)} The repair is visible. It is blurrier than its surroundings, "
        "most on frames 3 to 7, frame 12. Its brightness pulses on frame 5."
    )


def test_a_fault_on_all_repaired_frames_is_on_every_frame() -> None:
    wide = dataclasses.replace(BLUR, spans=(Span(2, 9),))
    per_frame = (None, None, *[1.5] * 7, None)
    said = describe_result(dataclasses.replace(gate("fail", wide), per_frame=per_frame), EXACT)
    assert said.endswith("It is blurrier than its surroundings, on every frame.")
    longer = dataclasses.replace(gate("fail", wide), per_frame=(*per_frame, 0.5))
    assert describe_result(longer, EXACT).endswith("most on frames 2 to 8.")


def test_every_ruling_and_every_kind_has_words_of_its_own() -> None:
    said = {describe_result(gate(ruling), EXACT) for ruling in get_args(GateVerdict)}
    assert len(said) == len(get_args(GateVerdict))
    kinds = {rule.kind for rule in RULES} | {"leftover"}
    assert kinds == set(get_args(FindingKind))
    faults = {
        describe_gate_reason(dataclasses.replace(BLUR, kind=kind, spans=())) for kind in kinds
    }
    assert len(faults) == len(kinds)


def test_a_pass_claims_no_more_than_was_measured() -> None:
    parts = tuple(QualityPart(name, 0.1, 0.3) for name in ("warp", "texture", "boundary"))
    whole = GateResult("pass", 0.9, parts, examined_leftover=True)
    assert describe_result(whole, EXACT).endswith(
        "No seam, no flicker, nothing of the object left that could be found."
    )
    some = dataclasses.replace(whole, parts=parts[:2])
    assert describe_result(some, EXACT).endswith("Too few pixels for some measures.")
    blind = dataclasses.replace(whole, examined_leftover=False)
    assert "it was not examined whether something of the object is left" in describe_result(
        blind, EXACT
    )


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("below", "A part of the object, its shadow or its reflection is left below the mask"),
        ("whole", "The object is still visible where the mask has lost it"),
        ("shadow", "The shadow of the object is left"),
        ("reflection", "The reflection of the object is left"),
    ],
)
def test_what_is_left_over_is_told_with_its_place_and_frames(place: str, words: str) -> None:
    reason = GateReason(
        "leftover", "leftover", 30.0, None, 2.0, whole=True, spans=(Span(0, 32),), place=place
    )
    assert describe_gate_reason(reason) == f"{words} on frames 0 to 31."


def test_generated_content_is_told_with_its_share() -> None:
    reason = GateReason("invented", "invented", 42.4, None, 1.7, whole=True)
    assert describe_gate_reason(reason) == (
        "42 % of the hole is never visible in any frame, so it was generated."
    )


def test_nothing_measured_is_no_ruling() -> None:
    assert describe_result(None, EXACT) == describe_outside(EXACT)


def test_the_quality_names_its_parts_and_says_which_texture_it_is() -> None:
    assert describe_quality(gate("pass")) == (
        "Quality 0.80 of 1: steadiness 0.70, texture (by wavelets; FID was not measured) 0.90."
    )
    assert "not measured" in describe_quality(GateResult("pass", None))


def test_a_score_is_told_with_unit_direction_and_yardstick() -> None:
    assert describe_score(warp(2.125, 2.4)) == (
        "Steadiness 2.12 levels (lower is better; the clip's own is 2.4): How it moves."
    )


def test_a_score_without_direction_or_unit_has_no_empty_brackets() -> None:
    score = Score("coverage", "Coverage", 0.5, "", "neither", "How much.")
    assert describe_score(score) == "Coverage 0.5: How much."


def test_a_score_that_was_not_measured_says_why() -> None:
    assert describe_score(warp(None, None)).startswith("Steadiness: not measured, too few")


def test_a_score_that_cannot_be_measured_here_gives_the_reason() -> None:
    score = dataclasses.replace(warp(None, None), missing="lpips is not installed")
    assert describe_score(score) == "Steadiness: not measured here: lpips is not installed."


def test_what_should_be_like_its_surroundings_says_so() -> None:
    score = dataclasses.replace(warp(2.0, 2.5), better="alike")
    assert "(best close to the clip's own; the clip's own is 2.5)" in describe_score(score)
