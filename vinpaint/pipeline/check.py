"""Validate a job before any work starts."""

from __future__ import annotations

from vinpaint import masks
from vinpaint.core import Job, SettingsError, check_fields
from vinpaint.strategies import AUTO, check_fill, get_strategy
from vinpaint.strategies.plate.reference import check_reference


def check_job(job: Job, *, fill: bool = True) -> None:
    """Validate the settings of a job, each by itself and in combination.

    Args:
        job: The job.
        fill: Validate the settings of the strategy and its reference, too.

    Raises:
        SettingsError: A setting is unknown, out of range, or incompatible with another one.
        MissingError: The strategy needs something that is not installed on this machine.
    """
    check_fields(job)
    masks.check_tracker(job.tracker)
    if job.frames is not None and not 0 <= job.frames.start < job.frames.stop:
        raise SettingsError(
            f"frames takes A:B with A from 0 on and B above A, received "
            f"{job.frames.start}:{job.frames.stop}"
        )
    if not fill:
        return
    check_fill(job.fill)
    if job.fill.strategy != AUTO:
        check_reference(job.fill, get_strategy(job.fill.strategy))
