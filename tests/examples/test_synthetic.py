"""Clips made by arithmetic: what they promise of mask and truth, and that they never change."""

from __future__ import annotations

import math
import subprocess
import sys
from itertools import pairwise

import numpy as np
import pytest

from examples import synthetic
from examples.synthetic import Camera, Made, Walk, figure, gait
from vinpaint.core import Box, Span, bounding_box

PICTURE = synthetic.texture(120, 200, seed=3)
SIZE = (96, 64)


def a_walk(frames: int = 6, camera: Camera | None = None) -> Made:
    walk = Walk(foot=(80.0, 92.0), height_px=56, stride_frames=12)
    return synthetic.walker(PICTURE, walk, camera or Camera((1.0, 0.0)), size=SIZE, frames=frames)


def a_logo() -> Made:
    camera = Camera((0.7, 0.4), zoom=0.01)
    return synthetic.logo(PICTURE, camera, size=SIZE, frames=5, at=(30, 8), height_px=16)


def a_glitch() -> Made:
    camera, box = Camera(turn_deg=0.5), Box(16, 8, 64, 40)
    return synthetic.glitch(PICTURE, camera, size=SIZE, frames=7, box=box, when=Span(2, 5))


EVERY = {"walker": a_walk, "logo": a_logo, "glitch": a_glitch}


@pytest.mark.parametrize("name", EVERY)
def test_differs_from_its_truth_only_inside_its_mask(name: str) -> None:
    made = EVERY[name]()
    changed = (made.frames != made.truth).any(axis=-1)
    assert changed.any()
    assert not changed[made.mask == 0].any()
    assert set(np.unique(made.mask)) == {0.0, 1.0}
    assert changed.sum() > 0.8 * made.mask.sum()  # and the mask is no larger than it must be


@pytest.mark.parametrize("name", EVERY)
def test_the_same_call_gives_the_same_pixels(name: str) -> None:
    first, second = EVERY[name](), EVERY[name]()
    assert np.array_equal(first.frames, second.frames)
    assert np.array_equal(first.truth, second.truth)
    assert np.array_equal(first.mask, second.mask)


def test_pan_by_whole_pixels_shifts_the_picture() -> None:
    frames = synthetic.scene(PICTURE, Camera((3.0, -2.0)), size=(64, 48), frames=4, start=(90, 60))
    for t in range(1, 4):
        assert np.array_equal(frames[t][2:, :-3], frames[t - 1][:-2, 3:])


def test_a_still_camera_shows_the_middle_of_the_picture() -> None:
    frames = synthetic.scene(PICTURE, Camera(), size=(100, 60), frames=2)
    assert np.array_equal(frames[0], PICTURE[30:90, 50:150])
    assert np.array_equal(frames[0], frames[1])


def test_zoom_grows_things_about_the_middle() -> None:
    start = (99.5, 59.5)
    matrix = Camera(zoom=0.1).matrix(2, (101, 51), start)
    assert matrix @ [50, 25, 1] == pytest.approx(start, abs=1e-4)
    assert (matrix @ [51, 25, 1])[0] - start[0] == pytest.approx(1 / 1.1**2, abs=1e-4)


def test_turning_keeps_the_middle_and_turns_the_rest() -> None:
    matrix = Camera(turn_deg=45).matrix(2, (101, 51), (60.0, 40.0))
    assert matrix @ [50, 25, 1] == pytest.approx((60, 40), abs=1e-4)
    assert matrix @ [51, 25, 1] == pytest.approx((60, 41), abs=1e-4)


def test_the_view_goes_on_beyond_the_picture() -> None:
    far = synthetic.view(PICTURE, Camera((500.0, 0.0)), 10, size=SIZE)
    assert far.std() > 10


def test_no_frames_make_an_empty_scene() -> None:
    assert synthetic.scene(PICTURE, Camera(), size=SIZE, frames=0).shape == (0, 64, 96, 3)


def test_noise_has_mean_0_and_deviation_1() -> None:
    values = synthetic.noise(80, 90, sigma_px=3, seed=5)
    assert (values.shape, values.dtype) == ((80, 90), np.float32)
    assert abs(float(values.mean())) < 1e-3
    assert float(values.std()) == pytest.approx(1, abs=1e-3)


def test_texture_is_rich_and_depends_on_its_seed() -> None:
    one, other = synthetic.texture(64, 64, seed=1), synthetic.texture(64, 64, seed=2)
    assert not np.array_equal(one, other)
    assert one.astype(float).std() > 20
    assert np.abs(np.diff(one.astype(int), axis=1)).mean() > 4


def test_disk_moves_and_has_its_area() -> None:
    mask = synthetic.disk(3, (80, 60), radius_px=12, start=(20, 30), step_px=(10, 0))
    assert mask.shape == (3, 60, 80)
    assert mask[0].sum() == pytest.approx(math.pi * 12**2, rel=0.03)
    assert bounding_box(mask[2] > 0) == Box(28, 18, 53, 43)


def test_cover_leaves_nothing_of_the_truth() -> None:
    truth = synthetic.scene(PICTURE, Camera((1.0, 0.0)), size=SIZE, frames=3)
    mask = synthetic.disk(3, SIZE, radius_px=15, start=(48, 32))
    made = synthetic.cover(truth, mask)
    inside = mask > 0
    assert np.array_equal(made.frames[~inside], truth[~inside])
    pair = made.frames[inside].astype(float).ravel(), truth[inside].astype(float).ravel()
    assert abs(float(np.corrcoef(*pair)[0, 1])) < 0.1


def test_error_inside_is_psnr_of_the_hole() -> None:
    made = a_glitch()
    assert made.error_inside(made.truth) == math.inf
    off = np.where(made.truth > 127, made.truth - 5, made.truth + 5).astype(np.uint8)
    assert made.error_inside(off) == pytest.approx(10 * math.log10(255**2 / 25))
    outside = made.truth.copy()
    outside[made.mask == 0] = 0
    assert made.error_inside(outside) == math.inf


def test_shapes_that_do_not_fit_are_refused() -> None:
    frames = np.zeros((2, 8, 8, 3), np.uint8)
    with pytest.raises(ValueError, match="do not fit"):
        Made(frames, frames, np.zeros((2, 8, 9), np.float32))


def test_made_gives_the_values_that_the_rooms_take() -> None:
    made = a_logo()
    assert made.video.frames is made.frames
    assert made.hole.values is made.mask
    assert repr(made) == "Made(5, 64, 96, 3) at 25 fps"


def test_glitch_touches_its_frames_only() -> None:
    made = a_glitch()
    touched = [bool(m.any()) for m in made.mask]
    assert touched == [False, False, True, True, True, False, False]
    assert bounding_box(made.mask[3] > 0) == Box(16, 8, 64, 40)


def test_the_logo_stands_still() -> None:
    made = a_logo()
    assert all(np.array_equal(made.mask[0], m) for m in made.mask)
    assert not np.array_equal(made.truth[0], made.truth[4])
    assert bounding_box(made.mask[0] > 0) == Box(30, 8, 70, 24)


def test_the_figure_walks_forward_upright_on_the_ground() -> None:
    made = a_walk(frames=12, camera=Camera())
    boxes = [bounding_box(m > 0) for m in made.mask]
    assert all(box is not None and 50 <= box.height <= 62 for box in boxes)
    middles = [(box.x0 + box.x1) / 2 for box in boxes if box]
    travelled = gait.STRIDE * 56 / 12 * 11
    assert middles[-1] - middles[0] == pytest.approx(travelled, abs=5)


def test_a_figure_outside_the_frame_is_not_drawn() -> None:
    pose = gait.pose(0.2)
    _, opacity = figure.draw(pose, size=(60, 60), foot=(-400.0, 50.0), height_px=40)
    assert not opacity.any()


PHASES = [step / 50 for step in range(50)]


def test_one_stride_brings_every_joint_back() -> None:
    here, there = gait.pose(0.25), gait.pose(1.25)
    assert here == there


@pytest.mark.parametrize("phase", PHASES)
def test_limbs_keep_their_length(phase: float) -> None:
    pose = gait.pose(phase)
    for leg in (pose.near_leg, pose.far_leg):
        assert math.dist(leg.hip, leg.knee) == pytest.approx(gait.THIGH)
        assert math.dist(leg.knee, leg.ankle) == pytest.approx(gait.SHIN)
        assert math.dist(leg.heel, leg.toe) == pytest.approx(gait.FOOT)


@pytest.mark.parametrize("phase", PHASES)
def test_a_foot_is_always_on_the_ground_and_none_goes_through_it(phase: float) -> None:
    pose = gait.pose(phase)
    low = max(p[1] for leg in (pose.near_leg, pose.far_leg) for p in (leg.heel, leg.toe))
    assert low == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(("part", "phases"), [("heel", (2, 30)), ("toe", (12, 58))])
def test_the_foot_on_the_ground_does_not_slide(part: str, phases: tuple[int, int]) -> None:
    for step in range(*phases):
        here, there = (getattr(gait.pose(p / 100).near_leg, part)[0] for p in (step, step + 1))
        assert 100 * (here - there) == pytest.approx(gait.STRIDE)


def test_the_feet_move_without_jumps() -> None:
    heels = [gait.pose(step / 200).near_leg.heel for step in range(201)]
    assert max(math.dist(a, b) for a, b in pairwise(heels)) < 0.02


def test_needs_no_picture_package() -> None:
    code = "import sys, examples.synthetic; assert 'skimage' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_everything_promised_is_there() -> None:
    assert all(hasattr(synthetic, name) for name in synthetic.__all__)
    assert synthetic.__all__ == sorted(synthetic.__all__)
