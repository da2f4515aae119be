"""Store finished runs on disk, each in a folder with a random id.

    <root>/<id>/before.mp4 after.mp4 master.mkv job.json report.json outline.json
                leftover.json (if something of the object is left over)
                mask-0.png ... (files that the job names), source.* (if before.mp4 is re-encoded)

There is no index file; the folders are the index. A run is assembled in a temporary folder and then
renamed, so incomplete runs are never visible.
"""

from __future__ import annotations

import errno
import json
import os
import re
import secrets
import shutil
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vinpaint.core import Job, MissingError, OutputError, Result, map_paths

ROOT_VARIABLE = "VINPAINT_RESULTS"

_ID = re.compile(r"[A-Za-z0-9_-]{22}")
_PLAIN_NAMES = (
    "before.mp4", "after.mp4", "master.mkv", "job.json", "report.json", "outline.json",
    "leftover.json",
)  # fmt: skip
_NUMBERED_NAME = re.compile(r"(source|reference|example|mask-\d{1,4})\.[a-z0-9]{2,4}")
_VIDEO_SUFFIXES = ("mp4", "m4v", "mov", "mkv", "webm", "avi", "gif", "mpg", "ts", "ogv", "mxf")
_PICTURE_SUFFIXES = ("png", "jpg", "jpeg", "webp", "bmp", "tif", "tiff")
_KEPT_SUFFIXES = frozenset(f".{one}" for one in (*_VIDEO_SUFFIXES, *_PICTURE_SUFFIXES, "json"))


@dataclass(frozen=True)
class SavedRun:
    """A stored run. `made` is its modification time, in seconds since 1970."""

    id: str
    folder: Path
    report: Mapping[str, Any]
    job_json: str
    made: float

    def file(self, name: str) -> Path | None:
        """Return the path of a file of this run, or None if there is no such file."""
        if name not in _PLAIN_NAMES and not _NUMBERED_NAME.fullmatch(name):
            return None
        path = self.folder / name
        return path if path.is_file() and not path.is_symlink() else None


@dataclass(frozen=True)
class RunFiles:
    """The files that are stored with a run in addition to its result.

    Args:
        before: The source as a video that browsers can play.
        is_source: Whether `before` is an exact copy of the source file.
        outline: The outline of the mask (JSON), or None.
        leftover: The outline of what is left over of the object (JSON), or None.
        name: Display name of the clip.
    """

    before: Path
    is_source: bool
    outline: Path | None = None
    leftover: Path | None = None
    name: str = ""


class Store:
    """The stored runs in a folder, by default `default_root()`."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root or default_root()

    def prepare(self) -> None:
        """Check, before a long run, that the folder is writable. Raises OutputError if not."""
        try:
            self.root.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=self.root).close()
        except OSError as error:
            raise _output_error(self.root, error) from error

    def save(
        self,
        result: Result,
        *,
        shown: RunFiles,
        report: Mapping[str, Any],
        to_json: Callable[[Job], str],
    ) -> str:
        """Store a run and return its id.

        The videos of the result are moved into the run's folder, all other files are copied. In
        job.json, paths refer to the copies.

        Args:
            result: The result of the run.
            shown: The files to store with it.
            report: The contents of report.json.
            to_json: Returns the text of a job file.

        Raises:
            OutputError: The run cannot be written.
        """
        run_id = secrets.token_urlsafe(16)
        self.prepare()
        try:
            holder = Path(tempfile.mkdtemp(prefix=".new-", dir=self.root))
            try:
                _fill(holder, result, shown, report, to_json)
                holder.chmod(0o755)
                holder.replace(self.root / run_id)
            finally:
                shutil.rmtree(holder, ignore_errors=True)
        except OSError as error:
            raise _output_error(self.root, error) from error
        return run_id

    def load(self, run_id: str) -> SavedRun:
        """Return a stored run. Raises MissingError if it does not exist or is damaged."""
        folder = self.root / run_id
        if not _ID.fullmatch(run_id) or not folder.is_dir():
            raise MissingError(
                "There is no repair at this address; it was deleted, or the link is incomplete"
            )
        try:
            report = json.loads((folder / "report.json").read_text(encoding="utf-8"))
            job_json = (folder / "job.json").read_text(encoding="utf-8")
        except (OSError, ValueError) as error:
            raise MissingError("The files of this repair are damaged; make it again") from error
        return SavedRun(run_id, folder, report, job_json, folder.stat().st_mtime)

    def ids(self) -> list[str]:
        """Return the ids of all stored runs, newest first."""
        if not self.root.is_dir():
            return []
        folders = [one for one in self.root.iterdir() if _ID.fullmatch(one.name) and one.is_dir()]
        folders.sort(key=lambda one: one.stat().st_mtime, reverse=True)
        return [one.name for one in folders]


def default_root() -> Path:
    """Return `$VINPAINT_RESULTS`, or a folder in the system's directory for application data."""
    named = os.environ.get(ROOT_VARIABLE)
    if named:
        return Path(named).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA", Path.home() / "AppData" / "Local"))
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_DATA_HOME", Path.home() / ".local" / "share"))
    return base / "vinpaint" / "results"


def _fill(
    folder: Path,
    result: Result,
    shown: RunFiles,
    report: Mapping[str, Any],
    to_json: Callable[[Job], str],
) -> None:
    """Write all files of a run into an empty folder."""
    for out in result.outs:
        name = {".mp4": "after.mp4", ".mkv": "master.mkv"}.get(out.suffix)
        if name:
            shutil.move(out, folder / name)
    shutil.copyfile(shown.before, folder / "before.mp4")
    if shown.outline:
        shutil.copyfile(shown.outline, folder / "outline.json")
    if shown.leftover:
        shutil.copyfile(shown.leftover, folder / "leftover.json")
    job = _portable(result.job, folder, shown)
    job_json = to_json(job)
    (folder / "job.json").write_text(job_json, encoding="utf-8")
    outs = [name for name in ("after.mp4", "master.mkv") if (folder / name).is_file()]
    whole = {**report, "job": json.loads(job_json), "outs": outs}
    if shown.name:
        whole["source"] = {**whole.get("source", {}), "name": shown.name}
    (folder / "report.json").write_text(json.dumps(whole, indent=2), encoding="utf-8")


def _portable(job: Job, folder: Path, shown: RunFiles) -> Job:
    """Copy the files that the job reads to `folder`; return a job that refers to the copies."""

    def copy(path: str, role: str) -> str:
        if role == "source" and shown.is_source:
            return "before.mp4"
        name = role + _suffix(Path(path))
        shutil.copyfile(path, folder / name)
        return name

    return map_paths(job, copy)


def _suffix(path: Path) -> str:
    """Return the suffix of a known image, video or JSON file in lower case, else '.bin'."""
    suffix = path.suffix.lower()
    return suffix if suffix in _KEPT_SUFFIXES else ".bin"


def _output_error(root: Path, error: OSError) -> OutputError:
    """Return the OutputError to raise for an error of the file system."""
    if error.errno == errno.ENOSPC:
        return OutputError(f"The disk with the results ({root}) is full; free some space")
    return OutputError(
        f"Results cannot be written to {root} ({error.strerror or error}); "
        f"set {ROOT_VARIABLE} to a writable folder"
    )
