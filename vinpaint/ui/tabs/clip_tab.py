"""Step 1, Clip: upload a video or pick an example, and see what it is."""

from __future__ import annotations

from html import escape
from pathlib import Path

import gradio as gr

from vinpaint.ui import texts
from vinpaint.ui.examples import EXAMPLES
from vinpaint.ui.page.controller import QUIET, Bench, Updates
from vinpaint.ui.page.footer import build_panel
from vinpaint.ui.page.formatting import facts_of
from vinpaint.ui.page.markup import help_line, markup
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.uploads import MAX_UPLOAD_WORDS, adopt, take_example, take_upload
from vinpaint.ui.tabs.artifacts import build_faults

_PICK = """
element.addEventListener("click", (event) => {
  const card = event.target.closest("[data-example]");
  if (card) trigger("pick", { name: card.dataset.example });
});
"""


def build_clip_tab(bench: Bench) -> None:
    """Lay out the tab and wire it."""
    upload = gr.UploadButton(
        texts.UPLOAD, file_types=["video", ".mkv", ".gif"], elem_id="upload", variant="secondary"
    )
    help_line(texts.UPLOAD_HELP.format(size=MAX_UPLOAD_WORDS))
    facts = markup(elem_id="facts")
    bench.panels["clip"] = build_panel("clip")
    build_faults(bench)
    cards = markup(cards_html(), js_on_load=_PICK, elem_id="examples", visible=bool(EXAMPLES))
    bench.parts.append(([facts], lambda session: _draw(facts, session)))
    bench.wire.append(lambda: _wire(bench, upload, cards))


def _wire(bench: Bench, upload: gr.UploadButton, cards: gr.HTML) -> None:
    def take(visit: Visit, path: str | None) -> None:
        if path:
            take_upload(visit, Path(path))

    def pick(visit: Visit, data: dict[str, str]) -> None:
        take_example(visit, data["name"])

    upload.upload(bench.quick("clip", take), upload, bench.outputs(), **QUIET)
    cards.pick(bench.drawn("clip", pick), None, bench.outputs(), **QUIET)
    bench.connect("clip", adopt, then="mask")


def _draw(facts: gr.HTML, session: Session) -> Updates:
    return {facts: facts_html(session)}


def facts_html(session: Session) -> str:
    """What the clip that is looked at is: a small table, and notes on what is odd in it."""
    loaded = session.offered
    if loaded is None:
        return ""
    rows = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>"
        for name, value in facts_of(loaded.clip).items()
    )
    notes = "".join(f"<li>{escape(note)}</li>" for note in loaded.clip.notes)
    name = escape(loaded.name)
    return f'<h3 class="vp-name" title="{name}">{name}</h3><dl class="vp-facts">{rows}</dl>' + (
        f'<ul class="vp-notes">{notes}</ul>' if notes else ""
    )


def cards_html() -> str:
    """The examples as cards, each with a picture."""
    cards = "".join(
        f'<button type="button" class="vp-card" data-example="{escape(name)}">'
        f'<img src="example/{escape(name)}.jpg" alt="" loading="lazy">'
        f"<span><b>{escape(one.title)}</b><small>{escape(one.sentence)}</small></span></button>"
        for name, one in EXAMPLES.items()
    )
    return f'<h3 class="vp-over-cards">{texts.EXAMPLES}</h3><div class="vp-cards">{cards}</div>'
