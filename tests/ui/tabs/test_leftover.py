"""What is left over of the object: said before and after the repair, and taken with one click."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from tests.quality.leftover.scenes import Scene, scene
from vinpaint import backend
from vinpaint.core import (
    Bools,
    FillSettings,
    MaskFile,
    MaskTrack,
    SettingsError,
    Span,
    Tuning,
    no_op,
    read_job,
)
from vinpaint.media import open_clip, write_frames
from vinpaint.results.store import Store
from vinpaint.ui import texts
from vinpaint.ui.page.stage import stage_value
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.marks import add, drop_object, undo
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import OpenedClip
from vinpaint.ui.tabs.fill_tab import repair
from vinpaint.ui.tabs.forecast import forecast_html, forecast_job
from vinpaint.ui.tabs.leftover import keep_leftover, leftover_html, take_leftover
from vinpaint.ui.tabs.mask_tab import follow

LACKING = Span(12, 26)
"""The frames whose mask lacks the thing's lower part."""


@pytest.fixture(scope="module")
def made() -> Scene:
    return scene()


def lacking(made: Scene) -> Bools:
    mask = made.mask()
    mask[LACKING.start : LACKING.stop, 68:] = False
    return mask


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results")


@pytest.fixture(scope="module")
def repaired(
    made: Scene, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[BrowserSession, Session, Store]]:
    """A session whose first repair has left the lower part."""
    folder = tmp_path_factory.mktemp("leftover")
    write_frames(folder / "clip.mkv", made.frames, fps=Fraction(24), lossless=True)
    images = [one.astype(np.uint8) * 255 for one in lacking(made)]
    write_frames(folder / "mask.mkv", images, fps=Fraction(24), lossless=True)
    write_frames(folder / "shown.mp4", made.frames, fps=Fraction(24))
    clip = open_clip(folder / "clip.mkv")
    opened = OpenedClip("key", clip, "clip.mkv", playable=folder / "shown.mp4")
    browsers = BrowserSessions()
    browser = browsers.get("a")
    session = add(Session().use_clip(opened), MaskFile(str(folder / "mask.mkv")))
    session = session.with_fill(FillSettings("propagate"))
    browser.change(lambda _: session.retune(tuning=Tuning(0, 0, 0), invert=False, frames=None))
    store = Store(folder / "results")
    browser.change(follow(browser, no_op))
    browser.change(repair(store, browser, no_op))
    yield browser, browser.session, store
    browsers.close()


@pytest.fixture
def browser(repaired: tuple[BrowserSession, Session, Store]) -> BrowserSession:
    """The same session, as it was after the first repair."""
    browser, session, _ = repaired
    browser.change(lambda _: session)
    return browser


def values(track: MaskTrack) -> Bools:
    mask: Bools = track.read(Span(0, track.frames)).values >= 0.5
    return mask


def test_the_result_says_and_shows_what_is_left_over(browser: BrowserSession) -> None:
    session = browser.session
    run = session.last_run()
    assert run is not None
    assert run.report["gate"]["verdict"] != "pass"
    assert "is left below the mask" in leftover_html(session)
    assert run.leftover is not None
    assert stage_value(browser)["outline"]["left"].endswith(run.leftover.outline.name)
    assert browser.media_file(run.leftover.outline.name) is not None
    shown = {t for t, area in enumerate(run.leftover.areas) if area > 0}
    assert shown
    assert shown <= set(range(LACKING.start - 2, LACKING.stop + 2))


def test_one_click_adds_it_as_an_object_and_the_second_repair_passes(
    browser: BrowserSession, made: Scene, repaired: tuple[BrowserSession, Session, Store]
) -> None:
    before = values(browser.session.tracked_mask())
    take_leftover(browser)
    session = browser.session
    assert [one.name for one in session.objects] == ["", "Left over"]
    assert session.active == 1
    states = [session.step_state(step) for step in ("mask", "fill", "result")]
    assert states == ["done", "stale", "stale"]
    assert texts.LEFT_TAKEN in leftover_html(session)
    after = values(session.tracked_mask())
    assert not (before & ~after).any()
    missed = made.thing & ~before
    assert (missed & after).sum() > 0.9 * missed.sum()
    store = repaired[2]
    browser.change(repair(store, browser, no_op))
    run = browser.session.last_run()
    assert run is not None
    assert run.leftover is None
    assert "leftover" not in [one["kind"] for one in run.report["gate"]["reasons"]]
    assert leftover_html(browser.session) == ""
    assert stage_value(browser)["outline"]["left"] is None
    kept = store.load(run.id)
    names = {Path(one.path).name for one in read_job(kept.folder / "job.json").where}  # type: ignore[union-attr]
    assert names == {"mask-0.mkv", "mask-1.mkv"}
    job = read_job(kept.folder / "job.json")
    with open_clip(job.source) as clip:
        again = backend.find_mask(job, clip)
    assert np.array_equal(values(again), after)


def test_it_can_be_undone_and_is_offered_again(browser: BrowserSession) -> None:
    before = values(browser.session.tracked_mask())
    take_leftover(browser)
    browser.change(undo)
    assert browser.session.step_state("mask") == "stale"  # its piece is in the tracked mask
    assert "is left below the mask" in leftover_html(browser.session)
    browser.change(follow(browser, no_op))
    assert np.array_equal(values(browser.session.tracked_mask()), before)
    assert browser.session.step_state("result") == "done"
    take_leftover(browser)
    assert [one.name for one in browser.session.objects] == ["", "Left over"]


def test_it_is_taken_once_and_not_from_an_inverted_mask(browser: BrowserSession) -> None:
    take_leftover(browser)
    with pytest.raises(SettingsError, match="Nothing is left over to add"):
        take_leftover(browser)
    browser.change(lambda now: drop_object(now, 2))
    browser.update(invert=True)
    with pytest.raises(SettingsError, match="Nothing is left over to add"):
        take_leftover(browser)


def test_with_other_marks_to_follow_it_says_so(browser: BrowserSession) -> None:
    browser.update(tracker="points")
    take_leftover(browser)
    assert browser.session.step_state("mask") == "stale"
    assert texts.LEFT_TAKEN_STALE in leftover_html(browser.session)


def test_a_span_repair_gives_way_to_a_repair_of_all_frames(browser: BrowserSession) -> None:
    run = browser.session.last_run()
    assert run is not None
    browser.change(lambda now: now.begin_span_repair(run.id, LACKING, None))
    take_leftover(browser)
    assert browser.session.frames is None
    assert browser.session.span_repair is None


def test_nothing_left_over_writes_nothing(browser: BrowserSession) -> None:
    files = set(browser.folder.iterdir())

    class Clean:
        leftover = None

    assert keep_leftover(browser, Clean(), no_op) is None  # type: ignore[arg-type]
    assert set(browser.folder.iterdir()) == files


def test_looking_ahead_says_what_the_mask_leaves_out(browser: BrowserSession, store: Store) -> None:
    browser.change(forecast_job(store, browser, no_op))
    assert "Mask: A part of the object, its shadow or its reflection is left below the mask" in (
        forecast_html(browser.session)
    )
    take_leftover(browser)
    browser.change(forecast_job(store, browser, no_op))
    made = browser.session.current_forecast()
    assert made is not None
    assert made.leftover == ""
    assert "Mask: " not in forecast_html(browser.session)


def test_an_older_repair_has_no_leftover_files(browser: BrowserSession) -> None:
    *_, run = browser.session.runs
    browser.update(runs=(replace(run, leftover=None, report={}),))
    assert leftover_html(browser.session) == ""
