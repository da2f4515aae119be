"""The prompt helper: there with the prompt, silent without; measured words can be added once."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.advice.surroundings.making import hole, wall
from tests.ui.session.test_session import tracked_for
from tests.ui.tabs.test_forecast import half_seen
from vinpaint import strategies
from vinpaint.advice.surroundings import measure_frames, prompt_phrase
from vinpaint.core import Click, FillSettings, StrategyFit, no_op
from vinpaint.results.store import Store
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import BrowserSessions
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import FillForecast
from vinpaint.ui.tabs.fill_tab import _prompt
from vinpaint.ui.tabs.forecast import forecast_job
from vinpaint.ui.tabs.prompt import missing_phrase, prompt_help_html, takes_prompt

AROUND = measure_frames([(wall(160, tint=(1.0, 0.85, 0.62)), hole())])


class Painter:
    title = "Painter"
    best_for = "Painting."
    takes_prompt = True
    takes_reference = needs_reference = False


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(strategies.STRATEGIES, "painter", Painter())
    monkeypatch.setitem(strategies.SCORERS, "painter", lambda facts: StrategyFit(0.1, "it paints"))


@pytest.fixture
def ahead(session: Session) -> Session:
    marked = add(session, Click(0, 15, 15))
    marked = marked.with_tracked(tracked_for(marked))
    paths = Path("a"), Path("b")
    return replace(
        marked, fill_forecast=FillForecast(marked.mask_key(), half_seen(), *paths, (), AROUND)
    )


def test_without_a_strategy_that_takes_one_there_is_no_prompt_and_no_helper(
    ahead: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent_ones = {n: one for n, one in strategies.STRATEGIES.items() if not one.takes_prompt}
    monkeypatch.setattr("vinpaint.ui.tabs.prompt.STRATEGIES", silent_ones)
    for name in ("propagate", "plate", "auto"):
        session = ahead.with_fill(FillSettings(name))
        assert not takes_prompt(name)
        assert _prompt(name)["visible"] is False
        assert prompt_help_html(session) == missing_phrase(session, "") == ""


@pytest.mark.usefixtures("painter")
def test_the_measured_words_are_offered_under_the_prompt(ahead: Session) -> None:
    assert AROUND is not None
    session = ahead.with_fill(FillSettings("painter"))
    assert _prompt("painter")["visible"] is True
    assert _prompt("propagate")["visible"] is True  # it says that it takes none
    assert prompt_phrase(AROUND) in prompt_help_html(session)
    assert missing_phrase(session, "a door") == prompt_phrase(AROUND)
    assert missing_phrase(session, f"a door, {prompt_phrase(AROUND)}") == ""
    assert takes_prompt("auto")
    assert prompt_help_html(ahead.with_fill(FillSettings("propagate"))) == ""


@pytest.mark.usefixtures("painter")
def test_a_vague_prompt_is_told_and_an_empty_one_left_in_peace(ahead: Session) -> None:
    vague = prompt_help_html(ahead.with_fill(FillSettings("painter", "nice background")))
    assert "fits anything" in vague
    assert "vp-hints" not in prompt_help_html(ahead.with_fill(FillSettings("painter")))
    unknown = replace(ahead.with_fill(FillSettings("painter")), fill_forecast=None)
    assert texts.PROMPT_LOOK in prompt_help_html(unknown)
    assert missing_phrase(unknown, "a door") == ""


def test_without_a_model_automatic_says_before_the_run_that_words_change_nothing(
    ahead: Session,
) -> None:
    empty = prompt_help_html(ahead.with_fill(FillSettings("auto")))
    assert empty.startswith('<p class="vp-help">No model that follows words is here')
    asked = prompt_help_html(ahead.with_fill(FillSettings("auto", "a red <door>")))
    assert asked.startswith('<p class="vp-line vp-stale" role="status">The prompt')
    assert "a red &lt;door&gt;" in asked
    assert missing_phrase(ahead.with_fill(FillSettings("auto", "a door")), "a door") == ""
    for page in (empty, asked):
        assert "vinpaint models fetch stable-diffusion-inpainting" in page
        assert "about 2.7 GB, CreativeML OpenRAIL-M" in page


@pytest.mark.usefixtures("painter")
def test_looking_ahead_looks_around_the_mask_as_well(ahead: Session, tmp_path: Path) -> None:
    browsers = BrowserSessions()
    browser = browsers.get("a")
    browser.change(lambda _: replace(ahead, fill_forecast=None))
    outlook = forecast_job(Store(tmp_path), browser, no_op)(browser.session).current_forecast()
    browsers.close()
    assert outlook is not None
    assert outlook.around is not None
    assert outlook.around.palette == ("dark grey",)
    assert np.isfinite(outlook.around.texture.deviation)
