"""Looking ahead in the app: what is drawn, what is said, and when it is out of date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.ui.conftest import FRAMES, HEIGHT, WIDTH, SquareTrack
from tests.ui.session.test_session import all_done, tracked_for
from vinpaint.advice.forecast import Forecast
from vinpaint.core import Box, Cancelled, Click, FillSettings, SettingsError, Span, Tuning, no_op
from vinpaint.imaging.packed_masks import PackedMask
from vinpaint.results.store import Store
from vinpaint.ui import texts
from vinpaint.ui.page.stage import stage_value
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import FillForecast
from vinpaint.ui.tabs.forecast import HolePart, forecast_html, forecast_job
from vinpaint.ui.tabs.masking import forecast_layers

LEFT = Box(0, 0, 20, HEIGHT)
"""Of the square (x 10 to 30) the left half is never seen."""


def half_seen() -> Forecast:
    patch = PackedMask.of(np.ones((4, 2), np.bool_), LEFT)
    return Forecast(
        size=(WIDTH, HEIGHT),
        hole_px=(400,) * FRAMES,
        unseen_px=(100.0,) * FRAMES,
        distance_frames=3,
        unseen_masks=dict.fromkeys(range(FRAMES), patch),
    )


@pytest.fixture
def marked(session: Session) -> Session:
    session = add(session, Click(0, 20, 20))
    session = session.with_tracked(tracked_for(session))
    return session.retune(tuning=Tuning(0, 0, 0), invert=False, frames=None)


@pytest.fixture
def ahead(marked: Session) -> Session:
    paths = Path("outlook-a.json"), Path("outlook-b.json")
    return replace(marked, fill_forecast=FillForecast(marked.mask_key(), half_seen(), *paths))


@pytest.fixture
def browser(marked: Session) -> Iterator[BrowserSession]:
    browsers = BrowserSessions()
    made = browsers.get("a")
    made.change(lambda _: marked)
    yield made
    browsers.close()


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results")


def test_whatever_changes_the_mask_makes_it_out_of_date(ahead: Session) -> None:
    assert ahead.current_forecast() is ahead.fill_forecast
    assert ahead.clip is not None
    others = (
        ahead.retune(tuning=Tuning(3, 0, 0), invert=False, frames=None),
        ahead.retune(tuning=ahead.tuning, invert=True, frames=None),
        ahead.retune(tuning=ahead.tuning, invert=False, frames=Span(0, 2)),
        add(ahead, Click(1, 5, 5)),
        ahead.with_tracked(tracked_for(ahead)),
    )
    for other in others:
        assert other.current_forecast() is None
        assert texts.LOOK_STALE in forecast_html(other)
    assert ahead.use_clip(ahead.clip).fill_forecast is None


def test_other_settings_of_the_fill_leave_it_as_it_is(ahead: Session) -> None:
    assert ahead.with_fill(FillSettings(seed=3)).current_forecast() is ahead.fill_forecast


def test_it_says_what_is_invented_and_what_automatic_takes(ahead: Session) -> None:
    said = forecast_html(ahead)
    assert "25 % of the hole is never visible in any frame" in said
    assert all(words in said for words in texts.LOOK_LEGEND)
    assert "Automatic takes" not in said
    auto = forecast_html(ahead.with_fill(FillSettings("auto")))
    assert "Automatic takes Propagate: other frames show 75 %" in auto
    assert texts.LOOK_HELP in forecast_html(replace(ahead, fill_forecast=None))


def test_the_mask_falls_into_two_parts(ahead: Session) -> None:
    track = SquareTrack()
    seen, unseen = (HolePart(track, half_seen(), one) for one in (False, True))
    for span, box in ((Span(0, 3), None), (Span(2, 3), Box(15, 0, 40, 20))):
        whole = track.read(span, box=box).values
        parts = seen.read(span, box=box).values, unseen.read(span, box=box).values
        assert np.array_equal(parts[0] + parts[1], whole)
        assert all(part.any() for part in parts)
    assert unseen.read(Span(0, 1)).values[0][:, 20:].max() == 0
    assert ahead.clip is not None
    layers = forecast_layers(ahead, ahead.clip.clip, 2)
    assert (layers[1].sum(), layers[2].sum()) == (200, 200)
    stale = replace(ahead, fill_forecast=None)
    assert forecast_layers(stale, ahead.clip.clip, 2)[2].sum() == 0


def test_the_stage_is_told_shares_and_outlines(browser: BrowserSession, ahead: Session) -> None:
    assert stage_value(browser)["forecast"] is None
    browser.change(lambda _: ahead)
    told = stage_value(browser)
    assert told["forecast"]["areas"][0] == pytest.approx(400 / (WIDTH * HEIGHT), abs=1e-4)
    assert told["forecast"]["lost"][0] == pytest.approx(100 / (WIDTH * HEIGHT), abs=1e-4)
    assert [one["object"] for one in told["outline"]["forecast"]] == [1, 2]
    json.dumps(told)


def test_looking_ahead_draws_both_parts_of_every_frame(
    browser: BrowserSession, store: Store
) -> None:
    outcome = forecast_job(store, browser, no_op)
    session = outcome(browser.session)
    outlook = session.current_forecast()
    assert outlook is not None
    assert outlook.forecast.never_seen == 1.0  # a square that stands still under a still camera
    drawn = [json.loads(path.read_text()) for path in (outlook.seen, outlook.unseen)]
    assert [len(one["holes"]) for one in drawn] == [FRAMES, FRAMES]
    assert drawn[0]["holes"][2] == []
    assert len(drawn[1]["holes"][2]) == 1
    assert all(browser.media_file(path.name) for path in (outlook.seen, outlook.unseen))


def test_it_can_be_stopped_and_needs_a_mask(
    browser: BrowserSession, session: Session, store: Store
) -> None:
    def stop(fraction: float, words: str) -> None:
        if fraction > 0.3:
            raise Cancelled("stop")

    with pytest.raises(Cancelled):
        forecast_job(store, browser, stop)
    assert browser.session.fill_forecast is None
    browser.change(lambda _: session)
    with pytest.raises(SettingsError, match="mask"):
        forecast_job(store, browser, no_op)


def test_a_repair_is_as_fresh_with_a_forecast_as_without(session: Session) -> None:
    done = all_done(session)
    later = replace(
        done, fill_forecast=FillForecast(done.mask_key(), half_seen(), Path("a"), Path("b"))
    )
    assert later.step_state("fill") == later.step_state("result") == "done"
