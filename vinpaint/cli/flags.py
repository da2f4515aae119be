"""The flags of the commands. Flags that several commands share are grouped in dataclasses.

A command takes a group as one parameter, and the decorator `spread` shows its fields to Typer as
separate flags. Fields have the names and defaults of the settings that they set.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, field
from functools import wraps
from typing import Annotated, Any, get_origin, get_type_hints

import typer

from vinpaint.cli import parse
from vinpaint.core import (
    Captions,
    FillSettings,
    Generation,
    Job,
    MaskFile,
    Missing,
    Prompt,
    SettingsError,
    TextPrompt,
    Tuning,
    check_fields,
)

_TUNING, _FILL, _GENERATION, _TEXT = Tuning(), FillSettings(), Generation(), TextPrompt("")

_SOURCE = typer.Argument(help="Video file, or folder of numbered images.")
Source = Annotated[str, _SOURCE]
MaybeSource = Annotated[str | None, _SOURCE]
Fps = Annotated[
    float | None,
    typer.Option(help="Frame rate of a folder of images, in frames per second [default: 24]."),
]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Overwrite existing files.")]
ShowProgress = Annotated[
    bool, typer.Option("--progress", help="Print the progress even if stderr is not a terminal.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
CommercialSafe = Annotated[
    bool, typer.Option("--commercial-safe", help="Use only models licensed for commercial use.")
]


def out_option(forms: str) -> Any:
    """Return the option `--out` of a command that writes these forms."""
    return typer.Option("-o", "--out", help=f"Output path: {forms}.")


def _flag(default: Any, text: str, metavar: str | None = None, *, name: str = "") -> Any:
    """Return a field with the help `text`. Its flag is spelled like the field, or `name`."""
    return field(default=default, metadata={"name": name, "help": text, "metavar": metavar})


def _repeatable(text: str, metavar: str, *, name: str = "") -> Any:
    """Return a field for a flag that may be given several times."""
    about = {"name": name, "help": text, "metavar": metavar}
    return field(default_factory=list, metadata=about)


@dataclass(frozen=True, kw_only=True)
class MaskFlags:
    """The flags that determine the mask: prompts, tracking and tuning."""

    mask: list[str] = _repeatable(
        "Use a mask: video, folder, image (white = replace) or RLE JSON.", "PATH"
    )
    click: list[str] = _repeatable(
        "Mark the object at pixel X,Y of frame F; ',-' excludes a point, ',level=1' takes a larger "
        "region.",
        "F,X,Y[,-]",
    )
    box: list[str] = _repeatable(
        "Mark the object in a box on frame F (X1, Y1 exclusive).", "F,X0,Y0,X1,Y1"
    )
    region: list[str] = _repeatable(
        "Mark a fixed rectangle on every frame, such as a logo.", "X0,Y0,X1,Y1"
    )
    paint: list[str] = _repeatable(
        "Mark the object by a painted mask of frame F, and track it.", "F,PATH"
    )
    keyframe: list[str] = _repeatable(
        "Use a painted mask of frame F; interpolate between them.", "F,PATH"
    )
    text: str | None = _flag(None, "Find the object by a description, such as 'the red car'.")
    box_threshold: float = _flag(
        _TEXT.box_threshold, "Minimum score of an object found by --text, 0 to 1."
    )
    text_threshold: float = _flag(
        _TEXT.text_threshold, "Minimum score of a word matched by --text, 0 to 1."
    )
    captions: bool = _flag(False, "Mark burned-in text, its letters only.")
    caption_boxes: bool = _flag(False, "Mark burned-in text, the whole box around it.")
    missing: bool = _flag(
        False, "Mark what the clip lacks: transparency, moving borders and lost blocks."
    )
    resize_mask: bool = _flag(False, "Scale --mask to the size of the clip.")
    object_: list[int] = _repeatable(
        "Assign the points, boxes and paintings after it to object N.", "N", name="--object"
    )
    """For --help only: `parse.with_objects` removes it from the command line before parsing."""
    tracker: str = _flag("auto", "Tracker that follows the object, or auto for the best installed.")
    device: str = _flag(_FILL.device, "Device for neural networks: auto, cpu or cuda.")
    commercial_safe: CommercialSafe = _FILL.commercial_safe
    invert: bool = _flag(False, "Replace everything outside the mask instead.")
    frames: str | None = _flag(None, "Repair only frames A to B-1, counted from 0.", "A:B")
    fps: Fps = None
    dilate_px: float = _flag(_TUNING.dilate_px, "Dilate the mask by this many pixels, 0 to 200.")
    blur_sigma_px: float = _flag(
        _TUNING.blur_sigma_px, "Blur the edge: sigma of a Gaussian in pixels, 0 to 100."
    )
    temporal_sigma_frames: float = _flag(
        _TUNING.temporal_sigma_frames,
        "Smooth the mask over time: sigma of a Gaussian in frames, 0 to 10.",
        name="--temporal-sigma",
    )
    matte: bool = _flag(_TUNING.matte, "Estimate a soft matte for hair and motion blur.")

    def prompts(self) -> tuple[Prompt, ...]:
        """Return all prompts of the command. Raises SettingsError for an invalid value."""
        if self.text is not None and not self.text.strip():
            raise SettingsError("--text takes a description such as 'the red car', received none")
        words = TextPrompt((self.text or "").strip(), self.box_threshold, self.text_threshold)
        check_fields(words)
        captions = Captions("box" if self.caption_boxes else "letters")
        return (
            *(MaskFile(path, self.resize_mask) for path in self.mask),
            *map(parse.parse_click, self.click),
            *map(parse.parse_box, self.box),
            *map(parse.parse_region, self.region),
            *map(parse.parse_painting, self.paint),
            *map(parse.parse_keyframe, self.keyframe),
            *([words] if words.text else []),
            *([captions] if self.captions or self.caption_boxes else []),
            *([Missing()] if self.missing else []),
        )

    def job(self, source: str) -> Job:
        """Return a job with these settings of the mask, and the device and licences to use.

        Raises SettingsError for an invalid value.
        """
        return Job(
            source,
            where=self.prompts(),
            tuning=Tuning(**_values(self, Tuning)),
            fill=FillSettings(**_values(self, FillSettings)),
            invert=self.invert,
            frames=parse.parse_frames(self.frames) if self.frames else None,
            fps=self.fps,
            tracker=self.tracker,
        )


@dataclass(frozen=True, kw_only=True)
class FillFlags:
    """The flags that determine the fill: the strategy, the reference and the settings of models."""

    strategy: str = _flag(
        _FILL.strategy, "Strategy that fills the hole (see 'doctor'), or auto to choose one."
    )
    prompt: str = _flag("", "Describe what to generate in the hole.")
    seed: int = _flag(_FILL.seed, "Seed of all random numbers, from 0.")
    blend: str = _flag(
        _FILL.blend, "Blend at the border: alpha, or poisson to match the light around it."
    )
    reference: str = _flag(_FILL.reference, "Copy from this image (strategy plate).", "IMAGE")
    reference_frame: int | None = _flag(
        _FILL.reference_frame,
        "Copy from clean frame N; with --reference, the frame that the image shows.",
        "N",
    )
    clone: str | None = _flag(
        None, "Copy from DX pixels to the right and DY down (strategy plate).", "DX,DY"
    )
    model: str = _flag(
        _GENERATION.model, "Model to generate with: a name from 'models list', or a folder.", "NAME"
    )
    negative_prompt: str = _flag(
        _GENERATION.negative_prompt, "Describe what the model should avoid."
    )
    steps: int | None = _flag(None, "Number of denoising steps [default: the model's].")
    guidance: float | None = _flag(
        None, "Guidance scale: how closely to follow the prompt [default: the model's]."
    )
    conditioning: float | None = _flag(
        None, "How closely Wan VACE follows the content around the hole [default: 1]."
    )
    example: str = _flag(_GENERATION.example, "Generate what this image shows (Wan VACE).", "IMAGE")
    repaint: str | None = _flag(
        None,
        "Use RePaint, for a model not trained to inpaint: repeat every J steps R times.",
        "R,J",
    )
    rim_guidance: float = _flag(
        _GENERATION.rim_guidance,
        "Guide each denoising step to match the border; 0 is off, 1 usual, 2 the maximum.",
        "W",
    )
    smoothing: str = _flag(
        _GENERATION.smoothing, "Temporal filter of the strategy frames: bilateral, average or none."
    )
    smoothing_sigma_frames: float = _flag(
        _GENERATION.smoothing_sigma_frames, "Sigma of --smoothing over time, in frames."
    )
    smoothing_sigma_levels: float = _flag(
        _GENERATION.smoothing_sigma_levels,
        "Sigma of --smoothing bilateral over colour, in 8-bit levels.",
    )
    patient: bool = _flag(False, "Start even if the repair takes hours.", name="--yes")
    no_match_grain: bool = _flag(False, "Do not add the source's grain to the fill.")

    def settings(self, base: FillSettings) -> FillSettings:
        """Return the settings of the fill, with the device and licences of `base`.

        Raises SettingsError for an invalid value.
        """
        repaint = parse.parse_pair("--repaint", self.repaint, "R,J") if self.repaint else None
        clone = parse.parse_pair("--clone", self.clone, "DX,DY") if self.clone else None
        generation = Generation(**{**_values(self, Generation), "repaint": repaint})
        values = {**_values(self, FillSettings), "clone": clone, "generation": generation}
        return dataclasses.replace(base, **values, match_grain=not self.no_match_grain)


def _values(flags: Any, settings: Any) -> dict[str, Any]:
    """Return the values of the flags whose names are fields of `settings`."""
    names = {each.name for each in dataclasses.fields(settings)}
    return {name: value for name, value in vars(flags).items() if name in names}


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command whose grouped parameters are replaced by their fields, for Typer."""
    hints = get_type_hints(command, include_extras=True)
    own = inspect.signature(command).parameters.values()
    groups = {each.name: hints[each.name] for each in own if _is_group(hints[each.name])}
    shown: list[inspect.Parameter] = []
    for each in own:
        if each.name in groups:
            shown += _parameters(groups[each.name])
        else:
            shown.append(each.replace(kind=each.KEYWORD_ONLY, annotation=hints[each.name]))

    @wraps(command)
    def spread_out(**values: Any) -> None:
        made = {}
        for name, group in groups.items():
            names = [each.name for each in dataclasses.fields(group)]
            made[name] = group(**{each: values.pop(each) for each in names})
        command(**values, **made)

    spread_out.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    spread_out.__annotations__ = {each.name: each.annotation for each in shown}
    return spread_out


def _is_group(kind: Any) -> bool:
    return get_origin(kind) is None and dataclasses.is_dataclass(kind)


def _parameters(group: Any) -> Iterator[inspect.Parameter]:
    """Yield the fields of a group as keyword parameters with their defaults."""
    hints = get_type_hints(group, include_extras=True)
    for each in dataclasses.fields(group):
        hint, about = hints[each.name], dict(each.metadata)
        if about:
            spelling = about.pop("name") or f"--{each.name.replace('_', '-')}"
            hint = Annotated[hint, typer.Option(spelling, **about)]
        default = each.default if each.default_factory is MISSING else each.default_factory()
        kind = inspect.Parameter.KEYWORD_ONLY
        yield inspect.Parameter(each.name, kind, default=default, annotation=hint)
