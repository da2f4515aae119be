"""Test coverage, the share of the hole on the frames that have one."""

from __future__ import annotations

import numpy as np
import pytest

from tests.quality.metrics.scenes import cut, scores
from vinpaint.quality.metrics import measure

CLIP = np.zeros((4, 20, 50, 3), np.uint8)


def test_counts_the_hole_on_frames_that_have_one() -> None:
    mask = np.zeros((4, 20, 50), np.float32)
    mask[1, :10, :10] = 1  # 100 of 1000 pixels
    mask[2, :10, :20] = 1  # 200
    score = scores(CLIP, CLIP, mask)["coverage"]
    assert score.per_frame == (None, pytest.approx(10), pytest.approx(20), None)
    assert score.value == pytest.approx(15)
    assert score.better == "neither"


def test_the_hole_begins_at_one_half() -> None:
    mask = np.full((4, 20, 50), 0.49, np.float32)
    mask[:, 0, 0] = 0.5
    assert scores(CLIP, CLIP, mask)["coverage"].value == pytest.approx(0.1)


def test_windows_are_crops_of_a_larger_picture() -> None:
    mask = np.ones((4, 20, 50), np.float32)
    (score,) = measure(cut(CLIP, CLIP, mask), ["coverage"], frames=4, size=(500, 200))
    assert score.value == pytest.approx(1.0)
