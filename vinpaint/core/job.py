"""The description of a repair job, and its JSON file."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from vinpaint.core.boxes import Span
from vinpaint.core.check import Range, setting
from vinpaint.core.errors import SettingsError
from vinpaint.core.prompts import FilePrompt, ObjectInfo, Prompt
from vinpaint.core.settings import FillSettings, Tuning

Measures = Literal["none", "quick", "all"]


@dataclass(frozen=True)
class Job:
    """Everything that determines the result of a repair, except the output path.

    On the same machine and versions, running a job again gives the same bytes.

    Args:
        source: Path of a video, or of a folder of numbered images.
        where: The prompts that the mask is made from.
        tuning: Post-processing of the mask.
        fill: How the hole is filled.
        invert: Replace everything outside the mask instead.
        measures: Which scores are measured: 'none', 'quick' or 'all'.
    """

    source: str
    where: tuple[Prompt, ...] = ()
    tuning: Tuning = field(default_factory=Tuning)
    fill: FillSettings = field(default_factory=FillSettings)
    invert: bool = False
    frames: Span | None = None
    """Repair only these frames; None for all frames."""
    fps: float | None = setting(None, Range(0.01, 1000, unit="frames a second"))
    """Frame rate of a folder of images; None for 24. Ignored for a video."""
    measures: Measures = "quick"
    objects: tuple[ObjectInfo, ...] = ()
    """Names and visibility of objects. An object that is not listed is unnamed and visible."""
    tracker: str = "auto"
    """Name of the tracker (see TRACKERS), or 'auto' for the best one that is installed."""


def job_to_dict(job: Job) -> dict[str, Any]:
    """Return the job as nested dicts of plain values, as in a job file.

    A click's `level` is left out where it is 0, so that earlier versions read the file as well.
    """
    values = asdict(job)
    for prompt in values["where"]:
        if not prompt.get("level", True):
            del prompt["level"]
    return values


def job_to_json(job: Job) -> str:
    """Return the job as JSON text."""
    return json.dumps(job_to_dict(job), indent=1) + "\n"


def job_from_json(text: str) -> Job:
    """Parse JSON text into a job. Raises SettingsError that names the first invalid field."""
    from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

    strict = with_config(ConfigDict(extra="forbid"))(Job)
    try:
        return TypeAdapter(strict).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise SettingsError(
            f"this job file cannot be used: {place}: {first['msg'].lower()}; "
            "save the job again, or correct the file by hand"
        ) from error


def read_job(path: Path) -> Job:
    """Read a job file. Relative paths in it are resolved against the file's folder.

    Raises SettingsError if the file cannot be read or is invalid.
    """
    try:
        job = job_from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the job file cannot be read; check the path") from error
    return resolve_paths(job, path.absolute().parent)


def resolve_paths(job: Job, folder: Path) -> Job:
    """Return the job with its relative paths resolved against `folder`."""
    return map_paths(job, lambda path, _role: str(folder / path))


def map_paths(job: Job, change: Callable[[str, str], str]) -> Job:
    """Return the job with the path of each file that it reads replaced by `change(path, role)`.

    The role is 'source', 'mask-2' for the prompt with index 2, 'reference' or 'example'.
    """
    where = tuple(
        replace(prompt, path=change(prompt.path, f"mask-{index}"))
        if isinstance(prompt, FilePrompt)
        else prompt
        for index, prompt in enumerate(job.where)
    )
    fill, generation = job.fill, job.fill.generation
    if generation.example:
        generation = replace(generation, example=change(generation.example, "example"))
    reference = fill.reference and change(fill.reference, "reference")
    fill = replace(fill, reference=reference, generation=generation)
    return replace(job, source=change(job.source, "source"), where=where, fill=fill)
