"""One frame against the background that distant frames show."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from tests.making import texture
from tests.masks.making import folder_clip, moving_disk
from vinpaint.core import Bools, Frames
from vinpaint.masks.tracker.background import BackgroundEvidence
from vinpaint.masks.tracker.frame_background import background_in
from vinpaint.masks.tracker.working_crop import make_crop
from vinpaint.media import Clip

COUNT, FRAME = 40, 12


def scene() -> tuple[Frames, Bools]:
    frames, holes = moving_disk(
        count=COUNT, height=120, width=200, radius=14.0, start=(20.0, 60.0), step=(4.0, 0.0)
    )
    return frames, holes


def evidence_of(clip: Clip, frame: int) -> BackgroundEvidence:
    return background_in(clip, frame, make_crop(clip.box, clip.width, clip.height))


def test_what_passes_through_differs_and_the_rest_matches(tmp_path: Path) -> None:
    frames, holes = scene()
    found = evidence_of(folder_clip(tmp_path / "in", frames), FRAME)
    inside, outside = holes[FRAME], ~holes[FRAME]
    assert found.matches[inside].mean() < 0.1 < 0.5 < found.matches[outside].mean()
    assert found.stands_out[inside].mean() > 0.5
    assert found.stands_out[outside].mean() < 0.02


def test_a_crop_is_a_part_of_the_whole(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", scene()[0])
    whole = evidence_of(clip, FRAME)
    box = clip.box.grow(-20, clip.width, clip.height)
    part = background_in(clip, FRAME, make_crop(box, clip.width, clip.height, 1.0))
    assert np.allclose(part.matches, whole.matches[box.slices], atol=1e-6)


def test_frames_of_another_shot_do_not_count(tmp_path: Path) -> None:
    frames, _ = scene()
    other = np.asarray(texture(120, 200, seed=9), np.uint8)
    frames[FRAME + 4 :] = other if other.ndim == 3 else other[..., None]
    frames[: FRAME - 3] = frames[FRAME + 4]
    found = evidence_of(folder_clip(tmp_path / "in", frames), FRAME)
    assert not found.matches.any()
    assert not found.stands_out.any()


def test_a_single_frame_knows_no_background(tmp_path: Path) -> None:
    found = evidence_of(folder_clip(tmp_path / "in", scene()[0][:1]), 0)
    assert not found.differs.any()
    assert not found.matches.any()
