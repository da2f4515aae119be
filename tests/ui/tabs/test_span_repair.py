"""A span of a result, repaired again on top of it; all else in the result stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.ui.conftest import FRAMES
from tests.ui.session.test_session import found_for
from vinpaint import backend
from vinpaint.core import Click, Frames, SettingsError, Span, Tuning, no_op, read_job
from vinpaint.media import open_clip
from vinpaint.results.store import Store
from vinpaint.ui.session.browser_sessions import Visit, Visits
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session, fresh_mending, job, refill, repaired, retune, state
from vinpaint.ui.session.state import Run
from vinpaint.ui.tabs.fill_tab import choose, repair
from vinpaint.ui.tabs.span_repair import after_of, leave, mend_span


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "results")


@pytest.fixture
def visit(session: Session) -> Iterator[Visit]:
    visits = Visits()
    made = visits.of("a")
    marked = add(session, Click(0, 20, 20))
    tuned = retune(marked, tuning=Tuning(0, 0, 0), invert=False, frames=None)
    made.change(lambda _: replace(tuned, found=found_for(tuned)))
    yield made
    visits.close()


def repaired_by(visit: Visit, store: Store) -> Frames:
    """One more repair: the frames of its lossless master."""
    visit.change(repair(store, visit, no_op))
    master = store.load(visit.session.runs[-1].id).file("master.mkv")
    assert master is not None
    clip = open_clip(master)
    frames: Frames = clip.read(clip.span).frames
    return frames


def test_only_the_span_is_made_anew_and_the_job_replays(
    visit: Visit, store: Store, tmp_path: Path
) -> None:
    first = repaired_by(visit, store)
    mend_span(visit, {"span": [2, 4]})
    assert visit.session.frames == Span(2, 4)
    visit.change(lambda now: refill(now, replace(now.fill, seed=7)))
    assert fresh_mending(visit.session) is not None
    second = repaired_by(visit, store)
    others = [0, 1, 4, 5]
    assert np.array_equal(second[others], first[others])
    report = visit.session.runs[-1].report
    coverage = next(one for one in report["scores"] if one["name"] == "coverage")
    worked_on = [t for t, value in enumerate(coverage["per_frame"]) if value is not None]
    assert worked_on == [2, 3]
    assert state(visit.session, "result") == "done"
    run = store.load(visit.session.runs[-1].id)
    backend.run(read_job(run.folder / "job.json"), [tmp_path / "again.mkv"])
    again = open_clip(tmp_path / "again.mkv")
    assert np.array_equal(again.read(again.span).frames, second)


def test_other_frames_or_another_mask_are_a_repair_of_their_own(visit: Visit, store: Store) -> None:
    repaired_by(visit, store)
    mend_span(visit, {"span": [1, 3]})
    wider = retune(visit.session, tuning=Tuning(), invert=False, frames=Span(1, 3))
    assert fresh_mending(wider) is None
    leave(visit)
    assert fresh_mending(visit.session) is None
    assert visit.session.frames is None


def test_mending_needs_a_result_and_frames_of_the_clip(visit: Visit, store: Store) -> None:
    with pytest.raises(SettingsError):
        mend_span(visit, {"span": [1, 3]})
    repaired_by(visit, store)
    with pytest.raises(SettingsError):
        mend_span(visit, {"span": [90, 95]})
    assert after_of(visit.session) is not None


def test_all_measures_say_what_is_not_measured_here(visit: Visit, store: Store) -> None:
    choose(visit, "propagate", "", 0, "alpha", True, every=True)
    repaired_by(visit, store)
    scores = visit.session.runs[-1].report["scores"]
    fid = next(one for one in scores if one["name"] == "fid")
    assert fid["value"] is not None or fid["missing"]
    choose(visit, "propagate", "", 0, "alpha", True)
    assert visit.session.measures == "quick"


def test_a_failed_mend_after_a_failed_repair_is_the_second_failure(visit: Visit) -> None:
    def failed(sha256: str) -> Run:
        report = {
            "source": {"sha256": sha256},  # a mended span's is that of the result below
            "scores": [{"name": "coverage", "per_frame": [4.0] * FRAMES}],
            "job": {"fill": {"strategy": "propagate"}},
            "gate": {"verdict": "fail", "reasons": [{"kind": "seam"}]},
        }
        return Run(sha256, job(visit.session), report)

    visit.change(lambda now: repaired(now, failed("clip")))
    first = after_of(visit.session)
    visit.change(lambda now: repaired(now, failed("result")))
    second = after_of(visit.session)
    assert first is not None
    assert second is not None
    assert (first.stop, second.stop) == (False, True)
