"""Step 2, Mask: the warnings about the tracked masks, and the buttons that add what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import gradio as gr
import numpy as np

from vinpaint.core import MaskError, MaskWarning, Painting, Span
from vinpaint.media import write_png
from vinpaint.ui import texts
from vinpaint.ui.page.markup import markup
from vinpaint.ui.page.status import busy_reason
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.marks import paint, pick_object
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.tracked_objects import hidden_of

_MAX_NOTES = 6
_ADD = """
element.addEventListener("click", (event) => {
  const button = event.target.closest("[data-add]");
  if (!button || button.disabled) return;
  const [object, warning] = button.dataset.add.split(":").map(Number);
  trigger("complete", { object, warning });
});
"""


def build_notes() -> gr.HTML:
    """Return the component, which has the event `complete`."""
    return markup(js_on_load=_ADD, elem_id="mask-notes")


def notes_html(session: Session) -> str:
    """Return the warnings as HTML, each with buttons to show and to complete it."""
    found = session.tracked.warnings(hidden_of(session.objects)) if session.tracked else ()
    if not found:
        return ""
    items = "".join(
        f"<li>{_jump(warning)}{_add_button(session, number, warning)}</li>"
        for number, warning in found[:_MAX_NOTES]
    )
    left = len(found) - _MAX_NOTES
    more = f"<p>{texts.NOTES_MORE.format(count=left)}</p>" if left > 0 else ""
    return f'<div class="vp-notes"><h3>{texts.NOTES_TITLE}</h3><ul>{items}</ul>{more}</div>'


def _jump(warning: MaskWarning) -> str:
    frame = warning.missing.frame if warning.missing else warning.span.start
    return (
        f'<button type="button" class="vp-jump" data-go="{frame}">{escape(warning.words)}</button>'
    )


def _add_button(session: Session, number: int, warning: MaskWarning) -> str:
    """Return the button that adds the missing piece; empty if nothing is proposed."""
    if warning.missing is None or session.tracked is None:
        return ""
    index = session.tracked.objects[number].notes.index(warning)
    label = texts.NOTES_ADD.format(frame=warning.missing.frame)
    state = " disabled" if busy_reason(session) else ""
    return (
        f'<button type="button" class="vp-link vp-add" data-add="{number}:{index}"{state}>'
        f"{label}</button>"
    )


def add_missing(browser: BrowserSession, data: Mapping[str, Any]) -> None:
    """Add the missing piece of a warning to the mask of its frame, and mark the step as busy.

    The mask of the frame becomes a painting of the object. Undo removes it. Raises MaskError if the
    warning no longer exists.
    """
    session, number = browser.session, int(data.get("object", 0))
    if why := busy_reason(session):
        raise MaskError(why)
    tracked = session.tracked.objects.get(number) if session.tracked else None
    notes = tracked.notes if tracked else ()
    index = int(data.get("warning", -1))
    piece = notes[index].missing if 0 <= index < len(notes) else None
    if tracked is None or piece is None:
        raise MaskError(texts.NOTES_GONE)
    found = tracked.track.read(Span(piece.frame, piece.frame + 1)).hole[0]
    path = browser.new_path("painted", ".png")
    write_png(path, (found | piece.mask).astype(np.uint8) * 255)
    painting = Painting(piece.frame, str(path))
    browser.cancel.clear()
    browser.change(lambda now: paint(pick_object(now, number), piece.frame, painting).begin("mask"))
