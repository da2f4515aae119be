"""A folder of numbered images is a clip; single pictures come in by the same door."""

from __future__ import annotations

import struct
import warnings
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from tests.making import pan, texture, write_folder
from vinpaint.core import Box, MediaError, Span
from vinpaint.media import open_clip, read_image
from vinpaint.media.image_sequence import image_files, image_size


def test_images_are_read_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 9, 100, 1):
        Image.new("RGB", (4, 4), (number, 0, 0)).save(tmp_path / f"frame{number}.png")
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "11.png").mkdir()
    assert [p.name for p in image_files(tmp_path)] == [
        "frame1.png",
        "frame9.png",
        "frame10.png",
        "frame100.png",
    ]
    assert open_clip(tmp_path).read(Span(0, 4)).frames[:, 0, 0, 0].tolist() == [1, 9, 10, 100]


def test_a_folder_is_read_as_it_was_written(tmp_path: Path) -> None:
    frames = pan(6, 20, 31, step=(1, 2))
    clip = open_clip(write_folder(tmp_path / "in", frames))
    assert (clip.width, clip.height, clip.frames, clip.fps) == (31, 20, 6, 24)
    assert clip.is_folder
    assert np.array_equal(clip.read(clip.span).frames, frames)
    box = Box(3, 4, 20, 11)
    assert np.array_equal(clip.read(Span(2, 5), box=box).frames, frames[2:5, 4:11, 3:20])


@pytest.mark.parametrize(("fps", "seconds"), [(None, 0.25), (12.0, 0.5), (60.0, 0.1)])
def test_its_rate_is_the_callers(fps: float | None, seconds: float, tmp_path: Path) -> None:
    clip = open_clip(write_folder(tmp_path / "in", pan(6, 8, 8)), fps=fps)
    assert clip.seconds == pytest.approx(seconds)


@pytest.mark.parametrize("fps", [-1.0, 1e9, 1e-9, float("nan"), float("inf"), 0.0])
def test_a_rate_without_sense_is_refused(fps: float, tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in", pan(2, 8, 8))
    with pytest.raises(MediaError, match="frames a second"):
        open_clip(folder, fps=fps)


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="holds no images"):
        open_clip(tmp_path)


def test_images_of_two_sizes_are_refused_by_name(tmp_path: Path) -> None:
    write_folder(tmp_path, pan(3, 20, 30))
    cv2.imwrite(str(tmp_path / "00003.png"), texture(20, 32))
    clip = open_clip(tmp_path)
    with pytest.raises(MediaError, match=r"00003\.png: 32x20, but the folder starts at 30x20"):
        clip.read(clip.span)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "I;16"])
def test_every_kind_of_picture_becomes_rgb(mode: str, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    if mode == "I;16":
        Image.fromarray(np.full((5, 7), 204 * 257, np.uint16)).save(path)
    else:
        Image.new("RGB", (7, 5), (204, 204, 204)).convert(mode).save(path)
    image = read_image(path)
    assert image.shape == (5, 7, 3)
    assert image.dtype == np.uint8
    assert np.abs(image.astype(int) - 204).max() <= 1


def test_colours_stay_in_rgb_order(tmp_path: Path) -> None:
    Image.new("RGB", (3, 3), (250, 100, 5)).save(tmp_path / "a.png")
    assert read_image(tmp_path / "a.png")[0, 0].tolist() == [250, 100, 5]


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_a_photo_s_orientation_is_applied_and_its_size_agrees(
    orientation: int, tmp_path: Path
) -> None:
    image = Image.fromarray(texture(20, 40))
    exif = Image.Exif()
    exif[0x0112] = orientation
    path = tmp_path / "a.jpg"
    image.save(path, exif=exif, quality=95)
    turns = {1: 0, 3: 2, 6: -1, 8: 1}
    want = np.rot90(texture(20, 40), turns[orientation])
    read = read_image(path)
    assert image_size(path) == (read.shape[1], read.shape[0])
    assert read.shape == want.shape
    assert np.abs(read.astype(int) - want).mean() < 6


def test_a_picture_that_is_none_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_text("no picture")
    with pytest.raises(MediaError, match=r"a\.png: not a picture that can be read"):
        read_image(path)


def test_a_picture_cut_short_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(texture(60, 80)).save(path)
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(MediaError, match=r"a\.png: .* save it"):
        read_image(path)


def test_a_picture_that_is_too_large_is_refused_by_its_header(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.new("1", (16_000, 9_000)).save(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # one sentence is enough: nothing else on the terminal
        with pytest.raises(MediaError, match="16000x9000 is over the limit"):
            read_image(path)


def test_a_picture_bomb_is_refused(tmp_path: Path) -> None:
    """A small file whose header promises a gigapixel."""
    path = tmp_path / "a.png"
    Image.new("1", (8, 8)).save(path)
    data = bytearray(path.read_bytes())
    data[16:24] = struct.pack(">2I", 30_000, 30_000)
    data[29:33] = struct.pack(">I", zlib.crc32(data[12:29]))
    path.write_bytes(bytes(data))
    with pytest.raises(MediaError):
        read_image(path)


def test_an_image_is_unpacked_once_for_all_passes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = open_clip(write_folder(tmp_path, pan(5, 20, 30)))
    first = clip.read(clip.span).frames
    monkeypatch.setattr(cv2, "imdecode", None)  # would be called again
    assert np.array_equal(clip.reopen().read(clip.span).frames, first)


def test_a_damaged_image_is_named_in_its_turn(tmp_path: Path) -> None:
    clip = open_clip(write_folder(tmp_path, pan(9, 20, 30)))
    whole = (tmp_path / "00006.png").read_bytes()
    (tmp_path / "00006.png").write_bytes(whole[: len(whole) // 2])
    pictures = clip.pictures()
    assert [next(pictures).index for _ in range(6)] == [0, 1, 2, 3, 4, 5]
    with pytest.raises(MediaError, match=r"00006\.png"):
        next(pictures)
