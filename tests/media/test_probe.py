"""What a file really holds: size, rate, timestamps, planes, turn, sound, damage."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.making import LAYOUTS, TURNS, SoundSpec, encode, random_clip, turn, turned
from vinpaint.core import MediaError
from vinpaint.media.probe import AudioInfo, MediaInfo, Orientation, probe


def made(
    path: Path,
    count: int = 6,
    *,
    layout: str = "420",
    size: tuple[int, int] = (32, 48),
    **more: object,
) -> Path:
    return encode(path, random_clip(LAYOUTS[layout], count, *size), LAYOUTS[layout], **more)  # type: ignore[arg-type]


def test_size_rate_and_count(tmp_path: Path) -> None:
    info = probe(made(tmp_path / "a.mp4", 7, rate=30))
    assert (info.width, info.height, len(info.pts), info.fps) == (48, 32, 7, 30)
    assert info.seekable
    assert info.codec == "h264"
    assert info.notes == ()
    assert info.sound == ()


@pytest.mark.parametrize(
    "rate", [24, 25, 60, Fraction(30000, 1001), Fraction(24000, 1001), Fraction(25, 2)]
)
@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_usual_rates_survive_coarse_timestamps(
    rate: int | Fraction, suffix: str, tmp_path: Path
) -> None:
    """Matroska counts in milliseconds: 1001/30000 s is blurred there, and still told apart."""
    info = probe(made(tmp_path / f"a{suffix}", 40, rate=rate, size=(16, 16)))
    assert info.fps == rate


@pytest.mark.parametrize("name", LAYOUTS)
def test_layouts_are_told_apart(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    info = probe(made(tmp_path / "a.mkv", 2, layout=name))
    found = info.layout
    assert (found.family, found.pixel_format, found.depth) == (
        layout.family,
        layout.pixel_format,
        layout.depth,
    )
    assert (found.shift_x, found.shift_y) == (layout.shift_x, layout.shift_y)
    if layout.family == "yuv":
        assert not found.full_range
    assert any("10-bit" in note for note in info.notes) == (layout.depth == 10)


def test_uneven_timestamps_are_kept_as_they_are(tmp_path: Path) -> None:
    pts = [0, 40, 80, 200, 210, 500]
    path = made(tmp_path / "a.mp4", 6, pts=pts, time_base=Fraction(1, 1000))
    info = probe(path)
    assert [float(p * info.time_base) for p in info.pts] == pytest.approx(
        [p / 1000 for p in pts], abs=1e-4
    )
    assert info.seekable


def test_a_single_frame_has_a_rate(tmp_path: Path) -> None:
    info = probe(made(tmp_path / "a.mp4", 1, rate=24))
    assert len(info.pts) == 1
    assert info.fps == 24


@pytest.mark.parametrize("name", TURNS)
def test_the_display_matrix_becomes_the_turn_that_a_player_makes(name: str, tmp_path: Path) -> None:
    info = probe(turn(made(tmp_path / "a.mp4", 2), TURNS[name]))
    image = np.arange(32 * 48).reshape(32, 48)
    assert np.array_equal(info.orientation.upright(image), turned(image, TURNS[name]))
    upright = turned(image, TURNS[name])
    assert (info.height, info.width) == upright.shape


def test_a_turned_clip_turns_its_pixels_aspect(tmp_path: Path) -> None:
    path = turn(made(tmp_path / "a.mp4", 2, aspect=Fraction(4, 3)), TURNS["quarter"])
    assert probe(path).aspect == Fraction(3, 4)
    assert probe(made(tmp_path / "b.mp4", 2, aspect=Fraction(4, 3))).aspect == Fraction(4, 3)


def test_a_matrix_without_sense_is_left_aside_and_said(tmp_path: Path) -> None:
    info = probe(turn(made(tmp_path / "a.mp4", 2), (1, 1, -1, 1)))
    assert info.orientation == Orientation()
    assert any("rotation tag makes no sense" in note for note in info.notes)


def test_sound_is_listed(tmp_path: Path) -> None:
    info = probe(made(tmp_path / "a.mp4", 5, sound=SoundSpec("aac", 0.2, 44_100, 1)))
    assert info.sound == (AudioInfo("aac", 1, 44_100),)


def cut_in_the_middle(path: Path) -> Path:
    """Overwrite the second half of the picture data; the header, in front, stays whole."""
    data = bytearray(path.read_bytes())
    begin = data.index(b"mdat") + 4
    middle = begin + (len(data) - begin) // 2
    data[middle:] = bytes(len(data) - middle)
    path.write_bytes(bytes(data))
    return path


def faststart(path: Path, count: int) -> Path:
    import av

    plain = made(path.with_name("plain.mp4"), count)
    with (
        av.open(str(plain)) as source,
        av.open(str(path), "w", container_options={"movflags": "+faststart"}) as out,
    ):
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = stream
                out.mux(packet)
    return path


def test_damage_in_the_middle_leaves_what_decodes_and_says_so(tmp_path: Path) -> None:
    path = cut_in_the_middle(faststart(tmp_path / "cut.mp4", 40))
    info: MediaInfo = probe(path)
    assert 0 < len(info.pts) < 40
    assert list(info.pts) == sorted(set(info.pts))
    assert any("promises 40 frames, but only" in note for note in info.notes)


def test_a_file_of_which_nothing_decodes_is_refused(tmp_path: Path) -> None:
    path = faststart(tmp_path / "gone.mp4", 5)
    data = bytearray(path.read_bytes())
    begin = data.index(b"mdat") + 4
    data[begin:] = bytes(len(data) - begin)
    path.write_bytes(bytes(data))
    with pytest.raises(MediaError):
        probe(path)


def test_a_gif_is_a_clip(tmp_path: Path) -> None:
    from PIL import Image

    images = [Image.fromarray(np.full((12, 20, 3), v, np.uint8)) for v in (10, 120, 240)]
    path = tmp_path / "a.gif"
    images[0].save(path, save_all=True, append_images=images[1:], duration=100)
    info = probe(path)
    assert (info.width, info.height, len(info.pts)) == (20, 12, 3)
    assert info.layout.family == "rgb"
