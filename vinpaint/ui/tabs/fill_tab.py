"""Step 4, Fill: choose how, and repair."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Any

import gradio as gr

from vinpaint import backend, models
from vinpaint.advice.wording import format_span
from vinpaint.core import Blend, FillSettings, Progress, SettingsError, Span, section
from vinpaint.results.store import RunFiles, Store
from vinpaint.strategies import AUTO, STRATEGIES, offered
from vinpaint.ui import texts
from vinpaint.ui.page.controller import QUIET, Bench
from vinpaint.ui.page.footer import build_panel
from vinpaint.ui.page.markup import help_html, markup
from vinpaint.ui.page.outline import trace
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.model_settings import taken
from vinpaint.ui.session.session import (
    Session,
    fresh_mending,
    fresh_outlook,
    halt,
    job,
    mask_key,
    mended,
    refill,
    repaired,
    with_reference,
)
from vinpaint.ui.session.state import Halted, Run
from vinpaint.ui.session.tracked_objects import hidden_of
from vinpaint.ui.tabs.advice import build_counsel
from vinpaint.ui.tabs.forecast import build_outlook
from vinpaint.ui.tabs.masking import edge_track
from vinpaint.ui.tabs.model_options import build_generating
from vinpaint.ui.tabs.prompt import build_prompting, takes_prompt
from vinpaint.ui.tabs.reference import build_copying
from vinpaint.ui.tabs.span_repair import leave, mending_job

_RUN_SHARE = 0.95
"""How much of the bar is the repair; the rest keeps the run."""


def build_fill_tab(bench: Bench) -> None:
    """Lay out the tab and wire it; the choices are those of STRATEGIES."""
    plain = FillSettings()
    strategy = gr.Radio(
        _choices(), value=plain.strategy, label=texts.STRATEGY, elem_id="strategy", container=False
    )
    about = markup(_about(plain), elem_id="about-strategy")
    build_copying(bench)
    prompt = gr.Textbox(label=texts.PROMPT, lines=1, max_lines=4, elem_id="prompt", max_length=2000)
    build_prompting(bench, prompt)
    build_outlook(bench)
    build_counsel(bench)
    mends = markup(elem_id="mends")
    whole = gr.Button(texts.MEND_LEAVE, visible=False, elem_id="leave-mending")
    bench.panels["fill"] = build_panel("fill")
    with gr.Accordion(texts.MORE, open=False, elem_classes="vp-more"):
        blend = gr.Radio(texts.BLENDS, value=plain.blend, label=texts.BLEND, info=texts.BLEND_HELP)
        grain = gr.Checkbox(plain.match_grain, label=texts.GRAIN, info=texts.GRAIN_HELP)
        seed = gr.Number(plain.seed, label=texts.SEED, info=texts.SEED_HELP, precision=0, minimum=0)
        safe = gr.Checkbox(
            plain.commercial_safe, label=texts.SAFE, info=texts.SAFE_HELP, elem_id="safe"
        )
        build_generating(bench)
        every = gr.Checkbox(
            False, label=texts.MEASURE_ALL, info=texts.MEASURE_ALL_HELP, elem_id="measure-all"
        )
    inputs = [strategy, prompt, seed, blend, grain, safe, every]

    def draw(session: Session) -> dict[Any, Any]:
        mending = fresh_mending(session)
        return {
            strategy: gr.Radio(choices=_choices()),
            about: _about(taken(session.fill)),
            prompt: _prompt(session.fill.strategy),
            mends: _mends(mending.span) if mending else "",
            whole: gr.Button(visible=mending is not None),
        }

    def fresh(session: Session) -> dict[Any, Any]:
        fill = session.fill
        return {
            strategy: gr.Radio(choices=_choices(), value=fill.strategy),
            seed: fill.seed,
            blend: fill.blend,
            grain: fill.match_grain,
            safe: fill.commercial_safe,
            every: session.measures == "all",
        }

    def wire() -> None:
        for component in inputs:
            component.change(bench.quick("fill", choose), inputs, bench.outputs(), **QUIET)
        bench.connect("fill", partial(repair, bench.store), then="result")
        whole.click(bench.quick("fill", leave), None, bench.outputs(), **QUIET)

    bench.parts.append(([strategy, about, prompt, mends, whole], draw))
    bench.fresh.append(([seed, blend, grain, safe, every], fresh))
    bench.wire.append(wire)


def choose(
    visit: Visit,
    strategy: str,
    prompt: str,
    seed: float | None,
    blend: Blend,
    grain: bool,
    safe: bool = False,
    every: bool = False,
) -> None:
    """The settings changed."""
    if strategy not in (AUTO, *STRATEGIES):
        raise SettingsError(f"{strategy}: there is no such strategy")
    words = prompt.strip() if takes_prompt(strategy) else ""
    fill = FillSettings(strategy, words, int(seed or 0), blend, grain, commercial_safe=safe)

    def changed(session: Session) -> Session:
        told = replace(fill, generation=session.fill.generation)
        filled = refill(session, with_reference(told, session.fill))
        return replace(filled, measures="all" if every else "quick")

    visit.change(changed)


def repair(store: Store, visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """Run the job and keep the run; one that was stopped goes on."""
    session = visit.session
    if session.clip is None or session.clip.before is None or session.found is None:
        raise SettingsError(texts.FILL_NO_MASK)
    clip = session.clip.clip
    found = session.found.track(hidden_of(session.objects))
    track = edge_track(session, clip, session.found)
    if found is None or track is None:
        raise SettingsError(texts.MASK_ALL_HIDDEN)
    store.prepare()
    folder = visit.place("run", "")
    folder.mkdir()
    wanted, outlook = job(session), fresh_outlook(session)
    todo, told = wanted, section(progress, 0.0, _RUN_SHARE)
    if fresh_mending(session):
        todo = mending_job(visit, store, wanted, found, section(told, 0.0, 0.1))
        told, outlook = section(told, 0.1, 1.0), None
    mask, of_run = mask_key(session), mended(session)

    def stopped(finished: int, windows: int) -> None:
        visit.change(lambda now: halt(now, Halted(wanted, mask, of_run, finished, windows)))

    result = backend.run(
        todo,
        [folder / "repaired.mp4", folder / "master.mkv"],
        progress=told,
        mask_track=found if todo is wanted else None,
        known_forecast=outlook.forecast if outlook else None,
        resume=True,
        on_stop=stopped,
    )
    visit.change(lambda now: halt(now, None))  # it ended, so its windows are gone, come what may
    outline = visit.place("edge", ".json")
    trace(track, outline, soft=True, progress=section(progress, _RUN_SHARE, 1.0))
    report = backend.report(result)
    shown = RunFiles(session.clip.before, session.clip.is_source, outline, session.clip.name)
    run_id = store.save(result, shown=shown, report=report, to_json=backend.job_to_json)
    run = Run(run_id, wanted, store.load(run_id).report)
    return lambda now: repaired(now, run)


def _choices() -> list[tuple[str, str]]:
    """What there is to choose from now: engines and models may come while the app runs."""
    return [(texts.AUTO, AUTO), *((_title(name), name) for name in offered())]


def _title(name: str) -> str:
    """The strategy's name for people; said where it cannot work as this machine is."""
    one = STRATEGIES[name]
    absent = not one.needs_reference and one.missing_requirement(FillSettings(name))
    return texts.NOT_HERE.format(title=one.title) if absent else one.title


def _mends(span: Span) -> str:
    return help_html(texts.MENDS.format(frames=format_span(span)))


def _about(fill: FillSettings) -> str:
    if fill.strategy == AUTO:
        return help_html(texts.AUTO_HELP)
    one = STRATEGIES[fill.strategy]
    more = one.missing_requirement(fill)
    known = [models.WEIGHTS[name] for name in one.weights(fill) if name in models.WEIGHTS]
    if known and not more:
        facts = "; ".join(models.describe_weights(entry) for entry in known)
        more = texts.WORKS_WITH.format(weights=facts)
    return "".join(help_html(f"{words.rstrip('.')}.") for words in (one.best_for, more) if words)


def _prompt(name: str) -> Any:
    if takes_prompt(name):
        return gr.Textbox(interactive=True, visible=True, info=texts.PROMPT_HELP)
    if not takes_prompt(AUTO):  # nor does any other
        return gr.Textbox(value="", visible=False)
    strategy = STRATEGIES[name]
    return gr.Textbox(
        value="",
        interactive=False,
        visible=not strategy.takes_reference,  # then the reference says what belongs there
        info=texts.PROMPT_NONE.format(strategy=strategy.title),
    )
