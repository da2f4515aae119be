"""Check, before any work, that nothing a command writes destroys what is there.

Every path that a command writes is compared with every path that it reads and with the other paths
that it writes, after links and letter case are resolved. An existing file, or a folder that is not
empty, needs `overwrite`; a folder then loses only the images that are written anew.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vinpaint.core import Job, Keyframe, MaskFile, OutputError, Painting
from vinpaint.media import check_place, image_name, output_kind
from vinpaint.media.image_sequence import IMAGE_SUFFIXES
from vinpaint.strategies import STRATEGIES
from vinpaint.strategies.external.external import SHIPPED, ExternalEngine, user_engine_folders

FileId = tuple[int, int]
"""Device and inode: equal for hard links to one file."""


@dataclass(frozen=True)
class Output:
    """A path that a command writes.

    `images`: the number of numbered images if it is a folder of them, otherwise None.
    `last`: it is written after the folders are complete, so it may lie in one of them.
    `shared`: a folder of the program's own that other runs use too, and that may hold files.
    """

    path: Path
    images: int | None = None
    last: bool = False
    shared: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether a folder is written."""
        return self.images is not None or self.shared

    @property
    def names(self) -> frozenset[str]:
        """The names of the images that are written."""
        return frozenset(image_name(number) for number in range(self.images or 0))


def job_inputs(job: Job) -> list[Path]:
    """Return every file and folder that the job reads, the files of its engine included."""
    paths = [job.source, job.fill.reference, job.fill.generation.example, job.fill.generation.model]
    paths += [
        prompt.path for prompt in job.where if isinstance(prompt, MaskFile | Painting | Keyframe)
    ]
    engine = STRATEGIES.get(job.fill.strategy)
    files = [Path(path) for path in paths if path]
    if isinstance(engine, ExternalEngine):
        name = f"{engine.engine_file.name}.toml"
        files += [
            *(folder / name for folder in (SHIPPED, *user_engine_folders())),
            *engine.engine_file.files(),
        ]
    return [path for path in files if path.exists()]


def result_outputs(outs: Sequence[Path], frames: int) -> list[Output]:
    """Return the outputs of a repaired clip or a mask: files, or folders with an image a frame.

    Raises OutputError for an ending that cannot be written.
    """
    return [Output(out, None if output_kind(out) else frames) for out in outs]


def check_outputs(
    outputs: Sequence[Output], inputs: Sequence[Path], *, overwrite: bool = False
) -> None:
    """Raise OutputError unless all `outputs` can be written without harm.

    Refused are an output that is an input, lies in a folder that is read, or holds an input; two
    outputs that are the same file; one that exists, without `overwrite`; and with it, a folder
    whose other images would mix with the new ones.
    """
    sources = [_Input(path) for path in inputs]
    for number, output in enumerate(outputs):
        for source in sources:
            _check_input(output, source)
        for other in outputs[:number]:
            _check_pair(other, output)
        inside = any(other.is_folder and _holds(other.path, output.path) for other in outputs)
        if not output.shared and not (inside and output.last):
            check_place(output.path, folder=output.is_folder, overwrite=overwrite)
        if output.images is not None and output.path.is_dir():
            _check_folder(output)
        elif inside and output.path.exists() and not overwrite:
            check_place(output.path, folder=False, overwrite=False)


class _Input:
    """A file or folder that is read, with the identities of all files in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_folder = path.is_dir()
        files = [path, *path.iterdir()] if self.is_folder else [path]
        self.keys = {_key(file) for file in files}
        self.ids = {found for file in files if (found := _file_id(file))}

    def is_file(self, path: Path) -> bool:
        """Whether `path` is this input, or a file of this folder."""
        return _key(path) in self.keys or _file_id(path) in self.ids


def _check_input(output: Output, source: _Input) -> None:
    """Raise OutputError where writing `output` would touch or join what `source` holds."""
    path = output.path
    if source.is_file(path):
        reason = f"this is {_name(source)}, which is read and must not change"
    elif source.is_folder and _holds(source.path, path):
        reason = f"it lies in {_name(source)}, a folder that is read and must not change"
    elif output.images is not None and (held := _read_inside(path, source)):
        reason = f"this folder holds {held}, which is read and must not change"
    else:
        return
    raise OutputError(f"{path}: {reason}; choose another place")


def _name(source: _Input) -> str:
    return f"the source or another input ({source.path})"


def _read_inside(folder: Path, source: _Input) -> str:
    """The name of an input that lies in `folder`, directly or below; '' for none."""
    above = _key(folder)
    for key in sorted(source.keys):
        if key[: len(above)] == above:
            return key[-1]
    entries = folder.iterdir() if folder.is_dir() else iter(())
    return next((entry.name for entry in entries if _file_id(entry) in source.ids), "")


def _check_pair(first: Output, second: Output) -> None:
    """Raise OutputError where two outputs are one file, or one would spoil the other's folder."""
    one, other = first.path, second.path
    same_file = _file_id(one) is not None and _file_id(one) == _file_id(other)
    if _key(one) == _key(other) or same_file:
        raise OutputError(f"{other}: two results cannot have the same path; choose another name")
    for holder, held in ((first, second), (second, first)):
        if holder.images is None or not _holds(holder.path, held.path):
            continue
        if not held.last or held.path.name in holder.names:
            raise OutputError(
                f"{held.path}: {holder.path} is the folder of the result; choose another place"
            )


def _check_folder(output: Output) -> None:
    """Raise OutputError for what cannot stay in the folder beside the new images."""
    for entry in sorted(output.path.iterdir()):
        ours = entry.name in output.names
        if (ours and entry.is_dir()) or (not ours and entry.suffix.lower() in IMAGE_SUFFIXES):
            raise OutputError(
                f"{output.path}: {entry.name} is not one of the {output.images} images that are "
                "written, and would mix with them; move it, or choose another folder"
            )


def _key(path: Path) -> tuple[str, ...]:
    """The parts of the path with links, letter case and accents resolved."""
    real = unicodedata.normalize("NFC", os.path.realpath(path)).casefold()
    return Path(real).parts


def _holds(folder: Path, path: Path) -> bool:
    """Whether `path` lies in `folder`, directly or below."""
    above, below = _key(folder), _key(path)
    return len(above) < len(below) and below[: len(above)] == above


def _file_id(path: Path) -> FileId | None:
    """None where no file lies there."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
