"""Twelve odd and hostile files: worked on as a player shows them, or refused by one sentence."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.making import left_over, times
from vinpaint.core import Span
from vinpaint.media import Clip, open_clip, outside_masks

pytestmark = [pytest.mark.odd_media, pytest.mark.slow]

REFUSED = {
    "r05_malformed_free_box.mp4": "header",
    "r21_audio_only.3gp": "no picture",
    "g36_ffconcat_localfile.mp4": "not a video",
    "g38_bomb_16000x16000.mp4": "16000x16000 is over the limit",
    "g40_truncated_no_moov.mp4": "header",
}
WORKED_ON = {
    "r01_rotate_and_reflect.mp4": 30,
    "r12_hlg10.mp4": 9,
    "r18_vp9_odd_dimensions.webm": 30,
    "r27_corrupted.mp4": 28,
    "r29_rot90.mov": 3,
    "r30_alpha.webm": 150,
    "g37_vfr_odd321x241_444.mp4": 13,
}
"""How many frames can be used."""


def program(*words: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "vinpaint", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=300)


@pytest.fixture
def unchanged(odd_media: Path) -> Iterator[None]:
    """No file of the folder changes, comes or goes."""

    def state() -> dict[str, str]:
        files = [p for p in odd_media.iterdir() if p.is_file()]
        return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in files}

    before = state()
    yield
    assert state() == before


def repaired(path: Path, out: Path) -> subprocess.CompletedProcess[str]:
    words = ("--region", "4,4,20,20", "--frames", "0:2", "--measures", "none")
    done = program("run", path, "-o", out, *words)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done


def test_the_folder_holds_what_is_tested(odd_media: Path) -> None:
    held = {p.name for p in odd_media.iterdir() if p.suffix != ".md"}
    assert held >= {*REFUSED, *WORKED_ON}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("out", ["out.mkv", "out"])
@pytest.mark.usefixtures("unchanged")
def test_a_refusal_is_one_line_and_leaves_nothing(
    name: str, out: str, odd_media: Path, tmp_path: Path
) -> None:
    done = program("run", odd_media / name, "-o", tmp_path / out, "--region", "1,1,9,9")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr
    assert name in done.stderr
    assert REFUSED[name] in done.stderr
    assert left_over(tmp_path) == []


@pytest.mark.usefixtures("unchanged")
def test_the_concat_script_s_neighbour_is_not_opened(odd_media: Path, tmp_path: Path) -> None:
    """A named pipe under the neighbour's name: nobody comes to read it."""
    script = tmp_path / "g36.mp4"
    script.write_bytes((odd_media / "g36_ffconcat_localfile.mp4").read_bytes())
    named = [w.strip("'\"") for w in script.read_text(errors="replace").split()]
    targets = [w for w in named if "." in w and "/" not in w and w[0].isalpha()]
    assert targets, "the script names no neighbour"
    for target in targets:
        os.mkfifo(tmp_path / target)
    done = program("run", script, "-o", tmp_path / "out.mkv", "--region", "1,1,9,9")
    assert done.returncode == 1
    for target in targets:
        with pytest.raises(OSError, match="No such device"):
            os.open(tmp_path / target, os.O_WRONLY | os.O_NONBLOCK)


@pytest.mark.parametrize("name", WORKED_ON)
@pytest.mark.usefixtures("unchanged")
def test_what_can_be_used_is_repaired_exactly(name: str, odd_media: Path, tmp_path: Path) -> None:
    clip = open_clip(odd_media / name)
    assert clip.frames == WORKED_ON[name]
    done = repaired(clip.path, tmp_path / "out.mkv")
    assert "Nothing outside the mask changed" in done.stdout
    again = open_clip(tmp_path / "out.mkv")
    assert (again.width, again.height, again.frames) == (clip.width, clip.height, clip.frames)
    last = Span(clip.frames - 1, clip.frames)
    assert np.array_equal(clip.read(last).frames, again.read(last).frames)
    check_planes(clip, again)
    repaired(clip.path, tmp_path / "out.mp4")
    playable = open_clip(tmp_path / "out.mp4")
    assert playable.frames == clip.frames
    assert (playable.width, playable.height) == (
        clip.width + clip.width % 2,
        clip.height + clip.height % 2,
    )


def check_planes(clip: Clip, again: Clip) -> None:
    kept = np.ones((clip.height, clip.width), np.bool_)
    kept[:40, :40] = False  # the region, with the tuning around it
    two = Span(0, min(4, clip.frames))
    for old, new in zip(clip.pictures(two), again.pictures(two), strict=True):
        masks = outside_masks(kept, clip.layout)
        for a, b, where in zip(old.planes, new.planes, masks, strict=True):
            assert np.array_equal(a[where], b[where])


def shown(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """The first frame as stored (RGB) and its display matrix (2 x 2)."""
    from av.sidedata.sidedata import Type

    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        matrix = np.frombuffer(bytes(frame.side_data.get(Type.DISPLAYMATRIX)), np.int32)
        return frame.to_ndarray(format="rgb24"), matrix.reshape(3, 3)[:2, :2] // 65536


@pytest.mark.parametrize("name", ["r01_rotate_and_reflect.mp4", "r29_rot90.mov"])
def test_turned_clips_are_upright(name: str, odd_media: Path) -> None:
    stored, ((a, b), (c, d)) = shown(odd_media / name)
    y, x = np.mgrid[0 : stored.shape[0], 0 : stored.shape[1]]
    to_x, to_y = a * x + c * y, b * x + d * y
    to_x, to_y = to_x - to_x.min(), to_y - to_y.min()
    upright = np.zeros((to_y.max() + 1, to_x.max() + 1, 3), np.uint8)
    upright[to_y, to_x] = stored
    got = open_clip(odd_media / name).read(Span(0, 1)).frames[0]
    assert got.shape == upright.shape
    right = np.abs(got.astype(int) - upright).mean()
    wrong = min(
        np.abs(got.astype(int) - other).mean()
        for other in (upright[::-1], upright[:, ::-1], upright[::-1, ::-1])
    )
    assert right < 6
    assert right < wrong / 2


def test_hdr_keeps_its_depth_and_tags_in_a_master_and_says_what_an_mp4_loses(
    odd_media: Path, tmp_path: Path
) -> None:
    path = odd_media / "r12_hlg10.mp4"
    clip = open_clip(path)
    assert clip.layout.depth == 10
    repaired(path, tmp_path / "out.mkv")
    again = open_clip(tmp_path / "out.mkv")
    assert again.layout == clip.layout
    assert (again.info.primaries, again.info.transfer) == (clip.info.primaries, clip.info.transfer)
    assert clip.info.transfer == 18, "HLG"
    said = repaired(path, tmp_path / "out.mp4").stdout
    assert "8-bit samples; the source has 10" in said
    assert open_clip(tmp_path / "out.mp4").layout.depth == 8


def test_odd_sizes_are_kept_in_a_master_and_said_of_an_mp4(odd_media: Path, tmp_path: Path) -> None:
    clip = open_clip(odd_media / "r18_vp9_odd_dimensions.webm")
    assert (clip.width, clip.height) == (161, 121)
    assert "162x122: H.264 needs even sizes" in repaired(clip.path, tmp_path / "out.mp4").stdout


def test_damage_is_said(odd_media: Path, tmp_path: Path) -> None:
    said = repaired(odd_media / "r27_corrupted.mp4", tmp_path / "out.mkv").stdout
    assert "promises 50 frames, but only 28 can be decoded" in said


def test_alpha_is_said_to_be_dropped(odd_media: Path, tmp_path: Path) -> None:
    said = repaired(odd_media / "r30_alpha.webm", tmp_path / "out.mkv").stdout
    assert "transparency (alpha) is dropped" in said


@pytest.mark.parametrize("out", ["out.mkv", "out.mp4"])
def test_uneven_times_are_kept(out: str, odd_media: Path, tmp_path: Path) -> None:
    path = odd_media / "g37_vfr_odd321x241_444.mp4"
    repaired(path, tmp_path / out)
    before, after = times(path), times(tmp_path / out)
    assert np.diff(before).std() > Fraction(1, 1000), "the times are even: nothing is tested"
    assert after == pytest.approx(before, abs=0.001)
