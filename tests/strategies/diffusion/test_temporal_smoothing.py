"""Test temporal smoothing along the motion against its formulas."""

from __future__ import annotations

import numpy as np
import pytest

from tests.making import disk_hole, pan
from vinpaint.core import Box, no_op
from vinpaint.imaging.motion.completion import estimate_motion
from vinpaint.strategies.diffusion.temporal_smoothing import (
    Correspondence,
    smooth_frames,
    trace_correspondence,
)

COUNT, HEIGHT, WIDTH = 5, 96, 128
STEP = 3


def still(_t: int, _s: int) -> Correspondence:
    return Correspondence(np.zeros((2, 2, 2), np.float32), np.ones((2, 2), np.bool_))


def levels(*values: int) -> np.ndarray:
    return np.array(values, np.uint8)[:, None, None, None] * np.ones((1, 2, 2, 3), np.uint8)


def even(frames: np.ndarray, t: int, **more: object) -> float:
    settings = {"method": "average", "sigma_frames": 0.5, "sigma_levels": 10.0, **more}
    usable = np.ones(len(frames), np.bool_)
    out = smooth_frames(frames, range(t, t + 1), usable=usable, correspondence=still, **settings)
    assert np.array_equal(np.delete(out, t, axis=0), np.delete(frames, t, axis=0))
    return float(out[t, 0, 0, 0])


def test_the_moving_average_is_the_mean_of_its_window() -> None:
    frames = levels(10, 40, 100, 30, 200)
    assert even(frames, 2) == round((40 + 100 + 30) / 3)
    assert even(frames, 2, sigma_frames=1.0) == round((10 + 40 + 100 + 30 + 200) / 5)
    assert even(frames, 0) == 25
    assert even(frames, 2, method="none") == 100


def test_the_bilateral_filter_weighs_by_time_and_by_colour() -> None:
    frames = levels(0, 90, 100, 130, 0)
    sigma_t, sigma_c = 1.0, 20.0
    total, weights = 100.0, 1.0
    for s, value in ((0, 0), (1, 90), (3, 130), (4, 0)):
        w = np.exp(-((s - 2) ** 2) / (2 * sigma_t**2)) * np.exp(
            -((value - 100) ** 2) / (2 * sigma_c**2)
        )
        total, weights = total + w * value, weights + w
    got = even(frames, 2, method="bilateral", sigma_frames=sigma_t, sigma_levels=sigma_c)
    assert got == pytest.approx(total / weights, abs=0.5)


def test_the_way_follows_the_background_over_several_frames() -> None:
    frames = pan(COUNT, HEIGHT, WIDTH, step=(STEP, 0))
    hole = disk_hole(COUNT, HEIGHT, WIDTH, radius=14, start=(60, 48))
    motion = estimate_motion(frames, hole, progress=no_op)
    box = Box(30, 20, 90, 76)
    there = trace_correspondence(motion, box, 0, 3)
    inside = hole[0][box.slices]
    assert np.abs(there.field[inside] - [-3 * STEP, 0]).max() < 0.5
    assert there.valid[inside].mean() > 0.9
    back = trace_correspondence(motion, box, 3, 0)
    assert np.abs(back.field[inside] - [3 * STEP, 0]).max() < 0.5
    led = there.warp(frames[3][box.slices])
    middle = (slice(10, -10), slice(20, -10))
    apart = np.abs(led.astype(float) - frames[0][box.slices])[middle]
    assert apart.mean() < 2


def test_noise_that_is_led_stays_noise() -> None:
    """Its spread is that of the noise it was taken from: the nearest value, no mean."""
    noise = np.random.default_rng(0).standard_normal((40, 40, 5)).astype(np.float32)
    half = np.full((40, 40, 2), 0.4, np.float32)
    led = Correspondence(half, np.ones((40, 40), np.bool_)).warp(noise, nearest=True)
    assert led.shape == noise.shape
    assert float(np.std(led)) == pytest.approx(1.0, abs=0.02)
    assert np.isin(led, noise).all()


def test_a_way_for_smaller_pictures_is_shorter() -> None:
    small = Correspondence(
        np.full((40, 80, 2), 8, np.float32), np.ones((40, 80), np.bool_)
    ).resized((10, 5))
    assert small.field.shape == (5, 10, 2)
    assert np.allclose(small.field, 1.0)
    assert small.valid.all()
