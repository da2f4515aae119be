"""Grain: measured where it is flat, told fine from coarse, and given to what lacks it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from vinpaint.core import Bools, Frames
from vinpaint.imaging.noise import Grain, add_grain, measure_grain, surrounding_ring

HEIGHT, WIDTH = 160, 240


def scene() -> Frames:
    random = np.random.default_rng(3)
    colours = random.integers(50, 200, (6, 9, 3), np.uint8)
    return cv2.resize(colours, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


def grainy(plate: Frames, *, levels: float, blur_px: float) -> Frames:
    noise = np.random.default_rng(4).standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    if blur_px:
        noise = cv2.GaussianBlur(noise, (0, 0), blur_px)
        noise /= noise.std()
    return np.clip(plate + levels * noise[..., None], 0, 255).astype(np.uint8)


@pytest.fixture
def hole() -> Bools:
    hole = np.zeros((HEIGHT, WIDTH), np.bool_)
    hole[50:110, 80:160] = True
    return hole


@pytest.mark.parametrize("levels", [2.0, 5.0, 9.0])
def test_white_noise_is_measured_for_what_it_is(levels: float) -> None:
    noisy = grainy(scene(), levels=levels, blur_px=0)
    grain = measure_grain(noisy, np.ones((HEIGHT, WIDTH), np.bool_))
    assert grain is not None
    assert grain.fine == pytest.approx(levels, rel=0.12)
    assert grain.coarse == pytest.approx(levels / 2, rel=0.2)


def test_a_clean_scene_has_next_to_none_though_it_has_edges() -> None:
    plate = scene()
    plate[40:44] = 0
    grain = measure_grain(plate, np.ones((HEIGHT, WIDTH), np.bool_))
    assert grain is not None
    assert max(grain.fine, grain.coarse) < 0.6


@pytest.mark.parametrize(("levels", "blur_px"), [(3.0, 0.0), (8.0, 0.0), (5.0, 0.8), (7.0, 1.2)])
def test_a_clean_fill_gets_the_grain_of_its_ring(
    hole: Bools, levels: float, blur_px: float
) -> None:
    clean = scene()
    plate = grainy(clean, levels=levels, blur_px=blur_px)
    fill = np.where(hole[..., None], clean, plate)
    want, have = measure_grain(plate, surrounding_ring(hole)), measure_grain(fill, hole)
    assert want is not None
    assert have is not None
    given = add_grain(fill, hole.astype(np.float32), have=have, want=want, seed=1)
    assert np.array_equal(given[~hole], fill[~hole])
    got = measure_grain(given, hole)
    assert got is not None
    assert got.coarse == pytest.approx(want.coarse, rel=0.25)
    assert got.fine == pytest.approx(want.fine, rel=0.25, abs=0.5)


def test_what_has_enough_is_left_alone_and_the_seed_decides_the_rest(hole: Bools) -> None:
    plate, weight = scene(), hole.astype(np.float32)
    grain = Grain(3.0, 1.5)
    assert add_grain(plate, weight, have=grain, want=grain, seed=1) is plate
    assert add_grain(plate, weight, have=grain, want=Grain(1.0, 0.5), seed=1) is plate
    none = Grain(0.0, 0.0)
    once, again, other = (
        add_grain(plate, weight, have=none, want=grain, seed=seed) for seed in (1, 1, 2)
    )
    assert np.array_equal(once, again)
    assert not np.array_equal(once, other)


def test_too_few_pixels_say_nothing() -> None:
    few = np.zeros((HEIGHT, WIDTH), np.bool_)
    few[3:6, 3:6] = True
    assert measure_grain(scene(), few) is None
    assert not surrounding_ring(np.zeros((4, 4), np.bool_)).any()
