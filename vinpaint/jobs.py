"""A job as a JSON file, and back: what is shared replays to the same result."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

from vinpaint.errors import SettingsError
from vinpaint.types import Job


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
    return rebased(job, path.absolute().parent)


def rebased(job: Job, folder: Path) -> Job:
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
    return dataclasses.replace(job, source=str(folder / job.source), where=where, fill=fill)
