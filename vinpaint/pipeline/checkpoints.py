"""Checkpoints: the finished windows of a job on disk, so that a stopped job can be resumed.

    <results>/.unfinished/<fingerprint>.window

The fingerprint of a window is a digest of everything its fill depends on: the frames, the mask, the
repaired frames of the previous window, the reference, the settings, the weights, the versions and
the files of this program. A checkpoint is therefore reused only if nothing has changed, and no
index is needed.

A checkpoint holds the repaired pixels under the mask, before grain is added, compressed with zlib
(which includes a checksum). Files are written atomically, and unreadable files are ignored. The
checkpoints of a job are removed when it has finished.
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
from vinpaint.strategies import AUTO, Strategy, get_strategy
from vinpaint.strategies.compute_backend import RAFT
from vinpaint.strategies.external.external import PREFIX, ExternalEngine

log = logging.getLogger(__name__)

FOLDER = ".unfinished"
"""Folder for checkpoints in the folder of the results. The id of a run never starts with a dot."""

MOST_BYTES = 4_000_000_000
"""Maximum size of all checkpoints. Beyond it, the oldest ones of other jobs are removed."""

MOST_SECONDS = 7 * 24 * 3600.0
"""Maximum age of a checkpoint."""

SPARE_BYTES = 1_000_000_000
"""Disk space to leave free for the result."""

_SUFFIX, _NEW = ".window", ".new-"
_LEVEL = 1
"""Compression level of zlib. Higher levels gain little on noisy pixels."""

OnStop = Callable[[int, int], None]
"""Called as `on_stop(finished, windows)` when a run ends early and `finished` windows are kept."""


@dataclass(frozen=True, repr=False)
class Checkpoint:
    """The repaired pixels of one window.

    Args:
        rgb: (n, 3) uint8, the pixels under the mask of the repaired frames, in array order.
        notes: As in `FillLog`.
        invented_px: As in `FillLog`.
        seconds: Duration of the fill.
    """

    rgb: Frames
    notes: tuple[str, ...] = ()
    invented_px: Mapping[int, int] = field(default_factory=dict)
    seconds: float = 0.0


class CheckpointStore:
    """The checkpoints of one run.

    Args:
        folder: Folder of the checkpoints; None to store nothing.
        basis: The result of `fingerprint_basis`, part of every fingerprint.
        resume: Load the checkpoints of an earlier run.
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
        """Number of windows of this run that are stored, including loaded ones."""
        return len(self._own_files)

    def begin(self, windows: int) -> None:
        """Set the total number of windows of the run."""
        self.windows = windows

    def fingerprint(self, piece: Piece, video: Video, mask: Mask, context: Context) -> str:
        """Return the fingerprint of a window, or an empty string if nothing is stored."""
        if self._folder is None:
            return ""
        total = hashlib.blake2b(self._basis.encode(), digest_size=20)
        total.update(repr(piece).encode())
        before = context.repaired.frames if context.repaired else None
        for values in (video.frames, mask.values, before, *_arrays(context.reference)):
            _add(total, values)
        return total.hexdigest()

    def load(self, fingerprint: str, *, pixels: int) -> Checkpoint | None:
        """Load a finished window of an earlier run; None if there is none with `pixels` pixels."""
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
        """Store a finished window. On failure, add a note and store no further windows."""
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
        """Return sentences for the notes of the result."""
        if not self._loaded:
            return self.notes
        went_on = (
            f"Went on after {self._loaded} of {self.windows} windows of a run that was stopped"
        )
        return [f"{went_on}.", *self.notes]

    def clear(self) -> None:
        """Remove the checkpoints of this run."""
        for path in self._own_files:
            with contextlib.suppress(OSError):
                path.unlink()
        if self._own_files:
            with contextlib.suppress(OSError):
                self._own_files[0].parent.rmdir()  # only succeeds if it is empty

    def _path(self, fingerprint: str) -> Path | None:
        return self._folder / f"{fingerprint}{_SUFFIX}" if self._folder else None

    def _write(self, path: Path, data: bytes) -> None:
        """Write a file atomically. Raises OSError if there is no room."""
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
    """Open the checkpoints of a run, as a context manager.

    Windows are stored if `resume` is set or the fill is expensive. If the block succeeds, they are
    removed. If it raises and windows were stored, they are kept and `on_stop` is called.

    Args:
        fill: The settings of the fill.
        root: Folder of the results.
        resume: Load the checkpoints of an earlier run.
        on_stop: Called with the number of finished and of all windows.
    """
    folder = checkpoint_folder(fill, root=root, resume=resume)
    store = CheckpointStore(folder, fingerprint_basis(fill) if folder else "", resume=resume)
    if folder is not None:
        _remove_old(folder)
    try:
        yield store
    except BaseException:
        if store.finished:
            on_stop(store.finished, store.windows)
        raise
    store.clear()


def checkpoint_folder(fill: FillSettings, *, root: Path, resume: bool) -> Path | None:
    """Return the folder below `root` in which a run keeps its windows, or None if it keeps none.

    With the strategy 'auto', which may choose an expensive one, the folder is returned.
    """
    keeps = resume or fill.strategy == AUTO or is_expensive(fill)
    return root / FOLDER if keeps else None


def is_expensive(fill: FillSettings) -> bool:
    """Return whether the strategy runs networks or an external engine, which take long."""
    return bool(get_strategy(fill.strategy).weights(fill)) or fill.strategy.startswith(PREFIX)


def fingerprint_basis(fill: FillSettings) -> str:
    """Return everything except pixels that the fill of a window depends on, as a line of JSON.

    The user's example image enters by its contents, so its path may change.
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
    """Describe an external engine: its environment variables and the files of its program.

    Files that the program loads in turn are not included.
    """
    if not isinstance(strategy, ExternalEngine):
        return {}
    engine_file = strategy.engine_file
    named = [f"{name}={os.environ.get(name, '')}" for name in engine_file.variables()]
    return {"variables": named, **{str(path): _stamp(path) for path in engine_file.files()}}


def _stamp(place: Path | None) -> list[str]:
    """Return name, size and modification time of a file, or of all files in a folder."""
    if place is None:
        return []
    files = sorted(path for path in (place, *place.rglob("*")) if path.is_file())
    facts = [(path.relative_to(place), path.stat()) for path in files]
    return [f"{name} {stat.st_size} {stat.st_mtime_ns}" for name, stat in facts]


@functools.lru_cache(maxsize=1)
def _program() -> str:
    """Return a digest of the files of this program, since another version may give other pixels."""
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
    """Return all arrays of a reference that a fill depends on."""
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
    """Update a digest with dtype, shape and contents of an array, or with None."""
    if values is None:
        total.update(b"none")
        return
    total.update(f"{values.dtype}{values.shape}".encode())
    total.update(np.ascontiguousarray(values).data)


def _pack(checkpoint: Checkpoint) -> bytes:
    """Serialise a checkpoint: a line of JSON, then the pixels, compressed with zlib."""
    header = {
        "notes": checkpoint.notes,
        "invented_px": {str(t): pixels for t, pixels in checkpoint.invented_px.items()},
        "seconds": checkpoint.seconds,
    }
    pixels = np.ascontiguousarray(checkpoint.rgb).tobytes()
    return zlib.compress(json.dumps(header).encode() + b"\n" + pixels, _LEVEL)


def _unpack(data: bytes) -> Checkpoint:
    """Parse a checkpoint. Raises zlib.error if it is damaged, ValueError for another format."""
    head, _, pixels = zlib.decompress(data).partition(b"\n")
    header = json.loads(head)
    return Checkpoint(
        np.frombuffer(pixels, np.uint8).reshape(-1, 3),
        tuple(header["notes"]),
        {int(t): int(count) for t, count in header["invented_px"].items()},
        float(header["seconds"]),
    )


def _remove_old(folder: Path) -> None:
    """Remove all checkpoints that are older than `MOST_SECONDS`."""
    oldest = time.time() - MOST_SECONDS
    for path, _, changed in _stored_files(folder):
        if changed < oldest:
            with contextlib.suppress(OSError):
                path.unlink()


def _make_room(folder: Path, size: int, *, own: set[Path]) -> None:
    """Remove the oldest checkpoints of other jobs until `size` bytes fit. Raises OSError if not."""
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
    """Return (path, size in bytes, modification time) of every file in the folder."""
    if not folder.is_dir():
        return []
    found = []
    for path in folder.iterdir():
        with contextlib.suppress(OSError):  # removed by another process
            facts = path.stat()
            found.append((path, facts.st_size, facts.st_mtime))
    return found
