"""Test that a single changed sample outside the mask is found, and that the mask is ignored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.making import LAYOUTS, Track, encode, pan, random_clip, random_planes, write_folder
from vinpaint.core import OutsideDifference, Span
from vinpaint.media import Picture, open_clip
from vinpaint.quality.exactness import Comparison, OutsideMask, largest_difference


def hole_track(count: int = 5, height: int = 24, width: int = 32) -> Track:
    values = np.zeros((count, height, width), np.float32)
    values[1:4, 6:12, 8:16] = 1.0
    values[1:4, 5, 8:16] = 0.01  # the faintest edge belongs to the mask
    return Track(values)


def test_kept_pixels_are_those_where_the_mask_is_exactly_zero() -> None:
    track = hole_track(40)
    kept = OutsideMask(track)
    for t in range(40):  # over several windows
        assert np.array_equal(kept.of(t), track.values[t] == 0)


def test_kept_pixels_may_be_asked_for_again() -> None:
    track = hole_track(40)
    kept = OutsideMask(track)
    for t in (3, 30, 2, 39, 0):
        assert np.array_equal(kept.of(t), track.values[t] == 0)


@pytest.mark.parametrize("name", LAYOUTS)
def test_one_sample_off_is_found_in_every_plane(name: str) -> None:
    layout = LAYOUTS[name]
    first = Picture(0, random_planes(layout, 24, 32), layout)
    kept = hole_track().values[1] == 0
    assert largest_difference(first, first, kept)[1] == 0
    for number in range(len(first.planes)):
        planes = [plane.copy() for plane in first.planes]
        planes[number][1, 1] += 3
        compared, worst = largest_difference(first, Picture(0, tuple(planes), layout), kept)
        assert worst == 3
        assert compared <= sum(plane.size for plane in planes)


def test_the_count_is_of_luma_and_of_whole_chroma_blocks() -> None:
    """24x32 pixels, a 7x8 hole (y 5 to 11, x 8 to 15): 4x4 of 12x16 chroma samples left out."""
    layout = LAYOUTS["420"]
    picture = Picture(0, random_planes(layout, 24, 32), layout)
    kept = hole_track().values[1] == 0
    compared, _ = largest_difference(picture, picture, kept)
    assert compared == (24 * 32 - 7 * 8) + 2 * (12 * 16 - 4 * 4)


def test_what_differs_inside_the_mask_does_not_count() -> None:
    layout = LAYOUTS["420"]
    first = Picture(0, random_planes(layout, 24, 32), layout)
    planes = [plane.copy() for plane in first.planes]
    planes[0][5:12, 8:16] += 9
    planes[1][2:6, 4:8] += 9
    kept = hole_track().values[1] == 0
    assert largest_difference(first, Picture(0, tuple(planes), layout), kept)[1] == 0


def test_large_differences_do_not_wrap_around() -> None:
    layout = LAYOUTS["grey"]
    black = Picture(0, (np.zeros((2, 2), np.uint8),), layout)
    white = Picture(0, (np.full((2, 2), 255, np.uint8),), layout)
    kept = np.ones((2, 2), np.bool_)
    assert largest_difference(black, white, kept) == (4, 255)
    assert largest_difference(white, black, kept) == (4, 255)


def test_other_layouts_are_compared_in_rgb() -> None:
    layout = LAYOUTS["420"]
    first = Picture(0, random_planes(layout, 8, 8), layout)
    rgb = first.rgb()
    same = Picture(0, tuple(np.ascontiguousarray(rgb[..., c]) for c in range(3)), LAYOUTS["rgb"])
    kept = np.ones((8, 8), np.bool_)
    assert largest_difference(first, same, kept) == (8 * 8 * 3, 0)


def test_a_padded_row_and_column_are_left_aside() -> None:
    layout = LAYOUTS["444"]
    first = Picture(0, random_planes(layout, 7, 9), layout)
    padded = tuple(np.pad(p, ((0, 1), (0, 1)), constant_values=200) for p in first.planes)
    kept = np.ones((7, 9), np.bool_)
    assert largest_difference(first, Picture(0, padded, layout), kept) == (7 * 9 * 3, 0)


def test_whole_files_are_compared_frame_by_frame(tmp_path: Path) -> None:
    layout = LAYOUTS["420"]
    planes = random_clip(layout, 5, 24, 32)
    source = open_clip(encode(tmp_path / "a.mkv", planes, layout))
    planes[4][0][20, 3] += 5
    planes[2][0][8, 10] += 50  # within the mask
    result = open_clip(encode(tmp_path / "b.mkv", planes, layout))
    comparison = Comparison(source, result, hole_track())
    ticks: list[int] = []
    comparison.compare(Span(0, 2), on_frame=ticks.append)
    assert comparison.result(before_encoding=2, lossless=True).largest_difference == 0
    comparison.compare(Span(2, 5), on_frame=ticks.append)
    assert ticks == [0, 1, 2, 3, 4]
    found = comparison.result(before_encoding=2, lossless=True)
    per_frame = 24 * 32 + 2 * 12 * 16
    assert found == OutsideDifference(5 * per_frame - 3 * (7 * 8 + 2 * 4 * 4), 5, 2, True)


def test_files_of_unequal_length_are_not_called_equal(tmp_path: Path) -> None:
    frames = pan(5, 24, 32)
    source = open_clip(write_folder(tmp_path / "a", frames))
    result = open_clip(write_folder(tmp_path / "b", frames[:4]))
    for one, other in ((source, result), (result, source)):
        with pytest.raises(ValueError, match=r"frames, a result of"):
            Comparison(one, other, hole_track())
