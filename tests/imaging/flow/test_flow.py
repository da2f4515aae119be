"""Optical flow: which way it points, what warping means, and who passes the test."""

from __future__ import annotations

import numpy as np
import pytest

from tests.making import pan, texture
from vinpaint.imaging import flow
from vinpaint.imaging.membrane import solve_membrane


def steady(height: int, width: int, dx: float, dy: float) -> np.ndarray:
    return np.broadcast_to(np.array([dx, dy], np.float32), (height, width, 2)).copy()


@pytest.mark.parametrize("step", [(3, 0), (-2, 0), (0, 2), (2, -3)])
def test_a_pan_is_found_with_its_sign(step: tuple[int, int]) -> None:
    """The camera moves by `step`, so what it sees moves the other way."""
    first, second = (flow.grey(f) for f in pan(2, 80, 120, step=step))
    field = flow.estimate(first, second)
    assert field.shape == (80, 120, 2)
    assert field.dtype == np.float32
    inner = field[12:-12, 12:-12]
    assert np.abs(inner - np.array([-step[0], -step[1]])).mean() < 0.15


@pytest.mark.parametrize("size", [(1, 1), (3, 40), (15, 15), (16, 16), (17, 9)])
def test_tiny_pictures_have_a_flow_of_their_size(size: tuple[int, int]) -> None:
    image = flow.grey(texture(*size))
    field = flow.estimate(image, image)
    assert field.shape == (*size, 2)
    assert np.isfinite(field).all()
    assert np.abs(field).max() < 1


def test_the_same_pair_gives_the_same_flow() -> None:
    first, second = (flow.grey(f) for f in pan(2, 64, 64, step=(1, 2)))
    assert np.array_equal(flow.estimate(first, second), flow.estimate(first, second))


def test_grey_is_luma_of_rgb_and_not_of_bgr() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)
    assert flow.grey(colours).tolist() == [[76, 150, 29]]


def test_warping_by_whole_pixels_brings_the_second_frame_onto_the_first() -> None:
    first, second = pan(2, 40, 50, step=(3, -2))
    warped = flow.warp(second, steady(40, 50, -3, 2))
    assert np.array_equal(warped[4:-4, 4:-4], first[4:-4, 4:-4])


def test_warping_beyond_the_edge_repeats_it() -> None:
    image = texture(10, 12)
    warped = flow.warp(image, steady(10, 12, 100, 0))
    assert np.array_equal(warped, np.repeat(image[:, -1:], 12, axis=1))


def test_no_motion_warps_to_the_same_picture() -> None:
    image = texture(10, 12)
    assert np.array_equal(flow.warp(image, steady(10, 12, 0, 0)), image)


def test_opposite_fields_agree_but_not_where_they_leave_the_frame() -> None:
    error, good = flow.forward_backward_error(steady(20, 30, 4, 0), steady(20, 30, -4, 0))
    assert np.abs(error).max() < 1e-6
    assert good[:, :26].all()
    assert not good[:, 26:].any()


def test_fields_that_do_not_lead_back_fail_the_test() -> None:
    error, good = flow.forward_backward_error(steady(20, 30, 1, 0), steady(20, 30, 1, 0))
    assert np.allclose(error, 4.0)
    assert not good.any()


@pytest.mark.parametrize(("gap", "passes"), [(0.70, True), (0.72, False)])
def test_the_threshold_of_still_pictures_is_half_a_square_pixel(gap: float, passes: bool) -> None:
    """0.5 + 0.01 |bw|^2: a gap of 0.70 gives 0.49 < 0.505, one of 0.72 gives 0.518 > 0.505."""
    _, good = flow.forward_backward_error(steady(20, 30, 0, 0), steady(20, 30, gap, 0))
    assert good.all() == passes
    assert good.any() == passes


def test_completion_keeps_trusted_vectors_and_continues_a_pan() -> None:
    truth = steady(40, 50, -2.5, 1.5)
    trusted = np.ones((40, 50), np.bool_)
    trusted[10:30, 10:40] = False
    spoiled = truth.copy()
    spoiled[~trusted] = 77
    completed = solve_membrane(spoiled, trusted)
    assert np.array_equal(completed[trusted], truth[trusted])
    assert np.abs(completed - truth).max() < 0.01
