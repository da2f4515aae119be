from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.ui.conftest import FRAMES, SquareTrack
from vinpaint.core import Click, FillSettings, ObjectInfo, Span, Tuning
from vinpaint.ui.session.marks import add, alter_object, new_object, undo
from vinpaint.ui.session.session import (
    Session,
    begin,
    fail,
    in_use,
    job,
    last_run,
    mask_key,
    masked_frames,
    new_version,
    retune,
    step_state,
    use_clip,
    with_fill,
    with_repair,
    with_tracked,
)
from vinpaint.ui.session.state import EdgePreview, FinishedRepair, OpenedClip
from vinpaint.ui.session.tracked_objects import TrackedObject, TrackedObjects, by_object


def tracked_for(session: Session, *, empty: bool = False) -> TrackedObjects:
    areas = (0.0 if empty else 0.13,) * FRAMES
    return TrackedObjects(
        {
            number: TrackedObject(prompts, SquareTrack(), Path("found.json"), areas)
            for number, prompts in by_object(session.prompts).items()
        }
    )


def all_done(session: Session) -> Session:
    session = add(session, Click(0, 20, 20))
    found = tracked_for(session)
    session = with_tracked(session, found)
    edge = EdgePreview(mask_key(session), Path("edge.json"))
    session = replace(session, edge_preview=edge)
    return with_repair(session, FinishedRepair("an-id", job(session), {}))


def test_a_new_session_has_nothing_done() -> None:
    assert [step_state(Session(), step) for step in ("clip", "mask", "tune", "fill", "result")] == [
        "todo"
    ] * 5


def test_every_step_can_be_done(session: Session) -> None:
    done = all_done(session)
    for step in ("clip", "mask", "tune", "fill", "result"):
        assert step_state(done, step) == "done"


def test_a_new_click_makes_all_that_follows_stale(session: Session) -> None:
    stale = add(all_done(session), Click(3, 5, 5, add=False))
    assert step_state(stale, "clip") == "done"
    for step in ("mask", "tune", "fill", "result"):
        assert step_state(stale, step) == "stale"
    assert stale.tracked is not None
    assert last_run(stale) is not None


def test_undoing_that_click_makes_all_fresh_again(session: Session) -> None:
    done = all_done(session)
    back = undo(add(done, Click(3, 5, 5)))
    for step in ("mask", "tune", "fill", "result"):
        assert step_state(back, step) == "done"


def test_tuning_leaves_the_mask_fresh(session: Session) -> None:
    tuned = retune(all_done(session), tuning=Tuning(dilate_px=2), invert=False, frames=None)
    assert step_state(tuned, "mask") == "done"
    assert step_state(tuned, "tune") == step_state(tuned, "fill") == "stale"


def test_the_same_tuning_changes_nothing(session: Session) -> None:
    done = all_done(session)
    assert retune(done, tuning=done.tuning, invert=False, frames=None) is done


def test_other_fill_settings_make_only_the_repair_stale(session: Session) -> None:
    refilled = with_fill(all_done(session), FillSettings(seed=7))
    assert step_state(refilled, "tune") == "done"
    assert step_state(refilled, "fill") == step_state(refilled, "result") == "stale"


def test_another_clip_starts_anew_and_keeps_finished_runs(
    session: Session, loaded: OpenedClip
) -> None:
    done = all_done(session)
    other = OpenedClip("other", loaded.clip, "other.mp4")
    looking = replace(done, opened=other, failure=None)
    assert not in_use(looking)
    assert looking.prompts == done.prompts
    changed = use_clip(looking, other)
    assert in_use(changed)
    assert changed.prompts == ()
    assert changed.runs == done.runs


def test_the_job_says_all_that_was_set(session: Session) -> None:
    marked = add(session, Click(0, 1, 1))
    tuned = retune(marked, tuning=Tuning(1, 2, 3), invert=True, frames=Span(1, 4))
    made = job(with_fill(tuned, FillSettings(seed=9)))
    assert made.where == (Click(0, 1, 1),)
    assert (made.tuning, made.invert, made.frames) == (Tuning(1, 2, 3), True, Span(1, 4))
    assert made.fill.seed == 9
    assert made.source.endswith("small.mp4")


def test_failing_keeps_everything_and_the_next_try_clears_the_words(session: Session) -> None:
    marked = add(session, Click(0, 1, 1))
    failed = replace(fail(begin(marked, "mask"), "mask", "It did not work."), busy=None)
    assert failed.prompts == marked.prompts
    assert failed.failure is not None
    assert failed.busy is None
    assert begin(failed, "mask").failure is None


def test_sharing_is_asked_for_each_run_anew(session: Session) -> None:
    shared = replace(all_done(session), shared=True)
    assert shared.shared
    assert not with_repair(shared, FinishedRepair("b", job(shared), {})).shared


def test_a_hidden_object_changes_the_edge_and_the_repair_and_not_the_mask(session: Session) -> None:
    two = add(new_object(add(session, Click(0, 1, 1))), Click(0, 9, 9))
    found = tracked_for(two)
    edge = EdgePreview(mask_key(with_tracked(two, found)), Path("edge.json"))
    two = replace(with_tracked(two, found), edge_preview=edge)
    two = with_repair(two, FinishedRepair("an-id", job(two), {}))
    hidden = alter_object(two, 2, hidden=True)
    assert [step_state(hidden, step) for step in ("mask", "tune", "fill")] == [
        "done",
        "stale",
        "stale",
    ]
    named = alter_object(two, 2, name="the car")
    assert [step_state(named, step) for step in ("mask", "tune", "fill")] == ["done"] * 3
    assert job(named).objects == (ObjectInfo(2, "the car"),)
    assert found.track(frozenset({1, 2})) is None
    assert masked_frames(hidden) == FRAMES
    assert masked_frames(alter_object(hidden, 1, hidden=True)) == 0


def test_another_tracker_makes_the_mask_stale(session: Session) -> None:
    assert step_state(new_version(all_done(session), tracker="free"), "mask") == "stale"
