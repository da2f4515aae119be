"""Test COCO run-length encoding: round trips, and errors for malformed input."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

from tests.making import disk_hole, left_over, pan
from tests.masks.making import folder_clip, silence, some_masks, stored
from vinpaint import backend, masks
from vinpaint.core import (
    Bools,
    Box,
    Cancelled,
    Job,
    Mask,
    MaskError,
    MaskFile,
    MaskTrack,
    MediaError,
    OutputError,
    Region,
    Span,
    Tuning,
)
from vinpaint.masks.rle import decode, encode, write_rle
from vinpaint.media import Clip

HEIGHT, WIDTH, COUNT = 24, 36, 15


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return folder_clip(tmp_path / "in", pan(COUNT, HEIGHT, WIDTH))


@pytest.fixture
def holes() -> Bools:
    return disk_hole(COUNT, HEIGHT, WIDTH, radius=6, start=(4, 12), step=(4, 0))


def find(clip: Clip, held: Any, folder: Path) -> MaskTrack:
    path = folder / "mask.json"
    path.write_text(held if isinstance(held, str) else json.dumps(held))
    return masks.find(clip, [MaskFile(str(path))], progress=silence)


def test_it_counts_down_the_columns_zeros_first() -> None:
    mask = np.array([[1, 0, 0], [1, 1, 0]], np.bool_)
    assert encode(mask) == {"size": [2, 3], "counts": [0, 2, 1, 1, 2]}
    assert encode(~mask) == {"size": [2, 3], "counts": [2, 1, 1, 2]}
    assert encode(np.zeros((2, 3), np.bool_)) == {"size": [2, 3], "counts": [6]}


def test_cocos_own_string_is_read() -> None:
    """`pycocotools.mask.encode` of a 9x10 picture with a block at rows 2 to 5, columns 3 to 6."""
    mask = np.zeros((9, 10), np.bool_)
    mask[2:6, 3:7] = True
    assert encode(mask)["counts"] == [29, 4, 5, 4, 5, 4, 5, 4, 30]
    assert np.array_equal(decode({"size": [9, 10], "counts": "m04500000i0"}), mask)


@settings(max_examples=40, deadline=None)
@given(some_masks())
def test_there_and_back_is_the_same(shapes: Bools) -> None:
    for shape in shapes:
        assert np.array_equal(decode(json.loads(json.dumps(encode(shape)))), shape)


def test_a_written_file_is_read_again(clip: Clip, holes: Bools, tmp_path: Path) -> None:
    path = tmp_path / "mask.json"
    write_rle(path, stored(holes), fps=clip.fps, progress=silence)
    held = json.loads(path.read_text())
    assert held["clip"] == {"width": WIDTH, "height": HEIGHT, "frames": COUNT, "fps": 24.0}
    assert held["masks"][COUNT - 1] is None  # the disk has left
    track = masks.find(clip, [MaskFile(str(path))], progress=silence)
    assert np.array_equal(track.read(clip.span).values > 0, holes)


def test_a_list_alone_and_a_single_entry_for_all(clip: Clip, holes: Bools, tmp_path: Path) -> None:
    track = find(clip, [encode(hole) for hole in holes], tmp_path)
    assert np.array_equal(track.read(clip.span).values > 0, holes)
    track = find(clip, encode(holes[1]), tmp_path)
    assert all(np.array_equal(mask > 0, holes[1]) for mask in track.read(clip.span).values)


def test_of_a_soft_mask_a_half_and_more_counts(tmp_path: Path) -> None:
    class Soft:
        size, frames = (4, 1), 1

        def read(self, span: Span, *, box: Box | None = None) -> Mask:
            return Mask(np.array([[[0.0, 0.49, 0.5, 1.0]]], np.float32))

        def bounds(self, frame: int) -> Box | None:
            return Box(0, 0, 4, 1)

    write_rle(tmp_path / "mask.json", Soft(), fps=25)
    assert json.loads((tmp_path / "mask.json").read_text())["masks"][0]["counts"] == [2, 2]


GOOD = {"size": [HEIGHT, WIDTH], "counts": [10, 5, HEIGHT * WIDTH - 15]}


@pytest.mark.parametrize(
    ("held", "words"),
    [
        ("{", "not JSON that can be read"),
        ("[" * 100_000, "not JSON that can be read"),
        ([], "it holds no masks"),
        ("7", "it holds no masks"),
        ([None] * COUNT, "it holds no masks"),
        ({"shapes": 1}, "expected an entry with size and counts"),
        ([GOOD] * 3, f"the mask has 3 frames, the clip {COUNT}"),
        ([*[GOOD] * (COUNT - 1), 5], f"frame {COUNT - 1}: expected an entry"),
        ([{**GOOD, "counts": [10, 5]}] * COUNT, "sum to 15, but 36x24 are 864 pixels"),
        ([{**GOOD, "counts": [-1, 865]}] * COUNT, "not whole numbers from 0 on"),
        ([{**GOOD, "counts": [864.0]}] * COUNT, "not whole numbers from 0 on"),
        ([{**GOOD, "counts": "\n"}] * COUNT, "not a COCO run-length string"),
        ([{**GOOD, "size": [24]}] * COUNT, r"its size is \[24\]"),
        ([{**GOOD, "size": "24x36"}] * COUNT, "its size is 24x36"),
        ([{"size": [5, 6], "counts": [0, 30]}] * COUNT, "the mask is 6x5, the clip 36x24"),
        ([{**GOOD, "counts": [864]}] * COUNT, "black all over"),
    ],
)
def test_what_does_not_fit_is_refused(clip: Clip, held: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(MaskError, match=words) as caught:
        find(clip, held, tmp_path)
    assert "\n" not in str(caught.value)


def test_a_size_without_measure_is_refused(clip: Clip, tmp_path: Path) -> None:
    huge = {"size": [10**6, 10**6], "counts": [10**12]}
    with pytest.raises(MediaError, match="over the limit"):
        find(clip, huge, tmp_path)


def test_a_file_too_large_is_refused(
    clip: Clip, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vinpaint.masks.rle.LARGEST_MB", 1e-5)
    with pytest.raises(MaskError, match="over the limit of 1e-05 for RLE"):
        find(clip, [GOOD] * COUNT, tmp_path)


def test_the_backend_writes_the_tuned_mask_to_json(clip: Clip, tmp_path: Path) -> None:
    region = Box(3, 4, 20, 15)
    job = Job(str(clip.path), (Region(region),), Tuning(0, 0, 0))
    backend.write_mask(job, tmp_path / "mask.json")
    again = masks.find(clip, [MaskFile(str(tmp_path / "mask.json"))], progress=silence)
    want = np.zeros((COUNT, HEIGHT, WIDTH), np.bool_)
    want[(slice(None), *region.slices)] = True
    assert np.array_equal(again.read(clip.span).values > 0, want)
    assert left_over(tmp_path) == ["in", "mask.json"]


def test_where_it_cannot_be_written_is_said_at_once(clip: Clip, tmp_path: Path) -> None:
    job = Job(str(clip.path), (Region(Box(0, 0, 9, 9)),))
    (tmp_path / "taken.json").mkdir()
    with pytest.raises(OutputError, match="a folder of this name is in the way"):
        backend.write_mask(job, tmp_path / "taken.json")
    with pytest.raises(OutputError, match="does not exist; create it"):
        backend.write_mask(job, tmp_path / "gone" / "mask.json")
    assert left_over(tmp_path) == ["in", "taken.json"]


def test_a_cancel_leaves_nothing(holes: Bools, tmp_path: Path) -> None:
    def progress(fraction: float, words: str) -> None:
        if fraction > 0:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        write_rle(tmp_path / "mask.json", stored(holes), fps=25, progress=progress)
    assert left_over(tmp_path) == []
