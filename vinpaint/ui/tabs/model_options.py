"""Step 4, Fill: the settings of a generative model that the strategy supports."""

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
from vinpaint.ui.page.controller import PageController
from vinpaint.ui.session.browser_sessions import BrowserSession
from vinpaint.ui.session.model_settings import available_models, supported_options
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.uploads import IMAGE_TYPES


def build_model_options(controller: PageController) -> None:
    """Lay out the controls and register their events. Only supported settings are visible."""
    controls = _build_controls()
    example = gr.File(
        label=texts.EXAMPLE_PICTURE,
        file_types=IMAGE_TYPES,
        elem_id="option-example",
        visible=False,
        height=120,
    )

    def draw(session: Session) -> dict[Any, Any]:
        supported = supported_options(session.fill.strategy)
        updates = {
            control: gr.update(visible=_option(name) in supported)
            for name, control in controls.items()
        }
        updates[example] = gr.update(visible="example" in supported)
        return updates | {controls["model"]: _models(session)}

    def change(browser: BrowserSession, *values: Any) -> None:
        set_options(browser, dict(zip(controls, values, strict=True)))

    controller.add_view(draw)
    inputs = list(controls.values())
    for control in inputs:
        controller.on(control.change, "fill", change, inputs)
    controller.on(example.upload, "fill", take_example, example)
    controller.on(example.clear, "fill", drop_example)


def _build_controls() -> dict[str, Any]:
    """Create the controls, by name of the setting. `repaint` has two controls."""
    default = Generation()
    whole, text = {"value": 0, "precision": 0}, {"lines": 1, "max_lines": 3, "max_length": 2000}
    frames, levels = default.smoothing_sigma_frames, default.smoothing_sigma_levels
    kinds: dict[str, tuple[Any, dict[str, Any]]] = {
        "model": (gr.Dropdown, {"choices": [], "value": None}),
        "negative_prompt": (gr.Textbox, text),
        "steps": (gr.Number, {**whole, "minimum": 0, "maximum": 200}),
        "guidance": (gr.Number, {"value": 0, "minimum": 0, "maximum": 50}),
        "conditioning": (gr.Number, {"value": 0, "minimum": 0, "maximum": 2}),
        "repaint_times": (gr.Number, {**whole, "minimum": 0, "maximum": 20}),
        "repaint_jump": (gr.Number, {**whole, "minimum": 0, "maximum": 50}),
        "rim_guidance": (gr.Number, {"value": default.rim_guidance, "minimum": 0, "maximum": 2}),
        "smoothing": (gr.Radio, {"choices": texts.SMOOTHINGS, "value": default.smoothing}),
        "smoothing_sigma_frames": (gr.Number, {"value": frames, "minimum": 0.1, "maximum": 10}),
        "smoothing_sigma_levels": (gr.Number, {"value": levels, "minimum": 1, "maximum": 255}),
        "patient": (gr.Checkbox, {"value": default.patient}),
    }
    controls = {}
    for name, (kind, options) in kinds.items():
        label, info = texts.MODEL_OPTIONS[name]
        controls[name] = kind(
            label=label, info=info, visible=False, elem_id=f"option-{name}", **options
        )
    return controls


def _option(name: str) -> str:
    """Return the field of `Generation` that a control belongs to."""
    return "repaint" if name.startswith("repaint_") else name


def _models(session: Session) -> Any:
    """Return the update of the list of models, each with its size and whether it is installed."""
    names = available_models(session.fill)
    choices = [(_title(name), name) for name in names]
    chosen = session.fill.generation.model
    value = chosen if chosen in names else next(iter(names), None)
    return gr.update(choices=choices, value=value, visible=len(names) > 0)


def _title(name: str) -> str:
    entry = models.weights_entry(name)
    where = texts.MODEL_HERE if models.present(name) else texts.MODEL_ABSENT
    return f"{entry.title} ({where}, {models.describe_size(entry)})"


def set_options(browser: BrowserSession, values: Mapping[str, Any]) -> None:
    """Store the values of the controls. An empty value or 0 selects the model's default."""
    default, fill = Generation(), browser.session.fill
    model = str(values.get("model") or "")
    times, jump = values.get("repaint_times"), values.get("repaint_jump")
    smoothing = {
        name: values.get(name) or getattr(default, name)
        for name in ("smoothing", "smoothing_sigma_frames", "smoothing_sigma_levels")
    }
    generation = Generation(
        model="" if model in available_models(fill)[:1] else model,
        negative_prompt=str(values.get("negative_prompt") or "").strip(),
        steps=int(values.get("steps") or 0) or None,
        guidance=values.get("guidance") or None,
        conditioning=values.get("conditioning") or None,
        example=fill.generation.example,
        repaint=(int(times), int(jump)) if times and jump else None,
        rim_guidance=float(values.get("rim_guidance") or 0),
        patient=bool(values.get("patient")),
        **smoothing,
    )
    _store(browser, generation)


def take_example(browser: BrowserSession, path: str | None) -> None:
    """Store a copy of an uploaded image as the example.

    Raises MediaError if it is not a readable image.
    """
    if path is None:
        return
    copy = Path(shutil.copy(path, browser.new_folder("example") / Path(path).name))
    read_image(copy)
    _store(browser, replace(browser.session.fill.generation, example=str(copy)))


def drop_example(browser: BrowserSession) -> None:
    """Remove the example image."""
    _store(browser, replace(browser.session.fill.generation, example=""))


def _store(browser: BrowserSession, generation: Generation) -> None:
    if generation != browser.session.fill.generation:
        browser.change(
            lambda session: session.with_fill(replace(session.fill, generation=generation))
        )
