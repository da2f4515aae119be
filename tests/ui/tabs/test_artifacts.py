"""What is wrong, found on the Clip tab; one click takes it as the mask of its own frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from vinpaint.core import Artifact, Box, Click, MediaError, Region, Span, no_op
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import Visit, Visits
from vinpaint.ui.session.marks import add, undo
from vinpaint.ui.session.session import Session, begin, inspection, job, offer, use
from vinpaint.ui.session.state import Inspected, Loaded
from vinpaint.ui.tabs import artifacts

TORN = Artifact("glitch", Box(10, 8, 30, 28), Span(2, 4), 0.9, 300.0)
TWICE = Artifact("frozen", Box(0, 0, 64, 48), Span(4, 5), 0.5, 1.0, whole=True)


@pytest.fixture
def visit(loaded: Loaded) -> Iterator[Visit]:
    visits = Visits()
    made = visits.of("a")
    made.change(lambda session: offer(session, loaded))
    yield made
    visits.close()


def found(visit: Visit, *found_ones: Artifact) -> None:
    seen = Inspected(visit.session.offered.key if visit.session.offered else "", found_ones)
    visit.change(lambda session: replace(session, inspected=seen))


def test_a_still_clip_has_nothing_wrong_and_says_so(visit: Visit) -> None:
    assert texts.FAULTS_HELP in artifacts.faults_html(visit.session)
    visit.change(artifacts.find_wrong(visit, no_op))
    assert inspection(visit.session) is not None
    told = artifacts.faults_html(visit.session)
    assert "Nothing stands out" in told
    assert "data-take" not in told


def test_a_card_shows_and_takes_but_repeats_have_no_mask(visit: Visit) -> None:
    found(visit, TORN, TWICE)
    told = artifacts.faults_html(visit.session)
    assert told.count("<li>") == 2
    assert 'data-go="2"' in told
    assert 'data-go="4"' in told
    assert 'data-take="0"' in told
    assert 'data-take="1"' not in told


def test_taking_one_uses_the_clip_and_marks_it_on_its_frames(visit: Visit) -> None:
    found(visit, TORN)
    artifacts.want(visit, {"number": 0})
    assert visit.session.busy == "clip"
    visit.change(artifacts.take(visit, no_op))
    todo = job(visit.session)
    assert visit.session.clip is visit.session.offered
    assert todo.where == (Region(TORN.box),)
    assert todo.frames == TORN.span
    assert inspection(visit.session) is not None, "the list stays for the next one"


def test_taking_one_puts_other_marks_away_and_undo_brings_them_back(visit: Visit) -> None:
    loaded = visit.session.offered
    assert loaded is not None
    visit.change(lambda session: add(use(session, loaded), Click(0, 5, 5)))
    found(visit, TORN)
    artifacts.want(visit, {"number": 0})
    visit.change(artifacts.take(visit, no_op))
    assert visit.session.prompts == (Region(TORN.box),)
    assert undo(visit.session).prompts == (Click(0, 5, 5),)


def test_another_clip_has_not_been_looked_at(visit: Visit, loaded: Loaded) -> None:
    found(visit, TORN)
    visit.change(lambda session: offer(session, replace(loaded, key="other")))
    assert inspection(visit.session) is None
    with pytest.raises(MediaError):
        artifacts.want(visit, {"number": 0})


@pytest.mark.parametrize("number", [-1, 1, 7])
def test_a_card_that_is_not_there_is_refused(visit: Visit, number: int) -> None:
    found(visit, TORN)
    with pytest.raises(MediaError):
        artifacts.want(visit, {"number": number})


def test_while_something_runs_it_says_so(visit: Visit) -> None:
    found(visit, TORN)
    visit.change(lambda session: begin(session, "fill"))
    with pytest.raises(MediaError, match="is running"):
        artifacts.want(visit, {"number": 0})
    assert artifacts._hindrance(visit.session)
    assert artifacts._hindrance(Session()) == texts.CLIP_TODO
