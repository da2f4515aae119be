"""Test that planted lost blocks are found, and that other sudden things are not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.making import pan
from tests.masks.making import overlap
from vinpaint.core import Bools, Frames
from vinpaint.masks.detect.block_search import BlockSearch
from vinpaint.masks.detect.lost_blocks import pixels
from vinpaint.media import open_clip

COUNT, HEIGHT, WIDTH = 12, 240, 320
GREY, GREEN, BLACK = (128, 128, 128), (0, 135, 0), (0, 0, 0)


def search(frames: Frames) -> Bools:
    """Return the (T, H, W) lost pixels of a shot."""
    height, width = frames.shape[1:3]
    blocks = BlockSearch((width, height))
    for t, frame in enumerate(frames):
        blocks.add(t, frame)
    mask = np.zeros(frames.shape[:3], np.bool_)
    for t, cells in blocks.finish().items():
        mask[t] = pixels(cells, (width, height))
    return mask


def moving() -> Frames:
    return pan(COUNT, HEIGHT, WIDTH, step=(5, 1), seed=3)


@pytest.mark.parametrize("colour", [GREY, GREEN, BLACK])
@pytest.mark.parametrize("frames", [1, 3])
def test_blocks_of_one_colour_are_found(colour: tuple[int, int, int], frames: int) -> None:
    clip, lost = moving(), np.zeros((COUNT, HEIGHT, WIDTH), np.bool_)
    for rows, columns in ((slice(48, 112), slice(32, 160)), (slice(160, 240), slice(240, 320))):
        lost[4 : 4 + frames, rows, columns] = True
    clip[lost] = colour
    assert overlap(search(clip), lost) >= 0.99


def test_a_lost_slice_with_a_step_is_found() -> None:
    clip, lost = moving(), np.zeros((COUNT, HEIGHT, WIDTH), np.bool_)
    lost[5, 144:160, 96:] = True
    lost[5, 160:] = True
    clip[lost] = GREY
    assert overlap(search(clip), lost) >= 0.99


@pytest.mark.parametrize("first", [0, COUNT - 2])
def test_blocks_at_the_ends_of_the_clip_are_found(first: int) -> None:
    clip, lost = moving(), np.zeros((COUNT, HEIGHT, WIDTH), np.bool_)
    lost[first : first + 2, 64:128, 64:160] = True
    clip[lost] = GREEN
    assert overlap(search(clip), lost) >= 0.99


@pytest.mark.parametrize("frames", [1, 2])
def test_blocks_of_an_earlier_frame_are_found(frames: int) -> None:
    clip, lost = moving(), np.zeros((COUNT, HEIGHT, WIDTH), np.bool_)
    lost[4 : 4 + frames, 80:160, 96:224] = True
    for t in range(4, 4 + frames):
        clip[t, 80:160, 96:224] = clip[3, 80:160, 96:224]
    assert overlap(search(clip), lost) >= 0.9


def test_garbage_is_found() -> None:
    clip, lost = moving(), np.zeros((COUNT, HEIGHT, WIDTH), np.bool_)
    lost[6, 80:160, 96:224] = True
    clip[6, 80:160, 96:224] = np.roll(clip[6], (97, 133), (0, 1))[80:160, 96:224]
    assert overlap(search(clip), lost) >= 0.9


def flash(clip: Frames) -> None:
    clip[5] = np.clip(clip[5].astype(int) + 80, 0, 255)


def black_frame(clip: Frames) -> None:
    clip[5] = 0


def off_the_grid(clip: Frames) -> None:
    """A caption with a plain box, not on the grid."""
    clip[4:7, 101:139, 83:223] = 30


def overlay_that_stays(clip: Frames) -> None:
    clip[:, 96:144, 80:240] = 30


def ball(clip: Frames) -> None:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    for t, frame in enumerate(clip):
        frame[(x - 40 - 25 * t) ** 2 + (y - 120) ** 2 < 900] = (200, 40, 40)


@pytest.mark.parametrize("change", [flash, black_frame, off_the_grid, overlay_that_stays, ball])
def test_other_sudden_things_are_left(change: object) -> None:
    clip = moving()
    assert callable(change)
    change(clip)
    assert not search(clip).any()


def test_a_clip_without_faults_has_no_lost_blocks() -> None:
    assert not search(moving()).any()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bmx-trees", "breakdance", "dog", "libby"])
def test_real_clips_have_no_lost_blocks(clips: Path, name: str) -> None:
    with open_clip(clips / name / "frames") as clip:
        assert not search(clip.read(clip.span).frames).any()
