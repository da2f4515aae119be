"""Step 5, Result: the verdict, the scores, downloads and the share link."""

from __future__ import annotations

import os
from html import escape
from typing import Any

import gradio as gr

from vinpaint.results.pages.evidence import scores_html, settings_html, verdict_html
from vinpaint.results.pages.remedies import remedies_html
from vinpaint.results.pages.share import downloads_html
from vinpaint.results.pages.timeline import timeline_html
from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.footer import build_panel
from vinpaint.ui.page.markup import help_line, markup
from vinpaint.ui.page.stage import static
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.session import Session
from vinpaint.ui.tabs.leftover import build_leftover
from vinpaint.ui.tabs.span_repair import follow_up_advice, request_span_repair

_COPY_LINK = """
element.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-copy]")) return;
  const field = element.querySelector("input");
  field.select();
  try { await navigator.clipboard.writeText(field.value); } catch { document.execCommand("copy"); }
  event.target.textContent = event.target.dataset.copied;
});
const showWholeAddress = () => {
  const field = element.querySelector("input");
  if (field) field.value = new URL(field.dataset.path, document.baseURI).href;
};
watch("value", showWholeAddress);
showWholeAddress();
"""

_TIMELINE = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-mend]");
  if (button) trigger("mend", { span: button.dataset.mend.split(",").map(Number) });
  const plot = event.target.closest(".vp-plot");
  if (plot) window.vinpaint.go(frameUnder(plot, event));
});
document.addEventListener("vinpaint-frame", (event) => markNow(element, event.detail));
watch("value", () => markNow(element, window.vinpaint.frame()));
"""


def build_result_tab(controller: PageController) -> None:
    """Lay out the tab and register its events."""
    verdict = markup(elem_id="verdict")
    advice = markup(elem_id="after")
    build_leftover(controller)
    panel = controller.panels["result"] = build_panel("result")
    link = markup(js_on_load=_COPY_LINK, elem_id="share-link")
    downloads = markup(elem_id="downloads")
    # On a hosted space, do not reveal the folders of the server.
    hosted = "SPACE_ID" in os.environ
    kept = texts.KEPT_HOSTED if hosted else texts.KEPT_IN.format(folder=controller.store.root)
    with gr.Accordion(texts.MORE, open=False, elem_classes="vp-more"):
        settings = markup()
        earlier = markup()
        help_line(kept)

    def draw(session: Session) -> dict[Any, Any]:
        run = session.last_run()
        return {
            verdict: verdict_html(run.report) if run else "",
            advice: remedies_html(after) if (after := follow_up_advice(session)) else "",
            downloads: downloads_html(run.id) if run else "",
            link: _link(run.id) if run and session.shared else "",
            settings: settings_html(run.report) if run else "",
            earlier: _earlier(session),
        }

    def share(browser: BrowserSession) -> None:
        browser.update(shared=True)

    controller.add_view(draw)
    controller.on(panel.primary.click, "result", share)


def build_evidence(controller: PageController) -> None:
    """Lay out the timeline and the scores below the stage; they are visible in this step only."""
    evidence = markup(js_on_load=static("timeline.js") + _TIMELINE, elem_id="evidence")

    def draw(session: Session) -> dict[Any, Any]:
        run = session.last_run()
        if run is None:
            return {evidence: ""}
        return {evidence: timeline_html(run.report, mends=True) + scores_html(run.report)}

    controller.add_view(draw)
    controller.on_data(evidence.mend, "result", request_span_repair, then="fill")


def _link(run_id: str) -> str:
    return (
        f'<p class="vp-help">{texts.SHARED}</p><div class="vp-share"><input readonly '
        f'aria-label="{texts.SHARED}" data-path="share/{run_id}" value="share/{run_id}">'
        f'<button type="button" data-copy data-copied="{texts.COPIED}">{texts.COPY}</button></div>'
    )


def _earlier(session: Session) -> str:
    if not session.runs:
        return ""
    items = "".join(
        f'<li><a href="share/{run.id}" target="_blank" rel="noopener">'
        f"{escape(str(run.report.get('source', {}).get('name', '')))}</a></li>"
        for run in reversed(session.runs)
    )
    return f'<h3 class="vp-over-cards">{texts.RUNS}</h3><ol class="vp-runs">{items}</ol>'
