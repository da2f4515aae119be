"""Step 5, Result: what is left over of the object, and its addition to the mask with one click."""

from __future__ import annotations

from dataclasses import replace
from html import escape
from typing import Any

import gradio as gr

from vinpaint import backend, masks
from vinpaint.core import MaskFile, ObjectInfo, Progress, Result, SettingsError, no_op, section
from vinpaint.results.pages.evidence import leftover_sentence
from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.markup import line_html, markup
from vinpaint.ui.page.outline import trace
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.marks import with_prompts
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import LeftoverFiles
from vinpaint.ui.session.tracked_objects import TrackedObject
from vinpaint.ui.tabs.span_repair import repair_everything


def build_leftover(controller: PageController) -> None:
    """Lay out the sentence on what is left over, and the button that adds it to the mask."""
    line = markup(elem_id="leftover")
    take = gr.Button(texts.LEFT_TAKE, visible=False, elem_id="take-leftover")

    def draw(session: Session) -> dict[Any, Any]:
        shown = _can_take(session)
        button = gr.update(visible=shown, interactive=session.busy is None)
        return {line: leftover_html(session), take: button}

    controller.add_view(draw)
    controller.on(take.click, "result", take_leftover)


def keep_leftover(
    browser: BrowserSession, result: Result, progress: Progress
) -> LeftoverFiles | None:
    """Write what a repair leaves over to the session's folder, as a mask and as outlines.

    Return None if nothing is left over.
    """
    if result.leftover is None:
        return None
    mask, outline = browser.new_path("leftover", ".mkv"), browser.new_path("leftover", ".json")
    writing, tracing = section(progress, 0.0, 0.5), section(progress, 0.5, 1.0)
    backend.write_track(result.leftover, mask, fps=result.source.fps, progress=writing)
    return LeftoverFiles(
        mask, outline, trace(result.leftover, outline, soft=False, progress=tracing)
    )


def take_leftover(browser: BrowserSession) -> None:
    """Add what the last repair left over to the mask, as an object of its own.

    The file is the object's finished mask, so the object is complete at once and needs no tracking.
    Raises SettingsError if there is nothing to add.
    """
    session = browser.session
    left = leftover_of(session)
    if left is None or not _can_take(session):
        raise SettingsError(texts.LEFT_NONE)
    if session.current_span_repair():  # the new mask applies to all frames of the clip
        repair_everything(browser)
    number = max(one.object_id for one in session.objects) + 1
    prompt = MaskFile(str(left.mask), object_id=number)
    with session.clip_in_use().reopen() as clip:
        track = masks.find(clip, (prompt,), progress=no_op)
    made = TrackedObject((prompt,), track, left.outline, left.areas)

    def added(now: Session) -> Session:
        objects = (*now.objects, ObjectInfo(number, _new_name(now)))
        marked = with_prompts(now, (*now.prompts, prompt), objects)
        if now.tracked is None:
            return marked
        tracked = replace(now.tracked, objects={**now.tracked.objects, number: made})
        return marked.with_tracked(tracked)

    browser.change(added)


def leftover_of(session: Session) -> LeftoverFiles | None:
    """Return the files of what the last repair of the clip in use left over, or None."""
    run = session.last_run()
    return run.leftover if run else None


def leftover_html(session: Session) -> str:
    """Return the gate's sentence on what is left over, or what to do once it was added, as HTML."""
    run = session.last_run()
    sentence = leftover_sentence(run.report) if run else ""
    if not sentence:
        return ""
    if _is_taken(session):
        ready = session.step_state("mask") == "done"
        return line_html("done", texts.LEFT_TAKEN if ready else texts.LEFT_TAKEN_STALE)
    title = f'<h3 class="vp-over-cards">{texts.LEFT_TITLE}</h3>'
    return f'{title}<p class="vp-line vp-stale">{escape(sentence)}</p>'


def _is_taken(session: Session) -> bool:
    left = leftover_of(session)
    files = {one.path for one in session.prompts if isinstance(one, MaskFile)}
    return left is not None and str(left.mask) in files


def _can_take(session: Session) -> bool:
    """Return whether what is left over can be added.

    An inverted mask is not offered it: a further object makes its hole smaller.
    """
    if leftover_of(session) is None or session.tracked is None or session.invert:
        return False
    return bool(session.prompts) and not _is_taken(session)


def _new_name(session: Session) -> str:
    """Return 'Left over', or 'Left over 2' and so on if that object exists."""
    taken = {one.name for one in session.objects}
    names = (texts.LEFT_TITLE, *(f"{texts.LEFT_TITLE} {n}" for n in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)
