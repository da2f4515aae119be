"""Test the mask of what a clip lacks: its three kinds together, and the errors without any."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.making import disk_hole, pan, write_folder
from tests.masks.detect.test_borders import stabilised, steady, with_bars
from tests.masks.making import folder_clip, overlap, silence
from vinpaint import masks
from vinpaint.core import Box, Job, MaskError, Missing, Prompt, Region, job_from_json, job_to_json
from vinpaint.media import open_clip


def test_all_kinds_are_found_together(tmp_path: Path) -> None:
    frames, missing = stabilised(steady())
    count, height, width = missing.shape
    hole = disk_hole(count, height, width, radius=18, start=(100, 100), step=(3, 0))
    frames[5, 144:192, 192:256] = 128
    missing[5, 144:192, 192:256] = True
    for t, frame in enumerate(frames):
        alpha = np.where(hole[t], 0, 255).astype(np.uint8)
        image = np.dstack([cv2.cvtColor(frame, cv2.COLOR_RGB2BGR), alpha])
        cv2.imwrite(str(tmp_path / f"{t:02d}.png"), image)
    with open_clip(tmp_path) as clip:
        found = masks.find_missing(clip, progress=silence)
        kinds = {area.kind: area.frames for area in found.areas}
        assert kinds["transparent"] == count
        assert kinds["border"] > count // 2
        assert kinds["block"] == 1
        assert overlap(found.track.read(clip.span).hole, missing | hole) >= 0.97


def test_the_prompt_unites_with_others(tmp_path: Path) -> None:
    frames, missing = stabilised(steady())
    clip = folder_clip(tmp_path / "in", frames)
    where: list[Prompt] = [Missing(), Region(Box(100, 100, 140, 130))]
    hole = masks.find(clip, where, progress=silence).read(clip.span).hole
    assert hole[:, 100:130, 100:140].all()
    missing[:, 100:130, 100:140] = True
    assert overlap(hole, missing) >= 0.97


def test_nothing_missing_is_said_in_one_line(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", pan(6, 96, 128))
    with pytest.raises(MaskError, match="no transparent pixels, no border that moves") as error:
        masks.find(clip, [Missing()], progress=silence)
    assert "\n" not in str(error.value)


def test_bars_are_named_with_their_places(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", with_bars(steady()))
    with pytest.raises(MaskError, match="bars at 0,0,320,30 and 0,210,320,240 stay in place"):
        masks.find(clip, [Missing()], progress=silence)


def test_a_clip_without_any_opaque_pixel_is_refused(tmp_path: Path) -> None:
    for t in range(3):
        cv2.imwrite(str(tmp_path / f"{t}.png"), np.zeros((32, 32, 4), np.uint8))
    with open_clip(tmp_path) as clip, pytest.raises(MaskError, match="transparent everywhere"):
        masks.find(clip, [Missing()], progress=silence)


def test_a_job_file_keeps_the_prompt(tmp_path: Path) -> None:
    source = str(write_folder(tmp_path / "in", pan(1, 8, 8)))
    job = Job(source, where=(Missing(object_id=2),))
    assert job_from_json(job_to_json(job)) == job
