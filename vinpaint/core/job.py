"""A job and its result; a job as a JSON file, and back: what is shared replays to the same."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from vinpaint.core.boxes import Span
from vinpaint.core.check import Range, setting
from vinpaint.core.errors import SettingsError
from vinpaint.core.prompts import ObjectInfo, Prompt
from vinpaint.core.settings import FillSettings, Tuning

Measures = Literal["none", "quick", "all"]


@dataclass(frozen=True)
class Job:
    """All that decides a result but the place where it is written. Replays to the same bytes."""

    source: str
    where: tuple[Prompt, ...] = ()
    tuning: Tuning = field(default_factory=Tuning)
    fill: FillSettings = field(default_factory=FillSettings)
    invert: bool = False
    frames: Span | None = None
    """Work on these frames only; None: on all."""
    fps: float | None = setting(None, Range(0.01, 1000, unit="frames a second"))
    """Rate of a folder of images, frames a second; None: 24. Videos keep their own."""
    measures: Measures = "quick"
    objects: tuple[ObjectInfo, ...] = ()
    """Names, and what is hidden; an object that is not here has neither."""
    tracker: str = "auto"
    """What segments and follows: a name in TRACKERS, or 'auto' for the best that is here."""


def job_to_dict(job: Job) -> dict[str, Any]:
    """Plain values, as they stand in a job file."""
    plain: dict[str, Any] = dataclasses.asdict(job)
    return plain


def job_to_json(job: Job) -> str:
    """The text of a job file."""
    return json.dumps(job_to_dict(job), indent=1) + "\n"


def job_from_json(text: str) -> Job:
    """The job of a file's text. Raises SettingsError, naming the first thing that is wrong."""
    from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

    strict = with_config(ConfigDict(extra="forbid"))(Job)
    try:
        return TypeAdapter(strict).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"]) or "the file"
        raise SettingsError(
            f"this job file cannot be used: {place}: {first['msg'].lower()}; "
            "save the job again, or mend the file by hand"
        ) from error


def read_job(path: Path) -> Job:
    """A job file's job, its paths taken relative to the file. Raises SettingsError."""
    try:
        job = job_from_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: the job file cannot be read; check the path") from error
    return resolve_paths(job, path.absolute().parent)


def resolve_paths(job: Job, folder: Path) -> Job:
    """The job with its relative paths taken from `folder`."""
    where = tuple(
        dataclasses.replace(prompt, path=str(folder / prompt.path))
        if prompt.kind in ("paint", "keyframe", "mask")
        else prompt
        for prompt in job.where
    )
    fill = job.fill
    if fill.reference:
        fill = dataclasses.replace(fill, reference=str(folder / fill.reference))
    if fill.generation.example:
        example = str(folder / fill.generation.example)
        fill = dataclasses.replace(
            fill, generation=dataclasses.replace(fill.generation, example=example)
        )
    return dataclasses.replace(job, source=str(folder / job.source), where=where, fill=fill)
