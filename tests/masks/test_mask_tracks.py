"""Test that mask tracks return the masks that were stored, and their set operations."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.masks.making import some_masks, some_window, stored
from vinpaint.core import Bools, Box, MaskTrack, Span, bounding_box
from vinpaint.masks.mask_tracks import (
    InvertedTrack,
    LimitedTrack,
    TrackBuilder,
    UnionTrack,
    region_track,
)


def everything(track: MaskTrack) -> Bools:
    return track.read(Span(0, track.frames)).values > 0


@given(some_masks())
def test_a_stored_mask_comes_back_bit_for_bit(masks: Bools) -> None:
    track = stored(masks)
    assert track.size == (masks.shape[2], masks.shape[1])
    assert track.frames == len(masks)
    assert np.array_equal(everything(track), masks)
    assert all(np.array_equal(track.frame(t), mask) for t, mask in enumerate(masks))
    assert [track.bounds(t) for t in range(len(masks))] == [bounding_box(m) for m in masks]


@given(st.data(), some_masks())
def test_a_window_is_the_cut_of_a_full_read(data: st.DataObject, masks: Bools) -> None:
    span, box = data.draw(some_window(masks))
    region = data.draw(some_window(masks))[1]
    found = stored(masks)
    size, count = found.size, found.frames
    for track in (
        found,
        region_track(size, count, region),
        UnionTrack((found, region_track(size, count, region))),
        InvertedTrack(found),
        LimitedTrack(found, Span(0, 2)),
    ):
        full = track.read(Span(0, count)).values
        part = track.read(span, box=box).values
        assert np.array_equal(part, full[(slice(*span), *box.slices)])


@given(st.data(), some_masks())
def test_bounds_hold_all_of_a_mask(data: st.DataObject, masks: Bools) -> None:
    found = stored(masks)
    region = region_track(found.size, found.frames, data.draw(some_window(masks))[1])
    for track in (found, region, UnionTrack((found, region)), InvertedTrack(found)):
        for t, mask in enumerate(everything(track)):
            box, bounds = bounding_box(mask), track.bounds(t)
            assert box is None or (bounds is not None and bounds.join(box) == bounds)


@given(some_masks(), st.integers(0, 2**16))
def test_a_union_holds_what_either_holds(masks: Bools, seed: int) -> None:
    other = np.random.default_rng(seed).random(masks.shape) < 0.3
    union = UnionTrack((stored(masks), stored(other)))
    assert np.array_equal(everything(union), masks | other)
    assert everything(UnionTrack((stored(masks), stored(masks)))).tolist() == masks.tolist()


@given(some_masks())
def test_inverting_twice_changes_nothing(masks: Bools) -> None:
    once = InvertedTrack(stored(masks))
    assert np.array_equal(everything(once), ~masks)
    assert np.array_equal(everything(InvertedTrack(once)), masks)


@given(some_masks(), st.integers(0, 4), st.integers(0, 5))
def test_a_limit_empties_all_other_frames(masks: Bools, start: int, stop: int) -> None:
    track = LimitedTrack(stored(masks), Span(start, stop))
    wanted = np.zeros_like(masks)
    wanted[start:stop] = masks[start:stop]
    assert np.array_equal(everything(track), wanted)
    assert all(track.bounds(t) is None for t in range(len(masks)) if not start <= t < stop)


@given(some_masks())
def test_the_last_mask_put_on_a_frame_is_the_one_kept(masks: Bools) -> None:
    builder = TrackBuilder((masks.shape[2], masks.shape[1]), 1)
    for mask in masks:
        builder.put(0, mask)
    assert np.array_equal(builder.build().frame(0), masks[-1])


def test_a_long_stored_track_is_small() -> None:
    y, x = np.mgrid[0:480, 0:854]
    disk = (x - 400) ** 2 + (y - 240) ** 2 < 100**2
    track = stored(disk[None])
    assert track.packed[0] is not None
    assert len(track.packed[0].data) < 2000


def test_boxes_that_only_touch_share_nothing() -> None:
    assert Box(0, 0, 4, 4).intersection(Box(4, 0, 8, 4)) is None
    assert Box(0, 0, 4, 4).intersection(Box(3, 2, 8, 8)) == Box(3, 2, 4, 4)
