"""Step 4, Fill, before any fill: what other frames show of the hole, and what none does."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import Any

import gradio as gr

from vinpaint import backend
from vinpaint.advice.forecast import build_facts
from vinpaint.advice.wording import describe_forecast
from vinpaint.core import Progress, SettingsError, section
from vinpaint.results.past_runs import past_runs
from vinpaint.results.store import Store
from vinpaint.strategies import AUTO, STRATEGIES, suggest
from vinpaint.ui import texts
from vinpaint.ui.page.controller import Bench
from vinpaint.ui.page.footer import line_html
from vinpaint.ui.page.markup import help_html, markup
from vinpaint.ui.page.outline import trace
from vinpaint.ui.page.status import Line, reason
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.session import Session, fresh_outlook, job, looked, mask_key
from vinpaint.ui.session.state import Outlook
from vinpaint.ui.session.tracked_objects import hidden_of
from vinpaint.ui.session.uploads import visit_clip
from vinpaint.ui.tabs.masking import edge_track
from vinpaint.ui.tabs.prompt import takes_prompt
from vinpaint.ui.tabs.unseen import Part


def build_outlook(bench: Bench) -> None:
    """The button that looks ahead, and what it found. The work is told where Repair's is."""
    look = gr.Button(texts.LOOK, elem_id="look-ahead")
    told = markup(elem_id="outlook")

    def draw(session: Session) -> dict[Any, Any]:
        can = not reason(session, "fill")
        todo = fresh_outlook(session) is None
        return {look: gr.Button(interactive=can, visible=todo), told: outlook_html(session)}

    def wire() -> None:
        task = partial(forecast_job, bench.store)
        bench.connect_button("fill", look, task, hindrance=partial(reason, step="fill"))

    bench.parts.append(([look, told], draw))
    bench.wire.append(wire)


def forecast_job(store: Store, visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """Forecast the fill, draw both parts of the hole for every frame, and look around it.

    `store`: where this machine's past runs are kept, which tell how long one takes.
    """
    session = visit.session
    clip = visit_clip(session)
    if session.found is None:
        raise SettingsError(texts.FILL_NO_MASK)
    found = session.found.track(hidden_of(session.objects))
    track = edge_track(session, clip, session.found)
    if found is None or track is None:
        raise SettingsError(texts.MASK_ALL_HIDDEN)
    wanted = job(session)
    forecast = backend.forecast_job(wanted, mask_track=found, progress=section(progress, 0.0, 0.75))
    around = None
    if takes_prompt(AUTO):
        around = backend.describe_surroundings(wanted, found, progress=section(progress, 0.75, 0.8))
    paths = visit.place("outlook", ".json"), visit.place("outlook", ".json")
    for path, unseen, start in zip(paths, (False, True), (0.8, 0.9), strict=True):
        told = section(progress, start, start + 0.1)
        trace(Part(track, forecast, unseen), path, soft=False, progress=told)
    outlook = Outlook(mask_key(session), forecast, *paths, past_runs(store), around)
    return lambda now: looked(now, outlook)


def outlook_html(session: Session) -> str:
    """What was found, in sentences, with what the colours on the stage mean."""
    outlook = fresh_outlook(session)
    if outlook is None:
        if session.outlook is not None:
            return line_html(Line("stale", texts.LOOK_STALE))
        return help_html(texts.LOOK_HELP)
    facts = build_facts(outlook.forecast, job(session).fill)
    first, *more = describe_forecast(facts)
    if session.fill.strategy == AUTO:
        choice = suggest(facts, job(session).fill.generation)
        title = STRATEGIES[choice.strategy].title
        more.append(texts.AUTO_TAKES.format(strategy=title, because=choice.fit.because))
    legend = "".join(
        f'<span><i class="vp-shade-{number}"></i>{escape(words)}</span>'
        for number, words in enumerate(texts.LOOK_LEGEND, 1)
    )
    rest = help_html(" ".join(more)) if more else ""
    return f'{line_html(Line("done", first))}<p class="vp-legend">{legend}</p>{rest}'
