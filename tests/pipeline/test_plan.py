"""Windows of work: every masked frame is filled once, and no window outgrows its limits."""

from __future__ import annotations

from itertools import pairwise
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinpaint.core import Box, Mask, Piece, Span
from vinpaint.pipeline import plan as module
from vinpaint.pipeline.plan import plan


class Boxes:
    """A track of which only the bounds are known."""

    def __init__(self, boxes: list[Box | None], size: tuple[int, int]) -> None:
        self._boxes, self.size = boxes, size

    @property
    def frames(self) -> int:
        return len(self._boxes)

    def bounds(self, frame: int) -> Box | None:
        return self._boxes[frame]

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        raise AssertionError("planning needs no pixels")


def planned(
    boxes: list[Box | None], width: int = 640, height: int = 360, cuts: tuple[int, ...] = ()
) -> list[Piece]:
    clip: Any = SimpleNamespace(
        frames=len(boxes), width=width, height=height, span=Span(0, len(boxes))
    )
    return plan(clip, Boxes(boxes, (width, height)), cuts=cuts)


masked = st.one_of(
    st.none(),
    st.builds(
        lambda x, y, w, h: Box(x, y, x + w, y + h),
        st.integers(0, 600),
        st.integers(0, 320),
        st.integers(1, 40),
        st.integers(1, 40),
    ),
)
stretches = st.lists(st.tuples(masked, st.integers(1, 150)), min_size=1, max_size=6).map(
    lambda runs: [box for box, count in runs for _ in range(count)]
)


@settings(max_examples=150, deadline=None)
@given(stretches)
def test_every_masked_frame_is_filled_once_and_no_other(boxes: list[Box | None]) -> None:
    pieces = planned(boxes)
    filled = [t for piece in pieces for t in piece.fill.frames]
    assert filled == [t for t, box in enumerate(boxes) if box is not None]


@settings(max_examples=150, deadline=None)
@given(stretches)
def test_a_piece_holds_its_masks_with_room_and_keeps_its_limits(boxes: list[Box | None]) -> None:
    for piece in planned(boxes):
        assert 0 <= piece.span.start <= piece.fill.start
        assert piece.fill.stop <= piece.span.stop <= len(boxes)
        assert piece.before_frames == piece.fill.start - piece.span.start
        assert piece.ahead_frames == piece.span.stop - piece.fill.stop
        assert piece.span.length <= module.MAX_FRAMES
        assert piece.box.width * piece.box.height * piece.span.length <= module.MAX_PIXELS
        assert 0 <= piece.box.x0 < piece.box.x1 <= 640
        assert 0 <= piece.box.y0 < piece.box.y1 <= 360
        for t in piece.span.frames:
            if (box := boxes[t]) is not None:
                assert piece.box.join(box.grow(module.CONTEXT_PX, 640, 360)) == piece.box


@settings(max_examples=100, deadline=None)
@given(st.integers(1, 1500))
def test_a_long_stretch_has_no_tiny_last_window(count: int) -> None:
    pieces = planned([Box(10, 10, 50, 50)] * count)
    if len(pieces) > 1:
        assert min(piece.fill.length for piece in pieces) >= module.SOURCE_FRAMES
        for before, after in pairwise(pieces):
            assert after.span.start < before.fill.stop, "no repaired frames to go on from"


def test_a_4k_region_gets_short_windows_and_still_ends() -> None:
    pieces = planned([Box(0, 0, 3840, 2160)] * 60, 3840, 2160)
    assert all(piece.span.length <= module.MIN_FRAMES for piece in pieces)
    assert [t for piece in pieces for t in piece.fill.frames] == list(range(60))


def test_frames_around_a_short_mask_are_sources() -> None:
    boxes: list[Box | None] = [None] * 100
    boxes[50] = Box(200, 200, 220, 220)
    (piece,) = planned(boxes)
    assert piece.fill == Span(50, 51)
    assert piece.span == Span(50 - module.SOURCE_FRAMES, 51 + module.SOURCE_FRAMES)
    margin = module.CONTEXT_PX
    assert piece.box == Box(200 - margin, 200 - margin, 220 + margin, 220 + margin)


@pytest.mark.parametrize("count", [0, 1, 50])
def test_without_a_mask_there_is_nothing_to_do(count: int) -> None:
    assert planned([None] * count) == []


@settings(max_examples=60, deadline=None)
@given(stretches, st.sets(st.integers(1, 899), max_size=3))
def test_no_piece_reaches_over_a_cut(boxes: list[Box | None], cuts: set[int]) -> None:
    cuts = {cut for cut in cuts if cut < len(boxes)}
    pieces = planned(boxes, cuts=tuple(sorted(cuts)))
    filled = [t for piece in pieces for t in piece.fill.frames]
    assert filled == [t for t, box in enumerate(boxes) if box is not None]
    for piece in pieces:
        assert not any(piece.span.start < cut < piece.span.stop for cut in cuts)


def test_a_strategy_that_holds_less_of_each_pixel_gets_longer_windows() -> None:
    box = Box(0, 0, 640, 360)
    clip: Any = SimpleNamespace(frames=300, width=640, height=360, span=Span(0, 300))
    track = Boxes([box] * 300, (640, 360))
    usual, longer = plan(clip, track), plan(clip, track, times=3)
    assert max(piece.span.length for piece in usual) * 640 * 360 <= module.MAX_PIXELS
    assert max(piece.span.length for piece in longer) > 81
    assert all(piece.span.length * 640 * 360 <= 3 * module.MAX_PIXELS for piece in longer)
    assert [t for piece in longer for t in piece.fill.frames] == list(range(300))
