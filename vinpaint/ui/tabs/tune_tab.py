"""Step 3, Tune: dilate, blur and smooth the mask, choose the frames, and preview the edge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import gradio as gr

from vinpaint.core import Progress, SettingsError, Span, Tuning
from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.footer import build_panel
from vinpaint.ui.page.outline import trace
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.state import EdgePreview
from vinpaint.ui.tabs.masking import tuned_track


def build_tune_tab(controller: PageController) -> None:
    """Lay out the tab and register its events."""
    default = Tuning()
    dilate = _slider(texts.DILATE, texts.DILATE_HELP, 40, default.dilate_px, 1)
    blur = _slider(texts.BLUR, texts.BLUR_HELP, 20, default.blur_sigma_px, 0.5)
    temporal = _slider(texts.TEMPORAL, texts.TEMPORAL_HELP, 5, default.temporal_sigma_frames, 0.25)
    controller.panels["tune"] = build_panel("tune")
    with gr.Accordion(texts.MORE, open=False, elem_classes="vp-more"):
        matte = gr.Checkbox(default.matte, label=texts.MATTE, info=texts.MATTE_HELP)
        invert = gr.Checkbox(False, label=texts.INVERT)
        first = gr.Slider(0, 1, value=0, step=1, label=texts.FRAMES_FROM)
        last = gr.Slider(0, 1, value=1, step=1, label=texts.FRAMES_TO, info=texts.FRAMES_HELP)

    def draw(session: Session) -> dict[Any, Any]:
        frames = session.clip.clip.frames if session.clip else 2
        tuning, span = session.tuning, session.frames or Span(0, frames)
        limits = {"maximum": max(1, frames - 1), "interactive": frames > 1}
        return {
            dilate: tuning.dilate_px,
            blur: tuning.blur_sigma_px,
            temporal: tuning.temporal_sigma_frames,
            matte: tuning.matte,
            invert: session.invert,
            first: gr.update(value=span.start, **limits),
            last: gr.update(value=span.stop - 1, **limits),
        }

    controller.add_controls(draw)
    inputs = [dilate, blur, temporal, matte, invert, first, last]
    for control in inputs:
        controller.on(control.change, "tune", tune_edge, inputs, trigger_mode="always_last")
    controller.on_primary("tune", preview)


def tune_edge(
    browser: BrowserSession,
    dilate_px: float,
    blur_sigma_px: float,
    temporal_sigma_frames: float,
    matte: bool,
    invert: bool,
    first: float,
    last: float,
) -> None:
    """Store the tuning of the mask, its inversion, and the frames to repair, `last` included."""
    clip = browser.session.clip
    if clip is None:
        return
    if first > last:
        raise SettingsError(texts.FRAMES_ORDER)
    span = Span(int(first), min(int(last) + 1, clip.clip.frames))
    frames = None if span.length == clip.clip.frames else span
    sizes = float(dilate_px), float(blur_sigma_px), float(temporal_sigma_frames)
    tuning = Tuning(*sizes, matte=bool(matte))
    browser.change(lambda session: session.retune(tuning=tuning, invert=invert, frames=frames))


def preview(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
    """Trace the edge of the tuned mask on every frame, for the preview over the playing video."""
    session = browser.session
    path = browser.new_path("edge", ".json")
    trace(tuned_track(session), path, soft=True, progress=progress)
    edge = EdgePreview(session.mask_key(), path)
    return lambda now: replace(now, edge_preview=edge)


def _slider(label: str, info: str, top: float, value: float, step: float) -> gr.Slider:
    return gr.Slider(0, top, value=value, step=step, label=label, info=info)
