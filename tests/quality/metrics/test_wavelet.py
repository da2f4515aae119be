"""Test the wavelet distance: exact for known distributions, and defined for few crops."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinpaint.quality.metrics.wavelet import crops, distance, packet_moments

FLOOR = 2.0
"""Added to each covariance's diagonal."""


def noise(count: int, sigma: float, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(100, sigma, (count, 8, 8, 3)).astype(np.float32)


def test_the_transform_keeps_the_power_and_a_flat_crop_has_one_packet() -> None:
    tiles = noise(5, 20)
    power = np.einsum("pii->", packet_moments(tiles).second)
    assert power == pytest.approx(float((tiles.astype(float) ** 2).sum()), rel=1e-5)
    flat = packet_moments(np.full((3, 8, 8, 3), 7, np.float32))
    assert flat.first[0] == pytest.approx([3 * 8 * 7] * 3)
    assert np.abs(flat.first[1:]).max() < 1e-3


def test_sums_of_parts_are_the_sum_of_all() -> None:
    tiles = noise(9, 20)
    whole, parts = (packet_moments(tiles), packet_moments(tiles[:4]) + packet_moments(tiles[4:]))
    assert parts.count == whole.count
    assert parts.second == pytest.approx(whole.second, rel=1e-5)


@pytest.mark.parametrize("sigma", [3.0, 12.0])
def test_flat_against_white_noise_is_the_closed_form(sigma: float) -> None:
    """By hand: variances v + r and r in each colour, the means alike, so
    d = (sqrt(v + r) - sqrt(r))^2 / (v + 2 r)."""
    flat, real = (
        packet_moments(np.full((4000, 8, 8, 3), 100, np.float32)),
        packet_moments(noise(4000, sigma)),
    )
    v = sigma**2
    want = (np.sqrt(v + FLOOR) - np.sqrt(FLOOR)) ** 2 / (v + 2 * FLOOR)
    assert distance(flat, real) == pytest.approx(want, rel=0.03)
    assert distance(real, flat) == pytest.approx(distance(flat, real), rel=1e-6)


def test_the_same_is_nothing_apart() -> None:
    one = packet_moments(noise(50, 10))
    assert distance(one, one) == pytest.approx(0, abs=1e-9)
    assert distance(packet_moments(noise(3000, 10, 1)), packet_moments(noise(3000, 10, 2))) < 0.01


def test_colour_of_the_place_is_not_texture() -> None:
    tiles = noise(50, 10)
    assert distance(packet_moments(tiles + 60), packet_moments(tiles)) == pytest.approx(0, abs=1e-6)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12), st.floats(0, 80), st.floats(0, 80))
def test_few_crops_have_defined_answers(a: int, b: int, first: float, second: float) -> None:
    found = distance(packet_moments(noise(a, first, 3)), packet_moments(noise(b, second, 4)))
    assert found is not None
    assert 0 <= found <= 1


def test_no_crops_have_none() -> None:
    assert distance(packet_moments(noise(0, 1)), packet_moments(noise(5, 1))) is None


def test_crops_lie_wholly_inside() -> None:
    frame = np.zeros((40, 50, 3), np.uint8)
    where = np.zeros((40, 50), np.bool_)
    where[10:30, 15:40] = True
    frame[where] = 200
    found, corners = crops(frame, where)
    assert len(found) >= 8
    assert found.min() == 200
    assert corners.min(axis=0).tolist() >= [10, 15]
    assert len(crops(frame, ~where & False)[0]) == 0
    small = np.zeros_like(where)
    small[3:12, 3:11] = True  # room for two crops only, off the grid
    assert len(crops(frame, small)[0]) == 2


def test_many_crops_are_thinned() -> None:
    where = np.ones((400, 600), np.bool_)
    assert 300 <= len(crops(np.zeros((400, 600, 3), np.uint8), where)[0]) <= 600
