"""The values that travel: shapes are checked on the way in, boxes and spans do their sums."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinpaint.core import Box, Mask, Span, Video, bounding_box, format_rate, no_op, section, windows

spans = st.tuples(st.integers(0, 50), st.integers(0, 50)).map(lambda p: Span(min(p), max(p)))


@st.composite
def boxes(draw: st.DrawFn, width: int = 40, height: int = 30) -> Box:
    x0, y0 = draw(st.integers(0, width - 1)), draw(st.integers(0, height - 1))
    return Box(x0, y0, draw(st.integers(x0 + 1, width)), draw(st.integers(y0 + 1, height)))


def cells(box: Box) -> set[tuple[int, int]]:
    return {(x, y) for x in range(box.x0, box.x1) for y in range(box.y0, box.y1)}


@settings(deadline=None)
@given(spans, spans)
def test_two_spans_meet_in_the_frames_that_both_hold(first: Span, second: Span) -> None:
    assert set(first.intersection(second).frames) == set(first.frames) & set(second.frames)
    assert first.intersection(second).length == len(set(first.frames) & set(second.frames))


@settings(deadline=None)
@given(boxes(), boxes())
def test_the_join_holds_both_boxes_and_is_the_smallest_such(first: Box, second: Box) -> None:
    joined = first.join(second)
    assert cells(joined) >= cells(first) | cells(second)
    assert joined.x0 in (first.x0, second.x0)
    assert joined.x1 in (first.x1, second.x1)
    assert joined.y0 in (first.y0, second.y0)
    assert joined.y1 in (first.y1, second.y1)


@settings(deadline=None)
@given(boxes(), st.integers(0, 60))
def test_a_grown_box_stays_in_the_frame_and_holds_the_margin(box: Box, margin: int) -> None:
    grown = box.grow(margin, 40, 30)
    wanted = {
        (x, y)
        for x in range(box.x0 - margin, box.x1 + margin)
        for y in range(box.y0 - margin, box.y1 + margin)
        if 0 <= x < 40 and 0 <= y < 30
    }
    assert cells(grown) == wanted


@settings(deadline=None)
@given(boxes(), st.integers(-20, 20), st.integers(-20, 20))
def test_a_shifted_box_keeps_its_size(box: Box, dx: int, dy: int) -> None:
    moved = box.shift(dx, dy)
    assert (moved.width, moved.height) == (box.width, box.height)
    assert (moved.x0 - box.x0, moved.y1 - box.y1) == (dx, dy)


@settings(deadline=None)
@given(boxes())
def test_the_bounding_box_of_a_painted_box_is_that_box(box: Box) -> None:
    canvas = np.zeros((30, 40), np.bool_)
    canvas[box.slices] = True
    assert bounding_box(canvas) == box


def test_the_bounding_box_of_nothing_is_none() -> None:
    assert bounding_box(np.zeros((3, 4), np.bool_)) is None


def test_the_bounding_box_of_two_far_pixels_holds_both() -> None:
    canvas = np.zeros((30, 40), np.bool_)
    canvas[2, 35] = canvas[20, 1] = True
    assert bounding_box(canvas) == Box(1, 2, 36, 21)


@settings(deadline=None)
@given(spans, st.integers(1, 20))
def test_windows_cover_a_span_once_in_order(span: Span, count: int) -> None:
    cut = list(windows(span, count))
    assert [t for piece in cut for t in piece.frames] == list(span.frames)
    assert all(0 < piece.length <= count for piece in cut)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((2, 4, 4), np.uint8),
        np.zeros((2, 4, 4, 4), np.uint8),
        np.zeros((2, 4, 4, 3), np.float32),
    ],
)
def test_a_video_of_another_shape_or_type_is_refused_with_what_was_received(
    wrong: np.ndarray,
) -> None:
    with pytest.raises(ValueError, match=r"Video: expected .* received"):
        Video(wrong)


@pytest.mark.parametrize("wrong", [np.zeros((4, 4), np.float32), np.zeros((2, 4, 4), np.float64)])
def test_a_mask_of_another_shape_or_type_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(ValueError, match="Mask: expected"):
        Mask(wrong)


def test_the_hole_begins_at_one_half() -> None:
    mask = Mask(np.array([[[0.0, 0.49, 0.5, 1.0]]], np.float32))
    assert mask.hole.tolist() == [[[False, False, True, True]]]


def test_repr_shows_the_shape_and_no_pixels() -> None:
    assert repr(Video(np.zeros((2, 4, 5, 3), np.uint8))) == "Video(2, 4, 5, 3)"
    assert repr(Mask(np.zeros((2, 4, 5), np.float32))) == "Mask(2, 4, 5)"


def test_part_maps_a_stage_onto_its_stretch() -> None:
    told: list[tuple[float, str]] = []
    inner = section(lambda f, w: told.append((f, w)), 0.5, 0.75)
    inner(0.0, "a")
    inner(0.5, "b")
    inner(1.0, "c")
    assert told == [(0.5, "a"), (0.625, "b"), (0.75, "c")]


def test_silence_says_nothing() -> None:
    assert no_op(0.5, "words") is None


@pytest.mark.parametrize(
    ("rate", "words"), [(25, "25"), (30000 / 1001, "29.97"), (12.5, "12.5"), (100, "100")]
)
def test_a_rate_in_words(rate: float, words: str) -> None:
    assert format_rate(rate) == words
