"""A span of a result, repaired again on top of it; all else in the result stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.ui.conftest import FRAMES
from tests.ui.session.test_session import tracked_for
from vinpaint import backend
from vinpaint.core import Click, Frames, SettingsError, Span, Tuning, no_op, read_job
from vinpaint.media import open_clip
from vinpaint.results.store import Store
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import FinishedRepair
from vinpaint.ui.tabs.fill_tab import choose, repair
from vinpaint.ui.tabs.span_repair import follow_up_advice, repair_everything, request_span_repair


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results")


@pytest.fixture
def browser(session: Session) -> Iterator[BrowserSession]:
    browsers = BrowserSessions()
    made = browsers.get("a")
    marked = add(session, Click(0, 20, 20))
    tuned = marked.retune(tuning=Tuning(0, 0, 0), invert=False, frames=None)
    made.change(lambda _: replace(tuned, tracked=tracked_for(tuned)))
    yield made
    browsers.close()


def repaired_by(browser: BrowserSession, store: Store) -> Frames:
    """One more repair: the frames of its lossless master."""
    browser.change(repair(store, browser, no_op))
    master = store.load(browser.session.runs[-1].id).file("master.mkv")
    assert master is not None
    clip = open_clip(master)
    frames: Frames = clip.read(clip.span).frames
    return frames


@pytest.mark.parametrize("is_source", [False, True])
def test_only_the_span_is_made_anew_and_the_job_replays(
    browser: BrowserSession, store: Store, tmp_path: Path, is_source: bool
) -> None:
    opened = browser.session.clip
    assert opened is not None
    browser.update(clip=replace(opened, is_source=is_source))
    first = repaired_by(browser, store)
    request_span_repair(browser, {"span": [2, 4]})
    assert browser.session.frames == Span(2, 4)
    browser.change(lambda now: now.with_fill(replace(now.fill, seed=7)))
    assert browser.session.current_span_repair() is not None
    second = repaired_by(browser, store)
    others = [0, 1, 4, 5]
    assert np.array_equal(second[others], first[others])
    report = browser.session.runs[-1].report
    coverage = next(one for one in report["scores"] if one["name"] == "coverage")
    worked_on = [t for t, value in enumerate(coverage["per_frame"]) if value is not None]
    assert worked_on == [2, 3]
    assert browser.session.step_state("result") == "done"
    run = store.load(browser.session.runs[-1].id)
    backend.run(read_job(run.folder / "job.json"), [tmp_path / "again.mkv"])
    again = open_clip(tmp_path / "again.mkv")
    assert np.array_equal(again.read(again.span).frames, second)


def test_other_frames_or_another_mask_are_a_repair_of_their_own(
    browser: BrowserSession, store: Store
) -> None:
    repaired_by(browser, store)
    request_span_repair(browser, {"span": [1, 3]})
    wider = browser.session.retune(tuning=Tuning(), invert=False, frames=Span(1, 3))
    assert wider.current_span_repair() is None
    repair_everything(browser)
    assert browser.session.current_span_repair() is None
    assert browser.session.frames is None


def test_mending_needs_a_result_and_frames_of_the_clip(
    browser: BrowserSession, store: Store
) -> None:
    with pytest.raises(SettingsError):
        request_span_repair(browser, {"span": [1, 3]})
    repaired_by(browser, store)
    with pytest.raises(SettingsError):
        request_span_repair(browser, {"span": [90, 95]})
    assert follow_up_advice(browser.session) is not None


def test_all_measures_say_what_is_not_measured_here(browser: BrowserSession, store: Store) -> None:
    choose(browser, "propagate", "", 0, "alpha", True, every=True)
    repaired_by(browser, store)
    scores = browser.session.runs[-1].report["scores"]
    fid = next(one for one in scores if one["name"] == "fid")
    assert fid["value"] is not None or fid["missing"]
    choose(browser, "propagate", "", 0, "alpha", True)
    assert browser.session.measures == "quick"


def test_a_failed_mend_after_a_failed_repair_is_the_second_failure(browser: BrowserSession) -> None:
    def failed(sha256: str) -> FinishedRepair:
        report = {
            "source": {"sha256": sha256},  # a mended span's is that of the result below
            "scores": [{"name": "coverage", "per_frame": [4.0] * FRAMES}],
            "job": {"fill": {"strategy": "propagate"}},
            "gate": {"verdict": "fail", "reasons": [{"kind": "seam"}]},
        }
        return FinishedRepair(sha256, browser.session.job(), report)

    browser.change(lambda now: now.with_repair(failed("clip")))
    first = follow_up_advice(browser.session)
    browser.change(lambda now: now.with_repair(failed("result")))
    second = follow_up_advice(browser.session)
    assert first is not None
    assert second is not None
    assert (first.stop, second.stop) == (False, True)
