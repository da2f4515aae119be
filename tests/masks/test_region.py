"""Test a fixed rectangle as the mask of every frame."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.making import pan
from tests.masks.making import folder_clip, silence
from vinpaint import masks
from vinpaint.core import Box, MaskError, Region


def test_it_marks_its_pixels_on_every_frame(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", pan(3, 20, 30))
    track = masks.find(clip, [Region(Box(4, 5, 10, 9))], progress=silence)
    values = track.read(clip.span).values
    assert values.shape == (3, 20, 30)
    assert (values[:, 5:9, 4:10] == 1).all()
    assert values.sum() == 3 * 4 * 6


def test_it_is_cut_to_the_picture_and_several_are_joined(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", pan(2, 20, 30))
    where = [Region(Box(-5, -5, 3, 2)), Region(Box(28, 18, 99, 99))]
    track = masks.find(clip, where, progress=silence)
    assert track.read(clip.span).values[0].sum() == 3 * 2 + 2 * 2
    assert track.bounds(1) == Box(0, 0, 30, 20)


@pytest.mark.parametrize(
    ("box", "words"),
    [
        (Box(5, 5, 5, 9), "the region 5,5,5,9 is empty"),
        (Box(9, 5, 5, 9), "is empty"),
        (Box(30, 0, 40, 9), "lies outside the picture, which is 30x20"),
        (Box(-9, 0, 0, 9), "lies outside"),
    ],
)
def test_one_that_marks_nothing_is_refused(box: Box, words: str, tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", pan(1, 20, 30))
    with pytest.raises(MaskError, match=words) as caught:
        masks.find(clip, [Region(box)], progress=silence)
    assert "\n" not in str(caught.value)
