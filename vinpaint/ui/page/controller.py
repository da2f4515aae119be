"""The page controller: register components and events, and redraw the page after each event."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import Any

import gradio as gr

from vinpaint.core import VinpaintError
from vinpaint.results.store import Store
from vinpaint.ui import texts
from vinpaint.ui.page.footer import Panel, busy_html
from vinpaint.ui.page.markup import line_html
from vinpaint.ui.page.stage import stage_value
from vinpaint.ui.page.status import blocked_reason, primary_label, status_line
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import Step
from vinpaint.ui.session.tasks import Task, TaskProgress, run_task

log = logging.getLogger(__name__)

Updates = dict[Any, Any]
"""Updates for Gradio: a new value or `gr.update(...)` for each component."""

Draw = Callable[[Session], Updates]
"""Returns the updates of a group of components. The components must always be the same."""

Action = Callable[..., None]
"""Called as `action(browser, *values)` to make a quick change of a browser session."""

WORKERS = 2
"""Maximum number of long tasks that run at the same time. Others are queued."""

_PRIVATE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""Options of all events: progress is shown by the page itself, and handlers are not in the API."""


@dataclass
class PageController:
    """The components that a redraw can update, and the events that cause a redraw.

    Tabs register their components and events while they are laid out. `connect_events` connects the
    events when all components exist, because a Gradio handler must declare every component that it
    can update.

    Args:
        browsers: The sessions of the app.
        store: The stored results.
        stage: The stage component.
        panels: The footer of each tab.
    """

    browsers: BrowserSessions
    store: Store
    stage: gr.HTML
    panels: dict[Step, Panel] = field(default_factory=dict)
    _views: list[Draw] = field(default_factory=list)
    _controls: list[Draw] = field(default_factory=list)
    _deferred: list[Callable[[], Any]] = field(default_factory=list)

    def add_view(self, draw: Draw) -> None:
        """Register components to redraw after every event."""
        self._views.append(draw)

    def add_controls(self, draw: Draw) -> None:
        """Register controls to set only for a new clip, or by `on_data` with `then`.

        A redraw after every event would overwrite the value that the user is editing.
        """
        self._controls.append(draw)

    def on(self, event: Any, step: Step, action: Action, inputs: Any = None, **more: Any) -> None:
        """Run a quick action on an event and redraw. An error is shown in the panel of `step`."""

        def handler(request: gr.Request, *values: Any) -> Updates:
            browser = self.browsers.get(request.session_hash)
            _attempt(browser, step, action, values)
            return self.redraw(browser)

        self._defer(event, handler, inputs, **more)

    def on_data(
        self,
        event: Any,
        step: Step,
        action: Action,
        *,
        task: Task | None = None,
        then: Step | None = None,
    ) -> None:
        """Run `action(browser, data)` on an event of a custom HTML component.

        Args:
            event: The event.
            step: The step whose panel shows an error.
            action: The action.
            task: A long task to run afterwards, if the action has marked the step as busy.
            then: The tab to open after success. Without a task, its controls are set from the
                session.
        """

        def handler(request: gr.Request, event: gr.EventData) -> Updates:
            browser = self.browsers.get(request.session_hash)
            succeeded = _attempt(browser, step, action, (event._data,))
            updates = self.redraw(browser)
            if succeeded and task is None and then is not None:
                updates |= self.open_tab(browser, step, then) | self._set_controls(browser)
            return updates

        self._defer(event, handler, after=self._work(step, task, then) if task else None)

    def on_task(
        self,
        event: Any,
        step: Step,
        task: Task,
        *,
        blocked: Callable[[Session], str] | None = None,
        prepare: Action | None = None,
        inputs: Any = None,
        then: Step | None = None,
        js: str | None = None,
    ) -> None:
        """Run a long task on an event, with progress and Cancel in the step's panel.

        Args:
            event: The event.
            step: The step whose panel shows the progress.
            task: The task.
            blocked: Returns why the task cannot run now, or an empty string. By default, the reason
                that blocks the step's primary button.
            prepare: Called as `prepare(browser, *values)` before the task, to store the inputs.
            inputs: The components whose values are passed to `prepare`.
            then: The tab to open after success.
            js: A JavaScript function that returns the values of the inputs.
        """
        start = self._start(step, blocked, prepare)
        self._defer(event, start, inputs, js=js, after=self._work(step, task, then))

    def on_primary(self, step: Step, task: Task, *, then: Step | None = None) -> None:
        """Run the long task of a step on its primary button, and cancel it on Cancel."""
        panel = self.panels[step]
        self.on_task(panel.primary.click, step, task, then=then)

        def cancel(request: gr.Request) -> str:
            browser = self.browsers.get(request.session_hash)
            browser.cancel.set()
            return line_html(status_line(browser.session, step).kind, texts.STOPPING)

        self._deferred.append(lambda: panel.cancel.click(cancel, None, [panel.line], **_PRIVATE))

    def on_load(self, page: gr.Blocks, handler: Callable[[gr.Request], Updates]) -> None:
        """Draw the page with `handler` when a browser opens it, and redraw it after a reconnect."""

        def reconnect(request: gr.Request) -> Updates:
            browser = self.browsers.get(request.session_hash)
            step = browser.session.busy
            if step is not None and not browser.task_running.is_set():  # it never started
                browser.change(lambda now: now.fail(step, texts.CANCELLED, stopped=True))
                browser.update(busy=None)
            return self.redraw(browser)

        self._defer(page.load, handler)
        self._defer(self.stage.reconnect, reconnect)

    def connect_events(self) -> None:
        """Connect all registered events. Call this once, when all components exist."""
        for connect in self._deferred:
            connect()

    def redraw(self, browser: BrowserSession) -> Updates:
        """Return the updates of the whole page for the current session."""
        session = browser.session
        updates: Updates = {self.stage: stage_value(browser)}
        for step, panel in self.panels.items():
            updates |= _panel_updates(panel, session, busy=session.busy == step)
        for draw in self._views:
            updates |= draw(session)
        return updates

    def open_tab(self, browser: BrowserSession, step: Step, then: Step | None) -> Updates:
        """Return updates that switch from tab `step` to `then`, if `step` is still open.

        After the step 'clip', the controls are set for the new clip.
        """
        updates: Updates = {}
        if then is not None:
            updates[self.stage] = {**stage_value(browser), "go": [step, then]}
        if step == "clip":
            updates |= self._set_controls(browser)
        return updates

    @cached_property
    def _outputs(self) -> list[Any]:
        panels = [[one.primary, one.cancel, one.line] for one in self.panels.values()]
        drawn = [list(draw(Session())) for draw in (*self._views, *self._controls)]
        return [self.stage, *(component for group in panels + drawn for component in group)]

    def _set_controls(self, browser: BrowserSession) -> Updates:
        updates: Updates = {}
        for draw in self._controls:
            updates |= draw(browser.session)
        return updates

    def _defer(
        self,
        event: Any,
        handler: Callable[..., Any],
        inputs: Any = None,
        *,
        after: Callable[..., Any] | None = None,
        **more: Any,
    ) -> None:
        def connect() -> None:
            first = event(handler, inputs, self._outputs, **_PRIVATE, **more)
            if after is not None:
                limits = {"concurrency_id": "work", "concurrency_limit": WORKERS}
                first.then(after, None, self._outputs, **limits, **_PRIVATE)

        self._deferred.append(connect)

    def _start(
        self, step: Step, blocked: Callable[[Session], str] | None, prepare: Action | None
    ) -> Callable[..., Updates]:
        """Return a handler that marks the step as busy, unless it is blocked."""

        def handler(request: gr.Request, *values: Any) -> Updates:
            browser = self.browsers.get(request.session_hash)
            if why := (blocked or partial(blocked_reason, step=step))(browser.session):
                if blocked is not None:
                    browser.change(lambda session: session.fail(step, why))
                return self.redraw(browser)
            if prepare is not None and not _attempt(browser, step, prepare, values):
                return self.redraw(browser)
            browser.cancel.clear()
            browser.change(lambda session: session.begin(step))
            waiting = busy_html(TaskProgress(0.0, texts.WAITING))
            return self.redraw(browser) | {self.panels[step].line: waiting}

        return handler

    def _work(self, step: Step, task: Task, then: Step | None) -> Callable[..., Iterator[Updates]]:
        """Return a handler that runs the task if the step is busy, and yields its progress."""

        def handler(request: gr.Request) -> Iterator[Updates]:
            browser = self.browsers.get(request.session_hash)
            if browser.session.busy != step:
                return
            for progress in run_task(browser, step, task):
                yield {self.panels[step].line: busy_html(progress)}
            updates = self.redraw(browser)
            if browser.session.failure is None:
                updates |= self.open_tab(browser, step, then)
            yield updates

        return handler


def _attempt(browser: BrowserSession, step: Step, action: Action, values: tuple[Any, ...]) -> bool:
    """Run an action and return whether it succeeded. An error is stored as the step's failure."""
    try:
        action(browser, *values)
        return True
    except VinpaintError as error:
        message = str(error)
    except Exception:
        log.exception("a handler of %s failed", step)
        message = texts.UNEXPECTED
    browser.change(lambda session: session.fail(step, message))
    return False


def _panel_updates(panel: Panel, session: Session, *, busy: bool) -> Updates:
    why = blocked_reason(session, panel.step)
    label = primary_label(session, panel.step)
    updates: Updates = {
        panel.primary: gr.update(value=label, interactive=not why, visible=not busy),
        panel.cancel: gr.update(visible=busy),
    }
    if not busy:
        updates[panel.line] = line_html(*status_line(session, panel.step))
    return updates
