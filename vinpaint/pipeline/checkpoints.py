"""Checkpoints: finished windows of a job, kept on disk so that a stopped job can be resumed.

    <results>/.unfinished/<fingerprint>.window

A window's fingerprint is a digest of everything its fill depends on: the frames, the mask, the
frames that the window before repaired, the reference, the settings, the weights, the versions and
this program's own files. So there is no index that could disagree with the files, and a checkpoint
is reused only if nothing has changed. It holds the repaired pixels under the mask, before grain is
added, compressed with zlib (which adds a checksum). A file appears whole or not at all, and one
that cannot be read counts as absent. All are removed when the job is done.
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
"""Maximum size of all checkpoints of all jobs. Beyond it the oldest of other jobs are removed."""

MOST_SECONDS = 7 * 24 * 3600.0
"""Checkpoints older than this are removed."""

SPARE_BYTES = 1_000_000_000
"""Disk space that is left free for the result."""

_SUFFIX, _NEW = ".window", ".new-"
_LEVEL = 1
"""Level of zlib: a higher one hardly compresses noise any further."""

OnStop = Callable[[int, int], None]
"""`on_stop(finished, windows)`: called when a run ends early with `finished` windows kept."""


@dataclass(frozen=True, repr=False)
class Checkpoint:
    """The repaired pixels of one window.

    `rgb`: (n, 3) uint8, the pixels under the mask of the frames that it repairs, in their order.
    `notes`, `invented_px`: as in `FillLog`. `seconds`: the duration of the fill.
    """

    rgb: Frames
    notes: tuple[str, ...] = ()
    invented_px: Mapping[int, int] = field(default_factory=dict)
    seconds: float = 0.0


class CheckpointStore:
    """The finished windows of one run. `folder`: where they are kept; None to keep nothing.

    `basis`: everything but the pixels that a fill depends on. `resume`: checkpoints of an earlier
    run are loaded.
    """

    def __init__(self, folder: Path | None, basis: str = "", *, resume: bool = False) -> None:
        self.windows = 0
        self.notes: list[str] = []
        self.saved_seconds = 0.0
        self._folder, self._basis, self._resume = folder, basis, resume
        self._loaded = 0
        self._own_files: list[Path] = []

    @property
    def finished(self) -> int:
        """The number of this run's windows that are kept."""
        return len(self._own_files)

    def begin(self, windows: int) -> None:
        """Set the number of windows of the run."""
        self.windows = windows

    def fingerprint(self, piece: Piece, video: Video, mask: Mask, context: Context) -> str:
        """Return a digest of everything the fill of a window depends on; '' if nothing is kept."""
        if self._folder is None:
            return ""
        total = hashlib.blake2b(self._basis.encode(), digest_size=20)
        total.update(repr(piece).encode())
        before = context.repaired.frames if context.repaired else None
        for values in (video.frames, mask.values, before, *_arrays(context.reference)):
            _add(total, values)
        return total.hexdigest()

    def load(self, fingerprint: str, *, pixels: int) -> Checkpoint | None:
        """Return a window that an earlier run finished; None without one of `pixels` pixels."""
        path = self._path(fingerprint)
        if path is None or not self._resume or not path.is_file():
            return None
        try:
            checkpoint = _unpack(path.read_bytes())
        except (OSError, ValueError, KeyError, TypeError, zlib.error):
            log.debug("%s cannot be read", path, exc_info=True)
            return None
        if len(checkpoint.rgb) != pixels:
            return None
        self._own_files.append(path)
        self._loaded += 1
        self.saved_seconds += checkpoint.seconds
        return checkpoint

    def save(self, fingerprint: str, checkpoint: Checkpoint) -> None:
        """Keep a finished window. If that fails, a note says so and the work goes on."""
        path = self._path(fingerprint)
        if path is None:
            return
        try:
            self._write(path, _pack(checkpoint))
        except OSError as error:
            reason = error.strerror or str(error)
            self._folder = None
            self.notes.append(
                f"Finished windows could not all be kept ({reason}), so a run that is stopped "
                "would go on from an earlier one."
            )

    def summary(self) -> list[str]:
        """Return the sentences for the result's notes."""
        if not self._loaded:
            return self.notes
        went_on = (
            f"Went on after {self._loaded} of {self.windows} windows of a run that was stopped"
        )
        return [f"{went_on}.", *self.notes]

    def clear(self) -> None:
        """Remove the checkpoints of this run: the job is done."""
        for path in self._own_files:
            with contextlib.suppress(OSError):
                path.unlink()
        if self._own_files:
            with contextlib.suppress(OSError):
                self._own_files[0].parent.rmdir()  # if it is empty now

    def _path(self, fingerprint: str) -> Path | None:
        return self._folder / f"{fingerprint}{_SUFFIX}" if self._folder else None

    def _write(self, path: Path, data: bytes) -> None:
        """Write a file in one step, so that it is never seen in part. Raises OSError."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _make_room(path.parent, len(data), own=set(self._own_files))
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
        self._own_files.append(path)


@contextlib.contextmanager
def open_checkpoints(
    fill: FillSettings, *, root: Path, resume: bool, on_stop: OnStop = no_op
) -> Iterator[CheckpointStore]:
    """Open the checkpoints of a run with these settings, under the results' folder `root`.

    Windows are kept if `resume` asks for it, or if they are expensive. When the block ends without
    an error they are removed; otherwise `on_stop` is called.
    """
    keeps = resume or is_expensive(fill)
    folder = root / FOLDER if keeps else None
    store = CheckpointStore(folder, fingerprint_basis(fill) if keeps else "", resume=resume)
    if folder is not None:
        _remove_old(folder)
    try:
        yield store
    except BaseException:
        if store.finished:
            on_stop(store.finished, store.windows)
        raise
    store.clear()


def is_expensive(fill: FillSettings) -> bool:
    """Return whether a window is made by networks or by an external engine, which takes long."""
    return bool(get_strategy(fill.strategy).weights(fill)) or fill.strategy.startswith(PREFIX)


def fingerprint_basis(fill: FillSettings) -> str:
    """Return everything but the pixels that the fill of a window depends on, as a line of JSON.

    Files that the user chose count by their contents, not by their place.
    """
    strategy, device = get_strategy(fill.strategy), resolve_device(fill.device)
    generation = dataclasses.replace(fill.generation, patient=False, example="")
    settings = dataclasses.replace(fill, reference="", generation=generation)
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
    """Return name, size and time of a file, or of all files in a folder."""
    if place is None:
        return []
    files = sorted(path for path in (place, *place.rglob("*")) if path.is_file())
    facts = [(path.relative_to(place), path.stat()) for path in files]
    return [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in facts]


@functools.lru_cache(maxsize=1)
def _program() -> str:
    """Return a digest of this program's own files: another version may repair differently."""
    home = Path(vinpaint.__file__).parent
    files = sorted([*home.rglob("*.py"), *home.rglob("*.toml")])
    return _digest(*(path.read_bytes() for path in files))


def _digest(*parts: bytes) -> str:
    total = hashlib.blake2b(digest_size=20)
    for part in parts:
        total.update(len(part).to_bytes(8, "little"))
        total.update(part)
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


def _pack(checkpoint: Checkpoint) -> bytes:
    header = {
        "notes": checkpoint.notes,
        "invented_px": {str(t): pixels for t, pixels in checkpoint.invented_px.items()},
        "seconds": checkpoint.seconds,
    }
    pixels = np.ascontiguousarray(checkpoint.rgb).tobytes()
    return zlib.compress(json.dumps(header).encode() + b"\n" + pixels, _LEVEL)


def _unpack(data: bytes) -> Checkpoint:
    """Raises zlib.error for a damaged file, ValueError for one that is no checkpoint."""
    head, _, pixels = zlib.decompress(data).partition(b"\n")
    header = json.loads(head)
    return Checkpoint(
        np.frombuffer(pixels, np.uint8).reshape(-1, 3),
        tuple(header["notes"]),
        {int(t): int(count) for t, count in header["invented_px"].items()},
        float(header["seconds"]),
    )


def _remove_old(folder: Path) -> None:
    oldest = time.time() - MOST_SECONDS
    for path, _, changed in _stored_files(folder):
        if changed < oldest:
            with contextlib.suppress(OSError):
                path.unlink()


def _make_room(folder: Path, size: int, *, own: set[Path]) -> None:
    """Remove other jobs' checkpoints, the oldest first, until `size` bytes fit. Raises OSError."""
    stored = sorted(_stored_files(folder), key=lambda file: file[2])
    total = sum(file_bytes for _, file_bytes, _ in stored)
    for path, file_bytes, _ in stored:
        if total + size <= MOST_BYTES:
            break
        if path not in own:
            path.unlink(missing_ok=True)
            total -= file_bytes
    if total + size > MOST_BYTES:
        raise OSError(f"they take more than {MOST_BYTES / 1e9:.0f} GB")
    if shutil.disk_usage(folder).free - size < SPARE_BYTES:
        raise OSError("the disk is nearly full")


def _stored_files(folder: Path) -> list[tuple[Path, int, float]]:
    """Return (path, bytes, time of change) of every file in the folder."""
    if not folder.is_dir():
        return []
    found = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):  # gone meanwhile
            facts = path.stat()
            found.append((path, facts.st_size, facts.st_mtime))
    return found
