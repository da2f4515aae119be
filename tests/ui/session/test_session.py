from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.ui.conftest import FRAMES, SquareTrack
from vinpaint.core import Click, FillSettings, ObjectInfo, Span, Tuning
from vinpaint.ui.session.marks import add, alter_object, new_object, undo
from vinpaint.ui.session.session import Session
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
    session = session.with_tracked(found)
    edge = EdgePreview(session.mask_key(), Path("edge.json"))
    session = replace(session, edge_preview=edge)
    return session.with_repair(FinishedRepair("an-id", session.job(), {}))


def test_a_new_session_has_nothing_done() -> None:
    assert [Session().step_state(step) for step in ("clip", "mask", "tune", "fill", "result")] == [
        "todo"
    ] * 5


def test_every_step_can_be_done(session: Session) -> None:
    done = all_done(session)
    for step in ("clip", "mask", "tune", "fill", "result"):
        assert done.step_state(step) == "done"


def test_a_new_click_makes_all_that_follows_stale(session: Session) -> None:
    stale = add(all_done(session), Click(3, 5, 5, add=False))
    assert stale.step_state("clip") == "done"
    for step in ("mask", "tune", "fill", "result"):
        assert stale.step_state(step) == "stale"
    assert stale.tracked is not None
    assert stale.last_run() is not None


def test_undoing_that_click_makes_all_fresh_again(session: Session) -> None:
    done = all_done(session)
    back = undo(add(done, Click(3, 5, 5)))
    for step in ("mask", "tune", "fill", "result"):
        assert back.step_state(step) == "done"


def test_tuning_leaves_the_mask_fresh(session: Session) -> None:
    tuned = all_done(session).retune(tuning=Tuning(dilate_px=2), invert=False, frames=None)
    assert tuned.step_state("mask") == "done"
    assert tuned.step_state("tune") == tuned.step_state("fill") == "stale"


def test_the_same_tuning_changes_nothing(session: Session) -> None:
    done = all_done(session)
    assert done.retune(tuning=done.tuning, invert=False, frames=None) is done


def test_other_fill_settings_make_only_the_repair_stale(session: Session) -> None:
    refilled = all_done(session).with_fill(FillSettings(seed=7))
    assert refilled.step_state("tune") == "done"
    assert refilled.step_state("fill") == refilled.step_state("result") == "stale"


def test_another_clip_starts_anew_and_keeps_finished_runs(
    session: Session, loaded: OpenedClip
) -> None:
    done = all_done(session)
    other = OpenedClip("other", loaded.clip, "other.mp4")
    looking = replace(done, opened=other, failure=None)
    assert not looking.in_use()
    assert looking.prompts == done.prompts
    changed = looking.use_clip(other)
    assert changed.in_use()
    assert changed.prompts == ()
    assert changed.runs == done.runs


def test_the_job_says_all_that_was_set(session: Session) -> None:
    marked = add(session, Click(0, 1, 1))
    tuned = marked.retune(tuning=Tuning(1, 2, 3), invert=True, frames=Span(1, 4))
    made = tuned.with_fill(FillSettings(seed=9)).job()
    assert made.where == (Click(0, 1, 1),)
    assert (made.tuning, made.invert, made.frames) == (Tuning(1, 2, 3), True, Span(1, 4))
    assert made.fill.seed == 9
    assert made.source.endswith("small.mp4")


def test_failing_keeps_everything_and_the_next_try_clears_the_words(session: Session) -> None:
    marked = add(session, Click(0, 1, 1))
    failed = replace(marked.begin("mask").fail("mask", "It did not work."), busy=None)
    assert failed.prompts == marked.prompts
    assert failed.failure is not None
    assert failed.busy is None
    assert failed.begin("mask").failure is None


def test_sharing_is_asked_for_each_run_anew(session: Session) -> None:
    shared = replace(all_done(session), shared=True)
    assert shared.shared
    assert not shared.with_repair(FinishedRepair("b", shared.job(), {})).shared


def test_a_hidden_object_changes_the_edge_and_the_repair_and_not_the_mask(session: Session) -> None:
    two = add(new_object(add(session, Click(0, 1, 1))), Click(0, 9, 9))
    found = tracked_for(two)
    edge = EdgePreview(two.with_tracked(found).mask_key(), Path("edge.json"))
    two = replace(two.with_tracked(found), edge_preview=edge)
    two = two.with_repair(FinishedRepair("an-id", two.job(), {}))
    hidden = alter_object(two, 2, hidden=True)
    assert [hidden.step_state(step) for step in ("mask", "tune", "fill")] == [
        "done",
        "stale",
        "stale",
    ]
    named = alter_object(two, 2, name="the car")
    assert [named.step_state(step) for step in ("mask", "tune", "fill")] == ["done"] * 3
    assert named.job().objects == (ObjectInfo(2, "the car"),)
    assert found.track(frozenset({1, 2})) is None
    assert hidden.masked_frames() == FRAMES
    assert alter_object(hidden, 1, hidden=True).masked_frames() == 0


def test_another_tracker_makes_the_mask_stale(session: Session) -> None:
    assert all_done(session).new_version(tracker="free").step_state("mask") == "stale"
