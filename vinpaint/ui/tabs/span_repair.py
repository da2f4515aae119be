"""Step 5, Result: a span of the result that is not good enough, mended on top of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from vinpaint import backend
from vinpaint.advice.remedies import NextStep, advise_next, attempts_on_last_shot
from vinpaint.core import (
    FillSettings,
    Job,
    MaskFile,
    MaskTrack,
    MissingError,
    Progress,
    SettingsError,
    Span,
    Tuning,
)
from vinpaint.results.store import Store
from vinpaint.strategies import STRATEGIES, offered
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.session import Session, fresh_mending, last_run, mend
from vinpaint.ui.session.state import Mending


def after_of(session: Session) -> NextStep | None:
    """What to do after the last repair, from all repairs of the same shot; None before any."""
    run = last_run(session)
    if run is None:
        return None
    runs = [one.report for one in session.runs if one.job.source == run.job.source]
    # the source of a span that was mended is the result below it: of the same clip
    mine = [{**report, "source": runs[0].get("source")} for report in runs]
    usable = [
        name for name, one in offered().items() if not one.missing_requirement(FillSettings(name))
    ]
    return advise_next(attempts_on_last_shot(mine), strategies=usable)


def mend_span(visit: Visit, drawn: Mapping[str, Any]) -> None:
    """Only these frames of the last result are to be repaired again, as the advice suggests."""
    session = visit.session
    run, after = last_run(session), after_of(session)
    if run is None or session.found is None:
        raise SettingsError(texts.RESULT_TODO)
    start, stop = (int(one) for one in drawn["span"])
    frames = session.clip.clip.frames if session.clip else 0
    span = Span(start, stop).intersection(Span(0, frames))
    if not span.length:
        raise SettingsError(texts.MEND_NOWHERE)
    strategy = after.next_strategy if after else None
    if strategy is not None and STRATEGIES[strategy].needs_reference:
        strategy = None  # it is advised in words; here it could not begin
    visit.change(lambda now: mend(now, run.id, span, strategy))


def leave(visit: Visit) -> None:
    """Back to repairing all that is masked."""

    def whole(session: Session) -> Session:
        frames = session.mending.frames_before if session.mending else session.frames
        return replace(
            session, mending=None, frames=frames, failure=None, version=session.version + 1
        )

    visit.change(whole)


def mending_job(
    visit: Visit, store: Store, wanted: Job, found: MaskTrack, progress: Progress
) -> Job:
    """The job that repairs the span on top of the result: it replays by itself.

    Its source is that result's lossless master, its mask the one that the session holds, written
    out. Raises SettingsError where nothing is to be mended or the result is gone.
    """
    mending = fresh_mending(visit.session)
    master = _master(store, mending) if mending else None
    if mending is None or master is None:
        raise SettingsError(texts.MEND_GONE)
    mask = visit.place("mask", ".mkv")
    backend.write_mask(wanted, mask, mask_track=found, progress=progress)
    where = (MaskFile(str(mask)),)
    return replace(
        wanted,
        source=str(master),
        where=where,
        objects=(),
        tuning=Tuning(0, 0, 0),
        invert=False,
        frames=mending.span,
    )


def _master(store: Store, mending: Mending) -> Path | None:
    try:
        return store.load(mending.run_id).file("master.mkv")
    except MissingError:
        return None
