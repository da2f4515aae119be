"""Advice in the app: verdict, reasons, ticks, price and time, drawn from the session alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.session.test_session import tracked_for
from tests.ui.tabs.test_forecast import half_seen
from vinpaint.advice.estimates import PastRun
from vinpaint.core import Answers, Click, FillSettings, Generation, SettingsError, Span
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import BrowserSessions
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import FillForecast
from vinpaint.ui.tabs.advice import advice_html, advice_of, answer, bill_html, set_price


@pytest.fixture
def ahead(session: Session) -> Session:
    marked = add(session, Click(0, 15, 15))
    marked = marked.with_tracked(tracked_for(marked))
    past = (PastRun("propagate", 9.0, 0.001),)
    return replace(
        marked,
        fill_forecast=FillForecast(marked.mask_key(), half_seen(), Path("a"), Path("b"), past),
    )


def test_nothing_is_advised_before_looking_ahead_and_when_that_is_out_of_date(
    ahead: Session,
) -> None:
    stale = ahead.retune(tuning=ahead.tuning, invert=False, frames=Span(0, 2))
    for unknown in (replace(ahead, fill_forecast=None), stale):
        assert advice_of(unknown) is None
        assert advice_html(unknown) == bill_html(unknown) == ""


def test_the_verdict_stands_over_every_number_and_its_limit(ahead: Session) -> None:
    page = advice_html(ahead)
    assert 'class="vp-advice vp-inpaint"' in page
    assert page.count('data-stand="for"') == 6
    assert "<b>25 %</b> <span>never visible, limit 25 %</span>" in page
    assert "<p>" not in page.partition("<dl")[2]  # nothing to explain


def test_what_a_model_that_is_not_here_was_told_does_not_stop_the_advice(ahead: Session) -> None:
    told = Generation(steps=3, model="sdxl-inpainting")
    session = ahead.with_fill(FillSettings("frames", "a door", generation=told))
    advice = advice_of(session)
    assert advice is not None
    assert advice.choice.strategy == "propagate"
    assert "Propagate fits better" in advice_html(session)


def test_a_tick_makes_a_reason_and_taking_it_back_takes_it_away(ahead: Session) -> None:
    browsers = BrowserSessions()
    browser = browsers.get("a")
    browser.change(lambda _: ahead)
    answer(browser, ["framing", "bodies"])
    assert browser.session.answers == Answers(framing=False, bodies=True)
    page = advice_html(browser.session)
    assert 'class="vp-advice vp-regenerate"' in page
    assert page.count('data-stand="against"') == 2
    assert "No repair fixes a composition" in page
    answer(browser, [])
    assert browser.session.answers == Answers()
    browsers.close()


def test_time_is_learned_and_the_price_is_the_visitor_s_own(ahead: Session) -> None:
    browsers = BrowserSessions()
    browser = browsers.get("a")
    browser.change(lambda _: ahead)
    assert "1 past repair with &#x27;propagate&#x27; on this machine" in bill_html(ahead)
    assert "about 3 generations" in bill_html(ahead)
    set_price(browser, 0.5)
    assert "1.50 at 0.50 each" in bill_html(browser.session)
    with pytest.raises(SettingsError, match="price"):
        set_price(browser, -2)
    assert browser.session.price == 0.5
    set_price(browser, 0)
    assert browser.session.price is None
    browsers.close()


def test_another_clip_keeps_the_price_and_forgets_the_answers(ahead: Session) -> None:
    assert ahead.clip is not None
    told = replace(ahead, price=2.0, answers=Answers(keeper=False))
    other = told.use_clip(ahead.clip)
    assert (other.price, other.answers) == (2.0, Answers())


def test_a_better_strategy_is_named_only_where_it_is_another(ahead: Session) -> None:
    assert "fits better" not in advice_html(ahead)
    assert "fits better" not in advice_html(ahead.with_fill(FillSettings("auto")))
    plate = advice_html(ahead.with_fill(FillSettings("plate")))
    assert "Propagate fits better: other frames show 75 %" in plate
    copying = FillSettings("plate", reference_frame=2)
    assert "fits better" not in advice_html(ahead.with_fill(copying))
    assert "&#x27;plate&#x27;" in bill_html(ahead.with_fill(copying))


def test_the_questions_are_worded_as_what_speaks_against() -> None:
    assert set(texts.QUESTIONS) == {"keeper", "framing", "bodies"}
