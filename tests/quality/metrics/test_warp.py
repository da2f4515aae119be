"""Test the warping error: exact for known motion, and higher for more flicker."""

from __future__ import annotations

import numpy as np
import pytest

from examples.synthetic import Camera, scene, texture
from tests.quality.metrics.scenes import FRAMES, SIZE, disk_mask, lifted, moving, scores
from vinpaint.core import Floats, Frames
from vinpaint.imaging import flow

THOUSANDTHS = 1000 / 255**2


@pytest.fixture
def no_motion(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set the optical flow to zero, so that results can be computed by hand."""

    def still(first: Frames, second: Frames, *, start: Floats | None = None) -> Floats:
        return np.zeros((*first.shape, 2), np.float32)

    monkeypatch.setattr(flow, "estimate", still)


@pytest.mark.usefixtures("no_motion")
def test_is_the_mean_square_of_what_changes_inside_both_holes() -> None:
    frames = np.full((3, 40, 60, 3), 100, np.uint8)
    mask = np.zeros((3, 40, 60), np.float32)
    mask[0, 10:20, 10:20] = 1
    mask[1, 10:20, 15:25] = 1
    mask[2, 10:20, 15:25] = 1
    after = frames.copy()
    after[1, 10:20, 15:20] = 110  # the 50 pixels that are in the holes of frames 0 and 1
    after[2, 10:20, 15:25] = (110, 106, 100)
    first = 10**2  # all 50 change by 10 in each channel
    second = ((0 + 4**2 + 10**2) / 3 + (10**2 + 6**2 + 0) / 3) / 2  # 50 pixels of each kind
    score = scores(frames, after, mask)["warp"]
    assert score.per_frame[0] is None
    assert score.per_frame[1:] == pytest.approx((first * THOUSANDTHS, second * THOUSANDTHS))
    assert score.value == pytest.approx((50 * first + 100 * second) / 150 * THOUSANDTHS)
    assert score.yardstick == 0


@pytest.mark.usefixtures("no_motion")
def test_yardstick_is_the_source_around_the_hole() -> None:
    before = np.full((2, 60, 80, 3), 100, np.uint8)
    before[1] = 104
    mask = np.zeros((2, 60, 80), np.float32)
    mask[:, 20:40, 30:50] = 1
    score = scores(before, np.full_like(before, 100), mask)["warp"]
    assert score.value == 0
    assert score.yardstick == pytest.approx(16 * THOUSANDTHS)


def test_true_background_is_as_steady_as_the_clip() -> None:
    score = scores(moving(), moving(), disk_mask())["warp"]
    assert score.value is not None
    assert score.yardstick is not None
    assert score.value < 0.5
    assert score.value < 2 * score.yardstick + 0.05


def test_the_more_it_flickers_the_worse() -> None:
    clip, mask = moving(), disk_mask()
    rising = []
    for levels in (0, 4, 10, 25):
        flicker = [levels * (t % 2) for t in range(FRAMES)]
        rising.append(scores(clip, lifted(clip, mask, flicker), mask)["warp"].value)
    assert rising == sorted(rising)
    assert rising[3] > 10 * rising[0]


def test_boiling_texture_is_worse_than_texture_that_moves_along() -> None:
    clip, mask = moving(), disk_mask()
    other = scene(texture(120, 160, seed=9), Camera((2.0, 1.0)), size=SIZE, frames=FRAMES)
    boiling = np.stack([texture(SIZE[1], SIZE[0], seed=20 + t) for t in range(FRAMES)])
    inside = (mask >= 0.5)[..., None]
    along, boils = (
        scores(clip, np.where(inside, fill, clip), mask)["warp"].value for fill in (other, boiling)
    )
    assert along is not None
    # Where nothing matches there and back, nothing is counted: that is no steadiness either.
    assert boils is None or boils > 3 * along


def test_holes_that_never_meet_are_not_measured() -> None:
    mask = np.zeros((FRAMES, SIZE[1], SIZE[0]), np.float32)
    mask[::2, 10:20, 10:20] = 1
    assert scores(moving(), moving(), mask)["warp"].value is None
