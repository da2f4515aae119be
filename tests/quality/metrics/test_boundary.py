"""Test the boundary error: exact for a square, and higher for a stronger seam."""

from __future__ import annotations

import math

import numpy as np
import pytest

from tests.quality.metrics.scenes import FRAMES, disk_mask, lifted, moving, scores


@pytest.mark.parametrize("side", [3, 8, 15])
def test_a_square_patch_on_a_flat_picture(side: int) -> None:
    """Computed by hand: half the step on both sides of an edge, sqrt(2) as much at corners."""
    step = 40
    before = np.full((1, 60, 60, 3), 100, np.uint8)
    mask = np.zeros((1, 60, 60), np.float32)
    mask[0, 20 : 20 + side, 25 : 25 + side] = 1
    after = np.where(mask[..., None] > 0, np.uint8(100 + step), before)
    along_edges = (4 * (side - 2) + 4 * side) * step / 2
    in_corners = 4 * step / math.sqrt(2)
    rim_pixels = 4 * (side - 1) + 4 * side + 4  # the four outside the corners have no gradient
    score = scores(before, after, mask)["boundary"]
    assert score.value == pytest.approx((along_edges + in_corners) / rim_pixels)
    assert score.per_frame == pytest.approx([score.value])
    assert score.yardstick == 0


def test_a_ramp_that_goes_on_has_no_seam() -> None:
    ramp = np.tile((np.arange(80) * 3).astype(np.uint8)[None, None, :, None], (1, 60, 1, 3))
    mask = np.zeros((1, 60, 80), np.float32)
    mask[0, 20:40, 30:50] = 1
    score = scores(ramp, ramp, mask)["boundary"]
    assert score.value == pytest.approx(0, abs=1e-5)
    assert score.yardstick == pytest.approx(0, abs=1e-5)


def test_a_flattened_rim_differs_by_the_slope_around_it() -> None:
    """A ramp of 3 levels per pixel, flat in and around the hole: each border pixel differs by 3."""
    ramp = np.tile((np.arange(80) * 3).astype(np.uint8)[None, None, :, None], (1, 60, 1, 3))
    mask = np.zeros((1, 60, 80), np.float32)
    mask[0, 20:40, 30:50] = 1
    flat = ramp.copy()
    flat[0, 17:43, 27:53] = 120
    assert scores(ramp, flat, mask)["boundary"].value == pytest.approx(3, abs=1e-4)


def test_the_stronger_the_seam_the_worse() -> None:
    clip, mask = moving(), disk_mask()
    values = [
        scores(clip, lifted(clip, mask, [step] * FRAMES), mask)["boundary"].value
        for step in (0, 20, 55)
    ]
    assert values == sorted(values)
    assert values[2] > 1.5 * values[0]


def test_an_untouched_clip_is_near_its_own_yardstick() -> None:
    score = scores(moving(), moving(), disk_mask())["boundary"]
    assert score.value == pytest.approx(score.yardstick, rel=0.25)


def test_frames_without_a_hole_are_left_out() -> None:
    mask = disk_mask()
    mask[3:] = 0
    score = scores(moving(), moving(), mask)["boundary"]
    assert [value is None for value in score.per_frame] == [False] * 3 + [True] * (FRAMES - 3)
