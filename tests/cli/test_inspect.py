"""`vinpaint inspect`: what is wrong in words with the ready flags, or as JSON."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest

from examples.synthetic import Camera, scene, texture
from examples.synthetic.broken import PLANTS
from tests.making import write_folder
from vinpaint.cli.main import _run
from vinpaint.core import Box, Frames, Span
from vinpaint.media import open_clip

SIZE, BOX, SPAN = (160, 96), Box(48, 24, 112, 72), Span(12, 14)


def vinpaint(*words: object) -> int:
    return _run([str(word) for word in words])


def sound(count: int = 26) -> Frames:
    camera = Camera(pan_px=(1.5, 0.4))
    return scene(texture(200, 320, seed=3), camera, size=SIZE, frames=count)


def test_a_glitch_is_told_with_the_command_that_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = PLANTS["torn"](sound(), BOX, SPAN, 1.0, 1)
    source = write_folder(tmp_path / "a clip", broken)
    assert vinpaint("inspect", source) == 0
    said, err = capsys.readouterr()
    assert err == ""
    first, remedy, command = said.splitlines()
    assert first.startswith("1. Frames 12 to 13 are damaged in the middle, while the frames")
    assert "Mask it on these frames" in remedy
    program, *words = shlex.split(command)
    assert program == "vinpaint"
    out = tmp_path / "mended.mkv"
    assert vinpaint(*words[:-1], out) == 0
    mended, truth = open_clip(out).read(SPAN).frames, sound()[SPAN.start : SPAN.stop]
    inside = (slice(None), *BOX.slices)
    gap = abs(mended[inside].astype(int) - truth[inside]).mean()
    before = abs(broken[SPAN.start : SPAN.stop][inside].astype(int) - truth[inside]).mean()
    assert gap < 0.3 * before


def test_a_black_frame_is_made_anew_by_the_command_it_gives(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = sound().copy()
    broken[12] = 0
    source = write_folder(tmp_path / "clip", broken)
    assert vinpaint("inspect", source) == 0
    first, remedy, command = capsys.readouterr().out.splitlines()
    assert first.startswith("1. Frame 12 is torn or from another picture, unlike its neighbours")
    assert "Mask the whole picture" in remedy
    out = tmp_path / "mended.mkv"
    assert vinpaint(*shlex.split(command)[1:-1], out) == 0
    mended = open_clip(out).read(Span(12, 13)).frames[0]
    assert abs(mended.astype(int) - sound()[12]).mean() < 3


def test_the_same_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_folder(tmp_path / "clip", PLANTS["torn"](sound(), BOX, SPAN, 1.0, 1))
    assert vinpaint("inspect", source, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["width"], told["height"], told["frames"]) == (*SIZE, 26)
    (fault,) = told["faults"]
    assert (fault["kind"], fault["span"]) == ("glitch", [12, 14])
    assert fault["flags"] == [
        "--region", ",".join(map(str, fault["box"])), "--frames", "12:14",
    ]  # fmt: skip
    assert 0 < fault["score"] <= 1
    assert fault["words"]
    assert fault["remedy"]


def test_repeated_frames_are_not_to_be_masked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_folder(tmp_path / "clip", PLANTS["frozen"](sound(), BOX, SPAN, 1.0, 1))
    assert vinpaint("inspect", source) == 0
    said = capsys.readouterr().out
    assert "Frames 12 to 13 repeat the frame before, while the clip moves." in said
    assert "export the clip again at its true frame rate" in said
    assert "vinpaint run" not in said


def test_a_sound_clip_is_told_plainly(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_folder(tmp_path / "clip", sound())
    assert vinpaint("inspect", source) == 0
    assert capsys.readouterr().out.startswith("Nothing stands out: no flicker, no colour shift")
    assert vinpaint("inspect", source, "--json") == 0
    assert json.loads(capsys.readouterr().out)["faults"] == []


def test_what_cannot_be_read_is_one_plain_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vinpaint("inspect", tmp_path / "none.mp4") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1
