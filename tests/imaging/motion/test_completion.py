"""Motion behind the hole: what covers it must not pull it."""

from __future__ import annotations

import numpy as np
import pytest

from tests.making import disk_hole, pan
from vinpaint.core import no_op
from vinpaint.imaging.morphology import dilate_ellipse
from vinpaint.imaging.motion.completion import estimate_motion, fit_similarity_flow


def test_growing_is_by_a_disk() -> None:
    hole = np.zeros((15, 15), np.bool_)
    hole[7, 7] = True
    grown = dilate_ellipse(hole, 3)
    assert grown[7, 4:11].all()
    assert grown[4:11, 7].all()
    assert not grown[4, 4]
    assert grown.sum() < 49
    assert hole.sum() == 1, "the argument was written into"


@pytest.mark.parametrize("radius", [0, 1, 2, 7])
def test_growing_never_loses_a_pixel(radius: int) -> None:
    hole = np.random.default_rng(0).random((20, 30)) < 0.05
    assert (dilate_ellipse(hole, radius) | ~hole).all()
    if radius == 0:
        assert np.array_equal(dilate_ellipse(hole, 0), hole)


@pytest.mark.parametrize("step", [(2, 0), (-1, 2)])
def test_the_camera_s_motion_goes_through_a_hole_with_its_own_motion(step: tuple[int, int]) -> None:
    """The object moves against the pan and is textured; the flow behind it follows the pan."""
    frames = pan(4, 100, 140, step=step)
    hole = disk_hole(4, 100, 140, radius=14, start=(60, 50), step=(4, 0))
    thing = pan(4, 100, 140, step=(-4, 0), seed=9)
    frames = np.where(hole[..., None], thing, frames)
    pairs = estimate_motion(frames, hole, progress=no_op)
    assert len(pairs) == 3
    for t, pair in enumerate(pairs):
        assert pair is not None
        inside = hole[t][pair.box.slices]
        assert pair.forward.shape == (*inside.shape, 2)
        assert np.abs(pair.forward[inside] - [-step[0], -step[1]]).mean() < 0.3
        later = hole[t + 1][pair.box.slices]
        assert np.abs(pair.backward[later] - [step[0], step[1]]).mean() < 0.3
        assert pair.forward_good[inside].mean() > 0.95


def test_pairs_without_a_hole_are_left_out() -> None:
    frames = pan(5, 60, 60)
    hole = np.zeros((5, 60, 60), np.bool_)
    hole[2, 20:30, 20:30] = True
    pairs = estimate_motion(frames, hole, progress=no_op)
    assert [pair is None for pair in pairs] == [True, False, False, True]


def test_one_frame_has_no_motion() -> None:
    frames = pan(1, 30, 30)
    assert estimate_motion(frames, np.ones((1, 30, 30), bool), progress=no_op) == []


def test_the_region_holds_the_hole_with_context_and_stays_in_the_frame() -> None:
    frames = pan(2, 90, 200)
    hole = np.zeros((2, 90, 200), np.bool_)
    hole[0, :5, 190:] = True
    (pair,) = estimate_motion(frames, hole, progress=no_op)
    assert pair is not None
    assert pair.box.y0 == 0
    assert pair.box.x1 == 200
    assert pair.box.x0 <= 150
    assert pair.box.y1 >= 45


def test_a_frame_that_is_all_hole_is_taken_as_still() -> None:
    frames = pan(3, 40, 50)
    hole = np.zeros((3, 40, 50), np.bool_)
    hole[1] = True
    for pair in estimate_motion(frames, hole, progress=no_op):
        assert pair is not None
        assert np.isfinite(pair.forward).all()
        assert np.abs(pair.forward).max() < 1e-3
        assert pair.forward_good.all()


def test_a_thing_moves_as_one_though_its_outline_leans_to_what_lies_behind() -> None:
    """A front that turns by 2 degrees; its left edge's vectors are half the background's."""
    y, x = np.mgrid[0:60, 0:80].astype(np.float32)
    turn = np.deg2rad(2.0)
    dx = np.cos(turn) * x - np.sin(turn) * y + 3 - x
    dy = np.sin(turn) * x + np.cos(turn) * y - 1 - y
    truth = np.stack([dx, dy], axis=-1)
    area = np.zeros((60, 80), np.bool_)
    area[5:30, 20:60] = True
    seen = truth.copy()
    seen[:, 20:26] /= 2
    assert np.abs(fit_similarity_flow(seen, area) - truth).max() < 0.1


def test_what_fits_no_similarity_is_led_on_smoothly() -> None:
    area = np.zeros((20, 20), np.bool_)
    area[10, 10] = True
    field = np.full((20, 20, 2), 4.0, np.float32)
    assert np.allclose(fit_similarity_flow(field, area), 4.0, atol=1e-3)
