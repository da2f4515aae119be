"""Write the fixtures of tests/compat: what the vinpaint of commit 0b69505 made and answered.

Ran at 0b69505, before the package was put in a new order, with that checkout as the working folder:

    cd CHECKOUT_OF_0b69505 && PYTHONPATH=. python PLACE/make_fixtures.py

It stands here to tell how the fixtures came to be. It imports modules by the names of that commit
and does not run at later ones; what it made is not to be made again, since the point of it is to be
old. `fixtures/made.json` holds the commit, `fixtures/hashes.json` the libraries of that day. Where
the fill itself is changed on purpose, `renew_hashes.py` writes the latter anew, and nothing else.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import cv2
import numpy as np
import typer
from starlette.applications import Starlette
from starlette.testclient import TestClient

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(Path.cwd())]

from common import (  # noqa: E402
    FIXTURES,
    Done,
    file_digest,
    flags_of,
    isolated,
    program,
    run_job,
    schema_of,
    vinpaint,
    write_hashes,
    write_json,
    write_mask,
)
from made_clips import (  # noqa: E402
    BLUE,
    COUNT,
    RED,
    captioned,
    disk,
    encode,
    ground,
    images,
    lit,
    noisy,
    scene,
    write_png,
)
from made_jobs import (  # noqa: E402
    COMMANDS,
    EVERY_KEY,
    FIXED_VIDEO,
    NOT_SET_UP,
    OUTSIDE,
    RUNNABLE,
    SHORT,
    STOPPED,
    TIGHT,
    UNRUNNABLE,
)
from vinpaint.clip import write_frames  # noqa: E402
from vinpaint.jobs import Job, job_to_dict, job_to_json, read_job  # noqa: E402
from vinpaint.pages import routes  # noqa: E402
from vinpaint.prompts import Click, Region  # noqa: E402
from vinpaint.store import Shown, Store  # noqa: E402
from vinpaint.strategies.outside import SHIPPED  # noqa: E402
from vinpaint.types import Box, FillSettings, Span, silent  # noqa: E402
from vinpaint.ui.clips import adopt, take_upload  # noqa: E402
from vinpaint.ui.fill_tab import repair  # noqa: E402
from vinpaint.ui.marks import add, alter_object, new_object  # noqa: E402
from vinpaint.ui.mask_tab import follow  # noqa: E402
from vinpaint.ui.mending import mend_span  # noqa: E402
from vinpaint.ui.outlook import look_ahead  # noqa: E402
from vinpaint.ui.visits import Visit, Visits  # noqa: E402

from vinpaint import backend  # noqa: E402
from vinpaint.cli import app  # noqa: E402
from vinpaint.masks.rle import encode as rle_encode  # noqa: E402
from vinpaint.ui import copying, masking  # noqa: E402
from vinpaint.ui.session import refill, retune  # noqa: E402

JOBS, ENGINES, STORE = FIXTURES / "jobs", FIXTURES / "engines", FIXTURES / "store"
UNFINISHED, REPORTS = FIXTURES / "unfinished", FIXTURES / "reports"
MEDIA = JOBS / "media"


def make_media() -> None:
    """What the jobs name: clips, masks of every form, pictures to copy from."""
    frames, red = scene(COUNT), disk(COUNT, **RED)
    images(MEDIA / "frames", frames)
    images(MEDIA / "masks", red)
    images(MEDIA / "noisy", noisy(4))
    encode(MEDIA / "clip.mp4", scene(COUNT, step_px=2), sound=True)
    encode(MEDIA / "captions.mp4", captioned(4))
    write_png(MEDIA / "half.png", cv2.resize(red[3], None, fx=0.5, fy=0.5))
    write_png(MEDIA / "paint-0.png", red[0])
    for t in (0, COUNT - 1):
        write_png(MEDIA / f"key-{t}.png", red[t])
    write_png(MEDIA / "lit.png", lit())
    write_png(MEDIA / "still.png", ground(1, step_px=0)[0])
    write_png(MEDIA / "example.png", frames[0][8:40, 8:40])
    entries = [rle_encode(one > 0) if t not in (3, 4) else None for t, one in enumerate(red)]
    (MEDIA / "runs.json").write_text(json.dumps({"masks": entries}), encoding="utf-8")


def make_jobs() -> None:
    """The job files."""
    every = {**RUNNABLE, **UNRUNNABLE, "outside": OUTSIDE, "stopped": STOPPED}
    for name, job in every.items():
        (JOBS / f"{name}.json").write_text(job_to_json(job), encoding="utf-8")
    (JOBS / "short.json").write_text(SHORT, encoding="utf-8")


def make_hashes(folder: Path) -> None:
    """What the jobs that run come to, and those of kept runs; the others are refused in a line."""
    kept = [f"kept/{IDS[name]}" for name in ("auto", "mended", "plate")]
    write_hashes([*RUNNABLE, "stopped", "outside", *kept], folder)
    for name in UNRUNNABLE:
        done, _ = run_job(name, folder)
        if done.code != 1 or not done.err.startswith("vinpaint: "):
            raise RuntimeError(f"{name}: {done}")


def make_commands(folder: Path) -> dict[str, Any]:
    """Each command line with the job that it means; paths as the command's folder sees them."""
    for name in ("everything", "words"):
        shutil.copy(JOBS / f"{name}.json", folder)
    meant: dict[str, Any] = {}
    for name, line in COMMANDS.items():
        vinpaint(*line.split(), "--save-job", "saved.json", cwd=folder)
        saved = (folder / "saved.json").read_text(encoding="utf-8")
        meant[name] = {"words": line, "job": json.loads(saved.replace(f"{folder}/", ""))}
        (folder / "saved.json").unlink()
    return meant


# --- kept runs -----------------------------------------------------------------------------------


@contextlib.contextmanager
def fixed_id(run_id: str) -> Iterator[None]:
    """The next run is kept under this id."""
    if len(run_id) != 22:
        raise ValueError(run_id)
    with mock.patch("vinpaint.store.secrets", SimpleNamespace(token_urlsafe=lambda _: run_id)):
        yield


def keep(store: Store, visit: Visit, run_id: str) -> None:
    """Repair as the app's button does, and keep the run."""
    with fixed_id(run_id):
        visit.change(repair(store, visit, silent))


def visited(visits: Visits, name: str, clip: Path) -> Visit:
    """A visit in which a copy of the clip was uploaded and is worked on."""
    visit = visits.of(name)
    upload = visit.folder / clip.name
    shutil.copy(clip, upload)
    take_upload(visit, upload)
    visit.change(adopt(visit, silent))
    return visit


IDS = {
    "auto": "compat-auto-lookahead0",
    "mended": "compat-mended-span_002",
    "plate": "compat-plate-paint_003",
    "every": "compat-every-kind__004",
}


def make_store(folder: Path) -> None:
    """Runs that the app kept: looked ahead, mended, from a plate; and one of every kind of mark."""
    store, visits = Store(STORE), Visits()
    try:
        _keep_auto(store, visits)
        _keep_plate(store, visits, folder)
    finally:
        visits.close()
    _keep_every(store, folder)


def _keep_auto(store: Store, visits: Visits) -> None:
    """The clip itself is playable, so it is kept once; looked ahead; then two frames are mended."""
    visit = visited(visits, "auto", MEDIA / "clip.mp4")
    visit.change(lambda now: add(now, Click(0, 16, 22)))
    visit.change(new_object)
    visit.change(lambda now: add(now, Region(Box(42, 44, 52, 54))))
    visit.change(lambda now: alter_object(now, 1, name="the red disk"))
    visit.change(follow(visit, silent))
    visit.change(lambda now: retune(now, tuning=TIGHT, invert=False, frames=Span(0, 7)))
    visit.change(lambda now: refill(now, FillSettings("auto", seed=3)))
    visit.change(look_ahead(store, visit, silent))
    keep(store, visit, IDS["auto"])
    mend_span(visit, {"span": [2, 4]})
    visit.change(lambda now: refill(now, FillSettings("propagate", seed=4)))
    keep(store, visit, IDS["mended"])


def _keep_plate(store: Store, visits: Visits, folder: Path) -> None:
    """No browser plays this source, so it is kept beside what they play."""
    source = folder / "source.mkv"
    write_frames(source, list(scene(COUNT)[:6]), fps=Fraction(25), lossless=True)
    visit = visited(visits, "plate", source)
    points = [[16 + dx, 22] for dx in (-4, 0, 4)]
    masking.stroke(visit, {"frame": 0, "points": points, "radius": 6})
    visit.change(new_object)
    single = folder / "single.json"
    single.write_text(json.dumps(rle_encode(disk(1, **BLUE)[0] > 0)), encoding="utf-8")
    masking.finished_mask(visit, single)
    visit.change(follow(visit, silent))
    visit.change(lambda now: retune(now, tuning=TIGHT, invert=False, frames=None))
    visit.change(lambda now: refill(now, FillSettings("plate")))
    still = folder / "still.png"
    shutil.copy(MEDIA / "still.png", still)
    copying.choose_kind(visit, "picture")
    copying.take_picture(visit, str(still))
    keep(store, visit, IDS["plate"])


def _keep_every(store: Store, folder: Path) -> None:
    """A run whose job names every kind of mark and file.

    Such a job cannot run without weights: the result is another job's, kept as if it were its own.
    """
    outs = [folder / "every.mp4", folder / "every.mkv"]
    result = backend.run(read_job(JOBS / "stopped.json"), outs)
    wanted = read_job(JOBS / "everything.json")
    result = dataclasses.replace(result, job=wanted)
    shown = Shown(MEDIA / "clip.mp4", is_source=True, name="every <kind>.mp4")
    with fixed_id(IDS["every"]):
        store.save(result, shown=shown, report=backend.report(result), to_json=job_to_json)


def make_share() -> dict[str, Any]:
    """What each address under /share answers: status and type, of a file its digest as well."""
    client = TestClient(Starlette(routes=routes(Store(STORE))))
    answers: dict[str, Any] = {}
    for run_id in sorted(IDS.values()):
        names = sorted(one.name for one in (STORE / run_id).iterdir())
        pages = [f"/share/{run_id}", f"/share/{run_id}/report"]
        files = [f"/share/{run_id}/{name}" for name in names]
        absent = [f"/share/{run_id}/{name}" for name in ("example.gif", "other.txt", ".new")]
        for address in (*pages, *files, *(f"{one}?download" for one in files), *absent):
            answers[address] = _answer(client, address)
    for address in ("/share", "/share/", "/share/" + "a" * 22, "/share/x/before.mp4"):
        answers[address] = _answer(client, address)
    return answers


def _answer(client: TestClient, address: str) -> dict[str, Any]:
    answer = client.get(address)
    told: dict[str, Any] = {"status": answer.status_code}
    if answer.status_code == 200:
        told["type"] = answer.headers["content-type"]
        named = answer.headers.get("content-disposition")
        told.update({"disposition": named} if named else {})
        if not told["type"].startswith("text/html"):
            path = STORE / address.removeprefix("/share/").partition("?")[0]
            if answer.content != path.read_bytes():
                raise RuntimeError(address)
            told["sha256"] = file_digest(path)
    return told


# --- unfinished windows --------------------------------------------------------------------------

KILLED_AFTER_ONE = """
import os, signal
from vinpaint.unfinished import Shelf
keep = Shelf.keep

def keep_and_die(self, seal, window):
    keep(self, seal, window)
    os.kill(os.getpid(), signal.SIGKILL)

Shelf.keep = keep_and_die
from vinpaint.cli.main import main
main()
"""


def make_unfinished(folder: Path) -> dict[str, str]:
    """Windows of two stopped runs: one killed after the first of two, one whose engine failed.

    Returns the names of the windows, by those of the jobs.
    """
    results = UNFINISHED / "results"
    job = ("run", "--job", JOBS / "stopped.json", "-o", folder / "no.mkv", "--resume")
    killed = program("-c", KILLED_AFTER_ONE, *job, folder=folder, results=results)
    if killed.code != -signal.SIGKILL:
        raise RuntimeError(killed.err)
    (first,) = (one.name for one in (results / ".unfinished").iterdir())
    job = ("run", "--job", JOBS / "outside.json", "-o", folder / "no.mkv")
    failed = program("-m", "vinpaint", *job, folder=folder, results=results, COMPAT_FAIL_AT="2")
    kept = [one.name for one in (results / ".unfinished").iterdir() if one.name != first]
    if "1 of 2 windows are finished" not in failed.err or len(kept) != 1:
        raise RuntimeError(f"{failed.err} {kept}")
    return {"stopped": first, "outside": kept[0]}


# --- engines from outside ------------------------------------------------------------------------


def make_engines() -> None:
    """The shipped files of that day, a user's own, and the program that these call."""
    shipped, users = ENGINES / "shipped", ENGINES / "users"
    shipped.mkdir(parents=True)
    users.mkdir()
    for path in sorted(SHIPPED.glob("*.toml")):
        shutil.copyfile(path, shipped / path.name)
    texts = {"every-key": EVERY_KEY, "fixed-video": FIXED_VIDEO, "not-set-up": NOT_SET_UP}
    for name, text in texts.items():
        (users / f"{name}.toml").write_text(text, encoding="utf-8")


PACKAGES = frozenset(
    ("av", "numpy", "opencv-python", "scipy", "PyPatchMatch", "rapidocr", "torch", "diffusers")
) | {"transformers"}


def make_doctor(folder: Path) -> dict[str, Any]:
    """What `doctor` tells of: the heads of its lines, the strategies, whether engines work."""
    done = _check(program("-m", "vinpaint", "doctor", folder=folder))
    lines = [(line[:15].strip(), line[16:]) for line in done.out.splitlines()]
    strategies = dict(text.split(": ", 1) for head, text in lines if head == "strategy")
    return {
        "heads": sorted({head for head, _ in lines} - PACKAGES),
        "strategies": sorted(strategies),
        "engines": {
            name: strategies[f"outside:{name}"]
            for name in sorted(path.stem for path in ENGINES.rglob("*.toml"))
        },
    }


# --- reports and flags ---------------------------------------------------------------------------


def make_reports(folder: Path) -> None:
    """The structure of everything that is written or printed as JSON."""
    paths = [*sorted(folder.glob("*.report.json")), *sorted(STORE.glob("*/report.json"))]
    reports = [json.loads(path.read_text(encoding="utf-8")) for path in paths]
    for report in reports:  # which packages are here is no part of the structure
        report["versions"] = {key: report["versions"][key] for key in ("vinpaint", "python")}
    inspected = [_printed("inspect", *words) for words in _inspected(folder)]
    if not any(one["faults"] for one in inspected):
        raise RuntimeError("nothing was found to be wrong")
    listed, where = _printed("models", "list"), _printed("models", "where")
    schemas = {
        "report": schema_of(*reports),
        "advise": schema_of(*(_printed("advise", *words) for words in ADVISED)),
        "score": schema_of(*(_printed("score", *words) for words in SCORED)),
        "inspect": schema_of(*inspected),
        "models-list": schema_of(listed),
        "models-where": schema_of({**where, "weights": {}}),
    }
    REPORTS.mkdir()
    for name, schema in schemas.items():
        write_json(REPORTS / f"{name}.schema.json", schema)
    write_json(REPORTS / "models.json", [entry["name"] for entry in listed])
    write_mask(REPORTS / "mask.json")


ADVISED = (
    (MEDIA / "frames", "--mask", MEDIA / "masks", "--prompt", "a red door"),
    (
        *(MEDIA / "frames", "--region", "20,10,70,50", "--price-per-generation", "0.5"),
        *("--keeper", "--framing-wrong", "--bodies-touch", "--tracker", "free"),
    ),
)
PLATE = STORE / IDS["plate"]
SCORED = (
    (
        *(PLATE / "source.mkv", PLATE / "master.mkv", "--mask", PLATE / "mask-1.json"),
        *("--weights", "0.5,0.3,0.2", "--truth", PLATE / "master.mkv"),
    ),
    (*(MEDIA / "frames", MEDIA / "frames"), *("--mask", MEDIA / "masks", "--measures", "all")),
)


def _inspected(folder: Path) -> list[tuple[Path]]:
    """A clip with nothing wrong, and one with a torn frame and two that stand still."""
    frames = ground(24, step_px=2)
    frames[10, 20:40] = np.roll(frames[10, 20:40], 37, axis=1)[..., ::-1]
    frames[17] = frames[16] = frames[15]
    encode(MEDIA / "faulty.mp4", frames)
    return [(MEDIA / "clip.mp4",), (MEDIA / "faulty.mp4",)]


def _printed(*words: object) -> Any:
    return json.loads(_check(vinpaint(*words, "--json")).out)


def _check(done: Done) -> Done:
    if done.code:
        raise RuntimeError(done.err)
    return done


def main() -> None:
    """Write all fixtures anew."""
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=True
    ).stdout.strip()
    program = (ENGINES / "program" / "paint.py").read_text(encoding="utf-8")
    shutil.rmtree(FIXTURES)
    (ENGINES / "program").mkdir(parents=True)
    (ENGINES / "program" / "paint.py").write_text(program, encoding="utf-8")
    with tempfile.TemporaryDirectory() as name, mock.patch.dict(os.environ, isolated(Path(name))):
        folder = Path(name).resolve()
        flags = flags_of(typer.main.get_command(app))
        steps: dict[str, Callable[[], Any]] = {
            "media": make_media,
            "engines": make_engines,
            "jobs": make_jobs,
            "store": lambda: make_store(folder),
            "unfinished": lambda: windows.update(make_unfinished(folder)),
            "hashes": lambda: make_hashes(folder),
            "commands": lambda: write_json(FIXTURES / "commands.json", make_commands(folder)),
            "share": lambda: write_json(FIXTURES / "share.json", make_share()),
            "flags": lambda: write_json(FIXTURES / "flags.json", flags),
            "doctor": lambda: write_json(FIXTURES / "doctor.json", make_doctor(folder)),
            "reports": lambda: make_reports(folder),
        }
        windows: dict[str, str] = {}
        for step, make in steps.items():
            sys.stdout.write(f"{step}\n")
            make()
        short = job_to_dict(Job("media/clip.mp4"))
        write_json(
            FIXTURES / "made.json",
            {"commit": commit, "ids": IDS, "windows": windows, "short": short},
        )


if __name__ == "__main__":
    main()
