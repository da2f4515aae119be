"""An object that something hides is coasted along, and found again behind it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.making import texture
from tests.masks.making import folder_clip, moving_disk, overlap
from vinpaint.masks.tracker import sequence
from vinpaint.masks.tracker.occlusion import HIDDEN_SHARE, MAX_HIDDEN_FRAMES, new_target


def test_a_disk_is_found_again_behind_a_post(tmp_path: Path) -> None:
    frames, holes = moving_disk(count=20, width=192, start=(30, 48), step=(6, 0))
    post = slice(72, 112)
    frames[:, :, post] = texture(96, 40, seed=5) // 2
    seen = holes.copy()
    seen[:, :, post] = False
    clip = folder_clip(tmp_path / "in", frames)
    found = dict(sequence.follow(clip, seen[0], range(20), tick=lambda: None))
    assert not seen[10].any(), "the post must hide the disk whole, or this proves nothing"
    assert overlap(found[19], seen[19]) > 0.7


def test_a_ghost_moves_on_with_its_own_speed() -> None:
    mask = np.zeros((20, 40), np.bool_)
    mask[8:12, 10:14] = True
    target = new_target(mask)
    target = target.rescaled(mask, 1.0)
    target = type(target)(target.shape, target.area, np.array([-3.0, 0.0], np.float32))
    moved = target.extrapolated(np.zeros((20, 40, 2), np.float32))
    assert np.array_equal(moved.shape > 0.5, np.roll(mask, 3, axis=1))
    assert moved.hidden_frames == 1


def test_looking_ends_after_a_while() -> None:
    mask = np.ones((10, 10), np.bool_)
    little = np.zeros_like(mask)
    little[0, : int(HIDDEN_SHARE * 100) // 10] = True
    target = new_target(mask)
    assert target.is_occluded(little)
    assert not target.is_occluded(mask)
    still = np.zeros((10, 10, 2), np.float32)
    for _ in range(MAX_HIDDEN_FRAMES):
        target = target.extrapolated(still)
    assert not target.is_occluded(little)
