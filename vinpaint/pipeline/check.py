"""Check a whole job before any work: every setting, and what they ask for together."""

from __future__ import annotations

from vinpaint import masks
from vinpaint.core import Job, SettingsError, check_fields
from vinpaint.strategies import AUTO, check_fill, get_strategy
from vinpaint.strategies.plate.reference import check_reference


def check_job(job: Job, *, fill: bool = True) -> None:
    """Raise SettingsError for a setting that is unknown or out of range, or that does not go with
    the others; MissingError for a strategy that lacks something on this machine.

    `fill`: the strategy is checked too. Without it, only what a mask depends on.
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
