"""Membranes: harmonic, within the rim's range, and never over known pixels."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from tests.making import disk_hole, texture
from vinpaint.imaging.membrane import solve_membrane

fields = hnp.arrays(
    np.float32,
    hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=24),
    elements=st.floats(-300, 300, width=32),
)


def grid(height: int, width: int) -> tuple[np.ndarray, np.ndarray]:
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return x, y


HARMONIC = {
    "flat": lambda x, y: np.full_like(x, 37.5),
    "slope": lambda x, y: 2 * x - 3 * y + 5,
    "saddle": lambda x, y: (x - 40) * (y - 30) / 10,
    "hyperbola": lambda x, y: ((x - 40) ** 2 - (y - 30) ** 2) / 10,
}


@pytest.mark.parametrize("name", HARMONIC)
@pytest.mark.parametrize("radius", [1.0, 6.0, 20.0])
def test_a_harmonic_function_is_given_back(name: str, radius: float) -> None:
    truth = HARMONIC[name](*grid(60, 80)).astype(np.float32)
    hole = disk_hole(1, 60, 80, radius=radius, start=(40.0, 30.0))[0]
    spoiled = np.where(hole, np.float32(9999), truth)
    solved = solve_membrane(spoiled, ~hole)
    spread = max(float(np.ptp(truth)), 1.0)
    assert np.abs(solved - truth).max() < 0.01 * spread


@settings(max_examples=60, deadline=None)
@given(fields, st.integers(0, 2**32 - 1), st.floats(0.05, 0.95))
def test_known_pixels_stay_and_others_keep_to_the_known_range(
    values: np.ndarray, seed: int, share: float
) -> None:
    known = np.random.default_rng(seed).random(values.shape) < share
    before = values.copy()
    solved = solve_membrane(values, known)
    assert solved.shape == values.shape
    assert solved.dtype == np.float32
    assert np.array_equal(values, before), "the argument was written into"
    assert np.array_equal(solved[known], values[known])
    if known.any():
        low, high = values[known].min(), values[known].max()
        slack = 1e-3 * max(1.0, abs(low), abs(high))
        assert solved.min() >= low - slack
        assert solved.max() <= high + slack
    else:
        assert not solved.any()


def test_channels_are_solved_apart() -> None:
    values = texture(40, 50).astype(np.float32)
    known = ~disk_hole(1, 40, 50, radius=9, start=(24, 20))[0]
    together = solve_membrane(values, known)
    for channel in range(3):
        alone = solve_membrane(np.ascontiguousarray(values[..., channel]), known)
        assert np.allclose(together[..., channel], alone, atol=1e-3)


@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_any_number_of_channels_keeps_its_shape(channels: int) -> None:
    values = np.random.default_rng(1).random((9, 13, channels), np.float32)
    known = np.ones((9, 13), np.bool_)
    known[3:6, 4:9] = False
    assert solve_membrane(values, known).shape == (9, 13, channels)


def test_nothing_unknown_gives_an_equal_array_of_its_own() -> None:
    values = np.random.default_rng(1).random((5, 6), np.float32)
    solved = solve_membrane(values, np.ones((5, 6), np.bool_))
    assert np.array_equal(solved, values)
    solved[0, 0] = 7
    assert values[0, 0] != 7


def test_values_in_the_hole_do_not_matter() -> None:
    values = texture(30, 30).astype(np.float32)
    known = ~disk_hole(1, 30, 30, radius=7, start=(14, 14))[0]
    other = np.where(known[..., None], values, np.float32(-5e4))
    assert np.allclose(solve_membrane(values, known), solve_membrane(other, known), atol=1e-3)


def test_a_hole_at_the_edge_takes_the_nearest_known_values() -> None:
    """The picture's own edge is free, so a hole that ends there keeps a flat rim flat."""
    values = np.full((20, 30), 80.0, np.float32)
    known = np.ones((20, 30), np.bool_)
    known[:, 20:] = False
    values[~known] = 0
    assert np.allclose(solve_membrane(values, known), 80.0, atol=0.01)
