"""What the Fill step copies from: a clean frame, a picture, or another place; and a preview."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any, get_args

import gradio as gr

from vinpaint import backend
from vinpaint.core import HOLE_LEVEL, Box, FillSettings, Progress, SettingsError, bounding_box
from vinpaint.media import read_image
from vinpaint.ui import texts
from vinpaint.ui.page.controller import QUIET, Bench
from vinpaint.ui.page.markup import help_html, markup
from vinpaint.ui.page.outline import jpeg
from vinpaint.ui.page.status import reason
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.session import Session, aimed, copies, copy_from, job, refill
from vinpaint.ui.session.state import CopyFrom, Preview
from vinpaint.ui.session.tracked_objects import hidden_of
from vinpaint.ui.session.uploads import visit_clip
from vinpaint.ui.tabs.masking import tuned_frame

_LONGEST_PX = 1600
_JS_FRAME = "() => window.vinpaint.frame()"
_JS_WITH_FRAME = "(frame, ...others) => [window.vinpaint.frame(), ...others]"
_IMAGES = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"]


@dataclass(frozen=True)
class _Controls:
    """The controls, in the order they stand in. `spot` carries the number of the frame shown."""

    spot: gr.Number
    group: gr.Column
    kind: gr.Radio
    use: gr.Button
    upload: gr.UploadButton
    still: gr.Checkbox
    pair: gr.Row
    right: gr.Number
    down: gr.Number
    about: gr.HTML
    preview: gr.Button

    @property
    def drawn(self) -> list[Any]:
        """Those that follow the session."""
        return [getattr(self, one.name) for one in fields(self) if one.name != "spot"]


def build_copying(bench: Bench) -> None:
    """Lay out the controls of strategies that take a reference, and wire them."""
    controls = _laid_out()
    bench.parts.append((controls.drawn, lambda session: _drawn(controls, session)))
    bench.wire.append(lambda: _wire(bench, controls))


def _laid_out() -> _Controls:
    spot = gr.Number(0, visible=False, precision=0)
    with gr.Column(visible=False, elem_id="copying") as group:
        kind = gr.Radio(
            texts.COPY_FROM, value="frame", label=texts.COPY_LABEL, elem_id="copy-from",
        )  # fmt: skip
        use = gr.Button(texts.COPY_FRAME, elem_id="copy-frame")
        upload = gr.UploadButton(
            texts.COPY_PICTURE, file_types=_IMAGES, elem_id="copy-picture", visible=False
        )
        still = gr.Checkbox(
            False, label=texts.COPY_STILL, info=texts.COPY_STILL_HELP, elem_id="copy-still",
            visible=False,
        )  # fmt: skip
        with gr.Row(visible=False, elem_classes="vp-pair") as pair:
            right = gr.Number(
                0, label=texts.COPY_RIGHT, precision=0, min_width=90, elem_id="copy-right"
            )
            down = gr.Number(
                0, label=texts.COPY_DOWN, precision=0, min_width=90, elem_id="copy-down"
            )
        about = markup(elem_id="about-copy")
        preview = gr.Button(texts.COPY_PREVIEW, elem_id="copy-preview")
    return _Controls(spot, group, kind, use, upload, still, pair, right, down, about, preview)


def _drawn(on: _Controls, session: Session) -> dict[Any, Any]:
    chosen, fill = session.copy_from, session.fill
    dx, dy = fill.clone or (0, 0)
    return {
        on.group: gr.Column(visible=copies(fill)),
        on.kind: chosen,
        on.use: gr.Button(visible=chosen == "frame"),
        on.upload: gr.UploadButton(visible=chosen == "picture"),
        on.still: gr.Checkbox(
            visible=chosen == "picture",
            value=bool(fill.reference) and fill.reference_frame is not None,
        ),
        on.pair: gr.Row(visible=chosen == "clone"),
        on.right: dx,
        on.down: dy,
        on.about: help_html(_in_words(session)),
        on.preview: gr.Button(interactive=not reason(session, "fill")),
    }


def _wire(bench: Bench, on: _Controls) -> None:
    def quick(action: Callable[..., None]) -> dict[str, Any]:
        return {"fn": bench.quick("fill", action), "outputs": bench.outputs(), **QUIET}

    on.kind.input(**quick(choose_kind), inputs=on.kind)
    on.use.click(**quick(use_frame), inputs=on.spot, js=_JS_FRAME)
    on.upload.upload(**quick(take_picture), inputs=on.upload)
    on.still.input(**quick(set_still), inputs=[on.spot, on.still], js=_JS_WITH_FRAME)
    for number in (on.right, on.down):
        number.submit(**quick(set_clone), inputs=[on.spot, on.right, on.down], js=_JS_WITH_FRAME)
        number.blur(**quick(set_clone), inputs=[on.spot, on.right, on.down], js=_JS_WITH_FRAME)
    bench.stage.pick(bench.drawn("fill", pick), None, bench.outputs(), **QUIET)
    bench.connect_button(
        "fill",
        on.preview,
        make_preview,
        hindrance=lambda session: reason(session, "fill"),
        prepare=_look_at,
        inputs=[on.spot],
        js=_JS_FRAME,
    )


def choose_kind(visit: Visit, kind: CopyFrom) -> None:
    """Another kind of source; what was given of the one before is let go."""
    if kind not in get_args(CopyFrom):
        raise SettingsError(f"{kind}: there is no such source; choose a frame, picture or place")
    visit.change(lambda session: copy_from(session, kind))


def use_frame(visit: Visit, frame: float) -> None:
    """The frame on the stage is the clean one."""
    number = _number(visit, frame)
    visit.change(lambda now: _given(now, reference_frame=number))


def take_picture(visit: Visit, path: str | None) -> None:
    """An uploaded picture; it is kept in the visit's folder, and must be one."""
    if path is None:
        raise SettingsError(texts.COPY_PICTURE_NONE)
    folder = visit.place("reference", "")
    folder.mkdir()
    kept = folder / Path(path).name
    shutil.move(path, kept)
    read_image(kept)
    visit.change(lambda now: _given(now, reference=str(kept)))


def set_still(visit: Visit, frame: float, on: bool) -> None:
    """Whether the picture is the frame on the stage, repaired by hand."""
    number = _number(visit, frame) if on else None
    path = visit.session.fill.reference
    if on and not path:
        raise SettingsError(texts.COPY_PICTURE_NONE)
    visit.change(lambda now: _given(now, reference=path, reference_frame=number))


def set_clone(visit: Visit, frame: float, right: float | None, down: float | None) -> None:
    """The numbers changed: so far from the mask on the stage's frame."""
    offset = int(right or 0), int(down or 0)
    if offset == (visit.session.fill.clone or (0, 0)):
        return
    _aim(visit, _number(visit, frame), offset)


def pick(visit: Visit, drawn: Mapping[str, Any]) -> None:
    """A click on the stage: the middle of what is to be copied."""
    frame = _number(visit, drawn["frame"])
    hole = _hole(visit, frame)
    x, y = (hole.x0 + hole.x1 - 1) // 2, (hole.y0 + hole.y1 - 1) // 2
    _aim(visit, frame, (int(drawn["x"]) - x, int(drawn["y"]) - y))


def make_preview(visit: Visit, progress: Progress) -> Callable[[Session], Session]:
    """Repair the frame that was on the stage, to be looked at there."""
    session = visit.session
    found = session.found
    track = found.track(hidden_of(session.objects)) if found else None
    if found is None or track is None:
        raise SettingsError(texts.FILL_NO_MASK)
    wanted, frame = job(session), session.looked_at
    picture = backend.preview(wanted, frame, mask_track=track, cuts=found.cuts, progress=progress)
    path = visit.place("seen", ".jpg")
    path.write_bytes(jpeg(picture, longest_px=_LONGEST_PX))
    return lambda now: replace(now, preview=Preview(wanted, frame, path))


def _look_at(visit: Visit, frame: float) -> None:
    number = _number(visit, frame)
    _hole(visit, number)
    visit.change(lambda session: replace(session, looked_at=number))


def _aim(visit: Visit, frame: int, offset: tuple[int, int]) -> None:
    """Clone from so far away; the stage shows where that is."""
    if offset == (0, 0):
        raise SettingsError(texts.COPY_ITSELF)
    box = _hole(visit, frame).shift(*offset)
    visit.change(lambda now: aimed(_given(now, clone=offset, reference_frame=frame), box))


def _given(session: Session, **given: Any) -> Session:
    """The session with this reference and no other."""
    plain = FillSettings()
    fill = replace(
        session.fill,
        reference=given.get("reference", plain.reference),
        reference_frame=given.get("reference_frame", plain.reference_frame),
        clone=given.get("clone", plain.clone),
    )
    return refill(session, fill)


def _hole(visit: Visit, frame: int) -> Box:
    """The bounds of what is replaced on a frame. Raises SettingsError where nothing is."""
    session = visit.session
    if session.found is None:
        raise SettingsError(texts.FILL_NO_MASK)
    hole = bounding_box(tuned_frame(session, visit_clip(session), frame) >= HOLE_LEVEL)
    if hole is None:
        raise SettingsError(texts.COPY_NO_HOLE)
    return hole


def _number(visit: Visit, frame: float) -> int:
    """A frame of the clip that is worked on. Raises MediaError where there is none."""
    return max(0, min(int(frame), visit_clip(visit.session).frames - 1))


def _in_words(session: Session) -> str:
    """What will be copied, or what to do so that something is."""
    fill = session.fill
    frame = fill.reference_frame
    if fill.clone is not None:
        return texts.COPY_CLONED.format(dx=fill.clone[0], dy=fill.clone[1], frame=frame)
    if fill.reference:
        words = texts.COPY_PICTURED if frame is None else texts.COPY_STILLED
        return words.format(name=Path(fill.reference).name[:40], frame=frame)
    if frame is not None:
        return texts.COPY_FRAMED.format(frame=frame)
    return texts.COPY_TODO[session.copy_from]
