"""The workbench: which parts of the page exist, and how an event becomes a redrawn page."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import gradio as gr

from vinpaint.core import VinpaintError
from vinpaint.results.store import Store
from vinpaint.ui import texts
from vinpaint.ui.page.footer import Panel, busy_html, line_html
from vinpaint.ui.page.stage import stage_value
from vinpaint.ui.page.status import primary, reason, sentence
from vinpaint.ui.session.browser_sessions import Visit, Visits
from vinpaint.ui.session.session import Session, begin, fail
from vinpaint.ui.session.state import Step
from vinpaint.ui.session.tasks import Busy, Task, carry_out

log = logging.getLogger(__name__)

Updates = dict[Any, Any]
"""What Gradio is to change: component -> new value or update."""

Action = Callable[..., None]
"""`action(visit, *values)`: does something quick to a visit."""

WORKERS = 2
"""How many long works run at once; others wait for their turn."""


@dataclass
class Bench:
    """The parts that every redraw touches. Tabs add their own to `parts` as they are built."""

    visits: Visits
    store: Store
    stage: gr.HTML
    panels: dict[Step, Panel] = field(default_factory=dict)
    parts: list[tuple[list[Any], Callable[[Session], Updates]]] = field(default_factory=list)
    fresh: list[tuple[list[Any], Callable[[Session], Updates]]] = field(default_factory=list)
    """Controls that hold a value of their own: set only when a clip is taken into use."""
    wire: list[Callable[[], None]] = field(default_factory=list)
    """Called when all parts exist: a handler must know everything that it may redraw."""

    def outputs(self) -> list[Any]:
        """Every component that a redraw may touch."""
        own = [self.stage]
        for panel in self.panels.values():
            own += [panel.primary, panel.cancel, panel.line]
        listed = [*self.parts, *self.fresh]
        return own + [component for components, _ in listed for component in components]

    def redraw(self, visit: Visit) -> Updates:
        """The whole page, from the session alone."""
        session = visit.session
        updates: Updates = {self.stage: stage_value(visit)}
        for step, panel in self.panels.items():
            updates |= _panel_updates(panel, session, busy=session.busy == step)
        for _, draw in self.parts:
            updates |= draw(session)
        return updates

    def quick(self, step: Step, action: Action) -> Callable[..., Updates]:
        """A handler that does `action` and redraws; what goes wrong becomes the step's sentence."""

        def handler(request: gr.Request, *values: Any) -> Updates:
            visit = self.visits.of(request.session_hash)
            _attempt(visit, step, action, values)
            return self.redraw(visit)

        return handler

    def drawn(
        self, step: Step, action: Action, *, then: Step | None = None
    ) -> Callable[..., Updates]:
        """The same for an event of our own markup: `action(visit, data)`.

        `then`: the tab to go to after success, its controls set from the session.
        """

        def handler(request: gr.Request, event: gr.EventData) -> Updates:
            visit = self.visits.of(request.session_hash)
            went_well = _attempt(visit, step, action, (event._data,))
            updates = self.redraw(visit)
            if went_well and then is not None:
                updates |= self.arrive(visit, step, then) | self.controls(visit)
            return updates

        return handler

    def start(
        self,
        step: Step,
        *,
        hindrance: Callable[[Session], str] | None = None,
        prepare: Action | None = None,
    ) -> Callable[..., Updates]:
        """A handler that says at once that long work begins, if it can.

        `hindrance`: why it cannot, if it is not the step's own work; `prepare(visit, *values)`
        takes in what stands in the controls.
        """

        def handler(request: gr.Request, *values: Any) -> Updates:
            visit = self.visits.of(request.session_hash)
            if why := (hindrance or partial(reason, step=step))(visit.session):
                if hindrance is not None:
                    visit.change(lambda session: fail(session, step, why))
                return self.redraw(visit)
            if prepare is not None and not _attempt(visit, step, prepare, values):
                return self.redraw(visit)
            visit.cancel.clear()
            visit.change(lambda session: begin(session, step))
            waiting = busy_html(Busy(0.0, texts.WAITING))
            return self.redraw(visit) | {self.panels[step].line: waiting}

        return handler

    def work(
        self, step: Step, task: Task, *, then: Step | None = None
    ) -> Callable[..., Iterator[Updates]]:
        """A handler for work that `start` announced; `then` is the tab to go to after success."""

        def handler(request: gr.Request) -> Iterator[Updates]:
            visit = self.visits.of(request.session_hash)
            if visit.session.busy != step:
                return
            for busy in carry_out(visit, step, task):
                yield {self.panels[step].line: busy_html(busy)}
            updates = self.redraw(visit)
            if visit.session.failure is None:
                updates |= self.arrive(visit, step, then)
            yield updates

        return handler

    def arrive(self, visit: Visit, step: Step, then: Step | None) -> Updates:
        """After success: on to the next tab, for who is still here; controls for a new clip."""
        updates: Updates = {}
        if then is not None:
            updates[self.stage] = {**stage_value(visit), "go": [step, then]}
        if step == "clip":
            updates |= self.controls(visit)
        return updates

    def controls(self, visit: Visit) -> Updates:
        """Every control that holds a value of its own, set from the session."""
        updates: Updates = {}
        for _, fresh in self.fresh:
            updates |= fresh(visit.session)
        return updates

    def connect(self, step: Step, task: Task, *, then: Step | None = None) -> None:
        """Wire a tab's primary button to long work, and its Cancel."""
        panel = self.panels[step]
        panel.primary.click(self.start(step), None, self.outputs(), **QUIET).then(
            self.work(step, task, then=then),
            None,
            self.outputs(),
            concurrency_id="work",
            concurrency_limit=WORKERS,
            **QUIET,
        )
        panel.cancel.click(self._stop(step), None, [panel.line], **QUIET)

    def connect_button(
        self,
        step: Step,
        button: gr.Button,
        task: Task,
        *,
        hindrance: Callable[[Session], str],
        prepare: Action | None = None,
        inputs: list[Any] | None = None,
        js: str | None = None,
    ) -> None:
        """Wire another button of a tab to long work, told and cancelled where the tab's own is.

        `js`: what gives the values of `inputs`, where the browser knows them better.
        """
        start = self.start(step, hindrance=hindrance, prepare=prepare)
        button.click(start, inputs, self.outputs(), js=js, **QUIET).then(
            self.work(step, task),
            None,
            self.outputs(),
            concurrency_id="work",
            concurrency_limit=WORKERS,
            **QUIET,
        )

    def _stop(self, step: Step) -> Callable[..., str]:
        def handler(request: gr.Request) -> str:
            visit = self.visits.of(request.session_hash)
            visit.cancel.set()
            return line_html(sentence(visit.session, step)._replace(words=texts.STOPPING))

        return handler


QUIET: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
"""Our own sentences tell how far it is; handlers are no public API."""


def _attempt(visit: Visit, step: Step, action: Action, values: tuple[Any, ...]) -> bool:
    """Whether it went well; if not, the step's sentence says why."""
    try:
        action(visit, *values)
        return True
    except VinpaintError as error:
        words = str(error)
    except Exception:
        log.exception("a handler of %s failed", step)
        words = texts.UNEXPECTED
    visit.change(lambda session: fail(session, step, words))
    return False


def _panel_updates(panel: Panel, session: Session, *, busy: bool) -> Updates:
    why = reason(session, panel.step)
    updates: Updates = {
        panel.primary: gr.Button(
            primary(session, panel.step), interactive=not why, visible=not busy
        ),
        panel.cancel: gr.Button(visible=busy),
    }
    if not busy:
        updates[panel.line] = line_html(sentence(session, panel.step))
    return updates
