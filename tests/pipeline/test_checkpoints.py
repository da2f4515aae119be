"""A stopped job goes on where it stopped, to the same bytes; what is not whole is not taken."""

from __future__ import annotations

import errno
import os
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests import tiny_diffusion as tiny
from tests.making import disk_hole, left_over, pan, write_folder
from vinpaint import backend
from vinpaint.core import (
    Cancelled,
    Context,
    FillSettings,
    Generation,
    Job,
    LimitError,
    MaskFile,
    OutputError,
    Result,
    Span,
    Tuning,
    Video,
)
from vinpaint.pipeline import checkpoints, zerogpu
from vinpaint.strategies import get_strategy

COUNT, HEIGHT, WIDTH = 24, 48, 64
WINDOWS = 4
"""Of twelve frames each, half of them repaired."""


@pytest.fixture(autouse=True)
def small_windows(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("vinpaint.pipeline.plan.MAX_FRAMES", 12)
    monkeypatch.setattr("vinpaint.media.clip.call_in_worker", lambda f, *args, **_: f(*args))
    monkeypatch.setenv("VINPAINT_RESULTS", str(tmp_path / "results"))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A noisy still scene with a white disk that moves over it."""
    still = np.repeat(pan(1, HEIGHT, WIDTH), COUNT, axis=0).astype(np.int16)
    noisy = still + np.random.default_rng(0).integers(-6, 7, still.shape)
    hole = disk_hole(COUNT, HEIGHT, WIDTH, radius=6, start=(12, 24), step=(1, 0))
    frames = np.where(hole[..., None], 255, noisy.clip(0, 255)).astype(np.uint8)
    write_folder(tmp_path / "in", frames)
    write_folder(tmp_path / "mask", hole.astype(np.uint8) * 255)
    soft = Tuning(2, 1, 0)
    where = (MaskFile(str(tmp_path / "mask")),)
    return Job(str(tmp_path / "in"), where, soft, measures="none")


def kept(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "results" / checkpoints.FOLDER).glob("*"))


class Fills:
    """In place of the strategy: fills with what the window before led on, and the seed.

    Counts the windows; raises `error` instead of the one of number `fails`.
    """

    def __init__(self) -> None:
        self.done, self.fails = 0, -1
        self.error: BaseException = Cancelled("stopped")

    def __call__(self, *given: Any, context: Context, settings: FillSettings, **_: Any) -> Video:
        _, video, mask = given
        if self.done == self.fails:
            raise self.error
        self.done += 1
        context.note("a note of the strategy")
        led = int(context.repaired.frames.sum()) % 50 if context.repaired else settings.seed
        frames = video.frames.copy()
        frames[mask.hole] = np.arange(mask.hole.sum())[:, None] % 50 + led
        return Video(frames)

    def since(self) -> int:
        """How many since this was asked last; from now on none fails."""
        done, self.done, self.fails = self.done, 0, -1
        return done


@pytest.fixture
def fills(monkeypatch: pytest.MonkeyPatch) -> Fills:
    fake = Fills()
    monkeypatch.setattr(zerogpu, "fill", fake)
    return fake


def run(job: Job, out: Path, *, resume: bool = True, **more: Any) -> Result:
    return backend.run(job, [out], resume=resume, overwrite=True, **more)


def stop(job: Job, out: Path, fills: Fills, *, after: int, **more: Any) -> list[tuple[int, int]]:
    """A run that is stopped after so many windows; what it said of them."""
    told: list[tuple[int, int]] = []
    fills.fails = after
    with pytest.raises(type(fills.error)):
        run(job, out, on_stop=lambda *words: told.append(words), **more)
    assert not out.exists()
    assert fills.since() == after
    return told


@pytest.mark.parametrize("error", [Cancelled("stopped"), MemoryError(), LimitError("no quota")])
def test_it_goes_on_after_the_finished_windows_to_the_same_bytes(
    error: BaseException, job: Job, fills: Fills, tmp_path: Path
) -> None:
    whole = run(job, tmp_path / "whole.mkv", resume=False)
    assert fills.since() == WINDOWS
    fills.error = error
    assert stop(job, tmp_path / "out.mkv", fills, after=2) == [(2, WINDOWS)]
    assert len(kept(tmp_path)) == 2
    result = run(job, tmp_path / "out.mkv")
    assert fills.since() == WINDOWS - 2
    assert (tmp_path / "out.mkv").read_bytes() == (tmp_path / "whole.mkv").read_bytes()
    assert result.notes == (
        f"Went on after 2 of {WINDOWS} windows of a run that was stopped.",
        *whole.notes,
    )
    assert kept(tmp_path) == []
    assert not (tmp_path / "results" / checkpoints.FOLDER).exists()


def test_it_can_be_stopped_again_and_again(job: Job, fills: Fills, tmp_path: Path) -> None:
    stop(job, tmp_path / "out.mkv", fills, after=1)
    assert stop(job, tmp_path / "out.mkv", fills, after=1) == [(2, WINDOWS)]
    run(job, tmp_path / "out.mkv")
    assert fills.since() == WINDOWS - 2


def test_a_disk_full_of_results_costs_no_window(
    job: Job, fills: Fills, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(backend, "measure_output", full)
        with pytest.raises(OutputError, match="the disk is full"):
            run(job, tmp_path / "out.mkv")
    assert fills.since() == WINDOWS
    run(job, tmp_path / "out.mkv")
    assert fills.since() == 0


def test_what_cost_time_before_the_stop_is_told_with_the_rest(
    job: Job, fills: Fills, tmp_path: Path
) -> None:
    stop(job, tmp_path / "out.mkv", fills, after=2)
    for path in kept(tmp_path):
        window = checkpoints._unpack(path.read_bytes())
        path.write_bytes(checkpoints._pack(replace(window, seconds=500.0)))
    assert run(job, tmp_path / "out.mkv").seconds["repair"] > 1000


CHANGES: dict[str, Any] = {
    "seed": lambda job: replace(job, fill=replace(job.fill, seed=1)),
    "blend": lambda job: replace(job, fill=replace(job.fill, blend="poisson")),
    "edge": lambda job: replace(job, tuning=Tuning(3, 1, 0)),
}


@pytest.mark.parametrize("name", CHANGES)
def test_a_changed_setting_starts_anew(name: str, job: Job, fills: Fills, tmp_path: Path) -> None:
    stop(job, tmp_path / "out.mkv", fills, after=1)
    changed = CHANGES[name](job)
    run(changed, tmp_path / "out.mkv")
    assert fills.since() == WINDOWS
    assert len(kept(tmp_path)) == 1  # the other job can still go on


def test_a_changed_source_starts_anew_from_the_first_frame_that_differs(
    job: Job, fills: Fills, tmp_path: Path
) -> None:
    stop(job, tmp_path / "out.mkv", fills, after=3)
    last = sorted(Path(job.source).iterdir())[10]
    picture = cv2.imread(str(last))
    picture[0, 0] += 1
    cv2.imwrite(str(last), picture)
    result = run(job, tmp_path / "out.mkv")
    assert 0 < fills.since() < WINDOWS
    run(job, tmp_path / "whole.mkv", resume=False)
    assert (tmp_path / "out.mkv").read_bytes() == (tmp_path / "whole.mkv").read_bytes()
    assert result.notes[0].startswith("Went on after ")


def test_another_version_of_the_program_starts_anew(
    job: Job, fills: Fills, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop(job, tmp_path / "out.mkv", fills, after=1)
    monkeypatch.setattr(checkpoints, "_program", lambda: "other")
    run(job, tmp_path / "out.mkv")
    assert fills.since() == WINDOWS


def test_what_is_cut_off_or_damaged_counts_as_absent(
    job: Job, fills: Fills, tmp_path: Path
) -> None:
    run(job, tmp_path / "whole.mkv", resume=False)
    fills.since()
    stop(job, tmp_path / "out.mkv", fills, after=3)
    first, second, third = kept(tmp_path)
    first.write_bytes(first.read_bytes()[:-20])
    damaged = bytearray(second.read_bytes())
    damaged[len(damaged) // 2] ^= 255
    second.write_bytes(damaged)
    third.write_bytes(b"")
    run(job, tmp_path / "out.mkv")
    assert fills.since() == WINDOWS
    assert (tmp_path / "out.mkv").read_bytes() == (tmp_path / "whole.mkv").read_bytes()


def test_where_windows_cannot_be_kept_the_run_goes_on_and_says_so(
    job: Job, fills: Fills, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def full(number: int) -> None:
        asked.append(number)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    result = run(job, tmp_path / "out.mkv")
    assert len(asked) == 1  # not tried again
    assert "could not all be kept (No space left on device)" in result.notes[0]
    assert fills.since() == WINDOWS
    assert kept(tmp_path) == []


def test_nothing_is_kept_unless_asked_for_or_dear(
    job: Job, fills: Fills, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stop(job, tmp_path / "out.mkv", fills, after=2, resume=False) == []
    assert kept(tmp_path) == []
    monkeypatch.setattr(checkpoints, "is_expensive", lambda _: True)
    assert stop(job, tmp_path / "out.mkv", fills, after=2, resume=False) == [(2, WINDOWS)]
    assert len(kept(tmp_path)) == 2
    run(job, tmp_path / "out.mkv", resume=False)  # anew, since nobody asked to go on
    assert fills.since() == WINDOWS
    assert kept(tmp_path) == []


def test_networks_and_programs_from_outside_are_dear() -> None:
    dear = [
        name
        for name in ("propagate", "plate", "frames", "joint", "propainter", "outside:sttn")
        if checkpoints.is_expensive(FillSettings(name))
    ]
    assert dear == ["frames", "joint", "propainter", "outside:sttn"]


@pytest.mark.slow
def test_painted_by_a_model_that_was_loaded_again_it_comes_to_the_same_bytes(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vinpaint.pipeline.plan.MAX_FRAMES", 4)
    model = str(tiny.save_sd(tmp_path / "model"))
    told = Generation(model, steps=2, patient=True)
    painted = replace(job, fill=FillSettings("frames", "sand", generation=told), frames=Span(0, 6))
    run(painted, tmp_path / "whole.mkv", resume=False)
    monkeypatch.setattr("vinpaint.models.loading._LOADED", {})
    with monkeypatch.context() as patch:
        fill, calls = zerogpu.fill, iter([True, False])

        def spent(*how: Any, **more: Any) -> Video:
            if not next(calls):
                raise LimitError("this space lent no card")
            return fill(*how, **more)

        patch.setattr(zerogpu, "fill", spent)
        with pytest.raises(LimitError):
            run(painted, tmp_path / "out.mkv", resume=False)  # kept: it is dear
    monkeypatch.setattr("vinpaint.models.loading._LOADED", {})
    result = run(painted, tmp_path / "out.mkv")
    assert result.notes[0].startswith("Went on after 1 of 3 windows")
    assert (tmp_path / "out.mkv").read_bytes() == (tmp_path / "whole.mkv").read_bytes()


# --- what lies there is bounded ------------------------------------------------------------------


@pytest.fixture
def lying(tmp_path: Path) -> list[Path]:
    """Three windows of other jobs, of a thousand bytes, and the rest of a killed write; old."""
    folder = tmp_path / "results" / checkpoints.FOLDER
    folder.mkdir(parents=True)
    paths = [folder / f"{number}.window" for number in range(3)] + [folder / ".new-x"]
    for number, path in enumerate(paths):
        path.write_bytes(bytes(1000))
        then = time.time() - 3600 * (10 - number)
        os.utime(path, (then, then))
    return paths


@pytest.mark.usefixtures("fills")
def test_what_lay_for_days_goes(
    lying: list[Path], job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "MOST_SECONDS", 3600 * 8.5)
    run(job, tmp_path / "out.mkv")
    assert kept(tmp_path) == sorted(lying[2:])


def test_the_oldest_of_others_make_room(
    lying: list[Path], job: Job, fills: Fills, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop(job, tmp_path / "out.mkv", fills, after=1)
    (mine,) = set(kept(tmp_path)) - set(lying)
    monkeypatch.setattr(checkpoints, "MOST_BYTES", 2500 + 2 * mine.stat().st_size)
    stop(job, tmp_path / "out.mkv", fills, after=1)
    assert [path.exists() for path in lying] == [False, False, True, True]
    assert mine.exists()


@pytest.mark.usefixtures("fills")
@pytest.mark.parametrize(("limit", "size"), [("MOST_BYTES", 4000), ("SPARE_BYTES", 1 << 60)])
def test_beyond_its_bounds_nothing_more_is_kept(
    limit: str, size: int, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, limit, size)
    result = run(job, tmp_path / "out.mkv")
    assert "could not all be kept" in result.notes[0]
    assert kept(tmp_path) == []
    assert left_over(tmp_path) == ["in", "mask", "out.mkv", "results"]


def test_files_that_were_given_count_by_what_they_hold(tmp_path: Path) -> None:
    def basis(example: str, **more: Any) -> str:
        told = Generation(example=example, **more)
        return checkpoints.fingerprint_basis(FillSettings("propagate", generation=told))

    one, same, other = (tmp_path / name for name in ("one.png", "same.png", "other.png"))
    one.write_bytes(b"a picture")
    same.write_bytes(b"a picture")
    other.write_bytes(b"another")
    assert basis(str(one)) == basis(str(same), patient=True)
    assert basis(str(one)) != basis(str(other))
    assert basis(str(one)) != basis("")


def test_another_program_from_outside_starts_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = FillSettings("outside:e2fgvi")
    recipe = get_strategy(told.strategy).engine_file  # type: ignore[attr-defined]
    (variable,) = recipe.variables()
    for name in ("one", "other"):
        for need in recipe.needs:
            (tmp_path / name / need).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name / need).write_bytes(b"1")
    monkeypatch.setenv(variable, str(tmp_path / "one"))
    before = checkpoints.fingerprint_basis(told)
    assert checkpoints.fingerprint_basis(told) == before
    monkeypatch.setenv(variable, str(tmp_path / "other"))
    assert checkpoints.fingerprint_basis(told) != before
    monkeypatch.setenv(variable, str(tmp_path / "one"))
    (tmp_path / "one" / recipe.needs[-1]).write_bytes(b"22")
    assert checkpoints.fingerprint_basis(told) != before


def test_other_weights_start_anew(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    folder.mkdir()
    told = FillSettings("frames", generation=Generation(model=str(folder)))
    (folder / "one.safetensors").write_bytes(b"1")
    before = checkpoints.fingerprint_basis(told)
    assert checkpoints.fingerprint_basis(told) == before
    (folder / "one.safetensors").write_bytes(b"22")
    assert checkpoints.fingerprint_basis(told) != before
