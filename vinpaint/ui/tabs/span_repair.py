"""Step 5, Result: repair a span of the result again, on top of the result."""

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
from vinpaint.strategies import STRATEGIES, available_strategies
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.session import Session


def follow_up_advice(session: Session) -> NextStep | None:
    """Return the advice after the last repair, based on all repairs of the same shot."""
    run = session.last_run()
    if run is None:
        return None
    reports = [one.report for one in session.runs if one.job.source == run.job.source]
    # The source of a span repair is an earlier result, so restore the original clip.
    same_clip = [{**report, "source": reports[0].get("source")} for report in reports]
    usable = [
        name
        for name, one in available_strategies().items()
        if not one.missing_requirement(FillSettings(name))
    ]
    return advise_next(attempts_on_last_shot(same_clip), strategies=usable)


def request_span_repair(browser: BrowserSession, data: Mapping[str, Any]) -> None:
    """Choose frames of the last result to repair again with the advised strategy.

    Raises SettingsError if there is no result or no such frame.
    """
    session = browser.session
    run, after = session.last_run(), follow_up_advice(session)
    if run is None or session.tracked is None:
        raise SettingsError(texts.RESULT_TODO)
    start, stop = (int(frame) for frame in data["span"])
    frames = session.clip.clip.frames if session.clip else 0
    span = Span(start, stop).intersection(Span(0, frames))
    if not span.length:
        raise SettingsError(texts.NO_SUCH_FRAME)
    strategy = after.next_strategy if after else None
    if strategy is not None and STRATEGIES[strategy].needs_reference:
        strategy = None  # cannot start without a reference
    browser.change(lambda now: now.begin_span_repair(run.id, span, strategy))


def repair_everything(browser: BrowserSession) -> None:
    """Cancel the span repair and restore the previous frame range."""

    def whole(session: Session) -> Session:
        frames = session.span_repair.frames_before if session.span_repair else session.frames
        return session.new_version(span_repair=None, frames=frames)

    browser.change(whole)


def span_repair_job(
    browser: BrowserSession, store: Store, wanted: Job, found: MaskTrack, progress: Progress
) -> Job:
    """Return a self-contained job that repairs the span on top of the result.

    Its source is the lossless master of the result. Its mask is the tuned mask of the session,
    which is written to a file. Raises SettingsError if no span is chosen, or if the result no
    longer exists.
    """
    span_repair = browser.session.current_span_repair()
    master = _master(store, span_repair.run_id) if span_repair else None
    if span_repair is None or master is None:
        raise SettingsError(texts.RESULT_GONE)
    mask = browser.new_path("mask", ".mkv")
    backend.write_mask(wanted, mask, mask_track=found, progress=progress)
    return replace(
        wanted,
        source=str(master),
        where=(MaskFile(str(mask)),),
        objects=(),
        tuning=Tuning(0, 0, 0),
        invert=False,
        frames=span_repair.span,
    )


def _master(store: Store, run_id: str) -> Path | None:
    try:
        return store.load(run_id).file("master.mkv")
    except MissingError:
        return None
