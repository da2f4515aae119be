"""Step 2, Mask: mark objects on a frame, track them through the clip, and correct the mask."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from vinpaint import masks
from vinpaint.core import MaskError, Progress, Prompt, Shadow, section
from vinpaint.media import find_cuts
from vinpaint.pipeline.mask_check import check_found_mask
from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.footer import build_panel
from vinpaint.ui.page.markup import help_html, help_line, markup
from vinpaint.ui.page.outline import trace
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.marks import add, clear, current_click, drop_kind, set_interpolation, undo
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.tracked_objects import (
    TrackedObject,
    TrackedObjects,
    by_object,
    hidden_of,
    track_detections,
)
from vinpaint.ui.tabs import masking
from vinpaint.ui.tabs.detectors import build_detectors, build_missing, build_tracker
from vinpaint.ui.tabs.mask_notes import add_missing, build_notes, notes_html
from vinpaint.ui.tabs.objects import build_objects

_CUTS_SHARE = 0.1
_TRACK_SHARE, _CHECK_SHARE = 0.8, 0.1
"""Shares of an object's progress for tracking and checking. The rest is for the outline."""
_JS_TOOL = "(tool) => { window.vinpaint.tool(tool); return tool; }"


def build_mask_tab(controller: PageController) -> None:
    """Lay out the tab and register its events."""
    build_objects(controller)
    tool = gr.Radio(
        texts.TOOLS, value="add", label=texts.TOOL_LABEL, elem_id="tool", container=False
    )
    hint = markup(_hint("add"), elem_id="tool-hint")
    with gr.Row(elem_classes="vp-pair"):
        undo_button = gr.Button(texts.UNDO, elem_id="undo", interactive=False, min_width=60)
        clear_button = gr.Button(texts.CLEAR, elem_id="clear", interactive=False, min_width=60)
    with gr.Row(elem_classes="vp-pair", visible=False) as levels:
        smaller_button = gr.Button(texts.SMALLER, elem_id="smaller", min_width=60)
        larger_button = gr.Button(texts.LARGER, elem_id="larger", min_width=60)
    controller.panels["mask"] = build_panel("mask")
    notes = build_notes()
    build_detectors(controller)
    with gr.Accordion(texts.MORE, open=False, elem_classes="vp-more"):
        brush = gr.Slider(1, 128, value=12, step=1, label=texts.BRUSH_SIZE, elem_id="brush")
        keys = gr.Checkbox(False, label=texts.KEYFRAMES, info=texts.KEYFRAMES_HELP, elem_id="keys")
        shadow = gr.Checkbox(False, label=texts.SHADOW, info=texts.SHADOW_HELP, elem_id="shadow")
        resize = gr.Checkbox(False, label=texts.MASK_RESIZE, elem_id="mask-resize")
        upload = gr.UploadButton(
            texts.MASK_UPLOAD, file_types=["video", "image", ".mkv", ".json"], elem_id="mask-upload"
        )
        help_line(texts.MASK_UPLOAD_HELP)
        build_missing(controller)
        build_tracker(controller)
        save = markup(elem_id="save-mask")

    def draw(session: Session) -> dict[Any, Any]:
        return {
            undo_button: gr.update(interactive=bool(session.history)),
            clear_button: gr.update(interactive=bool(session.prompts)),
            levels: gr.update(visible=has_levels(session)),
            notes: notes_html(session),
            keys: session.interpolate,
            shadow: Shadow(session.active) in session.prompts,
            save: save_html(session),
        }

    controller.add_view(draw)
    tool.change(_hint, tool, hint, js=_JS_TOOL, show_progress="hidden", api_visibility="private")
    brush.change(None, brush, None, js="(radius) => window.vinpaint.brush(radius / 2)")
    controller.on_data(controller.stage.point, "mask", masking.click)
    controller.on_data(controller.stage.area, "mask", masking.area)
    controller.on_data(controller.stage.stroke, "mask", masking.stroke)
    controller.on(undo_button.click, "mask", lambda browser: browser.change(undo))
    controller.on(clear_button.click, "mask", lambda browser: browser.change(clear))
    controller.on(smaller_button.click, "mask", masking.smaller)
    controller.on(larger_button.click, "mask", masking.larger)
    controller.on(keys.input, "mask", _set_keyframes, keys)
    controller.on(shadow.input, "mask", _set_shadow, shadow)
    controller.on(upload.upload, "mask", _take_mask, [upload, resize])
    controller.on_primary("mask", follow)
    controller.on_data(notes.complete, "mask", add_missing, task=follow)


def has_levels(session: Session) -> bool:
    """Return whether the region of the current click can be made larger or smaller."""
    return current_click(session) is not None and masks.has_levels(session.tracker_options())


def follow(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
    """Track all visible objects whose prompts have changed. Other tracked objects are kept."""
    session = browser.session
    prompts = by_object(session.prompts)
    wanted = [number for number in prompts if number not in hidden_of(session.objects)]
    if not wanted:
        raise MaskError(texts.MASK_ALL_HIDDEN)
    old = session.tracked
    if old:
        cuts = old.cuts
    else:
        with session.clip_in_use().reopen() as clip:
            cuts = find_cuts(clip, progress=section(progress, 0.0, _CUTS_SHARE))
    objects = {n: old.objects[n] for n in prompts if old and session.is_current(n)}
    missing = [number for number in wanted if number not in objects]
    for i, number in enumerate(missing):
        share = (1 - _CUTS_SHARE) / len(missing)
        part = section(progress, _CUTS_SHARE + i * share, _CUTS_SHARE + (i + 1) * share)
        objects[number] = _track_object(browser, prompts[number], cuts, part)
    tracked = TrackedObjects(objects, session.tracker, cuts)
    return lambda now: now.with_tracked(tracked)


def _track_object(
    browser: BrowserSession, prompts: tuple[Prompt, ...], cuts: tuple[int, ...], progress: Progress
) -> TrackedObject:
    """Track one object through the clip, check its mask, and trace its outline."""
    session, checked = browser.session, _TRACK_SHARE + _CHECK_SHARE
    options, detections = session.tracker_options(), session.detections
    with session.clip_in_use().reopen() as clip:
        part = section(progress, 0.0, _TRACK_SHARE)
        tracks, left = track_detections(clip, prompts, detections, options=options, progress=part)
        if left:
            tracks.append(masks.find(clip, left, options=options, progress=part))
        track = masks.union(tracks)
        part = section(progress, _TRACK_SHARE, checked)
        notes = check_found_mask(clip, prompts, track, cuts=cuts, progress=part)
    path = browser.new_path("found", ".json")
    areas = trace(track, path, soft=False, progress=section(progress, checked, 1.0))
    return TrackedObject(prompts, track, path, areas, notes)


def save_html(session: Session) -> str:
    """Return buttons that download the tracked mask, as HTML. A script adds their URL."""
    if session.tracked is None:
        return ""
    buttons = " ".join(
        f'<button type="button" class="vp-link" data-save="{kind}">{label}</button>'
        for kind, label in texts.SAVE_KINDS
    )
    return f'<p class="vp-help">{texts.SAVE_MASK} {buttons}</p>'


def _set_keyframes(browser: BrowserSession, on: bool) -> None:
    browser.change(lambda session: set_interpolation(session, on))


def _set_shadow(browser: BrowserSession, on: bool) -> None:
    browser.change(
        lambda session: add(session, Shadow()) if on else drop_kind(session, Shadow().kind)
    )


def _take_mask(browser: BrowserSession, path: str | None, resize: bool) -> None:
    if path is None:
        raise MaskError(texts.MASK_UPLOAD_HELP)
    masking.finished_mask(browser, Path(path), resize=resize)


def _hint(tool: str) -> str:
    return help_html(texts.TOOL_HELP[tool])
