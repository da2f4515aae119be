"""`--resume`: a killed run goes on after its finished windows, to the same bytes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from tests.making import disk_hole, pan, write_folder
from vinpaint import backend
from vinpaint.cli.main import _run
from vinpaint.core import Job, LimitError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SMALL_WINDOWS = """
from vinpaint.pipeline import plan
plan.MAX_FRAMES = 12
"""
KILLED_AFTER_TWO = """
import os, signal
from vinpaint.pipeline.checkpoints import CheckpointStore
keep, kept = CheckpointStore.save, []

def keep_and_die(self, seal, window):
    keep(self, seal, window)
    kept.append(seal)
    if len(kept) == 2:
        os.kill(os.getpid(), signal.SIGKILL)

CheckpointStore.save = keep_and_die
"""
START = """
from vinpaint.cli.main import main
main()
"""
FINISHED = "results/.unfinished/*.window"


@pytest.fixture
def words(tmp_path: Path) -> list[str]:
    """A command: forty frames of a still scene, and a disk that moves over it."""
    count, height, width = 40, 96, 128
    still = np.repeat(pan(1, height, width), count, axis=0)
    hole = disk_hole(count, height, width, radius=12, start=(20, 48), step=(2, 0))
    write_folder(tmp_path / "in", np.where(hole[..., None], np.uint8(255), still))
    write_folder(tmp_path / "mask", hole.astype(np.uint8) * 255)
    return ["run", "in", "--mask", "mask", "--measures", "none"]


def ran(
    folder: Path, words: list[str], *, before: str = SMALL_WINDOWS
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", before + START, *words],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "VINPAINT_RESULTS": str(folder / "results"),
            "OMP_NUM_THREADS": "1",
        },
    )


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's here")
def test_a_killed_run_goes_on_to_the_same_bytes(words: list[str], tmp_path: Path) -> None:
    whole = ran(tmp_path, [*words, "-o", "whole.mkv"])
    assert (whole.returncode, whole.stderr) == (0, "")
    assert not list(tmp_path.glob(FINISHED))

    here = [*words, "-o", "out.mkv", "--resume"]
    killed = ran(tmp_path, here, before=SMALL_WINDOWS + KILLED_AFTER_TWO)
    assert killed.returncode == -signal.SIGKILL
    assert not (tmp_path / "out.mkv").exists()
    assert len(list(tmp_path.glob(FINISHED))) == 2

    again = ran(tmp_path, here)
    assert (again.returncode, again.stderr) == (0, "")
    assert "Went on after 2 of 7 windows of a run that was stopped.\n" in again.stdout
    assert (tmp_path / "out.mkv").read_bytes() == (tmp_path / "whole.mkv").read_bytes()
    assert not list(tmp_path.glob(FINISHED))


@pytest.mark.parametrize(
    ("error", "code", "line"),
    [
        (KeyboardInterrupt(), 130, "interrupted; no partial output was left; 3 of 7 windows are"),
        (LimitError("this space lent no card"), 1, "this space lent no card; 3 of 7 windows are"),
    ],
)
def test_who_is_stopped_is_told_how_to_go_on(
    error: BaseException,
    code: int,
    line: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    asked: list[object] = []

    def stop(
        _job: Job, _outs: list[Path], *, on_stop: Callable[[int, int], None], **how: object
    ) -> None:
        asked.append(how["resume"])
        on_stop(3, 7)
        raise error

    monkeypatch.setattr(backend, "run", stop)
    assert _run(["run", "in.mp4", "-o", "out.mkv", "--resume"]) == code
    said = capsys.readouterr().err
    assert said.splitlines()[-1].startswith(f"vinpaint: {line}")
    assert said.endswith("run the same command with --resume to continue\n")
    assert asked == [True]
