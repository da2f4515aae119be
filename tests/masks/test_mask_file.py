"""Test finished masks from files: white is replaced, and wrong sizes are refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.making import disk_hole, pan, write_folder
from tests.masks.making import folder_clip, silence
from vinpaint import masks
from vinpaint.core import Bools, Frames, MaskError, MaskFile, MaskTrack
from vinpaint.masks.mask_file import luminance, read_painting
from vinpaint.masks.rle import encode
from vinpaint.media import Clip, write_frames, write_png

HEIGHT, WIDTH, COUNT = 24, 36, 4


@pytest.fixture
def clip(tmp_path: Path) -> Clip:
    return folder_clip(tmp_path / "in", pan(COUNT, HEIGHT, WIDTH))


@pytest.fixture
def holes() -> Bools:
    return disk_hole(COUNT, HEIGHT, WIDTH, radius=6, start=(12, 12), step=(2, 0))


def white(holes: Bools) -> Frames:
    return np.repeat(holes[..., None].astype(np.uint8) * 255, 3, axis=-1)


def find(clip: Clip, *paths: Path) -> MaskTrack:
    return masks.find(clip, [MaskFile(str(path)) for path in paths], progress=silence)


def test_a_folder_gives_one_mask_a_frame(clip: Clip, holes: Bools, tmp_path: Path) -> None:
    track = find(clip, write_folder(tmp_path / "mask", white(holes)))
    assert np.array_equal(track.read(clip.span).values > 0, holes)


def test_a_video_does_too(clip: Clip, holes: Bools, tmp_path: Path) -> None:
    path = tmp_path / "mask.mkv"
    write_frames(path, white(holes), fps=24)
    assert np.array_equal(find(clip, path).read(clip.span).values > 0, holes)


def test_a_single_image_holds_for_every_frame(clip: Clip, holes: Bools, tmp_path: Path) -> None:
    path = tmp_path / "mask.png"
    write_png(path, white(holes)[0])
    values = find(clip, path).read(clip.span).values > 0
    assert all(np.array_equal(mask, holes[0]) for mask in values)


def test_two_masks_are_joined(clip: Clip, holes: Bools, tmp_path: Path) -> None:
    write_png(tmp_path / "a.png", white(holes)[0])
    write_png(tmp_path / "b.png", white(holes)[-1])
    values = find(clip, tmp_path / "a.png", tmp_path / "b.png").read(clip.span).values > 0
    assert np.array_equal(values[1], holes[0] | holes[-1])


def test_half_grey_is_where_white_begins(clip: Clip, tmp_path: Path) -> None:
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[0, :3] = [[255] * 3, [128] * 3, [127] * 3]
    write_png(tmp_path / "mask.png", image)
    values = find(clip, tmp_path / "mask.png").read(clip.span).values
    assert values[0, 0, :3].tolist() == [1, 1, 0]


def _blank(height: int, width: int, value: int) -> Frames:
    return np.full((height, width, 3), value, np.uint8)


@pytest.mark.parametrize(
    ("image", "words"),
    [
        (_blank(HEIGHT, WIDTH, 0), "the mask is black all over"),
        (_blank(HEIGHT, WIDTH, 100), "its brightest value is 100"),
        (_blank(10, 12, 255), r"the mask is 12x10, the clip 36x24"),
    ],
)
def test_an_image_that_does_not_fit_is_refused(
    clip: Clip, image: Frames, words: str, tmp_path: Path
) -> None:
    write_png(tmp_path / "mask.png", image)
    with pytest.raises(MaskError, match=words) as caught:
        find(clip, tmp_path / "mask.png")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda root: root / "nowhere.png", "there is no such mask"),
        (
            lambda root: write_folder(root / "few", np.full((2, HEIGHT, WIDTH, 3), 255, np.uint8)),
            "the mask has 2 frames, the clip 4",
        ),
        (
            lambda root: write_folder(root / "small", np.full((4, 8, 8, 3), 255, np.uint8)),
            "the mask is 8x8, the clip 36x24",
        ),
    ],
)
def test_a_folder_that_does_not_fit_is_refused(
    clip: Clip, make: Callable[[Path], Path], words: str, tmp_path: Path
) -> None:
    with pytest.raises(MaskError, match=words):
        find(clip, make(tmp_path))


def test_a_painting_must_show_white(clip: Clip, holes: Bools, tmp_path: Path) -> None:
    write_png(tmp_path / "good.png", white(holes)[1])
    assert np.array_equal(read_painting(clip, str(tmp_path / "good.png")), holes[1])
    write_png(tmp_path / "dim.png", _blank(HEIGHT, WIDTH, 90))
    with pytest.raises(MaskError, match="nothing is painted white"):
        read_painting(clip, str(tmp_path / "dim.png"))


def test_luminance_follows_bt601() -> None:
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255]]], np.uint8)
    assert luminance(colours).tolist() == [[76, 150, 29, 255]]


def scaled_up(holes: Bools, times: int) -> Frames:
    return np.repeat(np.repeat(white(holes), times, axis=1), times, axis=2)


@pytest.mark.parametrize("times", [2, 3])
def test_another_scale_is_refused_until_asked_for(
    clip: Clip, holes: Bools, times: int, tmp_path: Path
) -> None:
    path = str(write_folder(tmp_path / "mask", scaled_up(holes, times)))
    words = (
        f"the mask is {WIDTH * times}x{HEIGHT * times}, the clip {WIDTH}x{HEIGHT}.*--resize-mask"
    )
    with pytest.raises(MaskError, match=words):
        masks.find(clip, [MaskFile(path)], progress=silence)
    track = masks.find(clip, [MaskFile(path, resize=True)], progress=silence)
    assert track.size == (WIDTH, HEIGHT)
    assert np.array_equal(track.read(clip.span).values > 0, holes)


def test_a_small_mask_grows_with_its_own_edges(clip: Clip, tmp_path: Path) -> None:
    small = np.zeros((HEIGHT // 2, WIDTH // 2, 3), np.uint8)
    small[3:5, 4:9] = 255
    write_png(tmp_path / "mask.png", small)
    track = masks.find(clip, [MaskFile(str(tmp_path / "mask.png"), resize=True)], progress=silence)
    want = np.zeros((HEIGHT, WIDTH), np.bool_)
    want[6:10, 8:18] = True
    assert np.array_equal(track.read(clip.span).values[0] > 0, want)


def test_run_lengths_of_another_scale_too(clip: Clip, holes: Bools, tmp_path: Path) -> None:
    entries = [encode(hole) for hole in scaled_up(holes, 2)[..., 0] > 0]
    path = tmp_path / "mask.json"
    path.write_text(json.dumps(entries))
    with pytest.raises(
        MaskError, match=r"frame 0: the mask is 72x48, the clip 36x24.*--resize-mask"
    ):
        masks.find(clip, [MaskFile(str(path))], progress=silence)
    track = masks.find(clip, [MaskFile(str(path), resize=True)], progress=silence)
    assert np.array_equal(track.read(clip.span).values > 0, holes)


def test_another_shape_is_refused_even_then(clip: Clip, tmp_path: Path) -> None:
    write_png(tmp_path / "mask.png", _blank(HEIGHT, WIDTH + 2, 255))
    with pytest.raises(MaskError, match="is 38x24, the clip 36x24, of another shape"):
        masks.find(clip, [MaskFile(str(tmp_path / "mask.png"), resize=True)], progress=silence)


def test_a_wrong_count_is_refused_even_then(clip: Clip, holes: Bools, tmp_path: Path) -> None:
    path = write_folder(tmp_path / "mask", scaled_up(holes, 2)[:3])
    with pytest.raises(MaskError, match="the mask has 3 frames, the clip 4"):
        masks.find(clip, [MaskFile(str(path), resize=True)], progress=silence)
