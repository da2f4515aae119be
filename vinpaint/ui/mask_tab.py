"""Step 2, Mask: mark the thing on a frame, then follow it through the clip."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from vinpaint import masks
from vinpaint.errors import MaskError
from vinpaint.types import Progress, part
from vinpaint.ui import masking, texts
from vinpaint.ui.bench import QUIET, Bench
from vinpaint.ui.clips import visit_clip
from vinpaint.ui.markup import help_html, help_line, markup
from vinpaint.ui.outline import trace
from vinpaint.ui.panel import build_panel
from vinpaint.ui.session import Found, Session, clear, followed, undo
from vinpaint.ui.visits import Visit

_TRACK_SHARE = 0.85
"""How much of the bar is tracking; the rest draws the outline."""


def build_mask_tab(bench: Bench) -> None:
    """Lay out the tab and wire it."""
    tool = gr.Radio(
        texts.TOOLS, value="add", label=texts.TOOL_LABEL, elem_id="tool", container=False
    )
    hint = markup(_hint("add"), elem_id="tool-hint")
    with gr.Row(elem_classes="vp-pair"):
        undo_button = gr.Button(texts.UNDO, elem_id="undo", interactive=False, min_width=60)
        clear_button = gr.Button(texts.CLEAR, elem_id="clear", interactive=False, min_width=60)
    bench.panels["mask"] = build_panel("mask")
    with gr.Accordion(texts.MORE, open=False, elem_classes="vp-more"):
        brush = gr.Slider(1, 128, value=12, step=1, label=texts.BRUSH_SIZE, elem_id="brush")
        upload = gr.UploadButton(
            texts.MASK_UPLOAD, file_types=["video", "image", ".mkv"], elem_id="mask-upload"
        )
        help_line(texts.MASK_UPLOAD_HELP)

    def draw(session: Session) -> dict[Any, Any]:
        return {
            undo_button: gr.Button(interactive=bool(session.history)),
            clear_button: gr.Button(interactive=bool(session.prompts)),
        }

    def wire() -> None:
        tool.change(_hint, tool, hint, js=_JS_TOOL, **QUIET)
        brush.change(None, brush, None, js="(radius) => window.vinpaint.brush(radius / 2)")
        _wire_stage(bench)
        undo_button.click(_step(bench, undo), None, bench.outputs(), **QUIET)
        clear_button.click(_step(bench, clear), None, bench.outputs(), **QUIET)
        upload.upload(bench.quick("mask", _take_mask), upload, bench.outputs(), **QUIET)
        bench.connect("mask", follow)

    bench.parts.append(([undo_button, clear_button], draw))
    bench.wire.append(wire)


_JS_TOOL = "(tool) => { window.vinpaint.tool(tool); return tool; }"


def follow(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """Track the marks through the clip, and draw the outline of what was found."""
    session = visit.session
    clip = visit_clip(session).again()
    try:
        track = masks.find(clip, session.prompts, progress=part(progress, 0.0, _TRACK_SHARE))
    finally:
        clip.close()
    path = visit.place("found", ".json")
    areas = trace(track, path, soft=False, progress=part(progress, _TRACK_SHARE, 1.0))
    found = Found(session.prompts, track, path, areas)
    return lambda now: followed(now, found)


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


def _take_mask(visit: Visit, path: str | None) -> None:
    if path is None:
        raise MaskError(texts.MASK_UPLOAD_HELP)
    masking.finished_mask(visit, Path(path))


def _hint(tool: str) -> str:
    return help_html(texts.TOOL_HELP[tool])
