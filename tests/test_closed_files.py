"""Every media file that a command opens is closed again, whether the command succeeds or fails."""

from __future__ import annotations

import gc
import json
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from tests.making import encode_rgb, write_folder
from vinpaint.cli.main import app
from vinpaint.core import Box, Cancelled, Job, Region
from vinpaint.media import open_clip, open_writer

FRAMES = [np.full((48, 64, 3), 90 + 4 * t, np.uint8) for t in range(8)]
MARKED = [np.zeros((48, 64), np.uint8) for _ in FRAMES]
for image in MARKED:
    image[16:32, 20:40] = 255


class Tracked:
    """A container that reports whether it was closed; all else is the container's."""

    def __init__(self, container: Any, opened: str) -> None:
        self._container, self.opened, self.is_open = container, opened, True

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def __enter__(self) -> Tracked:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.is_open = False
        self._container.close()


@pytest.fixture
def containers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Tracked]]:
    """Every container that is opened in this process; none may be open at the end."""
    opened: list[Tracked] = []
    really = av.open

    def tracked(*args: Any, **options: Any) -> Tracked:
        where = "".join(traceback.format_stack(limit=6))
        opened.append(Tracked(really(*args, **options), where))
        return opened[-1]

    monkeypatch.setattr(av, "open", tracked)
    monkeypatch.setattr("vinpaint.media.clip.call_in_worker", lambda f, *args, **_: f(*args))
    yield opened
    gc.collect()
    left = [one.opened for one in opened if one.is_open]
    assert not left, f"{len(left)} of {len(opened)} stay open, first opened here:\n{left[0]}"


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return encode_rgb(tmp_path / "in.mkv", FRAMES)


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    return encode_rgb(tmp_path / "mask.mkv", [np.repeat(m[..., None], 3, 2) for m in MARKED])


def command(*words: object) -> int:
    return CliRunner().invoke(app, [str(word) for word in words]).exit_code


pytestmark = pytest.mark.filterwarnings("error::ResourceWarning")


def test_a_repair_closes_what_it_opened(
    containers: list[Tracked], clip: Path, mask: Path, tmp_path: Path
) -> None:
    outs = [word for name in ("a.mkv", "b.mp4", "c") for word in ("-o", tmp_path / name)]
    page = tmp_path / "page.html"
    assert command("run", clip, "--mask", mask, *outs, "--report", page) == 0
    assert len(containers) > 5


@pytest.mark.parametrize("out", ["m.mkv", "m", "m.json"])
def test_a_mask_closes_what_it_opened(
    out: str, containers: list[Tracked], clip: Path, mask: Path, tmp_path: Path
) -> None:
    assert command("mask", clip, "--mask", mask, "-o", tmp_path / out) == 0
    assert containers


def test_forecast_inspection_and_score_close_what_they_opened(
    containers: list[Tracked], clip: Path, mask: Path
) -> None:
    assert command("advise", clip, "--mask", mask) in (0, 3)
    assert command("inspect", clip) == 0
    assert command("score", clip, clip, "--mask", mask, "--truth", clip) == 0
    assert containers


@pytest.mark.parametrize(
    "words",
    [
        ["run", "{clip}", "--mask", "{short}", "-o", "{new}"],
        ["run", "{clip}", "--mask", "{mask}", "-o", "{clip}"],
        ["run", "{clip}", "--mask", "{mask}", "-o", "{new}", "--strategy", "nosuch"],
        ["mask", "{clip}", "--mask", "{short}", "-o", "{new}"],
        ["advise", "{clip}", "--mask", "{short}"],
        ["score", "{clip}", "{short}", "--mask", "{mask}"],
        ["score", "{clip}", "{clip}", "--mask", "{mask}", "--truth", "{short}"],
        ["inspect", "{sound}"],
    ],
)
def test_a_refused_command_closes_what_it_opened(
    words: list[str], containers: list[Tracked], clip: Path, mask: Path, tmp_path: Path
) -> None:
    short = encode_rgb(tmp_path / "short.mkv", FRAMES[:3])
    sound = tmp_path / "sound.mkv"
    sound.write_bytes(clip.read_bytes()[:200])
    new = tmp_path / "new.mkv"
    names = {"clip": clip, "mask": mask, "short": short, "sound": sound, "new": new}
    assert command(*(word.format(**names) for word in words)) != 0


@pytest.mark.parametrize("stage", [0.1, 0.5, 0.7, 0.9])
def test_a_cancelled_repair_closes_what_it_opened(
    stage: float, containers: list[Tracked], clip: Path, tmp_path: Path
) -> None:
    from vinpaint import backend

    def cancel(fraction: float, _: str) -> None:
        if fraction >= stage:
            raise Cancelled

    job = Job(str(clip), (Region(Box(20, 16, 40, 32)),))
    with pytest.raises(Cancelled):
        backend.run(job, [tmp_path / "out.mkv"], progress=cancel)
    assert containers


def test_a_clip_closes_what_was_reopened_from_it(containers: list[Tracked], clip: Path) -> None:
    with open_clip(clip) as first:
        second = first.reopen()
        third = second.reopen()
        for one in (first, second, third):
            assert len(list(one.pictures())) == len(FRAMES)
    assert containers


def test_a_clip_that_was_reopened_leaves_the_others_alone(
    containers: list[Tracked], clip: Path
) -> None:
    with open_clip(clip) as first:
        pictures = first.pictures()
        next(pictures)
        with first.reopen() as second:
            assert len(list(second.pictures())) == len(FRAMES)
        assert len(list(pictures)) == len(FRAMES) - 1
    assert containers


def test_a_writer_that_fails_closes_the_sound_and_the_file(
    containers: list[Tracked], tmp_path: Path
) -> None:
    walker = Path(__file__).parents[1] / "examples" / "walker.mp4"

    def write_and_fail() -> None:
        with open_clip(walker) as clip, open_writer(tmp_path / "out.mp4", clip) as writer:
            writer.write(next(clip.pictures()), None)
            raise KeyError("something odd")

    with pytest.raises(KeyError):
        write_and_fail()
    assert containers
    assert not (tmp_path / "out.mp4").exists()


def test_folders_are_read_without_leaving_a_file_open(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "in", FRAMES)
    assert command("inspect", folder, "--json") == 0
    assert json.loads(CliRunner().invoke(app, ["inspect", str(folder), "--json"]).stdout)
