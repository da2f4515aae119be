"""Step 1, Clip: upload a video or choose an example, and show its properties."""

from __future__ import annotations

from html import escape
from pathlib import Path

import gradio as gr

from vinpaint.results.pages.evidence import facts_list, notes_html
from vinpaint.ui import texts
from vinpaint.ui.examples import EXAMPLES
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.footer import build_panel
from vinpaint.ui.page.formatting import clip_facts
from vinpaint.ui.page.markup import help_line, markup
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.uploads import MAX_UPLOAD_TEXT, take_example, take_upload, use_opened
from vinpaint.ui.tabs.artifacts import build_artifacts

_PICK = """
element.addEventListener("click", (event) => {
  const card = event.target.closest("[data-example]");
  if (card) trigger("pick", { name: card.dataset.example });
});
"""


def build_clip_tab(controller: PageController) -> None:
    """Lay out the tab and register its events."""
    upload = gr.UploadButton(
        texts.UPLOAD, file_types=["video", ".mkv", ".gif"], elem_id="upload", variant="secondary"
    )
    help_line(texts.UPLOAD_HELP.format(size=MAX_UPLOAD_TEXT))
    facts = markup(elem_id="facts")
    controller.panels["clip"] = build_panel("clip")
    build_artifacts(controller)
    cards = markup(cards_html(), js_on_load=_PICK, elem_id="examples", visible=bool(EXAMPLES))

    def take(browser: BrowserSession, path: str | None) -> None:
        if path:
            take_upload(browser, Path(path))

    def pick(browser: BrowserSession, data: dict[str, str]) -> None:
        take_example(browser, data["name"])

    controller.add_view(lambda session: {facts: facts_html(session)})
    controller.on(upload.upload, "clip", take, upload)
    controller.on_data(cards.pick, "clip", pick)
    controller.on_primary("clip", use_opened, then="mask")


def facts_html(session: Session) -> str:
    """Return the properties of the opened clip, with notes on anything unusual, as HTML."""
    opened = session.opened
    if opened is None:
        return ""
    name = escape(opened.name)
    facts, notes = facts_list(clip_facts(opened.clip)), notes_html(opened.clip.notes)
    return f'<h3 class="vp-name" title="{name}">{name}</h3>{facts}{notes}'


def cards_html() -> str:
    """Return a card with an image for each example, as HTML."""
    cards = "".join(
        f'<button type="button" class="vp-card" data-example="{escape(name)}">'
        f'<img src="example/{escape(name)}.jpg" alt="" loading="lazy">'
        f"<span><b>{escape(one.title)}</b><small>{escape(one.sentence)}</small></span></button>"
        for name, one in EXAMPLES.items()
    )
    return f'<h3 class="vp-over-cards">{texts.EXAMPLES}</h3><div class="vp-cards">{cards}</div>'
