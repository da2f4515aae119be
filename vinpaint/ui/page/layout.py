"""The whole page: head, steps, stage, controls, evidence."""

from __future__ import annotations

import gradio as gr

from vinpaint.core import VinpaintError
from vinpaint.results.store import Store
from vinpaint.ui import texts
from vinpaint.ui.page.controller import QUIET, Bench, Updates
from vinpaint.ui.page.header import build_header, build_run_count
from vinpaint.ui.page.stage import build_stage
from vinpaint.ui.session.browser_sessions import Visit, Visits
from vinpaint.ui.session.session import fail
from vinpaint.ui.session.state import STEPS
from vinpaint.ui.session.uploads import start_with_example
from vinpaint.ui.tabs.clip_tab import build_clip_tab
from vinpaint.ui.tabs.fill_tab import build_fill_tab
from vinpaint.ui.tabs.mask_tab import build_mask_tab
from vinpaint.ui.tabs.result_tab import build_evidence, build_result_tab
from vinpaint.ui.tabs.tune_tab import build_tune_tab

_UPLOADS_GO_AFTER = (3600, 3600)
"""Seconds: how often to look for uploads that no handler took along, and how old they may be."""

_TABS = {
    "clip": build_clip_tab,
    "mask": build_mask_tab,
    "tune": build_tune_tab,
    "fill": build_fill_tab,
    "result": build_result_tab,
}


def build_page(visits: Visits, store: Store, *, example: str | None = None) -> gr.Blocks:
    """The app as Gradio Blocks. `example`: the clip that a new visit starts with."""
    options = {"analytics_enabled": False, "delete_cache": _UPLOADS_GO_AFTER, "fill_width": True}
    with gr.Blocks(title=texts.TITLE, **options) as page:
        build_header()
        with gr.Row(elem_id="bench", equal_height=False):
            stage = build_stage()
            with gr.Tabs(elem_id="steps", selected="clip"):
                bench = Bench(visits, store, stage)
                for step in STEPS:
                    with gr.Tab(texts.STEP_NAMES[step], id=step, elem_id=f"tab-{step}"):
                        _TABS[step](bench)
            build_evidence(bench)
            build_run_count(bench)
        for wire in bench.wire:
            wire()
        _wire_visit(page, bench, example)
    return page


def _wire_visit(page: gr.Blocks, bench: Bench, example: str | None) -> None:
    def welcome(request: gr.Request) -> Updates:
        visit = bench.visits.of(request.session_hash)
        if example is None or visit.session.clip is not None:
            return bench.redraw(visit)
        return _welcome(bench, visit, example)

    def leave(request: gr.Request) -> None:
        bench.visits.leave(request.session_hash)

    page.load(welcome, None, bench.outputs(), **QUIET)
    page.unload(leave)


def _welcome(bench: Bench, visit: Visit, example: str) -> Updates:
    """The page for a visit that starts with an example, marked and ready to be followed."""
    try:
        start_with_example(visit, example)
    except VinpaintError as error:
        words = str(error)
        visit.change(lambda session: fail(session, "clip", words))
        return bench.redraw(visit)
    return bench.redraw(visit) | bench.arrive(visit, "clip", "mask")
