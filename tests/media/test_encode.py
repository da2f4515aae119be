"""Plain frames to a playable .mp4 or a lossless .mkv."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.making import LAYOUTS, SoundSpec, encode, left_over, packets, pan, random_clip
from vinpaint.core import Cancelled, OutputError
from vinpaint.media import open_clip, write_frames


@pytest.mark.parametrize("size", [(32, 48), (33, 47), (1, 1)])
def test_a_lossless_file_gives_the_frames_back(size: tuple[int, int], tmp_path: Path) -> None:
    frames = np.random.default_rng(0).integers(0, 256, (4, *size, 3), np.uint8)
    write_frames(tmp_path / "a.mkv", frames, fps=25, lossless=True)
    clip = open_clip(tmp_path / "a.mkv")
    assert np.array_equal(clip.read(clip.span).frames, frames)


def test_a_lossless_grey_file_gives_every_level_back(tmp_path: Path) -> None:
    frames = np.arange(256, dtype=np.uint8).reshape(1, 16, 16).repeat(2, axis=0)
    write_frames(tmp_path / "a.mkv", frames, fps=25, lossless=True)
    clip = open_clip(tmp_path / "a.mkv")
    assert clip.layout.family == "grey"
    assert np.array_equal(clip.read(clip.span).frames[..., 0], frames)


@pytest.mark.parametrize("size", [(64, 96), (63, 95)])
def test_an_mp4_looks_like_its_frames_and_plays_everywhere(
    size: tuple[int, int], tmp_path: Path
) -> None:
    frames = pan(5, *size, step=(1, 0))
    write_frames(tmp_path / "a.mp4", frames, fps=30)
    clip = open_clip(tmp_path / "a.mp4")
    assert (clip.frames, clip.fps, clip.layout.pixel_format) == (5, 30, "yuv420p")
    assert (clip.width, clip.height) == (size[1] + size[1] % 2, size[0] + size[0] % 2)
    read = clip.read(clip.span).frames[:, : size[0], : size[1]].astype(int)
    assert np.abs(read - frames).mean() < 7
    with av.open(str(tmp_path / "a.mp4")) as container:
        assert container.streams.video[0].codec.canonical_name == "h264"


def test_flat_colours_keep_their_place(tmp_path: Path) -> None:
    frames = np.empty((3, 32, 32, 3), np.uint8)
    frames[:] = (200, 90, 30)
    write_frames(tmp_path / "a.mp4", frames, fps=25)
    clip = open_clip(tmp_path / "a.mp4")
    assert np.abs(clip.read(clip.span).frames.astype(int) - frames).max() <= 3


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), 12.5, 24])
def test_the_rate_is_kept(rate: Fraction, tmp_path: Path) -> None:
    write_frames(tmp_path / "a.mp4", pan(10, 16, 16), fps=rate)
    assert open_clip(tmp_path / "a.mp4").fps == Fraction(rate).limit_denominator(1001)


def test_sound_comes_from_another_clip(tmp_path: Path) -> None:
    layout = LAYOUTS["420"]
    spec = SoundSpec("aac", 0.4)
    source = open_clip(
        encode(tmp_path / "in.mp4", random_clip(layout, 10, 16, 16), layout, sound=spec)
    )
    write_frames(tmp_path / "a.mp4", pan(10, 16, 16), fps=25, sound_from=source)
    assert packets(tmp_path / "a.mp4", "audio") == packets(source.path, "audio")


def test_frames_are_taken_one_at_a_time(tmp_path: Path) -> None:
    """A generator that breaks off leaves nothing behind."""

    def stream() -> Iterator[np.ndarray]:
        yield from pan(3, 16, 16)
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        write_frames(tmp_path / "a.mp4", stream(), fps=25)
    assert left_over(tmp_path) == []


def test_no_frames_are_an_error_and_leave_nothing(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="no frames"):
        write_frames(tmp_path / "a.mp4", iter(()), fps=25)
    assert left_over(tmp_path) == []


def test_the_same_frames_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.mp4", "b.mp4"):
        write_frames(tmp_path / name, pan(6, 32, 32), fps=25)
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
