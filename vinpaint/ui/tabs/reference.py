"""Step 4, Fill: the reference (a clean frame, an image or a clone source), and a preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, get_args

import gradio as gr

from vinpaint import backend
from vinpaint.core import HOLE_LEVEL, Box, Progress, SettingsError, bounding_box
from vinpaint.ui import texts
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.page.markup import help_html, markup
from vinpaint.ui.page.outline import jpeg
from vinpaint.ui.page.status import blocked_reason
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.session import Session, takes_reference, without_reference
from vinpaint.ui.session.state import CopyFrom, FramePreview
from vinpaint.ui.session.uploads import IMAGE_TYPES, keep_picture
from vinpaint.ui.tabs.masking import tuned_frame

_LONGEST_PX = 1600
_JS_FRAME = "() => window.vinpaint.frame()"
_JS_WITH_FRAME = "(frame, ...others) => [window.vinpaint.frame(), ...others]"
_blocked = partial(blocked_reason, step="fill")


def build_reference(controller: PageController) -> None:
    """Lay out the controls of strategies that copy from a reference, and register their events."""
    frame = gr.Number(0, visible=False, precision=0)  # passes the number of the current frame
    with gr.Column(visible=False, elem_id="copying") as group:
        kind = gr.Radio(texts.COPY_FROM, value="frame", label=texts.COPY_LABEL, elem_id="copy-from")
        use = gr.Button(texts.COPY_FRAME, elem_id="copy-frame")
        upload = gr.UploadButton(
            texts.COPY_PICTURE, file_types=IMAGE_TYPES, elem_id="copy-picture", visible=False
        )
        still = gr.Checkbox(
            False,
            label=texts.COPY_STILL,
            info=texts.COPY_STILL_HELP,
            elem_id="copy-still",
            visible=False,
        )
        with gr.Row(visible=False, elem_classes="vp-pair") as pair:
            whole = {"precision": 0, "min_width": 90}
            right = gr.Number(0, label=texts.COPY_RIGHT, elem_id="copy-right", **whole)
            down = gr.Number(0, label=texts.COPY_DOWN, elem_id="copy-down", **whole)
        about = markup(elem_id="about-copy")
        preview = gr.Button(texts.COPY_PREVIEW, elem_id="copy-preview")

    def draw(session: Session) -> dict[Any, Any]:
        chosen, fill = session.copy_from, session.fill
        dx, dy = fill.clone or (0, 0)
        is_still = bool(fill.reference) and fill.reference_frame is not None
        return {
            group: gr.update(visible=takes_reference(fill)),
            kind: chosen,
            use: gr.update(visible=chosen == "frame"),
            upload: gr.update(visible=chosen == "picture"),
            still: gr.update(visible=chosen == "picture", value=is_still),
            pair: gr.update(visible=chosen == "clone"),
            right: dx,
            down: dy,
            about: help_html(_describe(session)),
            preview: gr.update(interactive=not _blocked(session)),
        }

    controller.add_view(draw)
    on = partial(controller.on, step="fill")
    on(kind.input, action=choose_kind, inputs=kind)
    on(use.click, action=use_frame, inputs=frame, js=_JS_FRAME)
    on(upload.upload, action=take_picture, inputs=upload)
    on(still.input, action=set_still, inputs=[frame, still], js=_JS_WITH_FRAME)
    for event in (right.submit, down.submit, right.blur, down.blur):
        on(event, action=set_clone, inputs=[frame, right, down], js=_JS_WITH_FRAME)
    controller.on_data(controller.stage.pick, "fill", pick)
    controller.on_task(
        preview.click,
        "fill",
        make_preview,
        blocked=_blocked,
        prepare=set_preview_frame,
        inputs=[frame],
        js=_JS_FRAME,
    )


def choose_kind(browser: BrowserSession, kind: CopyFrom) -> None:
    """Choose the kind of reference. The previous reference is removed."""
    if kind not in get_args(CopyFrom):
        raise SettingsError(f"{kind} cannot be copied from; choose a frame, a picture or a place.")
    browser.change(
        lambda now: replace(
            now.with_fill(without_reference(now.fill)), copy_from=kind, clone_source=None
        )
    )


def use_frame(browser: BrowserSession, frame: float) -> None:
    """Use the frame on the stage as the reference."""
    _set_reference(browser, reference_frame=_clamp_frame(browser, frame))


def take_picture(browser: BrowserSession, path: str | None) -> None:
    """Use an uploaded image as the reference. Raises MediaError if it cannot be read."""
    if path is None:
        raise SettingsError(texts.COPY_PICTURE_NONE)
    _set_reference(browser, reference=keep_picture(browser, path, "reference"))


def set_still(browser: BrowserSession, frame: float, on: bool) -> None:
    """Set whether the image is an edited version of the frame on the stage."""
    path = browser.session.fill.reference
    if on and not path:
        raise SettingsError(texts.COPY_PICTURE_NONE)
    number = _clamp_frame(browser, frame) if on else None
    _set_reference(browser, reference=path, reference_frame=number)


def set_clone(
    browser: BrowserSession, frame: float, right: float | None, down: float | None
) -> None:
    """Clone from an offset in pixels, relative to the hole on the frame on the stage."""
    offset = int(right or 0), int(down or 0)
    if offset != (browser.session.fill.clone or (0, 0)):
        _clone_from(browser, _clamp_frame(browser, frame), offset)


def pick(browser: BrowserSession, data: Mapping[str, Any]) -> None:
    """Clone from the place that was clicked on the stage."""
    frame = _clamp_frame(browser, data["frame"])
    hole = _hole_box(browser, frame)
    x, y = (hole.x0 + hole.x1 - 1) // 2, (hole.y0 + hole.y1 - 1) // 2
    _clone_from(browser, frame, (int(data["x"]) - x, int(data["y"]) - y))


def make_preview(browser: BrowserSession, progress: Progress) -> Callable[[Session], Session]:
    """Repair one frame, and return a change that shows it on the stage."""
    session = browser.session
    found = session.tracked_mask()
    cuts = session.tracked.cuts if session.tracked else ()
    wanted, frame = session.job(), session.preview_frame
    picture = backend.preview(wanted, frame, mask_track=found, cuts=cuts, progress=progress)
    path = browser.new_path("seen", ".jpg")
    path.write_bytes(jpeg(picture, longest_px=_LONGEST_PX))
    return lambda now: replace(now, preview=FramePreview(wanted, frame, path))


def set_preview_frame(browser: BrowserSession, frame: float) -> None:
    """Choose the frame to repair as a preview. Raises SettingsError if it has no hole."""
    number = _clamp_frame(browser, frame)
    _hole_box(browser, number)
    browser.update(preview_frame=number)


def _clone_from(browser: BrowserSession, frame: int, offset: tuple[int, int]) -> None:
    if offset == (0, 0):
        raise SettingsError(texts.COPY_ITSELF)
    box = _hole_box(browser, frame).shift(*offset)
    _set_reference(browser, clone=offset, reference_frame=frame)
    browser.change(lambda now: now.with_clone_source(box))


def _set_reference(browser: BrowserSession, **reference: Any) -> None:
    """Replace the reference."""
    browser.change(lambda now: now.with_fill(replace(without_reference(now.fill), **reference)))


def _hole_box(browser: BrowserSession, frame: int) -> Box:
    """Return the bounding box of the hole on a frame. Raises SettingsError if there is none."""
    session = browser.session
    if session.tracked is None:
        raise SettingsError(texts.FILL_NO_MASK)
    hole = bounding_box(tuned_frame(session, session.clip_in_use(), frame) >= HOLE_LEVEL)
    if hole is None:
        raise SettingsError(texts.COPY_NO_HOLE)
    return hole


def _clamp_frame(browser: BrowserSession, frame: float) -> int:
    return max(0, min(int(frame), browser.session.clip_in_use().frames - 1))


def _describe(session: Session) -> str:
    """Return a description of the current reference, or what to do to choose one."""
    fill = session.fill
    frame = fill.reference_frame
    if fill.clone is not None:
        return texts.COPY_CLONED.format(dx=fill.clone[0], dy=fill.clone[1], frame=frame)
    if fill.reference:
        text = texts.COPY_PICTURED if frame is None else texts.COPY_STILLED
        return text.format(name=Path(fill.reference).name[:40], frame=frame)
    if frame is not None:
        return texts.COPY_FRAMED.format(frame=frame)
    return texts.COPY_TODO[session.copy_from]
