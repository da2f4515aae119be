"""Poisson blending: the rim's colours, the fill's gradients, and nothing outside changed."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from tests.making import pan
from vinpaint.core import Bools
from vinpaint.imaging.poisson import poisson_blend

HEIGHT, WIDTH = 48, 64


@pytest.fixture
def region() -> Bools:
    rows, columns = np.mgrid[:HEIGHT, :WIDTH]
    return (rows - 24) ** 2 + (columns - 30) ** 2 < 14**2


def test_a_fill_in_another_light_is_relit_to_the_truth(region: Bools) -> None:
    source = np.clip(pan(1, HEIGHT, WIDTH)[0], 40, 200)
    fill = (source + 30).astype(np.uint8)
    out = poisson_blend(source, fill, region)
    assert np.abs(out.astype(int) - source).max() <= 1


def test_light_that_falls_off_is_followed(region: Bools) -> None:
    source = np.clip(pan(1, HEIGHT, WIDTH)[0], 60, 190).astype(np.float32)
    slope = np.linspace(-20, 20, WIDTH, dtype=np.float32)[None, :, None]
    lit = np.rint(source + slope).astype(np.uint8)
    out = poisson_blend(lit, source.astype(np.uint8), region)
    assert np.abs(out.astype(int) - lit).max() <= 2


def test_a_stray_colour_on_the_rim_does_not_bleed_over_the_fill(region: Bools) -> None:
    grey = np.full((HEIGHT, WIDTH, 3), 120, np.uint8)
    source = grey.copy()
    source[20:28, 44:] = (255, 0, 0)  # something red touches the rim
    out = poisson_blend(source, grey, region)
    assert np.abs(out[region].astype(int) - 120).max() <= 12
    assert np.array_equal(out[~region], source[~region])


frames = hnp.arrays(np.uint8, (9, 11, 3))


@settings(max_examples=60, deadline=None)
@given(frames, frames, hnp.arrays(np.bool_, (9, 11)))
def test_nothing_outside_changes_whatever_the_region(
    source: np.ndarray, fill: np.ndarray, region: np.ndarray
) -> None:
    before = source.copy(), fill.copy()
    out = poisson_blend(source, fill, region)
    assert out.dtype == np.uint8
    assert np.array_equal(out[~region], source[~region])
    assert np.array_equal(source, before[0])
    assert np.array_equal(fill, before[1])


def test_a_frame_that_is_all_region_is_the_fill() -> None:
    source, fill = np.zeros((6, 7, 3), np.uint8), np.full((6, 7, 3), 90, np.uint8)
    everything = np.ones((6, 7), np.bool_)
    assert np.array_equal(poisson_blend(source, fill, everything), fill)
