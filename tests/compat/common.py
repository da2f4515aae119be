"""What the generator of the fixtures and the tests on them measure in the same way.

Nothing of vinpaint is imported here. Commands run by `python -m vinpaint`, in this process.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import io
import json
import logging
import os
import platform
import runpy
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args, get_origin
from unittest import mock

import av
import cv2
import numpy as np
from numpy.typing import NDArray

HERE = Path(__file__).resolve().parent
FIXTURES = HERE / "fixtures"
PACKAGE = Path(importlib.util.find_spec("vinpaint").origin).resolve().parents[1]  # type: ignore
"""The folder that vinpaint is imported from. Its child processes look into the working folder
first, so commands run where no modules lie: another checkout there would be taken instead.
"""


Frames = NDArray[np.uint8]
Json = Any

_LIBRARIES = ("av", "numpy", "opencv-python", "scipy", "PyPatchMatch", "rapidocr", "onnxruntime")
_LEAVES = {str: "text", bool: "flag", int: "number", float: "number", type(None): "null"}


class Done(NamedTuple):
    """What a command came to."""

    code: int
    out: str
    err: str


def isolated(folder: Path, *, results: Path | None = None) -> dict[str, str]:
    """Variables that hide what this machine has of weights, engines, settings and results."""
    return {
        "VINPAINT_RESULTS": str(results or folder / "results"),
        "VINPAINT_MODELS": "",
        "VINPAINT_ENGINES": "",
        "VINPAINT_OFFLINE": "1",
        "XDG_CACHE_HOME": str(folder / "no-cache"),
        "XDG_CONFIG_HOME": str(folder / "no-config"),
        "HF_HOME": str(folder / "no-hub"),
        "HF_HUB_CACHE": str(folder / "no-hub" / "hub"),
        "COLUMNS": "100",
    }


def vinpaint(
    *words: object, cwd: Path | None = None, variables: Mapping[str, str] | None = None
) -> Done:
    """Run `python -m vinpaint WORDS` in this process, which spares starting another.

    It runs in `cwd`, else among the fixtures, where no modules lie. The interpreter's arguments,
    paths, working folder, signal handler and log level are put back.
    """
    out, err = io.StringIO(), io.StringIO()
    handler, before = signal.getsignal(signal.SIGTERM), Path.cwd()
    handlers, level = list(logging.root.handlers), logging.root.level
    code: object = 0
    with (
        mock.patch.object(sys, "argv", ["vinpaint", *map(str, words)]),
        mock.patch.object(sys, "path", [str(PACKAGE), *sys.path]),
        mock.patch.dict(os.environ, variables or {}),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            os.chdir(cwd or FIXTURES)
            runpy.run_module("vinpaint", run_name="__main__")
        except SystemExit as end:
            code = end.code
        finally:
            os.chdir(before)
            signal.signal(signal.SIGTERM, handler)
            logging.root.handlers[:] = handlers
            logging.root.setLevel(level)
    return Done(code if isinstance(code, int) else int(code is not None), *_read(out, err))


def _read(*streams: io.StringIO) -> tuple[str, ...]:
    return tuple(stream.getvalue() for stream in streams)


def program(*words: object, folder: Path, results: Path | None = None, **variables: str) -> Done:
    """Run another Python with these words, which knows the user's engines among the fixtures.

    Engines are read when vinpaint is imported, so this process does not know them. `folder` takes
    what is written, the engines' notes too.
    """
    engines = FIXTURES / "engines"
    done = subprocess.run(
        [sys.executable, *map(str, words)],
        cwd=folder,
        env={
            **os.environ,
            **isolated(folder, results=results),
            "PYTHONPATH": str(PACKAGE),
            "VINPAINT_ENGINES": str(engines / "users"),
            "COMPAT_PROGRAM": str(engines / "program"),
            "COMPAT_PYTHON": sys.executable,
            "COMPAT_NOTE": str(folder / f"note-{len(list(folder.glob('note-*')))}"),
            **variables,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(done.returncode, done.stdout, done.stderr)


def run_job(name: str, folder: Path) -> tuple[Done, Path]:
    """Run a job of the fixtures; its result and what else it writes are named after it.

    OUT is `NAME.mkv`; beside it lie `NAME.report.json` and `NAME.job.json`. A kept run is meant by
    `kept/ID`.
    """
    stem = name.replace("/", "-")
    job = FIXTURES / "jobs" / f"{name}.json"
    if name.startswith("kept/"):
        job = FIXTURES / "store" / name.removeprefix("kept/") / "job.json"
    out = folder / f"{stem}.mkv"
    words = ("run", "--job", job, "-o", out, "--report", folder / f"{stem}.report.json")
    words = (*words, "--save-job", folder / f"{stem}.job.json")
    if name == "outside":
        return program("-m", "vinpaint", *words, folder=folder), out
    return vinpaint(*words, variables=isolated(folder)), out


def result_of(name: str, folder: Path) -> dict[str, Json]:
    """What such a run comes to: its bytes, its scores and the parts of its report that are filled.

    Raises RuntimeError where it fails.
    """
    done, out = run_job(name, folder)
    if done.code:
        raise RuntimeError(f"{name}: {done.err}")
    report = json.loads(out.with_suffix(".report.json").read_text(encoding="utf-8"))
    return {
        **measured(out),
        "scores": [score["name"] for score in report["scores"]],
        "filled": sorted(key for key, value in report.items() if value is not None),
    }


def pictured(frames: Frames) -> Frames:
    """The frame that is kept as a picture of what came out: the third, which every job repairs."""
    return np.ascontiguousarray(frames[2])


def write_json(path: Path, value: Json) -> None:
    """JSON as all fixtures are written."""
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def write_hashes(names: Sequence[str], folder: Path) -> None:
    """Run jobs, and write down what they came to: hashes, a frame of each, this machine's kind."""
    results = {}
    pictures = FIXTURES / "expected"
    pictures.mkdir(exist_ok=True)
    for name in names:
        results[name] = result_of(name, folder)
        stem = name.replace("/", "-")
        cv2.imwrite(
            str(pictures / f"{stem}.png"), pictured(decoded(folder / f"{stem}.mkv"))[..., ::-1]
        )
    write_json(FIXTURES / "hashes.json", {"arithmetic": arithmetic(), "jobs": results})


def write_mask(path: Path) -> None:
    """Write the mask that one click on a clip of the fixtures gives."""
    path.unlink(missing_ok=True)
    done = vinpaint("mask", FIXTURES / "jobs/media/frames", "--click", "0,16,22", "-o", path)
    assert done.code == 0, done.err


def decoded(path: Path) -> Frames:
    """(T, H, W, 3) uint8 RGB: all frames of a video file."""
    with av.open(str(path)) as container:
        return np.stack([one.to_ndarray(format="rgb24") for one in container.decode(video=0)])


def measured(path: Path) -> dict[str, Json]:
    """A lossless result: its frames and size, and the SHA-256 of its RGB samples and its file."""
    frames = decoded(path)
    count, height, width = frames.shape[:3]
    return {
        "frames": count,
        "size": [width, height],
        "rgb_sha256": hashlib.sha256(np.ascontiguousarray(frames).data).hexdigest(),
        "file_sha256": file_digest(path),
    }


def file_digest(path: Path) -> str:
    """SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def arithmetic() -> dict[str, str]:
    """What the last bits of a result depend on beside vinpaint: libraries, processor and card.

    `probe` is a digest of a few calls of the kind that repairs are made of. OpenCV and NumPy choose
    their code by the processor, so two machines of the same libraries may differ.
    """
    card = shutil.which("nvidia-smi") or "none"
    found = {"machine": platform.machine(), "card": Path(card).name, "probe": _probe()}
    for name in _LIBRARIES:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found[name] = importlib.metadata.version(name)
    return found


def _probe() -> str:
    random = np.random.default_rng(5)
    noise = random.standard_normal((64, 96)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3.0)
    grey = np.clip(128 + soft * 300, 0, 255).astype(np.uint8)
    moved = np.roll(grey, 3, axis=1)
    flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM).calc(grey, moved, None)
    y, x = np.mgrid[0:64, 0:96].astype(np.float32)
    warped = cv2.remap(soft, x + flow[..., 0], y + flow[..., 1], cv2.INTER_LINEAR)
    solved = np.linalg.solve(soft[:, :64] @ noise[:, :64].T + np.eye(64, dtype=np.float32), warped)
    total = hashlib.sha256()
    for values in (soft, flow, warped, solved, np.exp(soft).sum(axis=0)):
        total.update(np.ascontiguousarray(values).data)
    return total.hexdigest()[:20]


# --- the structure of a report -------------------------------------------------------------------


def schema_of(*values: Json) -> Json:
    """The structure that these JSON values share.

    An object is `{"object": {key: schema}}`, with `"optional": [keys]` for what not all of them
    have. A list is `{"list": schema}`. A leaf is the sorted list of its kinds: 'text', 'flag',
    'number', 'null'. What is an object in one and null in another has `"nullable": true`.
    """
    filled = [value for value in values if value is not None]
    found: Json = sorted({_LEAVES[type(value)] for value in filled if type(value) in _LEAVES})
    if filled and all(isinstance(value, dict) for value in filled):
        found = _object_schema(filled)
    elif filled and all(isinstance(value, list) for value in filled):
        found = {"list": schema_of(*(item for value in filled for item in value))}
    if len(filled) == len(values):
        return found
    return {**found, "nullable": True} if isinstance(found, dict) else sorted({*found, "null"})


def _object_schema(objects: Sequence[Mapping[str, Json]]) -> Json:
    keys = list(dict.fromkeys(key for one in objects for key in one))
    shape = {key: schema_of(*(one[key] for one in objects if key in one)) for key in keys}
    optional = sorted(key for key in keys if any(key not in one for one in objects))
    return {"object": shape, **({"optional": optional} if optional else {})}


def breaches(schema: Json, value: Json, place: str = "") -> Iterator[str]:
    """Where a JSON value lacks what the schema has, or holds another kind there.

    More keys than the schema knows are allowed. Where only null was ever seen, anything is.
    """
    if isinstance(schema, list):
        kind = _LEAVES.get(type(value), type(value).__name__)
        if set(schema) - {"null"} and kind not in schema:
            yield f"{place}: {kind}, expected {' or '.join(schema)}"
    elif value is None:
        if not schema.get("nullable"):
            yield f"{place}: null"
    elif "list" in schema:
        if not isinstance(value, list):
            yield f"{place}: no list"
            return
        for number, item in enumerate(value):
            yield from breaches(schema["list"], item, f"{place}[{number}]")
    elif not isinstance(value, dict):
        yield f"{place}: no object"
    else:
        for key, inner in schema["object"].items():
            if key in value:
                yield from breaches(inner, value[key], f"{place}.{key}")
            elif key not in schema.get("optional", ()):
                yield f"{place}.{key}: missing"


# --- the flags of the command line ---------------------------------------------------------------

_TYPES = {"str": "text", "int": "integer", "float": "float", "bool": "boolean", "Path": "path"}


def flags_of(command: Any, name: str = "") -> dict[str, list[dict[str, Json]]]:
    """Every command below a click command, by its words, with what each of its flags takes."""
    inner = getattr(command, "commands", None)
    if inner is not None:
        return {
            words: flags
            for key, one in inner.items()
            for words, flags in flags_of(one, f"{name} {key}".strip()).items()
        }
    shown = [one for one in command.params if one.name != "help"]
    arguments = [one for one in shown if one.param_type_name == "argument"]
    return {name: [_flag(one, arguments) for one in shown]}


def _flag(parameter: Any, arguments: Sequence[Any]) -> dict[str, Json]:
    """What a flag takes. An argument has no name that a user writes, so its place stands there."""
    default, is_option = parameter.default, parameter.param_type_name == "option"
    multiple = bool(getattr(parameter, "multiple", False))
    if multiple:
        default = list(default or ())
    return {
        "names": sorted(parameter.opts)
        if is_option
        else [f"argument {arguments.index(parameter) + 1}"],
        "off": sorted(parameter.secondary_opts),
        "metavar": parameter.metavar,
        "type": _type(parameter),
        "default": default,
        "multiple": multiple,
        "required": bool(parameter.required),
    }


def _type(parameter: Any) -> str:
    """'text', 'integer' ... in old versions of typer and click, and in new ones."""
    if getattr(parameter, "is_flag", False):
        return "boolean"
    known = getattr(getattr(parameter, "type", None), "name", None)
    if known is not None:
        return str(known)
    kind = parameter.type_descriptor.annotation
    kind = (get_args(kind) or (kind,))[0] if get_origin(kind) is list else kind
    return _TYPES.get(getattr(kind, "__name__", ""), str(kind))
