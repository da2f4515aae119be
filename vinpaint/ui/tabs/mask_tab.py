"""Step 2, Mask: mark the thing on a frame, follow it through the clip, mend it where it is off."""

from __future__ import annotations

from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import gradio as gr

from vinpaint import masks
from vinpaint.core import (
    BoxPrompt,
    Click,
    Keyframe,
    MaskError,
    Painting,
    Progress,
    Prompt,
    Shadow,
    TextPrompt,
    section,
)
from vinpaint.media import find_cuts
from vinpaint.ui import texts
from vinpaint.ui.page.controller import QUIET, Bench
from vinpaint.ui.page.footer import build_panel
from vinpaint.ui.page.markup import help_html, help_line, markup
from vinpaint.ui.page.outline import trace
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.marks import add, clear, drop_kind, interpolated, undo
from vinpaint.ui.session.session import Session, followed, is_fresh, tracker_options
from vinpaint.ui.session.tracked_objects import (
    Found,
    Note,
    Part,
    by_object,
    follow_offered,
    hidden_of,
)
from vinpaint.ui.session.uploads import visit_clip
from vinpaint.ui.tabs import masking
from vinpaint.ui.tabs.detectors import build_finders, build_tracker
from vinpaint.ui.tabs.objects import build_objects

_CUTS_SHARE = 0.1
_TRACK_SHARE, _CHECK_SHARE = 0.8, 0.1
"""How much of an object's bar is tracking and checking; the rest draws the outline."""
_NOTES_SHOWN = 6
_FOLLOWED = BoxPrompt | Click | Keyframe | Painting | TextPrompt
"""What is followed can be lost; regions, captions and finished masks are where they are."""


def build_mask_tab(bench: Bench) -> None:
    """Lay out the tab and wire it."""
    build_objects(bench)
    tool = gr.Radio(
        texts.TOOLS, value="add", label=texts.TOOL_LABEL, elem_id="tool", container=False
    )
    hint = markup(_hint("add"), elem_id="tool-hint")
    with gr.Row(elem_classes="vp-pair"):
        undo_button = gr.Button(texts.UNDO, elem_id="undo", interactive=False, min_width=60)
        clear_button = gr.Button(texts.CLEAR, elem_id="clear", interactive=False, min_width=60)
    bench.panels["mask"] = build_panel("mask")
    notes = markup(elem_id="mask-notes")
    build_finders(bench)
    with gr.Accordion(texts.MORE, open=False, elem_classes="vp-more"):
        brush = gr.Slider(1, 128, value=12, step=1, label=texts.BRUSH_SIZE, elem_id="brush")
        keys = gr.Checkbox(False, label=texts.KEYFRAMES, info=texts.KEYFRAMES_HELP, elem_id="keys")
        shadow = gr.Checkbox(False, label=texts.SHADOW, info=texts.SHADOW_HELP, elem_id="shadow")
        resize = gr.Checkbox(False, label=texts.MASK_RESIZE, elem_id="mask-resize")
        upload = gr.UploadButton(
            texts.MASK_UPLOAD, file_types=["video", "image", ".mkv", ".json"], elem_id="mask-upload"
        )
        help_line(texts.MASK_UPLOAD_HELP)
        build_tracker(bench)
        save = markup(elem_id="save-mask")

    def draw(session: Session) -> dict[Any, Any]:
        return {
            undo_button: gr.Button(interactive=bool(session.history)),
            clear_button: gr.Button(interactive=bool(session.prompts)),
            notes: notes_html(session),
            keys: session.interpolate,
            shadow: Shadow(session.active) in session.prompts,
            save: save_html(session),
        }

    def wire() -> None:
        tool.change(_hint, tool, hint, js=_JS_TOOL, **QUIET)
        brush.change(None, brush, None, js="(radius) => window.vinpaint.brush(radius / 2)")
        _wire_stage(bench)
        undo_button.click(_step(bench, undo), None, bench.outputs(), **QUIET)
        clear_button.click(_step(bench, clear), None, bench.outputs(), **QUIET)
        keys.input(bench.quick("mask", _set_keys), keys, bench.outputs(), **QUIET)
        shadow.input(bench.quick("mask", _set_shadow), shadow, bench.outputs(), **QUIET)
        given = [upload, resize]
        upload.upload(bench.quick("mask", _take_mask), given, bench.outputs(), **QUIET)
        bench.connect("mask", follow)

    bench.parts.append(([undo_button, clear_button, notes, keys, shadow, save], draw))
    bench.wire.append(wire)


_JS_TOOL = "(tool) => { window.vinpaint.tool(tool); return tool; }"


def follow(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """Track every object whose marks have changed; the others are kept as they were found."""
    session = visit.session
    marked = by_object(session.prompts)
    wanted = [number for number in marked if number not in hidden_of(session.objects)]
    if not wanted:
        raise MaskError(texts.MASK_ALL_HIDDEN)
    old = session.found
    cuts = old.cuts if old else _cuts(visit, section(progress, 0.0, _CUTS_SHARE))
    parts = {number: old.parts[number] for number in marked if is_fresh(session, number) and old}
    missing = [number for number in wanted if number not in parts]
    for i, number in enumerate(missing):
        share = (1 - _CUTS_SHARE) / len(missing)
        told = section(progress, _CUTS_SHARE + i * share, _CUTS_SHARE + (i + 1) * share)
        parts[number] = _follow_one(visit, marked[number], cuts, told)
    found = Found(parts, session.tracker, cuts)
    return lambda now: followed(now, found)


def _cuts(visit: Visit, progress: Progress) -> tuple[int, ...]:
    with visit_clip(visit.session).reopen() as clip:
        return find_cuts(clip, progress=progress)


def _follow_one(
    visit: Visit, prompts: tuple[Prompt, ...], cuts: tuple[int, ...], progress: Progress
) -> Part:
    checked = _TRACK_SHARE + _CHECK_SHARE
    options = tracker_options(visit.session)
    with visit_clip(visit.session).reopen() as clip:
        told = section(progress, 0.0, _TRACK_SHARE)
        offers = visit.session.offers
        tracks, left = follow_offered(clip, prompts, offers, options=options, progress=told)
        if left:
            tracks.append(masks.find(clip, left, options=options, progress=told))
        track = masks.union(tracks)
        told = section(progress, _TRACK_SHARE, checked)
        followed_ones = any(isinstance(prompt, _FOLLOWED) for prompt in prompts)
        flags = masks.check_mask(clip, track, cuts=cuts, progress=told) if followed_ones else ()
    path = visit.place("found", ".json")
    areas = trace(track, path, soft=False, progress=section(progress, checked, 1.0))
    notes = tuple(Note(flag.span, flag.words, flag.severity) for flag in flags)
    return Part(prompts, track, path, areas, notes)


def notes_html(session: Session) -> str:
    """What the followed mask says about itself, each with a way to its frames."""
    notes = session.found.notes(hidden_of(session.objects)) if session.found else ()
    if not notes:
        return ""
    items = "".join(
        f'<li><button type="button" class="vp-jump" data-go="{note.span.start}">'
        f"{escape(note.words)}</button></li>"
        for note in notes[:_NOTES_SHOWN]
    )
    left = len(notes) - _NOTES_SHOWN
    more = f"<p>{texts.NOTES_MORE.format(count=left)}</p>" if left > 0 else ""
    return f'<div class="vp-notes"><h3>{texts.NOTES_TITLE}</h3><ul>{items}</ul>{more}</div>'


def save_html(session: Session) -> str:
    """Ways to have the followed mask as a file; the stage's script knows the address."""
    if session.found is None:
        return ""
    buttons = " ".join(
        f'<button type="button" class="vp-link" data-save="{kind}">{words}</button>'
        for kind, words in texts.SAVE_KINDS
    )
    return f'<p class="vp-help">{texts.SAVE_MASK} {buttons}</p>'


def _wire_stage(bench: Bench) -> None:
    stage = bench.stage
    for event, action in (
        (stage.point, masking.click),
        (stage.area, masking.area),
        (stage.stroke, masking.stroke),
    ):
        event(bench.drawn("mask", action), None, bench.outputs(), **QUIET)


def _step(bench: Bench, transition: Callable[[Session], Session]) -> Callable[..., Any]:
    def action(visit: Visit) -> None:
        visit.change(transition)

    return bench.quick("mask", action)


def _set_keys(visit: Visit, on: bool) -> None:
    visit.change(lambda session: interpolated(session, on))


def _set_shadow(visit: Visit, on: bool) -> None:
    visit.change(
        lambda session: add(session, Shadow()) if on else drop_kind(session, Shadow().kind)
    )


def _take_mask(visit: Visit, path: str | None, resize: bool) -> None:
    if path is None:
        raise MaskError(texts.MASK_UPLOAD_HELP)
    masking.finished_mask(visit, Path(path), resize=resize)


def _hint(tool: str) -> str:
    return help_html(texts.TOOL_HELP[tool])
