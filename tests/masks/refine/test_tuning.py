"""Test that tuning grows and softens a mask, and never removes pixels from it."""

from __future__ import annotations

from unittest.mock import Mock

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.masks.making import some_masks, some_window, stored
from vinpaint.core import Bools, Box, SettingsError, Span, Tuning
from vinpaint.imaging.morphology import dilate_disk
from vinpaint.masks.refine import tuning
from vinpaint.masks.refine.tuning import tune

TUNING = Tuning(dilate_px=3, blur_sigma_px=1.5, temporal_sigma_frames=0.6)

tunings = st.builds(
    Tuning,
    dilate_px=st.sampled_from([0.0, 0.5, 1.0, 2.5, 9.0]),
    blur_sigma_px=st.sampled_from([0.0, 0.4, 2.0, 5.0]),
    temporal_sigma_frames=st.sampled_from([0.0, 0.5, 1.5]),
)


@given(some_masks(), tunings)
def test_tuning_never_shrinks_a_mask(masks: Bools, tuning: Tuning) -> None:
    tuned = tune(stored(masks), tuning).read(Span(0, len(masks))).values
    assert tuned.shape == masks.shape
    assert tuned.dtype == np.float32
    assert (tuned[masks] == 1.0).all()
    assert tuned.min() >= 0.0
    assert tuned.max() <= 1.0


@given(some_masks())
def test_zeros_leave_the_mask_as_found(masks: Bools) -> None:
    track = stored(masks)
    assert tune(track, Tuning(0, 0, 0)) is track


@settings(deadline=None)
@given(st.data(), some_masks(), tunings)
def test_a_window_is_the_cut_of_a_full_read(
    data: st.DataObject, masks: Bools, tuning: Tuning
) -> None:
    span, box = data.draw(some_window(masks))
    track = tune(stored(masks), tuning)
    full = track.read(Span(0, len(masks))).values[(slice(*span), *box.slices)]
    assert np.allclose(track.read(span, box=box).values, full, atol=1e-5)


@given(some_masks(), tunings)
def test_bounds_hold_all_that_tuning_touches(masks: Bools, tuning: Tuning) -> None:
    track = tune(stored(masks), tuning)
    values = track.read(Span(0, len(masks))).values
    for t in range(len(masks)):
        box = track.bounds(t)
        if box is None:
            assert not values[t].any()
        else:
            outside = values[t].copy()
            outside[box.slices] = 0
            assert not outside.any()


def test_dilation_is_a_true_disk() -> None:
    point = np.zeros((41, 41), np.bool_)
    point[20, 20] = True
    y, x = np.mgrid[-20:21, -20:21]
    assert np.array_equal(dilate_disk(point, 8), np.hypot(x, y) <= 8)
    assert not dilate_disk(np.zeros_like(point), 8).any()


@given(some_masks(), st.floats(0, 6), st.floats(0, 6))
def test_a_larger_radius_holds_the_smaller(masks: Bools, first: float, second: float) -> None:
    less, more = sorted((first, second))
    assert (dilate_disk(masks[0], less) <= dilate_disk(masks[0], more)).all()


def test_time_smoothing_reaches_the_frames_beside() -> None:
    masks = np.zeros((7, 9, 9), np.bool_)
    masks[3, 4, 4] = True
    values = tune(stored(masks), Tuning(0, 0, 1.0)).read(Span(0, 7)).values[:, 4, 4]
    assert values[3] == 1.0
    assert values[2] == pytest.approx(values[4])
    assert 1.0 > values[2] > values[1] > 0.0


def test_a_still_mask_stays_still() -> None:
    masks = np.zeros((5, 20, 20), np.bool_)
    masks[:, 5:12, 6:15] = True
    values = tune(stored(masks), Tuning(2, 1, 2)).read(Span(0, 5)).values
    assert np.allclose(values, values[0], atol=1e-6)


@pytest.mark.parametrize("step_px", [0, 3])
def test_overlapping_windows_filter_each_frame_once(
    step_px: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    masks = np.zeros((12, 40, 80), np.bool_)
    for t in range(12):
        masks[t, 12:24, 10 + step_px * t : 25 + step_px * t] = True
    windows = [Span(0, 5), Span(3, 8), Span(6, 12)]
    boxed = Box(0, 0, 70, 40)
    each = [tune(stored(masks), TUNING).read(span, box=boxed).values for span in windows]
    dilated, blurred = Mock(wraps=tuning.dilate_disk), Mock(wraps=cv2.GaussianBlur)
    monkeypatch.setattr(tuning, "dilate_disk", dilated)
    monkeypatch.setattr(cv2, "GaussianBlur", blurred)
    track = tune(stored(masks), TUNING)
    again = [track.read(span, box=boxed).values for span in windows]
    assert all(np.array_equal(a, b) for a, b in zip(each, again, strict=True))
    assert dilated.call_count == len(masks)
    if not step_px:  # the windows of a moving mask have boxes of their own
        assert blurred.call_count == len(masks)


def test_what_a_tuned_mask_keeps_is_bounded() -> None:
    cache = tuning.ArrayCache(max_bytes=100)
    for key in range(20):
        assert cache.get(key, lambda: np.zeros(30, np.uint8)).shape == (30,)
    assert list(cache.arrays) == [17, 18, 19]


@pytest.mark.parametrize(
    ("tuning", "words"),
    [
        (Tuning(-1, 0, 0), "dilate_px takes a number from 0 to 200 pixels, received -1"),
        (Tuning(201, 0, 0), "dilate_px .* received 201"),
        (Tuning(0, 101, 0), "blur_sigma_px .* received 101"),
        (Tuning(0, 0, 11), "temporal_sigma_frames .* 0 to 10 frames, received 11"),
        (Tuning(float("nan"), 0, 0), "dilate_px .* received nan"),
    ],
)
def test_values_out_of_range_are_refused(tuning: Tuning, words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        tune(stored(np.ones((1, 2, 2), np.bool_)), tuning)
