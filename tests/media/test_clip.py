"""Opening a clip: what it says of itself, and that probing leaves the file alone."""

from __future__ import annotations

import hashlib
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.making import LAYOUTS, SoundSpec, encode, pan, random_clip, write_folder
from vinpaint.core import Box, LimitError, MediaError, Span
from vinpaint.media import clip as open_module
from vinpaint.media import file_hash, open_clip


def made(path: Path, **more: object) -> Path:
    return encode(path, random_clip(LAYOUTS["420"], 10, 32, 48), LAYOUTS["420"], **more)  # type: ignore[arg-type]


def test_a_clip_says_what_it_is(tmp_path: Path) -> None:
    clip = open_clip(made(tmp_path / "a.mp4", sound=SoundSpec("aac", 0.4)))
    assert (clip.width, clip.height, clip.frames, clip.fps) == (48, 32, 10, 25)
    assert clip.seconds == pytest.approx(0.4)
    assert clip.span == Span(0, 10)
    assert clip.box == Box(0, 0, 48, 32)
    assert not clip.is_folder
    assert [s.codec for s in clip.sound] == ["aac"]
    assert repr(clip) == "Clip(a.mp4, 48x32, 10 frames)"


def test_the_length_of_uneven_frames_is_their_time_and_not_their_count(tmp_path: Path) -> None:
    pts = [0, 100, 200, 1000, 1100, 1200, 1300, 1400, 1500, 2000]
    clip = open_clip(made(tmp_path / "a.mp4", pts=pts, time_base=Fraction(1, 1000)))
    assert clip.seconds == pytest.approx(2.0 + float(1 / clip.fps), abs=0.01)


def test_opening_and_reading_change_nothing(tmp_path: Path) -> None:
    path = made(tmp_path / "a.mp4")
    before = path.read_bytes()
    clip = open_clip(path)
    clip.read(Span(3, 6))
    clip.close()
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["a.mp4"]


def test_probing_past_its_limits_is_a_plain_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*_: object, **__: object) -> None:
        raise LimitError("over 120 seconds")

    monkeypatch.setattr(open_module, "call_in_worker", slow)
    with pytest.raises(MediaError, match="too long or too much memory"):
        open_clip(made(tmp_path / "a.mp4"))


def test_a_relative_path_still_holds_after_a_change_of_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(tmp_path / "a.mp4")
    monkeypatch.chdir(tmp_path)
    clip = open_clip("a.mp4")
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert clip.read(Span(0, 1)).frames.shape == (1, 32, 48, 3)


@pytest.mark.parametrize(
    "name", ["with space.mp4", "-o.mp4", "ünï©ode 猫.mp4", "a%05d.mp4", "a:b.mp4", "concat:x.mp4"]
)
def test_names_are_only_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a pattern, nor an option, nor a protocol."""
    made(tmp_path / "plain.mp4").rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert open_clip(name).read(Span(9, 10)).frames.shape == (1, 32, 48, 3)


def test_again_has_a_place_of_its_own_in_the_file(tmp_path: Path) -> None:
    clip = open_clip(made(tmp_path / "a.mp4"))
    other = clip.reopen()
    assert other.reader is not clip.reader
    first, second = clip.pictures(), other.pictures()
    order = [next(first).index, next(first).index, next(second).index, next(first).index]
    assert order == [0, 1, 0, 2]
    folder = open_clip(write_folder(tmp_path / "in", pan(2, 8, 8)))
    assert folder.reopen() is folder


def test_the_hash_of_a_file_is_its_sha_256(tmp_path: Path) -> None:
    path = made(tmp_path / "a.mp4")
    assert file_hash(open_clip(path)) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_hash_of_a_folder_tells_content_order_and_names_apart(tmp_path: Path) -> None:
    frames = pan(3, 8, 8)
    same = [file_hash(open_clip(write_folder(tmp_path / n, frames))) for n in ("a", "b")]
    assert same[0] == same[1]
    other = file_hash(open_clip(write_folder(tmp_path / "c", frames[::-1])))
    renamed = file_hash(open_clip(write_folder(tmp_path / "d", frames, first=7)))
    assert len({same[0], other, renamed}) == 3


def test_what_the_program_wrote_is_opened_without_a_child(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = made(tmp_path / "a.mp4")
    guarded = open_clip(path)
    monkeypatch.setattr("vinpaint.media.clip.call_in_worker", None)  # would be called
    ours = open_clip(path, trusted=True)
    assert ours == guarded
    assert np.array_equal(ours.read(Span(2, 4)).frames, guarded.read(Span(2, 4)).frames)
