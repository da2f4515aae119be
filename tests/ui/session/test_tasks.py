from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from vinpaint.core import Click, MaskError, Progress
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import Visit, Visits
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session, begin, share
from vinpaint.ui.session.tasks import carry_out


@pytest.fixture
def visit() -> Iterator[Visit]:
    visits = Visits()
    made = visits.of("a")
    made.change(lambda session: begin(session, "mask"))
    yield made
    visits.close()


def forever(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    for tick in range(10_000):
        progress(tick / 10_000, f"frame {tick}")
        time.sleep(0.005)
    return share


def test_the_outcome_meets_what_changed_meanwhile(visit: Visit) -> None:
    def task(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
        progress(0.5, "half way")
        visit.change(lambda session: add(session, Click(0, 1, 1)))
        return share

    list(carry_out(visit, "mask", task))
    assert visit.session.shared
    assert visit.session.prompts == (Click(0, 1, 1),)
    assert visit.session.busy is None


def test_a_sentence_for_the_user_becomes_the_steps_sentence(visit: Visit) -> None:
    def task(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
        raise MaskError("The mask is 3x3, the clip 4x4; export it again.")

    list(carry_out(visit, "mask", task))
    assert visit.session.failure is not None
    assert visit.session.failure.words.startswith("The mask is 3x3")
    assert visit.session.busy is None


def test_a_fault_of_ours_is_one_plain_sentence(visit: Visit) -> None:
    def task(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
        raise KeyError("secret detail")

    list(carry_out(visit, "mask", task))
    assert visit.session.failure is not None
    assert visit.session.failure.words == texts.UNEXPECTED


def test_cancel_stops_within_a_second(visit: Visit) -> None:
    threading.Timer(0.3, visit.cancel.set).start()
    began = time.monotonic()
    told = list(carry_out(visit, "mask", forever))
    assert time.monotonic() - began < 1.3
    assert told
    assert visit.session.failure is not None
    assert visit.session.failure.words == texts.CANCELLED


def test_a_visitor_who_leaves_stops_the_work(visit: Visit) -> None:
    telling = carry_out(visit, "mask", forever)
    next(telling)
    telling.close()
    assert visit.cancel.is_set()


def test_the_time_left_is_told_once_it_can_be_guessed(visit: Visit) -> None:
    def task(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
        for tick in range(40):
            progress(tick / 40, "working")
            time.sleep(0.1)
        return share

    told = list(carry_out(visit, "mask", task))
    assert told[0].left_seconds is None
    assert told[-1].left_seconds is not None
    assert told[-1].left_seconds < 2
