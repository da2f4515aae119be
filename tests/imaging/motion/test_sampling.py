"""Sampling on torch's CPU, against OpenCV: the same pixels within the tolerance promised."""

from __future__ import annotations

import functools

import cv2
import numpy as np
import pytest

from tests.making import disk_hole, mask_of, pan
from vinpaint.core import Context, FillSettings, Frames, Video, no_op
from vinpaint.imaging.motion.sampling import CpuSampler, TorchSampler
from vinpaint.strategies.compute_backend import DRAFT_FLOW, FILLED_FLOW, ComputeBackend
from vinpaint.strategies.propagation.propagate import Propagate

RNG = np.random.default_rng(3)


@pytest.fixture
def frames() -> Frames:
    """Grain, as hard as pictures come; and the same softened, as cameras see."""
    hard = RNG.integers(0, 256, (40, 56, 3), np.uint8)
    return np.stack([hard, cv2.GaussianBlur(hard, (0, 0), 1.5)])


def gap(frames: Frames, t: int, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    first = CpuSampler(frames).sample_at(t, x.astype(np.float32), y.astype(np.float32))
    second = TorchSampler(frames, "cpu").sample_at(t, x.astype(np.float32), y.astype(np.float32))
    assert first.shape == second.shape == (len(x), 3)
    assert first.dtype == second.dtype == np.float32
    assert (second == np.rint(second)).all()
    return np.abs(first - second)


def test_all_levels_agree_but_for_one_and_that_is_rare(frames: Frames) -> None:
    """Inside, on the edges, and beyond them."""
    x, y = RNG.uniform(-3, 59, 20_000), RNG.uniform(-3, 43, 20_000)
    for t in (0, 1):
        difference = gap(frames, t, x, y)
        assert difference.max() <= 1
        assert difference.mean() < 0.005


def test_on_whole_pixels_they_are_the_picture(frames: Frames) -> None:
    y, x = (one.ravel().astype(np.float32) for one in np.mgrid[:40, :56])
    for sampler in (CpuSampler(frames), TorchSampler(frames, "cpu")):
        assert np.array_equal(sampler.sample_at(0, x, y).reshape(40, 56, 3), frames[0])


def test_a_picture_of_one_column_and_no_place_at_all() -> None:
    thin = RNG.integers(0, 256, (1, 9, 1, 3), np.uint8)
    x, y = np.zeros(9, np.float32), np.arange(9, dtype=np.float32)
    assert np.array_equal(TorchSampler(thin, "cpu").sample_at(0, x, y), thin[0, :, 0])
    assert TorchSampler(thin, "cpu").sample_at(0, x[:0], y[:0]).shape == (0, 3)


def test_a_frame_that_was_written_is_sent_anew(frames: Frames) -> None:
    sampler = TorchSampler(frames, "cpu")
    one = np.zeros(1, np.float32)
    before = sampler.sample_at(1, one, one)
    frames[1, 0, 0] = 255 - before[0].astype(np.uint8)
    assert np.array_equal(sampler.sample_at(1, one, one), before), "it holds a copy"
    sampler.reload(1)
    assert np.array_equal(sampler.sample_at(1, one, one)[0], frames[1, 0, 0])


def test_a_whole_fill_is_the_same_within_a_few_levels(monkeypatch: pytest.MonkeyPatch) -> None:
    truth = pan(8, 72, 96, step=(2, 0))
    hole = disk_hole(8, 72, 96, radius=10, start=(40, 36))
    spoiled = np.where(hole[..., None], np.uint8(200), truth)

    def filled() -> Frames:
        video, mask = Video(spoiled.copy()), mask_of(hole)
        return (
            Propagate()
            .fill(video, mask, context=Context(), settings=FillSettings(), progress=no_op)
            .frames
        )

    by_opencv = filled()
    backend = ComputeBackend(DRAFT_FLOW, FILLED_FLOW, functools.partial(TorchSampler, device="cpu"))
    monkeypatch.setattr(
        "vinpaint.strategies.propagation.propagate.select_backend", lambda *_, **__: backend
    )
    by_torch = filled()
    difference = np.abs(by_opencv[hole].astype(int) - by_torch[hole])
    assert np.array_equal(by_opencv[~hole], by_torch[~hole])
    assert difference.mean() < 0.05
    assert difference.max() <= 4, "a level more or less may tip a choice"
