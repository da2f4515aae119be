"""Test flicker, colour step, sharpness and grain against values computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from tests.quality.metrics.scenes import scores
from vinpaint.core import Floats, Frames
from vinpaint.imaging import flow

SIZE = (100, 80)


@pytest.fixture
def no_motion(monkeypatch: pytest.MonkeyPatch) -> None:
    def still(first: Frames, second: Frames, *, start: Floats | None = None) -> Floats:
        return np.zeros((*first.shape, 2), np.float32)

    monkeypatch.setattr(flow, "estimate", still)


def square(frames: int) -> Floats:
    mask = np.zeros((frames, SIZE[1], SIZE[0]), np.float32)
    mask[:, 25:55, 30:70] = 1
    return mask


def flat(frames: int, level: int = 100) -> Frames:
    return np.full((frames, SIZE[1], SIZE[0], 3), level, np.uint8)


def painted(frames: Frames, change: np.ndarray) -> Frames:
    inside = square(len(frames))[..., None] > 0
    return np.where(inside, np.clip(np.rint(frames + change), 0, 255), frames).astype(np.uint8)


@pytest.mark.usefixtures("no_motion")
@pytest.mark.parametrize("levels", [1, 6, 20])
def test_a_pulse_is_its_levels_squared(levels: int) -> None:
    pulse = levels * (np.arange(4) % 2).reshape(-1, 1, 1, 1)
    score = scores(flat(4), painted(flat(4), pulse), square(4))["flicker"]
    assert score.per_frame == (None, *[pytest.approx(levels**2, rel=1e-4)] * 3)
    assert score.value == pytest.approx(levels**2, rel=1e-4)
    assert score.yardstick == 0


@pytest.mark.usefixtures("no_motion")
def test_fine_detail_that_changes_both_ways_is_hardly_flicker() -> None:
    """A checkerboard that swaps its colours has a large warping error, but almost no flicker."""
    rows, columns = np.indices((SIZE[1], SIZE[0]))
    board = np.where((rows + columns) % 2, 5, -5)
    swap = np.stack([board, -board])[..., None]
    found = scores(flat(2), painted(flat(2), swap), square(2))
    assert found["warp"].value == pytest.approx(100 * 1000 / 255**2)
    assert found["flicker"].value < 1


@pytest.mark.usefixtures("no_motion")
def test_flicker_s_yardstick_is_the_source_s_own_in_the_ring() -> None:
    clip = flat(2)
    clip[1] += np.uint8(7)
    assert scores(clip, flat(2), square(2))["flicker"].yardstick == pytest.approx(49, rel=1e-4)


@pytest.mark.parametrize("levels", [4, 25])
def test_a_step_of_one_colour_is_its_levels(levels: int) -> None:
    found = scores(flat(1), painted(flat(1), np.full((1, 1, 1, 1), levels)), square(1))["colour"]
    assert found.value == pytest.approx(levels, rel=1e-4)
    assert found.yardstick == pytest.approx(0, abs=1e-3)


def test_a_ramp_steps_by_its_slope_and_so_does_its_surroundings() -> None:
    """3 levels per pixel, means 6 px apart: at most 18 on vertical edges, 0 on horizontal ones."""
    ramp = np.broadcast_to((np.arange(SIZE[0]) * 2.5)[None, None, :, None], flat(1).shape)
    found = scores(ramp.astype(np.uint8), ramp.astype(np.uint8), square(1))["colour"]
    assert 1 < found.value < 15
    assert found.value == pytest.approx(found.yardstick, rel=0.35)


@pytest.mark.parametrize("sigma", [3.0, 8.0])
def test_white_noise_has_its_own_deviation(sigma: float) -> None:
    noise = np.random.default_rng(5).normal(0, sigma, (1, SIZE[1], SIZE[0], 1))
    found = scores(flat(1), painted(flat(1), noise), square(1))["grain"]
    assert found.value == pytest.approx(sigma, rel=0.15)
    assert found.yardstick == pytest.approx(0, abs=0.01)


def test_detail_is_the_second_derivative() -> None:
    """Luma x^2 / 4 has the Laplacian 1/2 everywhere, which a Gaussian does not change."""
    x = np.arange(60, dtype=float)
    picture = np.zeros((1, 60, 60, 3)) + (x * x / 14)[None, None, :, None]
    clip = np.rint(picture).astype(np.uint8)
    mask = np.zeros((1, 60, 60), np.float32)
    mask[0, 20:40, 15:45] = 1
    found = scores(clip, clip, mask)["sharpness"]
    assert found.value == pytest.approx(1 / 7, abs=0.06)  # rounding to whole levels adds a little
