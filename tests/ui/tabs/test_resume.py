"""A repair that was stopped goes on at one click; with anything changed it begins anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui.session.test_session import tracked_for
from vinpaint.core import Cancelled, Click, LimitError, Span, Tuning, Video
from vinpaint.pipeline import zerogpu
from vinpaint.results.store import Store
from vinpaint.ui import texts
from vinpaint.ui.page.status import primary_label, status_line
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.tasks import run_task
from vinpaint.ui.tabs.fill_tab import choose, repair
from vinpaint.ui.tabs.span_repair import repair_everything

WINDOWS = 3
"""Of six frames."""


@pytest.fixture
def browser(session: Session) -> Iterator[BrowserSession]:
    browsers = BrowserSessions()
    made = browsers.get("a")
    tuned = add(session, Click(0, 20, 20)).retune(tuning=Tuning(0, 0, 0), invert=False, frames=None)
    made.change(lambda _: replace(tuned, tracked=tracked_for(tuned)))
    yield made
    browsers.close()


@pytest.fixture
def repaired(
    browser: BrowserSession, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Session, int]]:
    """Repairs in the app, raising `error` after so many windows: (session, windows filled)."""
    monkeypatch.setenv("VINPAINT_RESULTS", str(tmp_path / "results"))
    monkeypatch.setattr("vinpaint.pipeline.plan.MAX_FRAMES", 4)
    store = Store()

    def once(*, error: Exception | None = None, after: int = 0) -> tuple[Session, int]:
        filled: list[int] = []

        def fill(_: str, video: Video, *__: Any, **___: Any) -> Video:
            if error and len(filled) == after:
                raise error
            filled.append(1)
            return Video(255 - video.frames)

        monkeypatch.setattr(zerogpu, "fill", fill)
        browser.change(lambda now: now.begin("fill"))
        list(run_task(browser, "fill", lambda *how: repair(store, *how)))
        return browser.session, len(filled)

    return once


@pytest.mark.parametrize(
    ("error", "kind"),
    [(Cancelled("stopped"), "hint"), (LimitError("The quota is spent."), "failed")],
)
def test_one_click_goes_on_after_what_is_finished(
    error: Exception, kind: str, repaired: Callable[..., tuple[Session, int]]
) -> None:
    stopped, _ = repaired(error=error, after=2)
    assert primary_label(stopped, "fill") == texts.RESUME
    assert primary_label(stopped, "mask") == texts.PRIMARY["mask"]
    line = status_line(stopped, "fill")
    assert line.kind == kind
    assert line.text.endswith(". 2 of 3 parts of the repair are finished and kept.")
    done, filled = repaired()
    assert filled == WINDOWS - 2
    assert done.failure is None
    assert primary_label(done, "fill") == texts.PRIMARY["fill"]
    assert done.runs[-1].report["notes"][0].startswith("Went on after 2 of 3 windows")


def test_with_another_setting_it_begins_anew(
    browser: BrowserSession, repaired: Callable[..., tuple[Session, int]]
) -> None:
    repaired(error=Cancelled("stopped"), after=2)
    choose(browser, "propagate", "", 5, "alpha", True)
    assert primary_label(browser.session, "fill") == texts.PRIMARY["fill"]
    assert status_line(browser.session, "fill") == ("stale", texts.PARTS_UNFIT)
    choose(browser, "propagate", "", 0, "alpha", True)  # and back again
    assert primary_label(browser.session, "fill") == texts.RESUME
    assert "2 of 3 parts" in status_line(browser.session, "fill").text
    choose(browser, "propagate", "", 5, "alpha", True)
    assert repaired()[1] == WINDOWS


def test_what_fails_after_the_repair_itself_has_nothing_to_go_on_from(
    repaired: Callable[..., tuple[Session, int]], monkeypatch: pytest.MonkeyPatch
) -> None:
    repaired(error=Cancelled("stopped"), after=2)

    def stop(*_: object, **__: object) -> None:
        raise Cancelled("stopped")

    monkeypatch.setattr("vinpaint.ui.tabs.fill_tab.trace", stop)
    stopped, filled = repaired()
    assert filled == WINDOWS - 2
    assert primary_label(stopped, "fill") == texts.PRIMARY["fill"]
    assert "kept" not in status_line(stopped, "fill").text


def test_mending_a_run_does_not_go_on_from_a_repair_of_the_clip(
    browser: BrowserSession, repaired: Callable[..., tuple[Session, int]]
) -> None:
    span = Span(0, 6)
    browser.change(lambda now: replace(now, frames=span))
    run = repaired()[0].runs[-1]
    browser.change(lambda now: replace(now, fill=replace(now.fill, seed=5)))
    assert primary_label(repaired(error=Cancelled("stopped"), after=2)[0], "fill") == texts.RESUME
    mends = browser.change(lambda now: now.begin_span_repair(run.id, span, None))
    assert primary_label(mends, "fill") == texts.PRIMARY["fill"]
    repair_everything(browser)
    assert primary_label(browser.session, "fill") == texts.RESUME


def test_stopped_before_anything_was_finished_it_only_says_so(
    repaired: Callable[..., tuple[Session, int]],
) -> None:
    stopped, _ = repaired(error=Cancelled("stopped"))
    assert status_line(stopped, "fill") == ("hint", texts.CANCELLED)
    assert primary_label(stopped, "fill") == texts.PRIMARY["fill"]
