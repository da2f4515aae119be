"""Test that keyframes are kept as painted, and shapes interpolated between them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.making import disk_hole, pan
from tests.masks.making import folder_clip, lay, moving_disk, overlap, silence
from vinpaint import masks
from vinpaint.core import Bools, Cancelled, Keyframe, MaskError, MaskTrack
from vinpaint.media import Clip, open_clip, write_png


def painted(folder: Path, keys: Mapping[int, Bools]) -> list[Keyframe]:
    """Write each mask as an image and return the prompt that names it."""
    folder.mkdir(exist_ok=True)
    prompts = []
    for frame, mask in keys.items():
        path = folder / f"{frame}-{mask.sum()}.png"
        write_png(path, np.repeat(mask[..., None], 3, axis=-1).astype(np.uint8) * 255)
        prompts.append(Keyframe(frame, str(path)))
    return prompts


def find(clip: Clip, where: list[Keyframe]) -> MaskTrack:
    return masks.find(clip, where, progress=silence)


def holes_of(track: MaskTrack, clip: Clip) -> Bools:
    return track.read(clip.span).hole


def test_key_frames_come_out_exactly_and_the_rest_fits(tmp_path: Path) -> None:
    frames, true = moving_disk(count=13)
    clip = folder_clip(tmp_path / "in", frames)
    found = holes_of(find(clip, painted(tmp_path, {t: true[t] for t in (12, 0, 6)})), clip)
    for key in (0, 6, 12):
        assert np.array_equal(found[key], true[key])
    assert min(overlap(found[t], true[t]) for t in range(13)) > 0.9


def test_a_shape_that_grows_is_between_its_key_frames(tmp_path: Path) -> None:
    radii = np.linspace(12, 24, 9)
    true = np.concatenate(
        [disk_hole(1, 96, 128, radius=r, start=(40 + 4 * t, 48)) for t, r in enumerate(radii)]
    )
    frames = lay(pan(9, 96, 128, step=(1, 0), seed=3), true, (4, 0), seed=5, tint=(60, -10, -70))
    clip = folder_clip(tmp_path / "in", frames)
    found = holes_of(find(clip, painted(tmp_path, {0: true[0], 8: true[8]})), clip)
    assert all(np.diff(found.sum(axis=(1, 2))) > 0)
    assert min(overlap(found[t], true[t]) for t in range(9)) > 0.85


def test_before_the_first_and_after_the_last_the_shape_is_held_and_moves_along(
    tmp_path: Path,
) -> None:
    frames, true = moving_disk(count=11)
    clip = folder_clip(tmp_path / "in", frames)
    found = holes_of(find(clip, painted(tmp_path, {5: true[5]})), clip)
    assert np.array_equal(found[5], true[5])
    assert np.allclose(found.sum(axis=(1, 2)), true[5].sum(), rtol=0.03)
    assert overlap(found[0], true[0]) > 0.85
    assert overlap(found[10], true[10]) > 0.85


def test_what_leaves_the_frame_is_gone(tmp_path: Path) -> None:
    frames, true = moving_disk(count=16, start=(95, 48), step=(5, 0))
    clip = folder_clip(tmp_path / "in", frames)
    found = holes_of(find(clip, painted(tmp_path, {0: true[0]})), clip)
    assert found[2].any()
    assert not found[15].any()


def test_two_paintings_of_one_frame_are_joined(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", pan(2, 24, 32))
    left, right = np.zeros((2, 24, 32), np.bool_)
    left[4:8, 2:6] = right[4:8, 20:25] = True
    where = painted(tmp_path, {1: left}) + painted(tmp_path, {1: right})
    assert np.array_equal(holes_of(find(clip, where), clip)[1], left | right)


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", pan(3, 24, 32))
    full = np.ones((24, 32), np.bool_)
    with pytest.raises(MaskError, match="on frame 3, but the clip has frames 0 to 2"):
        find(clip, painted(tmp_path, {3: full}))
    with pytest.raises(MaskError, match="nothing is painted white on key frame 2"):
        find(clip, painted(tmp_path, {0: full, 2: ~full}))
    with pytest.raises(MaskError, match="the mask is 30x24, the clip 32x24"):
        find(clip, painted(tmp_path, {0: full[:, :30]}))


def test_progress_rises_and_may_stop_the_work(tmp_path: Path) -> None:
    frames, true = moving_disk()
    clip = folder_clip(tmp_path / "in", frames)
    where = painted(tmp_path, {0: true[0], 5: true[5]})
    told: list[float] = []
    masks.find(clip, where, progress=lambda fraction, words: told.append(fraction))
    assert told == sorted(told)
    assert 0.7 < told[-1] <= 1

    def stop(fraction: float, words: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        masks.find(clip, where, progress=stop)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "least"), [("dog", 0.85), ("breakdance", 0.6)])
def test_on_real_clips(clips: Path, tmp_path: Path, name: str, least: float) -> None:
    clip = open_clip(clips / name / "frames")
    files = sorted((clips / name / "masks").glob("*.png"))
    true = [cv2.imread(str(file), cv2.IMREAD_GRAYSCALE) > 127 for file in files]
    keys = {*range(0, len(true) - 1, 10), len(true) - 1}
    found = holes_of(find(clip, painted(tmp_path, {t: true[t] for t in sorted(keys)})), clip)
    scores = [overlap(found[t], true[t]) for t in range(len(true)) if t not in keys]
    assert np.mean(scores) > least
