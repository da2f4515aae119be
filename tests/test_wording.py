"""Measured facts in, sentences out."""

from __future__ import annotations

import pytest

from vinpaint.types import Outside, Score
from vinpaint.wording import outside_in_words, score_in_words, verdict


def warp(value: float | None, yardstick: float | None) -> Score:
    return Score("warp", "Steadiness", value, "levels", "lower", "How it moves.", yardstick)


EXACT = Outside(1_234_567, 0, 0, lossless=True)


def test_nothing_changed_is_said_with_its_count() -> None:
    assert outside_in_words(EXACT) == (
        "Nothing outside the mask changed: 1,234,567 samples compared, all the same."
    )


def test_a_lossless_file_that_differs_says_so_plainly() -> None:
    said = outside_in_words(Outside(10, 3, 3, lossless=True))
    assert "differ by up to 3 levels" in said
    assert "H.264" not in said


@pytest.mark.parametrize(
    ("before", "words"), [(0, "exactly the source"), (2, "within 2 levels of the source")]
)
def test_a_lossy_file_reports_both_counts(before: int, words: str) -> None:
    said = outside_in_words(Outside(10, 7, before, lossless=False))
    assert words in said
    assert "up to 7 levels" in said


@pytest.mark.parametrize(
    ("value", "words"),
    [(1.0, "as steady as"), (1.2, "as steady as"), (2.0, "a little less"), (3.1, "flickers")],
)
def test_the_verdict_sets_steadiness_beside_the_clip_s_own(value: float, words: str) -> None:
    said = verdict([warp(value, 1.0)], EXACT)
    assert said.startswith(outside_in_words(EXACT))
    assert words in said


@pytest.mark.parametrize("scores", [[], [warp(None, 1.0)], [warp(2.0, None)], [warp(2.0, 0.0)]])
def test_without_a_yardstick_nothing_is_said_of_steadiness(scores: list[Score]) -> None:
    assert verdict(scores, EXACT) == outside_in_words(EXACT)


def test_a_score_is_told_with_unit_direction_and_yardstick() -> None:
    assert score_in_words(warp(2.125, 2.4)) == (
        "Steadiness 2.12 levels (lower is better; the clip's own is 2.4): How it moves."
    )


def test_a_score_without_direction_or_unit_has_no_empty_brackets() -> None:
    score = Score("coverage", "Coverage", 0.5, "", "neither", "How much.")
    assert score_in_words(score) == "Coverage 0.5: How much."


def test_a_score_that_was_not_measured_says_why() -> None:
    assert score_in_words(warp(None, None)).startswith("Steadiness: not measured, for want of")
