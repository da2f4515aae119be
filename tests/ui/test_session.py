from __future__ import annotations

from pathlib import Path

from tests.ui.conftest import FRAMES, SquareTrack
from vinpaint.types import (
    Box,
    BoxPrompt,
    Click,
    FillSettings,
    Imported,
    Painting,
    Region,
    Span,
    Tuning,
)
from vinpaint.ui.session import (
    Edge,
    Found,
    Loaded,
    Run,
    Session,
    add,
    begin,
    clear,
    edged,
    end,
    fail,
    followed,
    in_use,
    is_on,
    job,
    last_run,
    offer,
    paint,
    refill,
    repaired,
    retune,
    share,
    state,
    undo,
    use,
)


def found_for(session: Session, *, empty: bool = False) -> Found:
    areas = (0.0 if empty else 0.13,) * FRAMES
    return Found(session.prompts, SquareTrack(), Path("found.json"), areas)


def all_done(session: Session) -> Session:
    session = add(session, Click(0, 20, 20))
    found = found_for(session)
    session = followed(session, found)
    edge = Edge(found, session.tuning, session.invert, session.frames, Path("edge.json"))
    session = edged(session, edge)
    return repaired(session, Run("an-id", job(session), {}))


def test_a_new_session_has_nothing_done() -> None:
    assert [state(Session(), step) for step in ("clip", "mask", "tune", "fill", "result")] == [
        "todo"
    ] * 5


def test_every_step_can_be_done(session: Session) -> None:
    done = all_done(session)
    for step in ("clip", "mask", "tune", "fill", "result"):
        assert state(done, step) == "done"


def test_a_new_click_makes_all_that_follows_stale(session: Session) -> None:
    stale = add(all_done(session), Click(3, 5, 5, add=False))
    assert state(stale, "clip") == "done"
    for step in ("mask", "tune", "fill", "result"):
        assert state(stale, step) == "stale"
    assert stale.found is not None
    assert last_run(stale) is not None


def test_undoing_that_click_makes_all_fresh_again(session: Session) -> None:
    done = all_done(session)
    back = undo(add(done, Click(3, 5, 5)))
    for step in ("mask", "tune", "fill", "result"):
        assert state(back, step) == "done"


def test_tuning_leaves_the_mask_fresh(session: Session) -> None:
    tuned = retune(all_done(session), tuning=Tuning(dilate_px=2), invert=False, frames=None)
    assert state(tuned, "mask") == "done"
    assert state(tuned, "tune") == state(tuned, "fill") == "stale"


def test_the_same_tuning_changes_nothing(session: Session) -> None:
    done = all_done(session)
    assert retune(done, tuning=done.tuning, invert=False, frames=None) is done


def test_other_fill_settings_make_only_the_repair_stale(session: Session) -> None:
    refilled = refill(all_done(session), FillSettings(seed=7))
    assert state(refilled, "tune") == "done"
    assert state(refilled, "fill") == state(refilled, "result") == "stale"


def test_undo_steps_back_one_by_one_and_stops_at_the_start(session: Session) -> None:
    first, second = Click(0, 1, 1), BoxPrompt(2, Box(0, 0, 9, 9))
    both = add(add(session, first), second)
    assert undo(both).prompts == (first,)
    assert undo(undo(both)).prompts == ()
    assert undo(undo(undo(both))) == undo(undo(both))


def test_clear_can_be_undone(session: Session) -> None:
    marked = add(session, Click(0, 1, 1))
    assert clear(marked).prompts == ()
    assert undo(clear(marked)).prompts == marked.prompts


def test_every_change_of_the_mask_has_a_version_of_its_own(session: Session) -> None:
    marked = add(session, Click(0, 1, 1))
    versions = [session.version, marked.version, undo(marked).version, clear(marked).version]
    assert versions[0] < versions[1] < versions[2]
    assert versions[1] < versions[3]


def test_a_painting_takes_the_place_of_its_frames_other_prompts(session: Session) -> None:
    marked = add(add(session, Click(0, 1, 1)), Click(4, 2, 2))
    painted = paint(marked, 0, Painting(0, "painted.png"))
    assert painted.prompts == (Click(4, 2, 2), Painting(0, "painted.png"))


def test_there_is_one_finished_mask_at_most(session: Session) -> None:
    twice = add(add(session, Imported("a.png")), Imported("b.png"))
    assert twice.prompts == (Imported("b.png"),)


def test_erasing_all_of_a_frame_leaves_no_prompt_there(session: Session) -> None:
    marked = add(add(session, Click(0, 1, 1)), Region(Box(0, 0, 5, 5)))
    assert paint(marked, 0, None).prompts == (Region(Box(0, 0, 5, 5)),)


def test_regions_speak_of_all_frames_and_clicks_of_one() -> None:
    assert is_on(Click(3, 2, 2), 3)
    assert not is_on(Click(3, 2, 2), 4)
    assert not is_on(Region(Box(0, 0, 5, 5)), 3)


def test_another_clip_starts_anew_and_keeps_finished_runs(session: Session, loaded: Loaded) -> None:
    done = all_done(session)
    other = Loaded("other", loaded.clip, "other.mp4")
    looking = offer(done, other)
    assert not in_use(looking)
    assert looking.prompts == done.prompts
    changed = use(looking, other)
    assert in_use(changed)
    assert changed.prompts == ()
    assert changed.runs == done.runs


def test_the_job_says_all_that_was_set(session: Session) -> None:
    marked = add(session, Click(0, 1, 1))
    tuned = retune(marked, tuning=Tuning(1, 2, 3), invert=True, frames=Span(1, 4))
    made = job(refill(tuned, FillSettings(seed=9)))
    assert made.where == (Click(0, 1, 1),)
    assert (made.tuning, made.invert, made.frames) == (Tuning(1, 2, 3), True, Span(1, 4))
    assert made.fill.seed == 9
    assert made.source.endswith("small.mp4")


def test_failing_keeps_everything_and_the_next_try_clears_the_words(session: Session) -> None:
    marked = add(session, Click(0, 1, 1))
    failed = end(fail(begin(marked, "mask"), "mask", "It did not work."))
    assert failed.prompts == marked.prompts
    assert failed.failure is not None
    assert failed.busy is None
    assert begin(failed, "mask").failure is None


def test_sharing_is_asked_for_each_run_anew(session: Session) -> None:
    shared = share(all_done(session))
    assert shared.shared
    assert not repaired(shared, Run("b", job(shared), {})).shared
