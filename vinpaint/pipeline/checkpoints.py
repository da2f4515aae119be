"""What is finished of a job that is not: windows kept on disk, so that a stopped job can go on.

    <results>/.unfinished/<seal>.window

A window's seal is a digest of all that its fill depends on: the frames, the mask, what the window
before repaired, the reference, the settings, the weights, the versions, this program's own files.
So no index can disagree with the files, and where anything was changed nothing old is taken. Kept
are the repaired pixels under the mask, before their grain, deflated (which adds a checksum); a file
appears whole or not at all, and what cannot be read counts as absent. They go when the job is done.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import logging
import os
import shutil
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

import vinpaint
from vinpaint import models
from vinpaint.core import Context, FillSettings, Frames, Mask, Piece, Reference, Video, no_op
from vinpaint.runtime.devices import card_name, resolve_device
from vinpaint.runtime.versions import versions
from vinpaint.strategies import Strategy, get_strategy
from vinpaint.strategies.compute_backend import RAFT
from vinpaint.strategies.external.external import PREFIX, ExternalEngine

log = logging.getLogger(__name__)

FOLDER = ".unfinished"
"""Beside the kept runs; no run's id begins with a dot."""

MOST_BYTES = 4_000_000_000
"""All windows of all jobs together; where a job needs more, the oldest of others go."""

MOST_SECONDS = 7 * 24 * 3600.0
"""Windows that have lain longer are removed."""

SPARE_BYTES = 1_000_000_000
"""So much of the disk is left for the result."""

_SUFFIX, _NEW = ".window", ".new-"
_LEVEL = 1
"""Of zlib: noise hardly gets smaller with more."""

OnStop = Callable[[int, int], None]
"""`on_stop(finished, windows)`: called when a run ends early with `finished` windows kept."""


@dataclass(frozen=True, repr=False)
class Checkpoint:
    """What the fill of one window came to.

    `rgb`: (n, 3) uint8, the pixels under the mask of the frames that it repairs, in their order.
    `notes`, `invented_px`: what the strategy told. `seconds`: what the fill took.
    """

    rgb: Frames
    notes: tuple[str, ...] = ()
    invented_px: Mapping[int, int] = field(default_factory=dict)
    seconds: float = 0.0


class CheckpointStore:
    """The finished windows of one run. `folder`: where they lie; None: nothing is kept.

    `resume`: those of an earlier run are taken.
    """

    def __init__(self, folder: Path | None, basis: str = "", *, resume: bool = False) -> None:
        self.windows = 0
        self.notes: list[str] = []
        self.saved_seconds = 0.0
        self._folder, self._basis, self._resume = folder, basis, resume
        self._taken = 0
        self._mine: list[Path] = []

    @property
    def finished(self) -> int:
        """How many of this run's windows are kept."""
        return len(self._mine)

    def begin(self, windows: int) -> None:
        """The run has so many windows."""
        self.windows = windows

    def fingerprint(self, piece: Piece, video: Video, mask: Mask, context: Context) -> str:
        """The name of a window: a digest of all that its fill depends on; '' if none is kept."""
        if self._folder is None:
            return ""
        total = hashlib.blake2b(self._basis.encode(), digest_size=20)
        total.update(repr(piece).encode())
        before = context.repaired.frames if context.repaired else None
        for values in (video.frames, mask.values, before, *_arrays(context.reference)):
            _add(total, values)
        return total.hexdigest()

    def take(self, fingerprint: str, *, pixels: int) -> Checkpoint | None:
        """A window that an earlier run finished, of so many pixels; None where there is none."""
        path = self._path(fingerprint)
        if path is None or not self._resume or not path.is_file():
            return None
        try:
            window = _unpacked(path.read_bytes())
        except (OSError, ValueError, KeyError, TypeError, zlib.error):
            log.debug("%s cannot be read", path, exc_info=True)
            return None
        if len(window.rgb) != pixels:
            return None
        self._mine.append(path)
        self._taken += 1
        self.saved_seconds += window.seconds
        return window

    def keep(self, fingerprint: str, window: Checkpoint) -> None:
        """Keep a finished window. Where that fails, a note says so and the work goes on."""
        path = self._path(fingerprint)
        if path is None:
            return
        try:
            self._write(path, _packed(window))
        except OSError as error:
            reason = error.strerror or str(error)
            self._folder = None
            self.notes.append(
                f"Finished windows could not all be kept ({reason}), so a run that is stopped "
                "would go on from an earlier one."
            )

    def told(self) -> list[str]:
        """What to say of it all, for the result's notes."""
        if not self._taken:
            return self.notes
        went_on = f"Went on after {self._taken} of {self.windows} windows of a run that was stopped"
        return [f"{went_on}.", *self.notes]

    def clear(self) -> None:
        """The job is done: its windows go."""
        for path in self._mine:
            with contextlib.suppress(OSError):
                path.unlink()
        if self._mine:
            with contextlib.suppress(OSError):
                self._mine[0].parent.rmdir()  # if it is empty now

    def _path(self, fingerprint: str) -> Path | None:
        return self._folder / f"{fingerprint}{_SUFFIX}" if self._folder else None

    def _write(self, path: Path, data: bytes) -> None:
        """In one step: whoever looks finds all of the file or none. Raises OSError."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_room(path.parent, len(data), mine=set(self._mine))
        handle, name = tempfile.mkstemp(prefix=_NEW, dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise
        self._mine.append(path)


@contextlib.contextmanager
def open_checkpoints(
    fill: FillSettings, *, root: Path, resume: bool, on_stop: OnStop = no_op
) -> Iterator[CheckpointStore]:
    """The finished windows of a run with these settings, under the results' folder `root`.

    They are kept where `resume` asks for it, and where a window is dear: made by learned networks
    or by a program from outside. When the block ends without an error they are removed.
    """
    keeps = resume or is_expensive(fill)
    folder = root / FOLDER if keeps else None
    here = CheckpointStore(folder, fingerprint_basis(fill) if keeps else "", resume=resume)
    if folder is not None:
        _remove_old(folder)
    try:
        yield here
    except BaseException:
        if here.finished:
            on_stop(here.finished, here.windows)
        raise
    here.clear()


def is_expensive(fill: FillSettings) -> bool:
    """Whether a window takes long, or a card that was lent: made by networks or from outside."""
    return bool(get_strategy(fill.strategy).weights(fill)) or fill.strategy.startswith(PREFIX)


def fingerprint_basis(fill: FillSettings) -> str:
    """All but the pixels that the fill of a window depends on, as one line of text.

    Files that the user gave count by what they hold, not by where they lie.
    """
    strategy, device = get_strategy(fill.strategy), resolve_device(fill.device)
    told = dataclasses.replace(fill.generation, patient=False, example="")
    settings = dataclasses.replace(fill, reference="", generation=told)
    weights = [*strategy.weights(fill), *([RAFT] if device == "cuda" else [])]
    example = Path(fill.generation.example)
    return json.dumps(
        {
            "settings": dataclasses.asdict(settings),
            "example": _digest(example.read_bytes()) if example.is_file() else "",
            "strategy": repr(strategy),
            "device": card_name() if device == "cuda" else device,
            "weights": {name: _stamp(models.weights_folder(name)) for name in weights},
            "engine": _engine(strategy),
            "versions": versions(),
            "program": _program(),
        },
        sort_keys=True,
    )


def _engine(strategy: Strategy) -> dict[str, list[str]]:
    """What an engine from outside is beside its file: the variables it names, its program's files.

    What these load in turn is not looked for.
    """
    if not isinstance(strategy, ExternalEngine):
        return {}
    engine_file = strategy.engine_file
    named = [f"{name}={os.environ.get(name, '')}" for name in engine_file.variables()]
    return {"variables": named, **{str(path): _stamp(path) for path in engine_file.files()}}


def _stamp(place: Path | None) -> list[str]:
    """Which files a folder holds, or the one that it is: name, size and time of each."""
    if place is None:
        return []
    files = sorted(path for path in (place, *place.rglob("*")) if path.is_file())
    facts = [(path.relative_to(place), path.stat()) for path in files]
    return [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in facts]


@functools.lru_cache(maxsize=1)
def _program() -> str:
    """A digest of this program's own files: another version may repair otherwise."""
    home = Path(vinpaint.__file__).parent
    files = sorted([*home.rglob("*.py"), *home.rglob("*.toml")])
    return _digest(*(path.read_bytes() for path in files))


def _digest(*parts: bytes) -> str:
    total = hashlib.blake2b(digest_size=20)
    for one in parts:
        total.update(len(one).to_bytes(8, "little"))
        total.update(one)
    return total.hexdigest()


def _arrays(reference: Reference | None) -> list[np.ndarray[Any, Any]]:
    if reference is None:
        return []
    same_scene = np.array([reference.same_scene])
    return [
        reference.images,
        reference.visible,
        reference.homographies,
        reference.camera_homographies,
        same_scene,
    ]


def _add(total: hashlib.blake2b, values: np.ndarray[Any, Any] | None) -> None:
    if values is None:
        total.update(b"none")
        return
    total.update(f"{values.dtype}{values.shape}".encode())
    total.update(np.ascontiguousarray(values).data)


def _packed(window: Checkpoint) -> bytes:
    told = {
        "notes": window.notes,
        "invented_px": {str(t): pixels for t, pixels in window.invented_px.items()},
        "seconds": window.seconds,
    }
    pixels = np.ascontiguousarray(window.rgb).tobytes()
    return zlib.compress(json.dumps(told).encode() + b"\n" + pixels, _LEVEL)


def _unpacked(data: bytes) -> Checkpoint:
    """Raises zlib.error for what is cut off or damaged, ValueError for what is none of ours."""
    head, _, pixels = zlib.decompress(data).partition(b"\n")
    told = json.loads(head)
    return Checkpoint(
        np.frombuffer(pixels, np.uint8).reshape(-1, 3),
        tuple(told["notes"]),
        {int(t): int(count) for t, count in told["invented_px"].items()},
        float(told["seconds"]),
    )


def _remove_old(folder: Path) -> None:
    oldest = time.time() - MOST_SECONDS
    for path, _, changed in _lying(folder):
        if changed < oldest:
            with contextlib.suppress(OSError):
                path.unlink()


def _make_room(folder: Path, size: int, *, mine: set[Path]) -> None:
    """Remove other jobs' windows, the oldest first, until there is room. Raises OSError."""
    lying = sorted(_lying(folder), key=lambda one: one[2])
    total = sum(size for _, size, _ in lying)
    for path, its, _ in lying:
        if total + size <= MOST_BYTES:
            break
        if path not in mine:
            path.unlink(missing_ok=True)
            total -= its
    if total + size > MOST_BYTES:
        raise OSError(f"they take more than {MOST_BYTES / 1e9:.0f} GB")
    if shutil.disk_usage(folder).free - size < SPARE_BYTES:
        raise OSError("the disk is nearly full")


def _lying(folder: Path) -> list[tuple[Path, int, float]]:
    """(path, bytes, time of change) of all that lies there."""
    if not folder.is_dir():
        return []
    found = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):  # gone meanwhile
            facts = path.stat()
            found.append((path, facts.st_size, facts.st_mtime))
    return found
