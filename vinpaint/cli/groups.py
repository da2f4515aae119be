"""Flags that stand together in several commands: each group is a dataclass.

A command takes a group as one parameter; `spread` shows Typer its fields in that place.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Iterator
from dataclasses import MISSING, dataclass, field
from functools import wraps
from typing import Annotated, Any, get_origin, get_type_hints

import typer

from vinpaint.cli import options, parse
from vinpaint.core import FillSettings, Generation, Job, TextPrompt, Tuning

_TUNING = Tuning()
_FILL = FillSettings()
_TOLD = Generation()
_JOB = Job("")
_WORDS = TextPrompt("")


@dataclass(frozen=True, kw_only=True)
class Marked:
    """What is marked, how it is followed and tuned: all that decides a mask."""

    mask: options.MaskPaths = field(default_factory=list)
    click: options.Clicks = field(default_factory=list)
    box: options.Boxes = field(default_factory=list)
    region: options.Regions = field(default_factory=list)
    paint: options.Paintings = field(default_factory=list)
    keyframe: options.Keyframes = field(default_factory=list)
    text: options.Text = None
    box_threshold: options.BoxThreshold = _WORDS.box_threshold
    text_threshold: options.TextThreshold = _WORDS.text_threshold
    captions: options.FindCaptions = False
    caption_boxes: options.CaptionBoxes = False
    resize_mask: options.ResizeMask = False
    object_: options.Objects = field(default_factory=list)
    """Shown in --help; `parse.with_objects` has taken it."""
    tracker: options.TrackerName = _JOB.tracker
    device: options.DeviceName = _FILL.device
    commercial_safe: options.CommercialSafe = _FILL.commercial_safe
    invert: options.Invert = False
    frames: options.Frames = None
    fps: options.Fps = None
    dilate_px: options.Dilate = _TUNING.dilate_px
    blur_sigma_px: options.Blur = _TUNING.blur_sigma_px
    temporal_sigma: options.Temporal = _TUNING.temporal_sigma_frames
    matte: options.Matte = _TUNING.matte

    def job(self, source: str) -> Job:
        """The job of a source's mask; its fill knows the device and the licences. Raises
        SettingsError.
        """
        where = parse.prompts(
            mask=self.mask,
            click=self.click,
            box=self.box,
            region=self.region,
            paint=self.paint,
            keyframe=self.keyframe,
            text=self.text,
            box_threshold=self.box_threshold,
            text_threshold=self.text_threshold,
            captions=self.captions,
            caption_boxes=self.caption_boxes,
            resize_mask=self.resize_mask,
        )
        device = parse.parse_device(self.device)
        return Job(
            source=source,
            where=where,
            tuning=Tuning(self.dilate_px, self.blur_sigma_px, self.temporal_sigma, self.matte),
            fill=FillSettings(device=device, commercial_safe=self.commercial_safe),
            invert=self.invert,
            frames=parse.parse_frames(self.frames) if self.frames else None,
            fps=self.fps,
            tracker=self.tracker,
        )


@dataclass(frozen=True, kw_only=True)
class Filled:
    """What fills the hole, and what it is told."""

    strategy: Annotated[str, typer.Option(help="What fills the hole, or auto.")] = _FILL.strategy
    prompt: Annotated[str, typer.Option(help="What to put there, if the strategy asks.")] = ""
    seed: Annotated[int, typer.Option(help="Seed of all random numbers.")] = _FILL.seed
    blend: Annotated[str, typer.Option(help="alpha, or poisson: relit from the rim.")] = _FILL.blend
    reference: options.ReferencePath = _FILL.reference
    reference_frame: options.ReferenceFrame = _FILL.reference_frame
    clone: options.Clone = None
    model: options.ModelName = _TOLD.model
    negative_prompt: options.NegativePrompt = _TOLD.negative_prompt
    steps: options.Steps = _TOLD.steps
    guidance: options.Guidance = _TOLD.guidance
    conditioning: options.Conditioning = _TOLD.conditioning
    example: options.Example = _TOLD.example
    repaint: options.Repaint = None
    rim_guidance: options.RimGuidance = _TOLD.rim_guidance
    smoothing: options.SmoothingName = _TOLD.smoothing
    smoothing_sigma_frames: options.SmoothingFrames = _TOLD.smoothing_sigma_frames
    smoothing_sigma_levels: options.SmoothingLevels = _TOLD.smoothing_sigma_levels
    yes: options.Patient = _TOLD.patient
    no_match_grain: options.NoGrain = False

    def settings(self, base: FillSettings) -> FillSettings:
        """The settings of a fill; device and licences are those of `base`. Raises SettingsError."""
        return dataclasses.replace(
            base,
            strategy=self.strategy,
            prompt=self.prompt,
            seed=self.seed,
            blend=parse.parse_blend(self.blend),
            match_grain=not self.no_match_grain,
            reference=self.reference,
            reference_frame=self.reference_frame,
            clone=parse.parse_clone(self.clone) if self.clone else None,
            generation=self._told(),
        )

    def _told(self) -> Generation:
        return Generation(
            model=self.model,
            negative_prompt=self.negative_prompt,
            steps=self.steps,
            guidance=self.guidance,
            conditioning=self.conditioning,
            example=self.example,
            repaint=parse.parse_repaint(self.repaint),
            rim_guidance=self.rim_guidance,
            smoothing=parse.parse_smoothing(self.smoothing),
            smoothing_sigma_frames=self.smoothing_sigma_frames,
            smoothing_sigma_levels=self.smoothing_sigma_levels,
            patient=self.yes,
        )


def spread(command: Callable[..., None]) -> Callable[..., None]:
    """The command as Typer should see it: in place of each group its fields, as flags.

    When it is called with them, each group is put together again.
    """
    hints = get_type_hints(command, include_extras=True)
    own = inspect.signature(command).parameters.values()
    groups = {one.name: hints[one.name] for one in own if _is_group(hints[one.name])}
    shown = [
        flag
        for one in own
        for flag in (
            _flags(groups[one.name])
            if one.name in groups
            else [one.replace(kind=one.KEYWORD_ONLY, annotation=hints[one.name])]
        )
    ]

    @wraps(command)
    def spread_out(**given: Any) -> None:
        made = {name: group(**_taken(given, group)) for name, group in groups.items()}
        command(**given, **made)

    spread_out.__signature__ = inspect.Signature(shown)  # type: ignore[attr-defined]
    spread_out.__annotations__ = {flag.name: flag.annotation for flag in shown}
    return spread_out


def _is_group(kind: Any) -> bool:
    return get_origin(kind) is None and dataclasses.is_dataclass(kind)


def _flags(group: Any) -> Iterator[inspect.Parameter]:
    """A group's fields as parameters, with their defaults."""
    hints = get_type_hints(group, include_extras=True)
    for one in dataclasses.fields(group):
        default = one.default if one.default_factory is MISSING else one.default_factory()
        yield inspect.Parameter(
            one.name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hints[one.name]
        )


def _taken(given: dict[str, Any], group: Any) -> dict[str, Any]:
    """What of the given belongs to a group; it is taken out."""
    return {one.name: given.pop(one.name) for one in dataclasses.fields(group)}
