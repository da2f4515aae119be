"""One frame: the object under clicks and in boxes, and clicks that mend."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.making import disk_hole
from tests.masks.making import HEIGHT, WIDTH, folder_clip, lay, moving_disk, overlap
from vinpaint.core import Bools, Click, bounding_box
from vinpaint.masks.tracker.frame_context import read_context
from vinpaint.masks.tracker.graph_cut import edge_axes, min_cut
from vinpaint.masks.tracker.segmentation import segment
from vinpaint.masks.tracker.working_crop import make_crop
from vinpaint.media import Clip

Scene = tuple[Clip, Bools]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A moving disk, and where it truly is."""
    frames, holes = moving_disk(count=5)
    return folder_clip(tmp_path_factory.mktemp("disk") / "in", frames), holes


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """A single frame: no motion to go by."""
    frames, holes = moving_disk(count=1)
    return folder_clip(tmp_path_factory.mktemp("still") / "in", frames), holes


def centre(mask: Bools, frame: int = 0) -> Click:
    box = bounding_box(mask)
    assert box is not None
    return Click(frame, (box.x0 + box.x1) // 2, (box.y0 + box.y1) // 2)


@pytest.mark.parametrize("frame", [0, 2, 4])
def test_a_click_finds_the_whole_disk(frame: int, scene: Scene) -> None:
    clip, holes = scene
    assert overlap(segment(clip, frame, [centre(holes[frame])], [], None), holes[frame]) > 0.82


@pytest.mark.parametrize("offset", [(-9, 0), (6, 8), (0, -10)])
def test_it_need_not_be_in_the_middle(offset: tuple[int, int], scene: Scene) -> None:
    clip, holes = scene
    click = centre(holes[2])
    aside = Click(2, click.x + offset[0], click.y + offset[1])
    assert overlap(segment(clip, 2, [aside], [], None), holes[2]) > 0.8


def test_a_box_finds_what_fills_it_and_nothing_outside(scene: Scene) -> None:
    clip, holes = scene
    box = bounding_box(holes[1])
    assert box is not None
    loose = box.grow(6, WIDTH, HEIGHT)
    found = segment(clip, 1, [], [loose], None)
    assert overlap(found, holes[1]) > 0.85
    outside = found.copy()
    outside[loose.slices] = False
    assert not outside.any()


def test_a_single_frame_is_enough(still: Scene) -> None:
    clip, holes = still
    box = bounding_box(holes[0])
    assert box is not None
    assert overlap(segment(clip, 0, [], [box], None), holes[0]) > 0.85
    assert overlap(segment(clip, 0, [centre(holes[0])], [], None), holes[0]) > 0.6


def test_clicked_pixels_are_as_the_clicks_say(scene: Scene) -> None:
    clip, holes = scene
    click = centre(holes[2])
    beside = Click(2, click.x + 26, click.y, add=False)
    found = segment(clip, 2, [click, beside], [], None)
    assert found[click.y, click.x]
    assert not found[beside.y, beside.x]
    assert overlap(found, holes[2]) > 0.85


def test_a_second_click_on_a_tip_does_not_swell_the_object(scene: Scene) -> None:
    clip, holes = scene
    click = centre(holes[2])
    tip, beside = Click(2, click.x, click.y - 14), Click(2, click.x, click.y + 22, add=False)
    found = segment(clip, 2, [click, tip, beside], [], None)
    assert overlap(found, holes[2]) > 0.85


def test_two_clicks_join_two_parts_and_not_this_parts_them(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    frames, holes = moving_disk(count=1, radius=12)
    other = disk_hole(1, HEIGHT, WIDTH, radius=12, start=(84, 48))
    frames = lay(frames, other, (0, 0), seed=11, tint=(60, -10, -70))
    clip = folder_clip(tmp_path_factory.mktemp("two") / "in", frames)
    first, second = centre(holes[0]), centre(other[0])
    both = segment(clip, 0, [first, second], [], None)
    assert (both & other[0]).sum() > 0.5 * other[0].sum()
    parted = segment(clip, 0, [first, Click(0, second.x, second.y, add=False)], [], None)
    assert (parted & other[0]).sum() < 0.2 * other[0].sum()


def test_a_cut_beside_the_frame_is_no_motion(tmp_path_factory: pytest.TempPathFactory) -> None:
    frames, holes = moving_disk(count=6)
    random = np.random.default_rng(4)
    frames[:3] = random.integers(0, 255, frames[:3].shape)
    clip = folder_clip(tmp_path_factory.mktemp("cut") / "in", frames)
    whole = make_crop(clip.box, WIDTH, HEIGHT)
    assert len(read_context(clip, 3, whole, holes[3]).neighbours) == 1
    assert len(read_context(clip, 4, whole, holes[4]).neighbours) == 0
    assert overlap(segment(clip, 3, [centre(holes[3], 3)], [], None), holes[3]) > 0.8


def test_a_click_mends_a_mask_and_leaves_the_rest_as_it_was(scene: Scene) -> None:
    clip, holes = scene
    wrong = disk_hole(1, HEIGHT, WIDTH, radius=9, start=(105, 70))[0]
    before = holes[2] | wrong
    found = segment(clip, 2, [Click(2, 105, 70, add=False)], [], before)
    assert not found[70, 105]
    assert overlap(found, holes[2]) > 0.8


def test_the_same_again_gives_the_same_mask(scene: Scene) -> None:
    clip, holes = scene
    first, second = (segment(clip, 2, [centre(holes[2])], [], None) for _ in range(2))
    assert np.array_equal(first, second)


@given(st.integers(0, 2**16))
def test_a_cut_settles_pixels_as_it_is_told(seed: int) -> None:
    random = np.random.default_rng(seed)
    lab = random.integers(0, 256, (14, 17, 3)).astype(np.uint8)
    odds = random.normal(0, 3, (14, 17)).astype(np.float32)
    inside = random.random((14, 17)) < 0.1
    outside = (random.random((14, 17)) < 0.1) & ~inside
    found = min_cut(odds, edge_axes(lab), inside=inside, outside=outside)
    assert found[inside].all()
    assert not found[outside].any()


def test_a_cut_follows_clear_odds_and_drops_single_pixels() -> None:
    flat = np.full((30, 40, 3), 128, np.uint8)
    odds = np.full((30, 40), -4.0, np.float32)
    odds[8:20, 10:30] = 4.0
    wanted = odds > 0
    odds[3, 3] = 0.5
    assert np.array_equal(min_cut(odds, edge_axes(flat)), wanted)
