"""Step 4, Fill: forecast which pixels of the hole other frames show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from html import escape
from typing import Any

import gradio as gr
import numpy as np

from vinpaint import backend
from vinpaint.advice.forecast import Forecast, build_facts
from vinpaint.advice.wording import describe_forecast
from vinpaint.core import Box, Mask, MaskTrack, Progress, Span, section
from vinpaint.results.past_runs import past_runs
from vinpaint.results.store import Store
from vinpaint.strategies import AUTO, STRATEGIES, suggest
from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.markup import help_html, line_html, markup
from vinpaint.ui.page.outline import trace
from vinpaint.ui.page.status import blocked_reason
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import FillForecast
from vinpaint.ui.tabs.masking import tuned_track
from vinpaint.ui.tabs.prompt import takes_prompt


def build_forecast(controller: PageController) -> None:
    """Lay out the button for the forecast, and its result. The tab's footer shows the progress."""
    look = gr.Button(texts.LOOK, elem_id="look-ahead")
    result = markup(elem_id="forecast")
    blocked = partial(blocked_reason, step="fill")

    def draw(session: Session) -> dict[Any, Any]:
        todo = session.current_forecast() is None
        button = gr.update(interactive=not blocked(session), visible=todo)
        return {look: button, result: forecast_html(session)}

    controller.add_view(draw)
    controller.on_task(look.click, "fill", partial(forecast_job, controller.store), blocked=blocked)


def forecast_job(
    store: Store, browser: BrowserSession, progress: Progress
) -> Callable[..., Session]:
    """Forecast the fill, find what the mask leaves out, trace both parts of the hole.

    The surroundings are measured only if a strategy takes a prompt. `store` provides the timings of
    earlier repairs.
    """
    session = browser.session
    found, track = session.tracked_mask(), tuned_track(session)
    wanted = session.job()
    forecast = backend.forecast_job(wanted, mask_track=found, progress=section(progress, 0.0, 0.55))
    looking = section(progress, 0.55, 0.75)
    left = backend.foresee_leftover(wanted, found, progress=looking)
    around = None
    if takes_prompt(AUTO):
        around = backend.describe_surroundings(wanted, found, progress=section(progress, 0.75, 0.8))
    paths = browser.new_path("forecast", ".json"), browser.new_path("forecast", ".json")
    for path, unseen, start in zip(paths, (False, True), (0.8, 0.9), strict=True):
        part = HolePart(track, forecast, unseen)
        trace(part, path, soft=False, progress=section(progress, start, start + 0.1))
    sentence = " ".join(reason.sentence for reason in left)
    made = FillForecast(session.mask_key(), forecast, *paths, past_runs(store), around, sentence)
    return lambda now: replace(now, fill_forecast=made)


def forecast_html(session: Session) -> str:
    """Return the forecast in sentences, with a legend of the colours on the stage, as HTML."""
    made = session.current_forecast()
    if made is None:
        if session.fill_forecast is not None:
            return line_html("stale", texts.LOOK_STALE)
        return help_html(texts.LOOK_HELP)
    fill = session.job().fill
    facts = build_facts(made.forecast, fill)
    first, *more = describe_forecast(facts)
    if session.fill.strategy == AUTO:
        choice = suggest(facts, fill.generation)
        title = STRATEGIES[choice.strategy].title
        more.append(texts.AUTO_TAKES.format(strategy=title, because=choice.fit.because))
    legend = "".join(
        f'<span><i class="vp-shade-{number}"></i>{escape(text)}</span>'
        for number, text in enumerate(texts.LOOK_LEGEND, 1)
    )
    rest = help_html(" ".join(more)) if more else ""
    left = texts.LOOK_LEFT.format(sentence=made.leftover)
    warning = line_html("stale", left) if made.leftover else ""
    return f'{line_html("done", first)}<p class="vp-legend">{legend}</p>{rest}{warning}'


@dataclass(frozen=True)
class HolePart:
    """A `MaskTrack` of the pixels that no frame shows (if `unseen`), or of all other pixels."""

    track: MaskTrack
    forecast: Forecast
    unseen: bool

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.track.size

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.track.frames

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        whole = self.track.read(span, box=box).values
        crop = box.slices if box else (slice(None), slice(None))
        unseen = np.stack([self.forecast.unseen(frame)[crop] for frame in span.frames])
        return Mask(np.where(unseen == self.unseen, whole, np.float32(0)))

    def bounds(self, frame: int) -> Box | None:
        """See `MaskTrack.bounds`."""
        return self.track.bounds(frame)
