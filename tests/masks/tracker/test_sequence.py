"""A mask is followed through the clip, either way, window by window."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.making import disk_hole
from tests.masks.making import COUNT, folder_clip, moving_disk, overlap, some_masks
from vinpaint.core import Bools, Cancelled
from vinpaint.masks.tracker import sequence
from vinpaint.masks.tracker.sequence import blend
from vinpaint.media import Clip, open_clip, read_image


def followed(clip: Clip, seed: Bools, frames: range) -> dict[int, Bools]:
    return dict(sequence.follow(clip, seed, frames, tick=lambda: None))


@pytest.mark.parametrize("frames", [range(COUNT), range(COUNT - 1, -1, -1)])
def test_a_moving_disk_is_followed_both_ways(frames: range, tmp_path: Path) -> None:
    images, holes = moving_disk()
    found = followed(folder_clip(tmp_path / "in", images), holes[frames[0]], frames)
    assert list(found) == list(frames[1:])
    for t, mask in found.items():
        assert overlap(mask, holes[t]) > 0.85, t


def test_windows_follow_on_from_one_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    images, holes = moving_disk()
    monkeypatch.setattr(sequence, "WINDOW_FRAMES", 3)
    found = followed(folder_clip(tmp_path / "in", images), holes[0], range(COUNT))
    assert list(found) == list(range(1, COUNT))
    assert min(overlap(mask, holes[t]) for t, mask in found.items()) > 0.85


def test_the_same_again_gives_the_same_masks(tmp_path: Path) -> None:
    images, holes = moving_disk(count=4)
    clip = folder_clip(tmp_path / "in", images)
    first, second = (followed(clip, holes[0], range(4)) for _ in range(2))
    assert all(np.array_equal(first[t], second[t]) for t in first)


def test_a_small_object_in_a_large_frame_keeps_its_shape(tmp_path: Path) -> None:
    images, holes = moving_disk(height=360, width=640, radius=7, start=(200, 180), step=(2, 0))
    found = followed(folder_clip(tmp_path / "in", images), holes[0], range(COUNT))
    assert overlap(found[COUNT - 1], holes[COUNT - 1]) > 0.7


def test_it_can_be_stopped_at_any_frame(tmp_path: Path) -> None:
    images, holes = moving_disk(count=4)
    calls = 0

    def tick() -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        list(sequence.follow(folder_clip(tmp_path / "in", images), holes[0], range(4), tick=tick))
    assert calls == 3


def test_one_frame_and_an_empty_mask_are_no_trouble(tmp_path: Path) -> None:
    images, holes = moving_disk(count=3)
    clip = folder_clip(tmp_path / "in", images)
    assert followed(clip, holes[0], range(1)) == {}
    found = followed(clip, np.zeros_like(holes[0]), range(3))
    assert not any(mask.any() for mask in found.values())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "floor"), [("dog", 0.8), ("camel", 0.8)])
def test_real_animals_are_followed_from_a_painted_frame(
    name: str, floor: float, clips: Path
) -> None:
    clip = open_clip(clips / name / "frames")
    paths = sorted((clips / name / "masks").glob("*.png"))
    true = [read_image(path)[..., 0] > 127 for path in paths]
    found = followed(clip, true[0], range(clip.frames))
    scores = [overlap(found[t], true[t]) for t in range(1, clip.frames - 1)]
    assert float(np.mean(scores)) > floor


@given(some_masks(), st.integers(0, 2**16), st.floats(0, 1))
def test_a_blend_keeps_what_both_hold_and_adds_nothing(
    masks: Bools, seed: int, share: float
) -> None:
    first, second = masks[0], np.random.default_rng(seed).random(masks.shape[1:]) < 0.4
    mixed = blend(first, second, share)
    assert ((first & second) <= mixed).all()
    assert (mixed <= (first | second)).all()


@given(some_masks(), st.integers(0, 2**16))
def test_its_ends_are_the_two_masks(masks: Bools, seed: int) -> None:
    first, second = masks[0], np.random.default_rng(seed).random(masks.shape[1:]) < 0.4
    assert np.array_equal(blend(first, second, 0.0), first)
    assert np.array_equal(blend(first, second, 1.0), second)


def test_a_disk_between_two_sizes_is_of_middle_size() -> None:
    small, large = (disk_hole(1, 80, 80, radius=r, start=(40, 40))[0] for r in (10, 30))
    areas = [int(blend(small, large, share).sum()) for share in (0.25, 0.5, 0.75)]
    wanted = [int(disk_hole(1, 80, 80, radius=r, start=(40, 40)).sum()) for r in (15, 20, 25)]
    assert np.allclose(areas, wanted, rtol=0.1)


def test_a_part_that_only_one_knows_is_there_from_the_middle_on() -> None:
    first = disk_hole(1, 40, 80, radius=10, start=(20, 20))[0]
    other = disk_hole(1, 40, 80, radius=10, start=(60, 20))[0]
    second = first | other
    assert np.array_equal(blend(first, second, 0.4), first)
    assert np.array_equal(blend(first, second, 0.6), second)
