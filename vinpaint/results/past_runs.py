"""Read the timings of runs that were stored on this machine."""

from __future__ import annotations

from vinpaint.advice.estimates import PastRun, read_past_run
from vinpaint.core import MissingError
from vinpaint.results.store import Store

_MOST_RUNS = 40
"""Maximum number of runs to read. Older ones may not reflect the machine any more."""


def past_runs(store: Store) -> tuple[PastRun, ...]:
    """Return the timings of the latest stored runs, newest first. Damaged runs are skipped."""
    found = []
    for run_id in store.ids()[:_MOST_RUNS]:
        try:
            run = read_past_run(store.load(run_id).report)
        except MissingError:
            continue
        if run is not None:
            found.append(run)
    return tuple(found)
