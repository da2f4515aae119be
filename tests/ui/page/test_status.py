from __future__ import annotations

import dataclasses

import pytest

from tests.ui.session.test_session import all_done, tracked_for
from vinpaint.core import Click, FillSettings
from vinpaint.ui import texts
from vinpaint.ui.page.status import blocked_reason, status_line
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import STEPS


@pytest.mark.parametrize("step", STEPS)
def test_an_empty_step_cannot_work_and_says_what_to_do(step: str) -> None:
    assert blocked_reason(Session(), step)
    assert status_line(Session(), step).text.endswith(".")


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_done_step_can_be_run_again(session: Session, step: str) -> None:
    done = all_done(session)
    assert blocked_reason(done, step) == ""
    assert status_line(done, step).kind == "done"


@pytest.mark.parametrize("step", STEPS[1:])
def test_a_stale_step_says_so(session: Session, step: str) -> None:
    stale = add(all_done(session), Click(1, 2, 3))
    if step in ("tune", "fill"):
        assert blocked_reason(stale, step) == texts.FILL_STALE_MASK
    else:
        assert status_line(stale, step).kind == "stale"


def test_a_strategy_that_is_not_here_does_not_say_that_it_is_ready(session: Session) -> None:
    marked = add(session, Click(0, 15, 15))
    marked = marked.with_tracked(tracked_for(marked))
    assert status_line(marked, "fill").text == texts.TODO_LINES["fill"]
    told = status_line(marked.with_fill(FillSettings("frames")), "fill")
    assert told == ("stale", "Frame by frame cannot work here yet: what it needs is listed above.")


def test_a_failure_stands_in_its_own_step_alone(session: Session) -> None:
    failed = session.fail("mask", "It did not work.")
    assert status_line(failed, "mask") == ("failed", "It did not work.")
    assert status_line(failed, "clip").kind != "failed"


def test_stopping_is_no_failure(session: Session) -> None:
    stopped = session.fail("mask", texts.CANCELLED, stopped=True)
    assert status_line(stopped, "mask") == ("hint", texts.CANCELLED)


def test_while_one_step_works_the_others_wait_and_say_for_what(session: Session) -> None:
    busy = all_done(session).begin("fill")
    assert "Repair" in blocked_reason(busy, "mask")
    assert blocked_reason(busy, "result") == ""


def test_a_mask_that_is_empty_everywhere_stops_the_repair(session: Session) -> None:
    marked = add(session, Click(0, 1, 1))
    nowhere = marked.with_tracked(tracked_for(marked, empty=True))
    assert status_line(nowhere, "mask") == ("failed", texts.MASK_NOWHERE)
    assert blocked_reason(nowhere, "fill") == texts.MASK_NOWHERE


def test_the_suggestion_of_an_example_is_shown(session: Session) -> None:
    assert session.clip is not None
    suggested = dataclasses.replace(session.clip, suggested="Click the walker.")
    assert status_line(dataclasses.replace(session, clip=suggested), "mask").text == (
        "Click the walker."
    )


def test_another_clip_on_offer_says_what_using_it_does(session: Session) -> None:
    assert session.clip is not None
    other = dataclasses.replace(session.clip, key="other")
    assert (
        texts.CLIP_REPLACES
        in status_line(dataclasses.replace(session, opened=other, failure=None), "clip").text
    )


def test_the_mask_counts_what_was_marked_and_found(session: Session) -> None:
    marked = add(add(session, Click(0, 1, 1)), Click(0, 9, 9))
    assert "2 clicks" in status_line(marked, "mask").text
    done = marked.with_tracked(tracked_for(marked))
    assert "6 of 6 frames" in status_line(done, "mask").text
