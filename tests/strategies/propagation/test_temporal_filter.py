"""Test the temporal filter: flickering pixels are averaged along the motion."""

from __future__ import annotations

import numpy as np
import pytest

from tests.making import pan
from vinpaint.core import Box, Frames
from vinpaint.imaging.motion.chains import PixelSet
from vinpaint.imaging.motion.completion import PairMotion
from vinpaint.imaging.motion.sampling import CpuSampler
from vinpaint.strategies.propagation.temporal_filter import filter_frame


def pair(dx: float, *, good: bool = True) -> PairMotion:
    forward = np.zeros((40, 60, 2), np.float32)
    forward[..., 0] = dx
    error, passed = np.zeros((40, 60), np.float32), np.full((40, 60), good)
    return PairMotion(Box(0, 0, 60, 40), forward, -forward, error, error, passed, passed)


def inner() -> PixelSet:
    area = np.zeros((40, 60), np.bool_)
    area[10:30, 15:45] = True
    return PixelSet.of(area)


def boiling(step: int) -> tuple[Frames, Frames]:
    """Return (ground truth, the same with 12 levels of noise in the inner pixels of each frame)."""
    truth = pan(3, 40, 60, step=(step, 0))
    pixels = inner()
    noisy = truth.astype(np.float32)
    noise = np.random.default_rng(4).normal(0, 12, (3, len(pixels.y), 3))
    noisy[:, pixels.y, pixels.x] += noise
    return truth, np.clip(np.rint(noisy), 0, 255).astype(np.uint8)


def error(colours: np.ndarray, truth: Frames) -> float:
    pixels = inner()
    return float(np.square(colours - truth[1][pixels.y, pixels.x].astype(float)).mean())


@pytest.mark.parametrize("step", [0, 3])
def test_noise_falls_where_the_motion_is_right(step: int) -> None:
    truth, noisy = boiling(step)
    before = noisy.copy()
    got = filter_frame(CpuSampler(noisy), 1, inner(), [pair(-step)] * 2)
    pixels = inner()
    was = error(noisy[1][pixels.y, pixels.x].astype(float), truth)
    assert error(got, truth) < 0.5 * was
    assert np.array_equal(noisy, before), "the frames were written into"


def test_what_is_steady_already_stays_as_it_is() -> None:
    truth = pan(3, 40, 60, step=(3, 0))
    assert error(filter_frame(CpuSampler(truth), 1, inner(), [pair(-3)] * 2), truth) < 0.5


def spoiled(levels: tuple[int, ...]) -> Frames:
    """Plain grey frames, alternate columns of which carry the levels given, one a frame."""
    frames = np.full((len(levels), 40, 60, 3), 100, np.uint8)
    for frame, level in zip(frames, levels, strict=True):
        frame[:, ::4] = level
    return frames


def column(colours: np.ndarray) -> np.ndarray:
    """The colours of those columns."""
    return np.asarray(colours[inner().x % 4 == 0])


def test_motion_that_fails_its_test_brings_nothing_in() -> None:
    frames = spoiled((100, 120, 140))
    for motion in ([pair(0, good=False)] * 2, [None, None]):
        assert (column(filter_frame(CpuSampler(frames), 1, inner(), motion)) == 120).all()


def test_a_far_colour_weighs_little() -> None:
    assert column(filter_frame(CpuSampler(spoiled((0, 250))), 0, inner(), [pair(0)])).max() < 1


def test_the_first_and_the_last_frame_have_one_neighbour() -> None:
    frames = spoiled((100, 110, 100))
    for t in (0, 2):
        assert (column(filter_frame(CpuSampler(frames), t, inner(), [pair(0)] * 2)) > 102).all()


def test_light_that_changes_between_frames_is_kept() -> None:
    frames = np.stack([np.full((40, 60, 3), level, np.uint8) for level in (100, 120, 100)])
    assert filter_frame(CpuSampler(frames), 1, inner(), [pair(0)] * 2) == pytest.approx(
        120, abs=0.01
    )
