"""Step 4, Fill: choose a strategy and its settings, and run the repair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from vinpaint import backend, models
from vinpaint.advice.wording import format_span
from vinpaint.core import Blend, FillSettings, MaskWarning, Progress, SettingsError, section
from vinpaint.results.store import RunFiles, Store
from vinpaint.strategies import AUTO, STRATEGIES, available_strategies
from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.footer import build_panel
from vinpaint.ui.page.markup import help_html, markup
from vinpaint.ui.page.outline import trace
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.model_settings import effective_settings
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import FinishedRepair, InterruptedRepair
from vinpaint.ui.session.tracked_objects import hidden_of
from vinpaint.ui.tabs.advice import build_advice
from vinpaint.ui.tabs.forecast import build_forecast
from vinpaint.ui.tabs.leftover import keep_leftover
from vinpaint.ui.tabs.masking import tuned_track
from vinpaint.ui.tabs.model_options import build_model_options
from vinpaint.ui.tabs.prompt import build_prompt_help, takes_prompt
from vinpaint.ui.tabs.reference import build_reference
from vinpaint.ui.tabs.span_repair import repair_everything, span_repair_job

_REPAIR_SHARE = 0.95
"""Share of the progress for the repair. The rest is for storing the result."""


def build_fill_tab(controller: PageController) -> None:
    """Lay out the tab and register its events."""
    default = FillSettings()
    strategy = gr.Radio(
        _choices(),
        value=default.strategy,
        label=texts.STRATEGY,
        elem_id="strategy",
        container=False,
    )
    about = markup(_about(default), elem_id="about-strategy")
    build_reference(controller)
    prompt = gr.Textbox(label=texts.PROMPT, lines=1, max_lines=4, elem_id="prompt", max_length=2000)
    build_prompt_help(controller, prompt)
    build_forecast(controller)
    build_advice(controller)
    span_line = markup(elem_id="span-repair")
    everything = gr.Button(texts.REPAIR_EVERYTHING, visible=False, elem_id="repair-everything")
    controller.panels["fill"] = build_panel("fill")
    more = _build_more(controller)

    def draw(session: Session) -> dict[Any, Any]:
        span_repair = session.current_span_repair()
        frames = format_span(span_repair.span) if span_repair else ""
        return {
            strategy: gr.update(choices=_choices()),
            about: _about(effective_settings(session.fill)),
            prompt: _prompt(session.fill.strategy),
            span_line: help_html(texts.REPAIRS_SPAN.format(frames=frames)) if frames else "",
            everything: gr.update(visible=bool(frames)),
        }

    def draw_controls(session: Session) -> dict[Any, Any]:
        return {strategy: gr.update(choices=_choices(), value=session.fill.strategy)}

    controller.add_view(draw)
    controller.add_controls(draw_controls)
    inputs = [strategy, prompt, *more]
    for component in inputs:
        controller.on(component.change, "fill", choose, inputs)
    controller.on_primary("fill", partial(repair, controller.store), then="result")
    controller.on(everything.click, "fill", repair_everything)


def _build_more(controller: PageController) -> list[Any]:
    """Lay out the settings under "More"; return their controls in the order of `choose`."""
    default = FillSettings()
    with gr.Accordion(texts.MORE, open=False, elem_classes="vp-more"):
        blend = gr.Radio(
            texts.BLENDS, value=default.blend, label=texts.BLEND, info=texts.BLEND_HELP
        )
        grain = gr.Checkbox(default.match_grain, label=texts.GRAIN, info=texts.GRAIN_HELP)
        seed = gr.Number(
            default.seed, label=texts.SEED, info=texts.SEED_HELP, precision=0, minimum=0
        )
        safe = gr.Checkbox(
            default.commercial_safe, label=texts.SAFE, info=texts.SAFE_HELP, elem_id="safe"
        )
        build_model_options(controller)
        every = gr.Checkbox(
            False, label=texts.MEASURE_ALL, info=texts.MEASURE_ALL_HELP, elem_id="measure-all"
        )
    controls = [seed, blend, grain, safe, every]

    def draw(session: Session) -> dict[Any, Any]:
        fill, all_measures = session.fill, session.measures == "all"
        values = (fill.seed, fill.blend, fill.match_grain, fill.commercial_safe, all_measures)
        return dict(zip(controls, values, strict=True))

    controller.add_controls(draw)
    return controls


def choose(
    browser: BrowserSession,
    strategy: str,
    prompt: str,
    seed: float | None,
    blend: Blend,
    grain: bool,
    safe: bool = False,
    every: bool = False,
) -> None:
    """Store the settings of the fill."""
    if strategy not in (AUTO, *STRATEGIES):
        raise SettingsError(f"There is no strategy named {strategy}; choose one from the list.")

    def changed(session: Session) -> Session:
        fill = replace(
            session.fill,
            strategy=strategy,
            prompt=prompt.strip() if takes_prompt(strategy) else "",
            seed=int(seed or 0),
            blend=blend,
            match_grain=grain,
            commercial_safe=safe,
        )
        return replace(session.with_fill(fill), measures="all" if every else "quick")

    browser.change(changed)


def repair(store: Store, browser: BrowserSession, progress: Progress) -> Callable[..., Session]:
    """Run the session's job and store the result. A stopped repair is resumed."""
    session = browser.session
    if session.clip is None or session.clip.playable is None:
        raise SettingsError(texts.FILL_NO_MASK)
    found, track = session.tracked_mask(), tuned_track(session)
    store.prepare()
    folder = browser.new_folder("run")
    wanted, forecast = session.job(), session.current_forecast()
    todo, repair_progress = wanted, section(progress, 0.0, _REPAIR_SHARE)
    if session.current_span_repair():
        todo = span_repair_job(browser, store, wanted, found, section(repair_progress, 0.0, 0.1))
        repair_progress, forecast = section(repair_progress, 0.1, 1.0), None
    mask, run_id = session.mask_key(), session.repaired_run_id()

    def stopped(finished: int, windows: int) -> None:
        browser.update(interrupted=InterruptedRepair(wanted, mask, run_id, finished, windows))

    result = backend.run(
        todo,
        [folder / "repaired.mp4", folder / "master.mkv"],
        progress=repair_progress,
        mask_track=found if todo is wanted else None,
        known_forecast=forecast.forecast if forecast else None,
        known_warnings=_known_warnings(session) if todo is wanted else (),
        resume=True,
        on_stop=stopped,
    )
    browser.update(interrupted=None)  # the checkpoints have been removed
    outline = browser.new_path("edge", ".json")
    traced = (_REPAIR_SHARE + 1.0) / 2
    trace(track, outline, soft=True, progress=section(progress, _REPAIR_SHARE, traced))
    leftover = keep_leftover(browser, result, section(progress, traced, 1.0))
    report = backend.report(result)
    is_source = session.clip.is_source and todo is wanted  # a span repair starts from a master
    shown = RunFiles(
        session.clip.playable,
        is_source,
        outline,
        leftover.outline if leftover else None,
        session.clip.name,
    )
    saved = store.save(result, shown=shown, report=report, to_json=backend.job_to_json)
    run = FinishedRepair(saved, wanted, store.load(saved).report, leftover)
    return lambda now: now.with_repair(run)


def _known_warnings(session: Session) -> tuple[MaskWarning, ...]:
    """Return the warnings about the tracked masks, which were checked when they were followed."""
    hidden = hidden_of(session.objects)
    return tuple(one for _, one in session.tracked.warnings(hidden)) if session.tracked else ()


def _choices() -> list[tuple[str, str]]:
    """Return the choices of strategies. They can change while the app runs, with new engines."""
    return [(texts.AUTO, AUTO), *((_title(name), name) for name in available_strategies())]


def _title(name: str) -> str:
    """Return the title of a strategy, marked if it is not available on this machine."""
    strategy = STRATEGIES[name]
    absent = not strategy.needs_reference and strategy.missing_requirement(FillSettings(name))
    return texts.NOT_HERE.format(title=strategy.title) if absent else strategy.title


def _about(fill: FillSettings) -> str:
    if fill.strategy == AUTO:
        return help_html(texts.AUTO_HELP)
    strategy = STRATEGIES[fill.strategy]
    more = strategy.missing_requirement(fill)
    known = [models.WEIGHTS[name] for name in strategy.weights(fill) if name in models.WEIGHTS]
    if known and not more:
        facts = "; ".join(models.describe_weights(entry) for entry in known)
        more = texts.WORKS_WITH.format(weights=facts)
    lines = (strategy.best_for, more)
    return "".join(help_html(f"{line.rstrip('.')}.") for line in lines if line)


def _prompt(name: str) -> Any:
    if takes_prompt(name):
        return gr.update(interactive=True, visible=True, info=texts.PROMPT_HELP)
    if not takes_prompt(AUTO):  # no strategy takes a prompt
        return gr.update(value="", visible=False)
    strategy = STRATEGIES[name]
    return gr.update(
        value="",
        interactive=False,
        visible=not strategy.takes_reference,  # the reference replaces the prompt
        info=texts.PROMPT_NONE.format(strategy=strategy.title),
    )
