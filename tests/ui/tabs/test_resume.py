"""A repair that was stopped goes on at one click; with anything changed it begins anew."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.ui.session.test_session import found_for
from vinpaint.core import Cancelled, Click, LimitError, Span, Tuning, Video
from vinpaint.pipeline import zerogpu
from vinpaint.results.store import Store
from vinpaint.ui import texts
from vinpaint.ui.page.status import primary, sentence
from vinpaint.ui.session.browser_sessions import Visit, Visits
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session, begin, mend, retune
from vinpaint.ui.session.tasks import carry_out
from vinpaint.ui.tabs.fill_tab import choose, repair
from vinpaint.ui.tabs.span_repair import leave

WINDOWS = 3
"""Of six frames."""


@pytest.fixture
def visit(session: Session) -> Iterator[Visit]:
    visits = Visits()
    made = visits.of("a")
    tuned = retune(
        add(session, Click(0, 20, 20)), tuning=Tuning(0, 0, 0), invert=False, frames=None
    )
    made.change(lambda _: replace(tuned, found=found_for(tuned)))
    yield made
    visits.close()


@pytest.fixture
def repaired(
    visit: Visit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
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
        visit.change(lambda now: begin(now, "fill"))
        list(carry_out(visit, "fill", lambda *how: repair(store, *how)))
        return visit.session, len(filled)

    return once


@pytest.mark.parametrize(
    ("error", "kind"),
    [(Cancelled("stopped"), "hint"), (LimitError("The quota is spent."), "failed")],
)
def test_one_click_goes_on_after_what_is_finished(
    error: Exception, kind: str, repaired: Callable[..., tuple[Session, int]]
) -> None:
    stopped, _ = repaired(error=error, after=2)
    assert primary(stopped, "fill") == texts.GO_ON
    assert primary(stopped, "mask") == texts.PRIMARY["mask"]
    line = sentence(stopped, "fill")
    assert line.kind == kind
    assert line.words.endswith(". 2 of 3 parts of the repair are finished and kept.")
    done, filled = repaired()
    assert filled == WINDOWS - 2
    assert done.failure is None
    assert primary(done, "fill") == texts.PRIMARY["fill"]
    assert done.runs[-1].report["notes"][0].startswith("Went on after 2 of 3 windows")


def test_with_another_setting_it_begins_anew(
    visit: Visit, repaired: Callable[..., tuple[Session, int]]
) -> None:
    repaired(error=Cancelled("stopped"), after=2)
    choose(visit, "propagate", "", 5, "alpha", True)
    assert primary(visit.session, "fill") == texts.PRIMARY["fill"]
    assert sentence(visit.session, "fill") == ("stale", texts.PARTS_UNFIT)
    choose(visit, "propagate", "", 0, "alpha", True)  # and back again
    assert primary(visit.session, "fill") == texts.GO_ON
    assert "2 of 3 parts" in sentence(visit.session, "fill").words
    choose(visit, "propagate", "", 5, "alpha", True)
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
    assert primary(stopped, "fill") == texts.PRIMARY["fill"]
    assert "kept" not in sentence(stopped, "fill").words


def test_mending_a_run_does_not_go_on_from_a_repair_of_the_clip(
    visit: Visit, repaired: Callable[..., tuple[Session, int]]
) -> None:
    span = Span(0, 6)
    visit.change(lambda now: replace(now, frames=span))
    run = repaired()[0].runs[-1]
    visit.change(lambda now: replace(now, fill=replace(now.fill, seed=5)))
    assert primary(repaired(error=Cancelled("stopped"), after=2)[0], "fill") == texts.GO_ON
    mends = visit.change(lambda now: mend(now, run.id, span, None))
    assert primary(mends, "fill") == texts.PRIMARY["fill"]
    leave(visit)
    assert primary(visit.session, "fill") == texts.GO_ON


def test_stopped_before_anything_was_finished_it_only_says_so(
    repaired: Callable[..., tuple[Session, int]],
) -> None:
    stopped, _ = repaired(error=Cancelled("stopped"))
    assert sentence(stopped, "fill") == ("hint", texts.CANCELLED)
    assert primary(stopped, "fill") == texts.PRIMARY["fill"]
