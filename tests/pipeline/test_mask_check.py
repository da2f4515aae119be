"""Which masks are judged as objects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.masks.making import folder_clip, moving_disk, stored
from vinpaint.core import Bools, Box, Captions, Click, MaskFile, Prompt, Region, Shadow
from vinpaint.media import Clip, write_png
from vinpaint.pipeline.mask_check import check_found_mask

COUNT = 30


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, Bools]:
    """A clip, and a mask that misses a part on some frames and is empty on others."""
    frames, masks = moving_disk(count=COUNT, width=192, start=(30, 48), step=(3, 0))
    masks = masks.copy()
    masks[8:14, 52:] = False
    masks[20:24] = False
    return folder_clip(tmp_path_factory.mktemp("in"), frames), masks


def kinds(made: tuple[Clip, Bools], *prompts: Prompt) -> set[str]:
    clip, masks = made
    return {one.kind for one in check_found_mask(clip, prompts, stored(masks), cuts=())}


def test_an_object_is_judged(made: tuple[Clip, Bools]) -> None:
    assert {"part", "lost"} <= kinds(made, Click(0, 30, 48))
    assert {"part", "lost"} <= kinds(made, Click(0, 30, 48), Shadow())


@pytest.mark.parametrize("prompt", [Region(Box(10, 10, 30, 30)), Captions()])
def test_a_place_and_captions_are_not(made: tuple[Clip, Bools], prompt: Prompt) -> None:
    assert kinds(made, prompt) == set()


def test_one_image_for_all_frames_is_a_place(made: tuple[Clip, Bools], tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", np.zeros((8, 8), np.uint8))
    assert kinds(made, MaskFile(str(tmp_path / "a.png"))) == set()


@pytest.mark.parametrize("prompts", [[MaskFile("a.mkv")], [Click(0, 30, 48), Captions()]])
def test_what_may_be_empty_on_purpose_is_judged_by_its_shape(
    made: tuple[Clip, Bools], prompts: list[Prompt]
) -> None:
    assert kinds(made, *prompts) == {"part"}


def test_a_mask_file_that_stays_in_its_place_is_not_judged(tmp_path: Path) -> None:
    frames, masks = moving_disk(count=12)
    masks[:] = False
    masks[2:9, 20:40, 20:60] = True
    clip = folder_clip(tmp_path / "in", frames)
    assert check_found_mask(clip, [MaskFile("a.mkv")], stored(masks), cuts=()) == ()
