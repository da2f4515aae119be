"""Run long tasks in threads, with progress and cancellation."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from vinpaint.core import Cancelled, Progress, VinpaintError
from vinpaint.ui import texts
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import Step

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.2
_ESTIMATE_AFTER_SECONDS = 3.0

Task = Callable[[BrowserSession, Progress], Callable[[Session], Session]]
"""`task(browser, progress)` does the work and returns the change to apply to the session."""


@dataclass(frozen=True)
class TaskProgress:
    """The progress of a task, 0 to 1. `seconds_left` is None until it can be estimated."""

    fraction: float
    text: str
    seconds_left: float | None = None


def run_task(browser: BrowserSession, step: Step, task: Task) -> Iterator[TaskProgress]:
    """Run a task in a thread and yield its progress; then store its outcome in the session.

    An error is stored as the failure of `step`. Closing the generator cancels the task; Gradio does
    so when the browser disconnects.
    """
    start = time.monotonic()
    latest = TaskProgress(0.0, "")

    def progress(fraction: float, text: str) -> None:
        nonlocal latest
        if browser.cancel.is_set():
            raise Cancelled(texts.CANCELLED)
        latest = TaskProgress(fraction, text)

    def work() -> None:
        try:
            progress(0.0, texts.STARTING)
            outcome = task(browser, progress)
        except Cancelled:
            finish(lambda session: session.fail(step, texts.CANCELLED, stopped=True))
        except VinpaintError as error:
            message = str(error)
            finish(lambda session: session.fail(step, message))
        except Exception:
            log.exception("the task of step %s failed", step)
            finish(lambda session: session.fail(step, texts.UNEXPECTED))
        else:
            finish(outcome)

    def finish(outcome: Callable[[Session], Session]) -> None:
        browser.task_running.clear()
        browser.change(lambda session: replace(outcome(session), busy=None))

    browser.task_running.set()
    thread = threading.Thread(target=work, name=f"vinpaint-{step}", daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(_TICK_SECONDS)
            yield _with_estimate(latest, time.monotonic() - start)
    finally:
        if thread.is_alive():
            browser.cancel.set()


def _with_estimate(progress: TaskProgress, spent: float) -> TaskProgress:
    if spent <= _ESTIMATE_AFTER_SECONDS or progress.fraction <= 0.02:
        return progress
    return replace(progress, seconds_left=spent * (1 - progress.fraction) / progress.fraction)
