"""Build the whole page: header, stage, tabs and evidence."""

from __future__ import annotations

import gradio as gr

from vinpaint.core import VinpaintError
from vinpaint.results.store import Store
from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController, Updates
from vinpaint.ui.page.header import build_header, build_run_count
from vinpaint.ui.page.stage import build_stage
from vinpaint.ui.session.browser_sessions import BrowserSessions
from vinpaint.ui.session.state import STEPS
from vinpaint.ui.session.uploads import start_with_example
from vinpaint.ui.tabs.clip_tab import build_clip_tab
from vinpaint.ui.tabs.fill_tab import build_fill_tab
from vinpaint.ui.tabs.mask_tab import build_mask_tab
from vinpaint.ui.tabs.result_tab import build_evidence, build_result_tab
from vinpaint.ui.tabs.tune_tab import build_tune_tab

_DELETE_UPLOADS = (3600, 3600)
"""Interval of the search for unused uploads, and their maximum age, in seconds."""

_TABS = {
    "clip": build_clip_tab,
    "mask": build_mask_tab,
    "tune": build_tune_tab,
    "fill": build_fill_tab,
    "result": build_result_tab,
}


def build_page(browsers: BrowserSessions, store: Store, *, example: str | None = None) -> gr.Blocks:
    """Build the app as Gradio Blocks.

    Args:
        browsers: The sessions of the app.
        store: The stored results.
        example: Name of the example that new sessions start with.
    """
    options = {"analytics_enabled": False, "delete_cache": _DELETE_UPLOADS, "fill_width": True}
    with gr.Blocks(title=texts.TITLE, **options) as page:
        build_header()
        with gr.Row(elem_id="workbench", equal_height=False):
            controller = PageController(browsers, store, build_stage())
            with gr.Tabs(elem_id="steps", selected="clip"):
                for step in STEPS:
                    with gr.Tab(texts.STEP_NAMES[step], id=step, elem_id=f"tab-{step}"):
                        _TABS[step](controller)
            build_evidence(controller)
            build_run_count(controller)

        def load(request: gr.Request) -> Updates:
            return _load(controller, request, example)

        def unload(request: gr.Request) -> None:
            browsers.disconnect(request.session_hash)

        controller.on_load(page, load)
        controller.connect_events()
        page.unload(unload)
    return page


def _load(controller: PageController, request: gr.Request, example: str | None) -> Updates:
    """Draw the page for a browser that opens it. A new session starts with the example, if any."""
    browser = controller.browsers.get(request.session_hash)
    if example is None or browser.session.clip is not None:
        return controller.redraw(browser)
    try:
        start_with_example(browser, example)
    except VinpaintError as error:
        message = str(error)
        browser.change(lambda session: session.fail("clip", message))
        return controller.redraw(browser)
    return controller.redraw(browser) | controller.open_tab(browser, "clip", "mask")
