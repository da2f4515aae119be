"""Long work: in a thread of its own, told in words as it goes, stopped when the visitor says so."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from vinpaint.core import Cancelled, Progress, VinpaintError
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.session import Session, end, fail
from vinpaint.ui.session.state import Step

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.2
_GUESS_AFTER_SECONDS = 3.0

Task = Callable[[Visit, Progress], Callable[[Session], Session]]
"""Does the work; returns the step from the session before to the one after."""


@dataclass(frozen=True)
class Busy:
    """How far work has come. `left_seconds`: None until it can be guessed."""

    fraction: float
    words: str
    left_seconds: float | None = None


@dataclass
class _Meter:
    """Shared by the thread that works and the one that tells."""

    began: float = field(default_factory=time.monotonic)
    fraction: float = 0.0
    words: str = ""

    def busy(self) -> Busy:
        spent = time.monotonic() - self.began
        known = spent > _GUESS_AFTER_SECONDS and self.fraction > 0.02
        left = spent * (1 - self.fraction) / self.fraction if known else None
        return Busy(self.fraction, self.words, left)


def carry_out(visit: Visit, step: Step, task: Task) -> Iterator[Busy]:
    """Run `task`, yielding how far it is; then put its outcome into the session.

    A visitor who leaves closes this generator, and that stops the work too.
    """
    meter = _Meter()

    def progress(fraction: float, words: str) -> None:
        if visit.cancel.is_set():
            raise Cancelled(texts.CANCELLED)
        meter.fraction, meter.words = fraction, words

    def work() -> None:
        try:
            progress(0.0, texts.STARTING)
            outcome = task(visit, progress)
        except Cancelled:
            visit.change(lambda session: end(fail(session, step, texts.CANCELLED, stopped=True)))
        except VinpaintError as error:
            words = str(error)
            visit.change(lambda session: end(fail(session, step, words)))
        except Exception:
            log.exception("work on %s failed", step)
            visit.change(lambda session: end(fail(session, step, texts.UNEXPECTED)))
        else:
            visit.change(lambda session: end(outcome(session)))

    thread = threading.Thread(target=work, name=f"vinpaint-{step}", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_TICK_SECONDS)
            yield meter.busy()
    finally:
        if thread.is_alive():
            visit.cancel.set()
