"""This machine's own past runs, read from where they are kept."""

from __future__ import annotations

from vinpaint.advice.estimates import PastRun, read_past_run
from vinpaint.core import MissingError
from vinpaint.results.store import Store

_MOST_RUNS = 40
"""The latest: a machine changes."""


def past_runs(store: Store) -> tuple[PastRun, ...]:
    """What the kept runs tell of time, the newest first; damaged ones tell nothing."""
    found = []
    for run_id in store.ids()[:_MOST_RUNS]:
        try:
            run = read_past_run(store.load(run_id).report)
        except MissingError:
            continue
        if run is not None:
            found.append(run)
    return tuple(found)
