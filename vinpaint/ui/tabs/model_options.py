"""What a generative model is told, under More of the Fill step: only what the strategy takes."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import gradio as gr

from vinpaint import models
from vinpaint.core import Generation
from vinpaint.media import read_image
from vinpaint.ui import texts
from vinpaint.ui.page.controller import QUIET, Bench
from vinpaint.ui.session.browser_sessions import Visit
from vinpaint.ui.session.model_settings import models_of, options_of
from vinpaint.ui.session.session import Session, refill

_IMAGES = [".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff"]


def build_generating(bench: Bench) -> None:
    """Lay out the controls and wire them; the session says which are shown."""
    controls = _laid_out()
    example = gr.File(
        label=texts.EXAMPLE, file_types=_IMAGES, elem_id="told-example", visible=False, height=120
    )

    def draw(session: Session) -> dict[Any, Any]:
        shown = options_of(session.fill.strategy)
        updates = {
            control: type(control)(visible=_option(name) in shown)
            for name, control in controls.items()
            if name != "model"
        }
        updates[example] = gr.File(visible="example" in shown)
        return updates | {controls["model"]: _models(session)}

    def wire() -> None:
        inputs = list(controls.values())

        def take(visit: Visit, *values: Any) -> None:
            tell(visit, dict(zip(controls, values, strict=True)))

        for control in inputs:
            control.change(bench.quick("fill", take), inputs, bench.outputs(), **QUIET)
        example.upload(bench.quick("fill", take_example), example, bench.outputs(), **QUIET)
        example.clear(bench.quick("fill", drop_example), None, bench.outputs(), **QUIET)

    bench.parts.append(([*controls.values(), example], draw))
    bench.wire.append(wire)


def _laid_out() -> dict[str, Any]:
    """The controls by what they set; `repaint` has two."""
    plain = Generation()

    def number(name: str, label: str, value: float | None, info: str, **more: Any) -> gr.Number:
        return gr.Number(
            value, label=label, info=info, visible=False, elem_id=f"told-{name}", **more
        )

    return {
        "model": gr.Dropdown(
            [], value=None, label=texts.MODEL, info=texts.MODEL_HELP, visible=False,
            elem_id="told-model",
        ),
        "negative_prompt": gr.Textbox(
            label=texts.NEGATIVE, info=texts.NEGATIVE_HELP, lines=1, max_lines=3, visible=False,
            elem_id="told-negative_prompt", max_length=2000,
        ),
        "steps": number(
            "steps", texts.STEPS_LABEL, 0, texts.STEPS_HELP, precision=0, minimum=0, maximum=200
        ),
        "guidance": number(
            "guidance", texts.GUIDANCE, 0, texts.GUIDANCE_HELP, minimum=0, maximum=50
        ),
        "conditioning": number(
            "conditioning", texts.CONDITIONING, 0, texts.CONDITIONING_HELP, minimum=0, maximum=2
        ),
        "repaint_times": number(
            "repaint_times", texts.REPAINT, 0, texts.REPAINT_HELP, precision=0, minimum=0,
            maximum=20,
        ),
        "repaint_jump": number(
            "repaint_jump", texts.REPAINT_JUMP, 0, texts.REPAINT_JUMP_HELP, precision=0,
            minimum=0, maximum=50,
        ),
        "rim_guidance": number(
            "rim_guidance", texts.RIM, plain.rim_guidance, texts.RIM_HELP, minimum=0, maximum=2
        ),
        "smoothing": gr.Radio(
            texts.SMOOTHINGS, value=plain.smoothing, label=texts.SMOOTHING, visible=False,
            info=texts.SMOOTHING_HELP, elem_id="told-smoothing",
        ),
        "smoothing_sigma_frames": number(
            "smoothing_sigma_frames", texts.SMOOTHING_FRAMES, plain.smoothing_sigma_frames,
            texts.SMOOTHING_FRAMES_HELP, minimum=0.1, maximum=10,
        ),
        "smoothing_sigma_levels": number(
            "smoothing_sigma_levels", texts.SMOOTHING_LEVELS, plain.smoothing_sigma_levels,
            texts.SMOOTHING_LEVELS_HELP, minimum=1, maximum=255,
        ),
        "patient": gr.Checkbox(
            plain.patient, label=texts.PATIENT, info=texts.PATIENT_HELP, visible=False,
            elem_id="told-patient",
        ),
    }  # fmt: skip


def _option(name: str) -> str:
    """What of `Generation` a control sets."""
    return "repaint" if name.startswith("repaint_") else name


def _models(session: Session) -> Any:
    """The list of models, each with its size and whether it is here."""
    names = models_of(session.fill)
    choices = [(_title(name), name) for name in names]
    chosen = session.fill.generation.model
    value = chosen if chosen in names else next(iter(names), None)
    return gr.Dropdown(choices=choices, value=value, visible=len(names) > 0)


def _title(name: str) -> str:
    entry = models.weights_entry(name)
    here = texts.MODEL_HERE if models.present(name) else texts.MODEL_ABSENT
    return f"{entry.title} ({here}, {models.describe_size(entry)})"


def tell(visit: Visit, values: Mapping[str, Any]) -> None:
    """The controls changed. Empty ones, and 0, leave it to the model."""
    plain = Generation()
    own = models_of(visit.session.fill)
    model = str(values.get("model") or "")
    times, jump = values.get("repaint_times"), values.get("repaint_jump")
    generation = Generation(
        model="" if model in own[:1] else model,
        negative_prompt=str(values.get("negative_prompt") or "").strip(),
        steps=_whole(values.get("steps")),
        guidance=values.get("guidance") or None,
        conditioning=values.get("conditioning") or None,
        example=visit.session.fill.generation.example,
        repaint=(int(times), int(jump)) if times and jump else None,
        rim_guidance=float(values.get("rim_guidance") or 0),
        smoothing=values.get("smoothing") or plain.smoothing,
        smoothing_sigma_frames=values.get("smoothing_sigma_frames") or plain.smoothing_sigma_frames,
        smoothing_sigma_levels=values.get("smoothing_sigma_levels") or plain.smoothing_sigma_levels,
        patient=bool(values.get("patient")),
    )
    _change(visit, generation)


def _whole(value: float | None) -> int | None:
    return int(value) if value else None


def take_example(visit: Visit, path: str | None) -> None:
    """An uploaded picture; it is kept in the visit's folder, and must be one."""
    if path is None:
        return
    folder = visit.place("example", "")
    folder.mkdir()
    kept = folder / Path(path).name
    shutil.copy(path, kept)
    read_image(kept)
    _change(visit, replace(visit.session.fill.generation, example=str(kept)))


def drop_example(visit: Visit) -> None:
    """The picture was taken away again."""
    _change(visit, replace(visit.session.fill.generation, example=""))


def _change(visit: Visit, generation: Generation) -> None:
    def changed(session: Session) -> Session:
        return refill(session, replace(session.fill, generation=generation))

    if generation != visit.session.fill.generation:
        visit.change(changed)
