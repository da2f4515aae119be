"""The commands: exit codes, one plain line on standard error, and nothing half-written."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from tests.making import disk_hole, left_over, pan, write_folder
from tests.masks.making import moving_disk
from vinpaint import backend
from vinpaint.cli.main import _NOT_BUILT, _run
from vinpaint.core import (
    Box,
    BoxPrompt,
    Click,
    FillSettings,
    Generation,
    Job,
    MaskFile,
    Painting,
    Region,
    Span,
    Tuning,
)
from vinpaint.media import open_clip

EXACT = ("--dilate-px", "0", "--blur-sigma-px", "0", "--temporal-sigma", "0")


def vinpaint(*words: object) -> int:
    """The exit code of a command, run in this process."""
    return _run([str(word) for word in words])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "source", pan(5, 32, 40, step=(2, 0)))


def plain_line(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that went to standard error."""
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 1, err
    assert err.startswith("vinpaint: ")
    assert "Traceback" not in err
    return err


def test_a_prompt_that_nothing_here_follows_is_said_before_the_run_and_after_it(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--region", "10,8,18,16", "--strategy", "auto", "--prompt", "a red door")
    assert vinpaint("run", source, "-o", tmp_path / "out.mkv", *words, *EXACT) == 0
    said, err = capsys.readouterr()
    assert err.startswith("vinpaint: The prompt 'a red door' is not used, and nothing new is add")
    assert len(err.splitlines()) == 1
    assert err.partition(": ")[2].strip() == said.splitlines()[0]
    assert "The prompt was not used and nothing new was added" in said


def test_a_run_writes_its_result_and_says_what_was_found(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, report = tmp_path / "out.mkv", tmp_path / "report.json"
    code = vinpaint("run", source, "-o", out, "--region", "10,8,18,16", "--report", report, *EXACT)
    assert code == 0
    said, err = capsys.readouterr()
    assert err == ""
    assert "Nothing outside the mask changed" in said
    assert said.splitlines()[-1] == f"Written: {out}"
    assert open_clip(out).frames == 5
    told = json.loads(report.read_text())
    assert told["outside"]["largest_difference"] == 0
    assert told["job"]["where"][0]["kind"] == "region"


def test_every_flag_reaches_the_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[Job] = []

    def record(job: Job, outs: list[Path], **_: object) -> None:
        seen.append(job)
        raise backend.MaskError("recorded")

    monkeypatch.setattr(backend, "run", record)
    words = (
        "run in.mp4 -o out.mkv --mask m.png --click 1,2,3 --click 1,4,5,- --box 0,1,2,3,4 "
        "--region 5,6,7,8 --paint 2,p.png --invert --frames 3:9 --fps 12.5 --dilate-px 1.5 "
        "--blur-sigma-px 2.5 --temporal-sigma 3.5 --strategy other --prompt word --seed 7 "
        "--measures all --reference r.png --reference-frame 4 --clone -3,5 --model m "
        "--negative-prompt no --steps 8 --guidance 2.5 --conditioning 0.5 --example e.png "
        "--repaint 3,4 --rim-guidance 1.5 --smoothing average --smoothing-sigma-frames 2 "
        "--smoothing-sigma-levels 9 --yes"
    )
    assert vinpaint(*words.split()) == 1
    (job,) = seen
    assert set(job.where) == {
        MaskFile("m.png"),
        Click(1, 2, 3),
        Click(1, 4, 5, add=False),
        BoxPrompt(0, Box(1, 2, 3, 4)),
        Region(Box(5, 6, 7, 8)),
        Painting(2, "p.png"),
    }
    assert job == Job(
        "in.mp4",
        job.where,
        Tuning(1.5, 2.5, 3.5),
        FillSettings(
            "other",
            "word",
            7,
            reference="r.png",
            reference_frame=4,
            clone=(-3, 5),
            generation=Generation(
                "m", "no", 8, 2.5, 0.5, "e.png", (3, 4), "average", 2.0, 9.0, 1.5, patient=True
            ),
        ),
        invert=True,
        frames=Span(3, 9),
        fps=12.5,
        measures="all",
    )


def test_the_defaults_are_those_of_the_dataclasses(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    seen: list[Job] = []

    def record(job: Job, outs: list[Path], **_: object) -> None:
        seen.append(job)
        raise backend.MaskError("recorded")

    monkeypatch.setattr(backend, "run", record)
    vinpaint("run", "in.mp4", "-o", "out.mkv")
    assert seen == [Job("in.mp4")]


def test_a_saved_job_replays_to_the_same_bytes_from_another_folder(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hole = disk_hole(5, 32, 40, radius=4, start=(20, 16)).astype(np.uint8) * 255
    write_folder(tmp_path / "mask", hole)
    monkeypatch.chdir(tmp_path)
    first = ("run", "source", "--mask", "mask", "-o", "a.mkv", "--save-job", "job.json")
    assert vinpaint(*first) == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert vinpaint("run", "--job", "../job.json", "-o", "b.mkv") == 0
    assert Path("b.mkv").read_bytes() == Path("../a.mkv").read_bytes()


def test_a_plate_s_saved_job_replays_with_its_picture(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path / "still", pan(5, 32, 40, step=(2, 0))[2:3])
    monkeypatch.chdir(tmp_path)
    plate = "--strategy plate --reference still/00000.png --reference-frame 2"
    first = f"run source --region 10,8,22,20 -o a.mkv --save-job job.json {plate}"
    assert vinpaint(*first.split()) == 0
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert vinpaint("run", "--job", "../job.json", "-o", "b.mkv") == 0
    assert Path("b.mkv").read_bytes() == Path("../a.mkv").read_bytes()


def test_device_and_licence_stand_in_the_job(source: Path, tmp_path: Path) -> None:
    saved = tmp_path / "job.json"
    words = ("run", source, "--region", "10,8,22,20", "-o", tmp_path / "a.mkv", "--save-job", saved)
    assert vinpaint(*words, "--device", "cpu", "--commercial-safe") == 0
    fill = json.loads(saved.read_text())["fill"]
    assert (fill["device"], fill["commercial_safe"]) == ("cpu", True)
    assert vinpaint("run", "--job", saved, "-o", tmp_path / "b.mkv") == 0
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


@pytest.mark.parametrize("command", ["run", "mask"])
def test_a_device_that_is_not_here_is_one_sentence(
    source: Path,
    tmp_path: Path,
    command: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("vinpaint.runtime.devices.has_cuda", lambda: False)
    out = tmp_path / "out.mkv"
    words = (command, source, "--region", "10,8,22,20", "-o", out, "--device")
    assert vinpaint(*words, "tpu") == 1
    assert "device takes auto, cpu or cuda, received 'tpu'" in plain_line(capsys)
    assert vinpaint(*words, "cuda") == 1
    assert "'cuda' was asked for, but" in plain_line(capsys)
    assert not out.exists()


def test_mask_and_score_work_hand_in_hand(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ("--region", "10,8,18,16", *EXACT)
    assert vinpaint("mask", source, "-o", tmp_path / "mask", *where) == 0
    assert vinpaint("run", source, "-o", tmp_path / "out", *where) == 0
    capsys.readouterr()
    words = ("score", source, tmp_path / "out", "--mask", tmp_path / "mask", "--truth", source)
    assert vinpaint(*words, "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["outside"]["largest_difference"] == 0
    assert {"fidelity", "ssim"} <= {score["name"] for score in told["scores"]}
    assert {"verdict", "quality", "parts", "reasons", "spans"} <= set(told["gate"])
    assert vinpaint(*words) == 0
    assert "Match with the truth" in capsys.readouterr().out


@pytest.fixture
def half_lost(tmp_path: Path) -> list[object]:
    """Arguments of a clip with a disk, and of a mask that misses its lower part for some frames."""
    frames, masks = moving_disk(count=20, width=192, start=(30, 48), step=(3, 0))
    masks = masks.copy()
    masks[8:14, 52:] = False
    grey = np.repeat(masks[..., None].astype(np.uint8) * 255, 3, axis=3)
    folder = write_folder(tmp_path / "half", grey)
    return [write_folder(tmp_path / "disk", frames), "--mask", folder, *EXACT]


def test_mask_and_run_print_what_is_wrong_with_the_mask(
    half_lost: list[object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vinpaint("mask", *half_lost, "-o", tmp_path / "mask") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Check these frames of the mask:"
    assert told[1].startswith("  Frames 8 to 13: a part below the mask is missing")
    assert told[-1].startswith("Written: ")
    report = tmp_path / "report.json"
    words = ("run", *half_lost, "-o", tmp_path / "out", "--report", report, "--measures", "none")
    assert vinpaint(*words) == 0
    assert "  Frames 8 to 13: a part below the mask is missing" in capsys.readouterr().out
    (warning,) = json.loads(report.read_text())["mask_warnings"]
    assert warning["kind"] == "part"
    assert warning["span"] == [8, 14]


def test_mask_json_lists_the_warnings_as_values(
    half_lost: list[object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vinpaint("mask", *half_lost, "-o", tmp_path / "mask", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert told["written"] == str(tmp_path / "mask")
    (warning,) = told["mask_warnings"]
    assert warning["missing"]["frame"] in range(8, 14)
    assert warning["box"] == warning["missing"]["box"]
    assert 0.5 <= warning["severity"] <= 1


def test_a_click_that_changes_nothing_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_folder(tmp_path / "disk", moving_disk(count=3)[0])
    clicks = ("--click", "0,36,48", "--click", "0,40,50", "--tracker", "free")
    words = "The click at 40,50 on frame 0 changed nothing: the place is in the mask already."
    assert vinpaint("mask", source, *clicks, "-o", tmp_path / "mask") == 0
    assert capsys.readouterr().out.splitlines()[0] == words
    assert vinpaint("mask", source, *clicks, "-o", tmp_path / "again", "--json") == 0
    assert json.loads(capsys.readouterr().out)["notes"] == [words]
    report = tmp_path / "report.json"
    out = ("-o", tmp_path / "out", "--report", report, "--measures", "none")
    assert vinpaint("run", source, *clicks, *out) == 0
    assert words in capsys.readouterr().out.splitlines()
    assert words in json.loads(report.read_text())["notes"]


def test_a_fixed_region_is_not_judged(
    source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("mask", source, "--region", "10,8,18,16", "-o", tmp_path / "mask")
    assert vinpaint(*words) == 0
    assert "Check" not in capsys.readouterr().out


def test_doctor_prints_what_is_found(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("vinpaint.cli.doctor.findings", lambda: iter(["one", "two"]))
    assert vinpaint("doctor") == 0
    assert capsys.readouterr().out == "one\ntwo\n"


PLAIN = {
    "no such source": "run {tmp}/gone.mp4 -o {tmp}/out.mkv --region 1,1,5,5",
    "a text": "run {tmp}/text.mp4 -o {tmp}/out.mkv --region 1,1,5,5",
    "no mask": "run {source} -o {tmp}/out.mkv",
    "click outside": "run {source} -o {tmp}/out.mkv --click 0,40,5",
    "click garbled": "run {source} -o {tmp}/out.mkv --click 0;40;5",
    "ending": "run {source} -o {tmp}/out.avi --region 1,1,5,5",
    "parent": "run {source} -o {tmp}/gone/out.mkv --region 1,1,5,5",
    "folder in use": "run {source} -o {tmp}/used --region 1,1,5,5",
    "measures": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --measures some",
    "strategy": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --strategy magic",
    "plate of nothing": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --strategy plate",
    "reference unasked": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --reference-frame 1",
    "reference gone": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --strategy plate "
    "--reference {tmp}/gone.png",
    "reference a text": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --strategy plate "
    "--reference {tmp}/text.mp4",
    "reference frame": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --strategy plate "
    "--reference-frame 5",
    "clone garbled": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --strategy plate --clone 7",
    "rate": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --fps 0",
    "rate nan": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --fps nan",
    "frames": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --frames 9:12",
    "tuning": "run {source} -o {tmp}/out.mkv --region 1,1,5,5 --dilate-px -3",
    "job file": "run --job {tmp}/text.mp4 -o {tmp}/out.mkv",
    "itself": "run {source} -o {source} --region 1,1,5,5 --overwrite",
    "mask itself": "mask {source} -o {source} --region 1,1,5,5 --overwrite",
    "mask lossy": "mask {source} -o {tmp}/out.mp4 --region 1,1,5,5",
    "mask of another size": "run {source} -o {tmp}/out.mkv --mask {tmp}/small",
    "score unlike": "score {source} {tmp}/small --mask {source}",
}


@pytest.mark.parametrize("name", PLAIN)
def test_what_cannot_be_done_is_one_line_and_exit_code_1(
    name: str, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "text.mp4").write_text("no video\n" * 9)
    write_folder(tmp_path / "used", pan(1, 8, 8))
    write_folder(tmp_path / "small", pan(5, 16, 16))
    before = {p: p.read_bytes() for p in sorted(tmp_path.rglob("*")) if p.is_file()}
    assert vinpaint(*PLAIN[name].format(source=source, tmp=tmp_path).split()) == 1
    plain_line(capsys)
    assert {p: p.read_bytes() for p in sorted(tmp_path.rglob("*")) if p.is_file()} == before


@pytest.mark.parametrize("command", ["batch"])
def test_a_command_that_is_not_built_is_refused_with_a_sentence(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vinpaint(command, "clip.mp4") == 1
    assert f"'{command}' is not in this version" in plain_line(capsys)


CONTRACT = re.findall(
    r"--[a-z-]+",
    "--mask --click --box --region --paint --keyframe --text --captions --missing --object "
    "--invert --frames --dilate-px --blur-sigma-px --temporal-sigma --strategy --prompt "
    "--negative-prompt --reference --seed --steps --guidance --blend --no-match-grain --device "
    "--commercial-safe --resume --measures --report --job --save-job --fps --overwrite --progress",
)


def test_every_flag_of_the_contract_is_known_or_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert vinpaint("run", "--help") == 0
    known = set(re.findall(r"--[a-z-]+", capsys.readouterr().out))
    assert set(CONTRACT) <= known | set(_NOT_BUILT)
    assert not known & set(_NOT_BUILT)


@pytest.mark.parametrize(
    "words",
    [
        "run",
        "run clip.mp4",
        "run -o out.mkv",
        "run clip.mp4 -o out.mkv --seed many",
        "walk",
        "run clip.mp4 -o out.mkv --no-such-flag",
        "score a b",
        "run a b -o out.mkv",
    ],
)
def test_usage_errors_are_2_and_name_what_is_wrong(
    words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert vinpaint(*words.split()) == 2
    err = capsys.readouterr().err
    assert "Traceback" not in err
    assert "Error" in err
    assert left_over(tmp_path) == []


@pytest.mark.parametrize("command", ["run", "mask", "score", "app", "doctor"])
def test_help_shows_examples(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert vinpaint(command, "--help") == 0
    assert re.search(rf"Examples?:\s+vinpaint {command}", capsys.readouterr().out)


def test_an_unexpected_error_is_one_line_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def break_down(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(backend, "run", break_down)
    assert vinpaint("run", "in.mp4", "-o", "out.mkv") == 1
    assert "RuntimeError: a bug" in plain_line(capsys)


# --- as a program -----------------------------------------------------------------------------


def program(*words: object) -> list[str]:
    return [sys.executable, "-m", "vinpaint", *map(str, words)]


def test_the_module_is_the_program(tmp_path: Path) -> None:
    done = subprocess.run(
        program("run", tmp_path / "gone.mp4", "-o", tmp_path / "out.mkv", "--region", "1,1,5,5"),
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stderr == "vinpaint: gone.mp4: no such file; check the path\n"
    assert done.stdout == ""


@pytest.mark.parametrize("name", ["report.json", "report.html"])
def test_a_report_needs_no_web_server(name: str, source: Path, tmp_path: Path) -> None:
    words = ["run", source, "-o", tmp_path / "out.mkv", "--region", "10,8,18,16", *EXACT]
    words += ["--report", tmp_path / name]
    script = (
        "import sys\nfrom vinpaint.cli.main import _run\n"
        f"code = _run({[str(word) for word in words]!r})\n"
        "servers = {'starlette', 'gradio', 'uvicorn', 'fastapi'} & set(sys.modules)\n"
        "sys.exit(code or ', '.join(servers) or 0)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / name).stat().st_size > 1000


def _heed_interrupts() -> None:
    """A shell starts its background jobs, perhaps this very run, deaf to Ctrl-C."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's here")
@pytest.mark.parametrize(
    ("number", "stage"),
    [
        (signal.SIGINT, "finding motion"),
        (signal.SIGINT, "making what no frame"),
        (signal.SIGTERM, "making what no frame"),
    ],
)
def test_an_interrupt_is_130_within_seconds_and_leaves_nothing(
    number: signal.Signals, stage: str, tmp_path: Path
) -> None:
    """Stopped while it looks for motion, and while PatchMatch, which cannot be stopped, runs."""
    frames = np.repeat(pan(1, 360, 480), 3, axis=0)
    source = write_folder(tmp_path / "source", frames)
    out = tmp_path / "out.mkv"
    words = ("run", source, "-o", out, "--region", "90,60,390,300", "--progress")
    with subprocess.Popen(
        program(*words),
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
        preexec_fn=_heed_interrupts,
    ) as running:
        assert running.stderr is not None
        for line in running.stderr:
            if re.search(stage, line):
                break
        stopped = time.monotonic()
        running.send_signal(number)
        rest = running.stderr.read()
        code = running.wait(timeout=30)
    assert code == 130, rest
    assert time.monotonic() - stopped < 8
    assert "interrupted; no partial output was left" in rest
    assert "Traceback" not in rest
    assert left_over(tmp_path) == ["source"]


@pytest.mark.parametrize(
    ("flag", "words"),
    [
        ("--steps 3", "the strategy 'propagate' takes no steps"),
        ("--negative-prompt sand", "the strategy 'propagate' takes no negative prompt"),
        ("--guidance 2", "'propagate' takes no guidance; .*, or choose hybrid, frames or joint"),
        ("--strategy frames --conditioning 1.5", "'frames' takes no conditioning; .* choose joint"),
        ("--strategy auto --example a.png", "the model settings \\(example\\) can work here"),
        ("--strategy frames --model wan-vace-1.3b", "Wan 2.1 VACE 1.3B is not on this machine"),
        ("--repaint 3", "--repaint takes R,J in whole numbers"),
        ("--repaint 0,4", "repaint takes 2 whole numbers from 1 on, received"),
        ("--rim-guidance 1", "'propagate' takes no rim guidance; .*, or choose hybrid or frames"),
        (
            "--strategy frames --rim-guidance 3",
            "rim_guidance takes a number from 0 to 2, received 3",
        ),
        ("--smoothing much", "smoothing takes bilateral, average or none"),
        ("--steps 0", "steps takes a whole number from 1 on, received 0"),
    ],
)
def test_what_a_strategy_does_not_take_is_refused_with_a_sentence(
    flag: str, words: str, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.mkv"
    assert vinpaint("run", source, "-o", out, "--region", "1,1,5,5", *flag.split()) == 1
    assert re.search(words, plain_line(capsys))
    assert not out.exists()
