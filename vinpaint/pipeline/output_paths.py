"""Check the output paths of a command before any work, so that no existing file is lost.

Every output path is compared with all input paths and with the other outputs. Links and letter
case are resolved first. An existing file, or a folder that is not empty, requires `overwrite`. Even
then, only the images that are written are replaced in a folder.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from vinpaint.core import FilePrompt, Job, OutputError
from vinpaint.media import check_place, image_name, output_kind
from vinpaint.media.image_sequence import IMAGE_SUFFIXES
from vinpaint.strategies import STRATEGIES
from vinpaint.strategies.external.external import SHIPPED, ExternalEngine, user_engine_folders

FileId = tuple[int, int]
"""Device and inode number, equal for all hard links to one file."""


@dataclass(frozen=True)
class Output:
    """A path that a command writes.

    Args:
        path: The path.
        images: Number of images for a folder of numbered images, otherwise None.
        last: Written after all folders are complete, so it may lie in one of them.
        shared: A folder that other runs use as well, and that may contain other files.
    """

    path: Path
    images: int | None = None
    last: bool = False
    shared: bool = False

    @property
    def is_folder(self) -> bool:
        """Whether the output is a folder."""
        return self.images is not None or self.shared

    @property
    def names(self) -> frozenset[str]:
        """File names of the images that are written."""
        return frozenset(image_name(number) for number in range(self.images or 0))


def job_inputs(job: Job) -> list[Path]:
    """Return all existing files and folders that the job reads, including those of its engine."""
    paths = [job.source, job.fill.reference, job.fill.generation.example, job.fill.generation.model]
    paths += [prompt.path for prompt in job.where if isinstance(prompt, FilePrompt)]
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
    """Return the outputs of a repaired clip or a mask: files, or folders with an image per frame.

    Raises OutputError for an unsupported suffix.
    """
    return [Output(out, None if output_kind(out) else frames) for out in outs]


def check_outputs(
    outputs: Sequence[Output], inputs: Sequence[Path], *, overwrite: bool = False
) -> None:
    """Check that all outputs can be written without destroying other files.

    Raises OutputError in these cases:

    - An output is an input, lies in a folder that is read, or is a folder that contains an input.
    - Two outputs are the same file, or one lies in the image folder of another.
    - An output exists and `overwrite` is not set.
    - A folder contains images that would mix with the new ones.
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
    """An input file or folder, with the identities of all files in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.is_folder = path.is_dir()
        files = [path, *path.iterdir()] if self.is_folder else [path]
        self.keys = {_key(file) for file in files}
        self.ids = {found for file in files if (found := _file_id(file))}

    def is_file(self, path: Path) -> bool:
        """Return whether `path` is this input, or a file in this folder."""
        return _key(path) in self.keys or _file_id(path) in self.ids


def _check_input(output: Output, source: _Input) -> None:
    """Raise OutputError if writing `output` would change an input or add files to its folder."""
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
    """Return the name of an input that lies in `folder` at any depth, or an empty string."""
    above = _key(folder)
    for key in sorted(source.keys):
        if key[: len(above)] == above:
            return key[-1]
    entries = folder.iterdir() if folder.is_dir() else iter(())
    return next((entry.name for entry in entries if _file_id(entry) in source.ids), "")


def _check_pair(first: Output, second: Output) -> None:
    """Raise OutputError if two outputs are one file, or one lies in the other's image folder."""
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
    """Raise OutputError if an existing entry of the folder conflicts with the new images."""
    for entry in sorted(output.path.iterdir()):
        ours = entry.name in output.names
        if (ours and entry.is_dir()) or (not ours and entry.suffix.lower() in IMAGE_SUFFIXES):
            raise OutputError(
                f"{output.path}: {entry.name} is not one of the {output.images} images that are "
                "written, and would mix with them; move it, or choose another folder"
            )


def _key(path: Path) -> tuple[str, ...]:
    """Return the parts of the path with links, letter case and Unicode form normalised."""
    real = unicodedata.normalize("NFC", os.path.realpath(path)).casefold()
    return Path(real).parts


def _holds(folder: Path, path: Path) -> bool:
    """Return whether `path` lies in `folder`, at any depth."""
    above, below = _key(folder), _key(path)
    return len(above) < len(below) and below[: len(above)] == above


def _file_id(path: Path) -> FileId | None:
    """Return the identity of a file, or None if it does not exist."""
    try:
        facts = path.stat()
    except OSError:
        return None
    return facts.st_dev, facts.st_ino
