"""Step 3, Tune: grow, soften and steady the edge; which frames; and the edge in motion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import gradio as gr

from vinpaint.core import Progress, SettingsError, Span, Tuning
from vinpaint.ui import texts
from vinpaint.ui.page.controller import QUIET, Bench
from vinpaint.ui.page.footer import build_panel
from vinpaint.ui.page.outline import trace
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.session import Session, edged, retune
from vinpaint.ui.session.state import Edge
from vinpaint.ui.session.tracked_objects import hidden_of
from vinpaint.ui.session.uploads import visit_clip
from vinpaint.ui.tabs.masking import edge_track


def build_tune_tab(bench: Bench) -> None:
    """Lay out the tab and wire it. The sliders start where the Tuning dataclass does."""
    plain = Tuning()
    dilate = _slider(texts.DILATE, texts.DILATE_HELP, 40, plain.dilate_px, 1)
    blur = _slider(texts.BLUR, texts.BLUR_HELP, 20, plain.blur_sigma_px, 0.5)
    temporal = _slider(texts.TEMPORAL, texts.TEMPORAL_HELP, 5, plain.temporal_sigma_frames, 0.25)
    bench.panels["tune"] = build_panel("tune")
    with gr.Accordion(texts.MORE, open=False, elem_classes="vp-more"):
        matte = gr.Checkbox(plain.matte, label=texts.MATTE, info=texts.MATTE_HELP)
        invert = gr.Checkbox(False, label=texts.INVERT)
        first = gr.Slider(0, 1, value=0, step=1, label=texts.FRAMES_FROM)
        last = gr.Slider(0, 1, value=1, step=1, label=texts.FRAMES_TO, info=texts.FRAMES_HELP)
    inputs = [dilate, blur, temporal, matte, invert, first, last]

    def fresh(session: Session) -> dict[Any, Any]:
        frames = session.clip.clip.frames if session.clip else 2
        tuning, span = session.tuning, session.frames or Span(0, frames)
        one = frames < 2
        return {
            dilate: tuning.dilate_px,
            blur: tuning.blur_sigma_px,
            temporal: tuning.temporal_sigma_frames,
            matte: tuning.matte,
            invert: session.invert,
            first: gr.Slider(maximum=max(1, frames - 1), value=span.start, interactive=not one),
            last: gr.Slider(maximum=max(1, frames - 1), value=span.stop - 1, interactive=not one),
        }

    def wire() -> None:
        for part in inputs:
            part.change(
                bench.quick("tune", tune_edge),
                inputs,
                bench.outputs(),
                trigger_mode="always_last",
                **QUIET,
            )
        bench.connect("tune", preview)

    bench.fresh.append((inputs, fresh))
    bench.wire.append(wire)


def tune_edge(
    visit: Visit,
    dilate_px: float,
    blur_sigma_px: float,
    temporal_sigma_frames: float,
    matte: bool,
    invert: bool,
    first: float,
    last: float,
) -> None:
    """The sliders moved."""
    clip = visit.session.clip
    if clip is None:
        return
    if first > last:
        raise SettingsError(texts.FRAMES_ORDER)
    span = Span(int(first), min(int(last) + 1, clip.clip.frames))
    frames = None if span.length == clip.clip.frames else span
    sizes = float(dilate_px), float(blur_sigma_px), float(temporal_sigma_frames)
    tuning = Tuning(*sizes, matte=bool(matte))
    visit.change(lambda session: retune(session, tuning=tuning, invert=invert, frames=frames))


def preview(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """Draw the tuned edge of every frame, so that it can be watched in motion."""
    session = visit.session
    clip = visit_clip(session)
    if session.found is None:
        raise SettingsError(texts.TUNE_NO_MASK)
    path = visit.place("edge", ".json")
    track = edge_track(session, clip, session.found)
    if track is None:
        raise SettingsError(texts.MASK_ALL_HIDDEN)
    trace(track, path, soft=True, progress=progress)
    hidden = hidden_of(session.objects)
    edge = Edge(session.found, session.tuning, session.invert, session.frames, path, hidden)
    return lambda now: edged(now, edge)


def _slider(label: str, info: str, top: float, value: float, step: float) -> gr.Slider:
    return gr.Slider(0, top, value=value, step=step, label=label, info=info)
