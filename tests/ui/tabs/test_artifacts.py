"""What is wrong, found on the Clip tab; one click takes it as the mask of its own frames."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from vinpaint.core import Artifact, Box, Click, MediaError, Region, Span, no_op
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.marks import add, undo
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import Inspection, OpenedClip
from vinpaint.ui.tabs import artifacts

TORN = Artifact("glitch", Box(10, 8, 30, 28), Span(2, 4), 0.9, 300.0)
TWICE = Artifact("frozen", Box(0, 0, 64, 48), Span(4, 5), 0.5, 1.0, whole=True)


@pytest.fixture
def browser(loaded: OpenedClip) -> Iterator[BrowserSession]:
    browsers = BrowserSessions()
    made = browsers.get("a")
    made.change(lambda session: replace(session, opened=loaded, failure=None))
    yield made
    browsers.close()


def found(browser: BrowserSession, *found_ones: Artifact) -> None:
    seen = Inspection(browser.session.opened.key if browser.session.opened else "", found_ones)
    browser.change(lambda session: replace(session, inspection=seen))


def test_a_still_clip_has_nothing_wrong_and_says_so(browser: BrowserSession) -> None:
    assert texts.FAULTS_HELP in artifacts.artifacts_html(browser.session)
    browser.change(artifacts.find_clip_artifacts(browser, no_op))
    assert browser.session.current_inspection() is not None
    told = artifacts.artifacts_html(browser.session)
    assert "Nothing stands out" in told
    assert "data-use" not in told


def test_a_card_shows_and_takes_but_repeats_have_no_mask(browser: BrowserSession) -> None:
    found(browser, TORN, TWICE)
    told = artifacts.artifacts_html(browser.session)
    assert told.count("<li>") == 2
    assert 'data-go="2"' in told
    assert 'data-go="4"' in told
    assert 'data-use="0"' in told
    assert 'data-use="1"' not in told


def test_taking_one_uses_the_clip_and_marks_it_on_its_frames(browser: BrowserSession) -> None:
    found(browser, TORN)
    artifacts.choose(browser, {"number": 0})
    assert browser.session.busy == "clip"
    browser.change(artifacts.mask_chosen(browser, no_op))
    todo = browser.session.job()
    assert browser.session.clip is browser.session.opened
    assert todo.where == (Region(TORN.box),)
    assert todo.frames == TORN.span
    assert browser.session.current_inspection() is not None, "the list stays for the next one"


def test_taking_one_puts_other_marks_away_and_undo_brings_them_back(
    browser: BrowserSession,
) -> None:
    loaded = browser.session.opened
    assert loaded is not None
    browser.change(lambda session: add(session.use_clip(loaded), Click(0, 5, 5)))
    found(browser, TORN)
    artifacts.choose(browser, {"number": 0})
    browser.change(artifacts.mask_chosen(browser, no_op))
    assert browser.session.prompts == (Region(TORN.box),)
    assert undo(browser.session).prompts == (Click(0, 5, 5),)


def test_another_clip_has_not_been_looked_at(browser: BrowserSession, loaded: OpenedClip) -> None:
    found(browser, TORN)
    browser.change(lambda session: replace(session, opened=replace(loaded, key="other")))
    assert browser.session.current_inspection() is None
    with pytest.raises(MediaError):
        artifacts.choose(browser, {"number": 0})


@pytest.mark.parametrize("number", [-1, 1, 7])
def test_a_card_that_is_not_there_is_refused(browser: BrowserSession, number: int) -> None:
    found(browser, TORN)
    with pytest.raises(MediaError):
        artifacts.choose(browser, {"number": number})


def test_while_something_runs_it_says_so(browser: BrowserSession) -> None:
    found(browser, TORN)
    browser.change(lambda session: session.begin("fill"))
    with pytest.raises(MediaError, match="is running"):
        artifacts.choose(browser, {"number": 0})
    assert artifacts.blocked(browser.session)
    assert artifacts.blocked(Session()) == texts.CLIP_TODO
