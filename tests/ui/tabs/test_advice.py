"""Advice in the app: verdict, reasons, ticks, price and time, drawn from the session alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.ui.session.test_session import found_for
from tests.ui.tabs.test_forecast import half_seen
from vinpaint.advice.estimates import PastRun
from vinpaint.core import Answers, Click, FillSettings, Generation, SettingsError, Span
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import Visits
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session, followed, looked, mask_key, refill, retune, use
from vinpaint.ui.session.state import Outlook
from vinpaint.ui.tabs.advice import advice_of, answer, bill_html, counsel_html, set_price


@pytest.fixture
def ahead(session: Session) -> Session:
    marked = add(session, Click(0, 15, 15))
    marked = followed(marked, found_for(marked))
    past = (PastRun("propagate", 9.0, 0.001),)
    return looked(marked, Outlook(mask_key(marked), half_seen(), Path("a"), Path("b"), past))


def test_nothing_is_advised_before_looking_ahead_and_when_that_is_out_of_date(
    ahead: Session,
) -> None:
    stale = retune(ahead, tuning=ahead.tuning, invert=False, frames=Span(0, 2))
    for unknown in (replace(ahead, outlook=None), stale):
        assert advice_of(unknown) is None
        assert counsel_html(unknown) == bill_html(unknown) == ""


def test_the_verdict_stands_over_every_number_and_its_limit(ahead: Session) -> None:
    page = counsel_html(ahead)
    assert 'class="vp-counsel vp-inpaint"' in page
    assert page.count('data-stand="for"') == 6
    assert "<b>25 %</b> <span>never seen, limit 25 %</span>" in page
    assert "<p>" not in page.partition("<dl")[2]  # nothing to explain


def test_what_a_model_that_is_not_here_was_told_does_not_stop_the_advice(ahead: Session) -> None:
    told = Generation(steps=3, model="sdxl-inpainting")
    session = refill(ahead, FillSettings("frames", "a door", generation=told))
    advice = advice_of(session)
    assert advice is not None
    assert advice.choice.strategy == "propagate"
    assert "Propagate fits better" in counsel_html(session)


def test_a_tick_makes_a_reason_and_taking_it_back_takes_it_away(ahead: Session) -> None:
    visits = Visits()
    visit = visits.of("a")
    visit.change(lambda _: ahead)
    answer(visit, ["framing", "bodies"])
    assert visit.session.answers == Answers(framing=False, bodies=True)
    page = counsel_html(visit.session)
    assert 'class="vp-counsel vp-regenerate"' in page
    assert page.count('data-stand="against"') == 2
    assert "No fill mends a composition" in page
    answer(visit, [])
    assert visit.session.answers == Answers()
    visits.close()


def test_time_is_learned_and_the_price_is_the_visitor_s_own(ahead: Session) -> None:
    visits = Visits()
    visit = visits.of("a")
    visit.change(lambda _: ahead)
    assert "1 past repair with &#x27;propagate&#x27; on this machine" in bill_html(ahead)
    assert "about 3 generations" in bill_html(ahead)
    set_price(visit, 0.5)
    assert "1.50 at 0.50 each" in bill_html(visit.session)
    with pytest.raises(SettingsError, match="price"):
        set_price(visit, -2)
    assert visit.session.price == 0.5
    set_price(visit, 0)
    assert visit.session.price is None
    visits.close()


def test_another_clip_keeps_the_price_and_forgets_the_answers(ahead: Session) -> None:
    assert ahead.clip is not None
    told = replace(ahead, price=2.0, answers=Answers(keeper=False))
    other = use(told, ahead.clip)
    assert (other.price, other.answers) == (2.0, Answers())


def test_a_better_strategy_is_named_only_where_it_is_another(ahead: Session) -> None:
    assert "fits better" not in counsel_html(ahead)
    assert "fits better" not in counsel_html(refill(ahead, FillSettings("auto")))
    plate = counsel_html(refill(ahead, FillSettings("plate")))
    assert "Propagate fits better: other frames show 75 %" in plate
    copying = FillSettings("plate", reference_frame=2)
    assert "fits better" not in counsel_html(refill(ahead, copying))
    assert "&#x27;plate&#x27;" in bill_html(refill(ahead, copying))


def test_the_questions_are_worded_as_what_speaks_against() -> None:
    assert set(texts.ASKED) == {"keeper", "framing", "bodies"}
