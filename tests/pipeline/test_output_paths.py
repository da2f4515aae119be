"""No command destroys what is there: every path it writes against every path it reads."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.making import pan, write_folder
from vinpaint import backend
from vinpaint.cli.main import _run
from vinpaint.core import Box, FillSettings, Job, MaskFile, OutputError, Painting, Region
from vinpaint.media import image_name, read_image, write_png
from vinpaint.media.writer import safe_output
from vinpaint.pipeline.output_paths import Output, check_outputs, job_inputs

EXACT = "--dilate-px 0 --blur-sigma-px 0 --temporal-sigma 0 --measures none"


def contents(root: Path) -> dict[str, str]:
    """Every file, folder and link below `root`, with what it holds."""
    found = {}
    for path in sorted(root.rglob("*")):
        name = str(path.relative_to(root))
        if path.is_symlink():
            found[name] = f"link to {path.readlink()}"
        elif path.is_file():
            found[name] = hashlib.sha256(path.read_bytes()).hexdigest()
        else:
            found[name] = "folder"
    return found


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one of each thing that a job can read."""
    monkeypatch.setenv("VINPAINT_RESULTS", str(tmp_path / "elsewhere" / "results"))
    root = tmp_path / "place"
    root.mkdir()
    write_folder(root / "source", pan(3, 24, 32))
    masks = root / "masks"
    masks.mkdir()
    hole = pan(3, 24, 32)[..., 0] * 0
    hole[:, 8:16, 8:16] = 255
    for number, image in enumerate(hole):
        write_png(masks / image_name(number), image)
    write_png(root / "paint.png", hole[0])
    write_png(root / "reference.png", pan(1, 24, 32)[0])
    write_png(root / "example.png", pan(1, 24, 32)[0])
    job = Job(str(root / "source"), (MaskFile(str(masks)),))
    (root / "job.json").write_text(backend.job_to_json(job))
    return root


READ = {
    "source": "source",
    "an image of the source": "source/00000.png",
    "mask": "masks",
    "an image of the mask": "masks/00001.png",
    "painting": "paint.png",
    "key frame": "paint.png",
    "reference": "reference.png",
    "example": "example.png",
    "job file": "job.json",
}

COMMANDS = {
    "run": "run {place}/source",
    "run a job": "run --job {place}/job.json",
    "mask": "mask {place}/source",
}

FLAGS = {
    "mask": "--mask {place}/masks",
    "an image of the mask": "--mask {place}/masks",
    "painting": "--paint 0,{place}/paint.png",
    "key frame": "--keyframe 0,{place}/paint.png",
    "reference": "--region 8,8,16,16 --strategy plate --reference {place}/reference.png",
    "example": "--region 8,8,16,16 --strategy joint --example {place}/example.png",
}

WRITTEN = {
    "out": "-o {path}",
    "report": "-o {place}/out.mkv --report {path}",
    "saved job": "-o {place}/out.mkv --save-job {path}",
}


def as_it_is(path: Path, place: Path) -> Path:
    return path


def by_link(path: Path, place: Path) -> Path:
    (place / "link").symlink_to(path)
    return place / "link"


def by_hard_link(path: Path, place: Path) -> Path:
    if path.is_dir():
        return path
    link = place / f"hard{path.suffix}"
    os.link(path, link)
    return link


def by_dots(path: Path, place: Path) -> Path:
    return path.parent / ".." / path.parent.name / path.name


def by_case(path: Path, place: Path) -> Path:
    return path.with_name(path.name.swapcase())


def inside(path: Path, place: Path) -> Path:
    folder = path if path.is_dir() else path.parent
    return folder / "new.mkv" if folder != place else path


WAYS: dict[str, Callable[[Path, Path], Path]] = {
    "itself": as_it_is,
    "link": by_link,
    "hard link": by_hard_link,
    "dots": by_dots,
    "case": by_case,
    "inside": inside,
}


def applies(command: str, written: str, read: str) -> bool:
    if command == "mask":
        return written == "out" and read not in ("job file", "reference", "example")
    if command == "run a job":
        return read in ("source", "an image of the source", "mask", "job file")
    return read != "job file"


CASES = [
    (command, written, read, way)
    for command in COMMANDS
    for written in WRITTEN
    for read in READ
    for way in WAYS
    if applies(command, written, read)
]


@pytest.mark.parametrize(("command", "written", "read", "way"), CASES)
def test_nothing_that_is_read_is_ever_written(
    command: str, written: str, read: str, way: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = WAYS[way](place / READ[read], place)
    marks = "" if command == "run a job" else FLAGS.get(read, "--region 8,8,16,16")
    words = f"{COMMANDS[command]} {marks} {WRITTEN[written]} --overwrite"
    before = contents(place)
    assert _run(words.format(place=place, path=path).split()) == 1
    out, error = capsys.readouterr()
    assert out == ""
    assert len(error.splitlines()) == 1, error
    assert written == "out" or "must not change" in error
    assert contents(place) == before


@pytest.mark.parametrize(
    "words",
    [
        "-o {place}/a.mkv --report {place}/a.mkv",
        "-o {place}/a.mkv --save-job {place}/a.mkv",
        "-o {place}/a.mkv --report {place}/r.json --save-job {place}/r.json",
        "-o {place}/a.mkv --report {place}/r.json --save-job {place}/../place/R.JSON",
        "-o {place}/out --report {place}/out/00001.png",
        "-o {place}/out --save-job {place}/out/job.json",
    ],
)
def test_two_results_never_share_a_path(
    words: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = contents(place)
    line = f"run {{place}}/source --region 8,8,16,16 --overwrite {words}"
    assert _run(line.format(place=place).split()) == 1
    assert "vinpaint: " in capsys.readouterr().err
    assert contents(place) == before


@pytest.mark.parametrize("command", ["run", "mask"])
@pytest.mark.parametrize("name", ["out.mkv", "out", "report.json", "job-2.json", "page.html"])
def test_what_exists_needs_overwrite(
    command: str, name: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if command == "mask" and not name.startswith("out"):
        pytest.skip("the command writes no such file")
    path = place / name
    if name == "out":
        path.mkdir()
        (path / "notes.txt").write_text("mine")
    else:
        path.write_text("mine")
    flags = {"report.json": "--report", "page.html": "--report", "job-2.json": "--save-job"}
    extra = f"-o {place}/new.mkv {flags[name]} {path}" if name in flags else f"-o {path}"
    words = f"{command} {place}/source --region 8,8,16,16 {extra}"
    words += f" {EXACT}" if command == "run" else ""
    before = contents(place)
    assert _run(words.split()) == 1
    assert "overwrite" in capsys.readouterr().err
    assert contents(place) == before
    assert _run([*words.split(), "--overwrite"]) == 0
    if name == "out":
        assert (path / "notes.txt").read_text() == "mine"
        assert len(list(path.glob("*.png"))) == 3
    else:
        assert path.read_bytes() != b"mine"


def test_a_folder_loses_only_the_images_that_are_written_anew(place: Path) -> None:
    out = place / "out"
    words = f"run {place}/source --region 8,8,16,16 -o {out} {EXACT}".split()
    assert _run(words) == 0
    (out / "notes.txt").write_text("mine")
    (out / "sub").mkdir()
    (out / "sub" / "00000.png").write_text("mine")
    (out / "00001.png").write_text("damaged")
    assert _run([*words, "--overwrite"]) == 0
    assert sorted(p.name for p in out.iterdir()) == [*map(image_name, range(3)), "notes.txt", "sub"]
    assert (out / "sub" / "00000.png").read_text() == "mine"
    assert read_image(out / "00001.png").shape == (24, 32, 3)


@pytest.mark.parametrize("name", ["00003.png", "photo.jpg", "frame_1.tif"])
def test_images_that_would_mix_with_the_new_ones_are_refused_by_name(
    name: str, place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = place / "out"
    out.mkdir()
    (out / name).write_text("mine")
    before = contents(place)
    words = f"run {place}/source --region 8,8,16,16 -o {out} --overwrite"
    assert _run(words.split()) == 1
    assert name in capsys.readouterr().err
    assert contents(place) == before


def test_a_folder_that_holds_an_input_is_refused(place: Path) -> None:
    job = Job(str(place / "source"), (Painting(0, str(place / "paint.png")),))
    before = contents(place)
    for out in (place, place.parent):
        with pytest.raises(OutputError, match="holds"):
            backend.run(job, [out], overwrite=True)
    assert contents(place) == before


def test_a_folder_of_links_protects_the_files_they_lead_to(place: Path) -> None:
    links = place / "links"
    links.mkdir()
    for file in sorted((place / "source").iterdir()):
        (links / file.name).symlink_to(file)
    job = Job(str(links), (Region(Box(8, 8, 16, 16)),))
    before = contents(place)
    with pytest.raises(OutputError, match="holds 00000"):
        backend.run(job, [place / "source"], overwrite=True)
    assert contents(place) == before


def test_a_report_may_lie_in_the_folder_of_the_result(place: Path) -> None:
    out = place / "out"
    words = f"run {place}/source --region 8,8,16,16 -o {out} --report {out}/report.json {EXACT}"
    assert _run(words.split()) == 0
    assert json.loads((out / "report.json").read_text())["job"]
    assert _run(words.split()) == 1
    assert _run([*words.split(), "--overwrite"]) == 0


def test_an_engine_s_own_files_are_inputs(own_folder: Path) -> None:
    from vinpaint import strategies

    (own_folder / "tool.py").write_text("print()")
    engine = own_folder / "own.toml"
    engine.write_text(
        'title = "Own"\ncommand = ["python3", "tool.py"]\nresult = "out"\n'
        f'folder = "{own_folder}"\nneeds = ["tool.py"]\n'
    )
    strategies.reload_engines()
    name = next(name for name in strategies.STRATEGIES if name.endswith(":own"))
    inputs = job_inputs(Job("clip.mp4", fill=FillSettings(name)))
    assert {engine, own_folder / "tool.py"} <= set(inputs)
    with pytest.raises(OutputError, match="must not change"):
        check_outputs([Output(own_folder / "tool.py")], inputs, overwrite=True)


@pytest.mark.parametrize("broken", range(4))
def test_images_that_cannot_all_be_replaced_leave_the_folder_as_it_was(
    broken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("a", "b", "other"):
        (out / name).write_text("old")
    before, real, calls = contents(tmp_path), Path.replace, iter(range(99))

    def replace(path: Path, target: Path) -> Path:
        if next(calls) == broken:
            raise OSError(5, "broken")
        return real(path, target)

    def write() -> None:
        with safe_output(out) as folder:
            folder.mkdir()
            for name in ("a", "b", "c"):
                (folder / name).write_text("new")

    monkeypatch.setattr(Path, "replace", replace)
    with pytest.raises(OutputError):
        write()
    monkeypatch.undo()
    assert contents(tmp_path) == before


@pytest.mark.parametrize("resume", [True, False])
def test_kept_windows_never_go_into_a_folder_that_is_read(
    place: Path, monkeypatch: pytest.MonkeyPatch, resume: bool
) -> None:
    """Only a run that keeps windows writes there; the results folder itself may hold others."""
    monkeypatch.setenv("VINPAINT_RESULTS", str(place / "source" / "results"))
    before = contents(place)
    job = Job(str(place / "source"), (MaskFile(str(place / "masks")),), measures="none")
    if resume:
        with pytest.raises(OutputError, match=r"\.unfinished: it lies in .*source"):
            backend.run(job, [place / "out.mkv"], resume=True)
        assert contents(place) == before
        return
    backend.run(job, [place / "out.mkv"])
    assert {name: one for name, one in contents(place).items() if name != "out.mkv"} == before
