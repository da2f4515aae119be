from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from vinpaint.core import Click, MaskError, Progress
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.tasks import run_task


@pytest.fixture
def browser() -> Iterator[BrowserSession]:
    browsers = BrowserSessions()
    made = browsers.get("a")
    made.change(lambda session: session.begin("mask"))
    yield made
    browsers.close()


def shared(session: Session) -> Session:
    return replace(session, shared=True)


def forever(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
    for tick in range(10_000):
        progress(tick / 10_000, f"frame {tick}")
        time.sleep(0.005)
    return shared


def test_the_outcome_meets_what_changed_meanwhile(browser: BrowserSession) -> None:
    def task(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
        progress(0.5, "half way")
        browser.change(lambda session: add(session, Click(0, 1, 1)))
        return shared

    list(run_task(browser, "mask", task))
    assert browser.session.shared
    assert browser.session.prompts == (Click(0, 1, 1),)
    assert browser.session.busy is None


def test_a_sentence_for_the_user_becomes_the_steps_sentence(browser: BrowserSession) -> None:
    def task(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
        raise MaskError("The mask is 3x3, the clip 4x4; export it again.")

    list(run_task(browser, "mask", task))
    assert browser.session.failure is not None
    assert browser.session.failure.message.startswith("The mask is 3x3")
    assert browser.session.busy is None


def test_a_fault_of_ours_is_one_plain_sentence(browser: BrowserSession) -> None:
    def task(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
        raise KeyError("secret detail")

    list(run_task(browser, "mask", task))
    assert browser.session.failure is not None
    assert browser.session.failure.message == texts.UNEXPECTED


def test_cancel_stops_within_a_second(browser: BrowserSession) -> None:
    threading.Timer(0.3, browser.cancel.set).start()
    began = time.monotonic()
    told = list(run_task(browser, "mask", forever))
    assert time.monotonic() - began < 1.3
    assert told
    assert browser.session.failure is not None
    assert browser.session.failure.message == texts.CANCELLED


def test_a_visitor_who_leaves_stops_the_work(browser: BrowserSession) -> None:
    telling = run_task(browser, "mask", forever)
    next(telling)
    telling.close()
    assert browser.cancel.is_set()


def test_the_time_left_is_told_once_it_can_be_guessed(browser: BrowserSession) -> None:
    def task(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
        for tick in range(40):
            progress(tick / 40, "working")
            time.sleep(0.1)
        return shared

    told = list(run_task(browser, "mask", task))
    assert told[0].seconds_left is None
    assert told[-1].seconds_left is not None
    assert told[-1].seconds_left < 2
