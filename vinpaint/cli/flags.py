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
from pathlib import Path
from typing import Annotated, Any, get_origin, get_type_hints

import typer

from vinpaint.cli import parse
from vinpaint.core import (
    Captions,
    FillSettings,
    Generation,
    Job,
    MaskFile,
    Prompt,
    SettingsError,
    TextPrompt,
    Tuning,
    check_fields,
)

_TUNING, _FILL, _GENERATION, _TEXT = Tuning(), FillSettings(), Generation(), TextPrompt("")

Source = Annotated[str, typer.Argument(help="A video file, or a folder of numbered images.")]
MaybeSource = Annotated[
    str | None, typer.Argument(help="A video file, or a folder of numbered images.")
]
Out = Annotated[
    Path,
    typer.Option(
        "-o",
        "--out",
        help=".mp4 (H.264), .mkv (lossless FFV1), a folder (PNG images); a mask: also .json.",
    ),
]
Fps = Annotated[float | None, typer.Option(help="Rate of a folder of images (24).")]
Overwrite = Annotated[bool, typer.Option("--overwrite", help="Replace files that exist.")]
ShowProgress = Annotated[bool, typer.Option("--progress", help="Tell progress in any case.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
CommercialSafe = Annotated[
    bool, typer.Option("--commercial-safe", help="Only models whose licence allows commercial use.")
]


def _flag(name: str, words: str, metavar: str | None = None) -> Any:
    return typer.Option(name, metavar=metavar, help=words)


@dataclass(frozen=True, kw_only=True)
class MaskFlags:
    """The flags that determine the mask: prompts, tracking and tuning."""

    mask: Annotated[
        list[str], _flag("--mask", "A mask: video, folder or image; white = replace.", "PATH")
    ] = field(default_factory=list)
    click: Annotated[list[str], _flag("--click", "A point; ,- means 'not this'.", "F,X,Y[,-]")] = (
        field(default_factory=list)
    )
    box: Annotated[list[str], _flag("--box", "A box, followed from there.", "F,X0,Y0,X1,Y1")] = (
        field(default_factory=list)
    )
    region: Annotated[list[str], _flag("--region", "A fixed rectangle.", "X0,Y0,X1,Y1")] = field(
        default_factory=list
    )
    paint: Annotated[list[str], _flag("--paint", "A painted mask, followed.", "F,PATH")] = field(
        default_factory=list
    )
    keyframe: Annotated[
        list[str], _flag("--keyframe", "A painted mask; interpolated between.", "F,PATH")
    ] = field(default_factory=list)
    text: Annotated[str | None, _flag("--text", "What to find, in words.")] = None
    box_threshold: Annotated[float, _flag("--box-threshold", "Least score of a found box.")] = (
        _TEXT.box_threshold
    )
    text_threshold: Annotated[float, _flag("--text-threshold", "Least score of a found word.")] = (
        _TEXT.text_threshold
    )
    captions: Annotated[bool, _flag("--captions", "Burned-in text, by its letters.")] = False
    caption_boxes: Annotated[bool, _flag("--caption-boxes", "The same, as whole boxes.")] = False
    resize_mask: Annotated[bool, _flag("--resize-mask", "Bring --mask to the clip's size.")] = False
    object_: Annotated[
        list[int], _flag("--object", "Points, boxes, paintings after it: object N.", "N")
    ] = field(default_factory=list)
    """For --help only: `parse.with_objects` removes it from the command line before parsing."""
    tracker: Annotated[str, _flag("--tracker", "What follows: auto, or its name.")] = "auto"
    device: Annotated[str, _flag("--device", "For networks: auto, cpu or cuda.")] = _FILL.device
    commercial_safe: CommercialSafe = _FILL.commercial_safe
    invert: Annotated[bool, _flag("--invert", "Replace everything but the mask.")] = False
    frames: Annotated[str | None, _flag("--frames", "Work on frames A to B-1 only.", "A:B")] = None
    fps: Fps = None
    dilate_px: Annotated[float, _flag("--dilate-px", "Grow the mask by so many pixels.")] = (
        _TUNING.dilate_px
    )
    blur_sigma_px: Annotated[float, _flag("--blur-sigma-px", "Soften the mask's edge.")] = (
        _TUNING.blur_sigma_px
    )
    temporal_sigma_frames: Annotated[
        float, _flag("--temporal-sigma", "Smooth over so many frames.")
    ] = _TUNING.temporal_sigma_frames
    matte: Annotated[bool, _flag("--matte", "A soft matte for hair and blur.")] = _TUNING.matte

    def prompts(self) -> tuple[Prompt, ...]:
        """Return all prompts of the command. Raises SettingsError for an invalid value."""
        if self.text is not None and not self.text.strip():
            raise SettingsError("--text takes what to find, in words, and received none")
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

    strategy: Annotated[str, _flag("--strategy", "What fills the hole, or auto.")] = _FILL.strategy
    prompt: Annotated[str, _flag("--prompt", "What to put there, if the strategy asks.")] = ""
    seed: Annotated[int, _flag("--seed", "Seed of all random numbers.")] = _FILL.seed
    blend: Annotated[str, _flag("--blend", "alpha, or poisson: match the light at the border.")] = (
        _FILL.blend
    )
    reference: Annotated[str, _flag("--reference", "plate: a picture to copy from.", "IMAGE")] = (
        _FILL.reference
    )
    reference_frame: Annotated[
        int | None,
        _flag("--reference-frame", "plate: the frame of --reference; alone: a clean frame.", "N"),
    ] = _FILL.reference_frame
    clone: Annotated[
        str | None, _flag("--clone", "plate: copy from so far right and down.", "DX,DY")
    ] = None
    model: Annotated[
        str, _flag("--model", "Which model: a name in 'models list', a folder.", "NAME")
    ] = _GENERATION.model
    negative_prompt: Annotated[
        str, _flag("--negative-prompt", "What should not be there, for a model.")
    ] = _GENERATION.negative_prompt
    steps: Annotated[int | None, _flag("--steps", "Steps that a model works in.")] = None
    guidance: Annotated[
        float | None, _flag("--guidance", "How closely a model follows the prompt.")
    ] = None
    conditioning: Annotated[
        float | None,
        _flag("--conditioning", "How closely Wan VACE follows what is around the hole."),
    ] = None
    example: Annotated[str, _flag("--example", "Wan VACE: what should be there.", "IMAGE")] = (
        _GENERATION.example
    )
    repaint: Annotated[
        str | None,
        _flag("--repaint", "A model not trained to inpaint: R times, jumps of J.", "R,J"),
    ] = None
    rim_guidance: Annotated[
        float,
        _flag("--rim-guidance", "Guide each step to match the border: 1 is usual; 2 at most.", "W"),
    ] = _GENERATION.rim_guidance
    smoothing: Annotated[str, _flag("--smoothing", "frames: bilateral, average or none.")] = (
        _GENERATION.smoothing
    )
    smoothing_sigma_frames: Annotated[
        float, _flag("--smoothing-sigma-frames", "frames: evened over so many frames.")
    ] = _GENERATION.smoothing_sigma_frames
    smoothing_sigma_levels: Annotated[
        float, _flag("--smoothing-sigma-levels", "frames: colours so far apart stay apart.")
    ] = _GENERATION.smoothing_sigma_levels
    patient: Annotated[bool, _flag("--yes", "Begin even work that takes hours.")] = False
    no_match_grain: Annotated[bool, _flag("--no-match-grain", "Leave the fill without grain.")] = (
        False
    )

    def settings(self, base: FillSettings) -> FillSettings:
        """Return the settings of the fill, with the device and licences of `base`.

        Raises SettingsError for an invalid value.
        """
        repaint = parse.parse_repaint(self.repaint) if self.repaint else None
        clone = parse.parse_clone(self.clone) if self.clone else None
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
        default = each.default if each.default_factory is MISSING else each.default_factory()
        yield inspect.Parameter(
            each.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[each.name]
        )
