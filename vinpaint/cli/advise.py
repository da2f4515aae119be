"""`vinpaint advise`: before any fill, what a repair would find, and whether to repair at all."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator

from vinpaint import wording
from vinpaint.advice import Advice
from vinpaint.cli import options, parse
from vinpaint.cli.progress import Bar
from vinpaint.jobs import Job
from vinpaint.prompts import Words
from vinpaint.types import FillSettings, Tuning

_TUNING = Tuning()
_JOB = Job("")
_WORDS = Words("")


def advise(
    source: options.Source,
    mask: options.MaskPaths = [],  # noqa: B006 (typer copies it)
    click: options.Clicks = [],  # noqa: B006
    box: options.Boxes = [],  # noqa: B006
    region: options.Regions = [],  # noqa: B006
    paint: options.Paintings = [],  # noqa: B006
    keyframe: options.Keyframes = [],  # noqa: B006
    text: options.Text = None,
    box_threshold: options.BoxThreshold = _WORDS.box_threshold,
    text_threshold: options.TextThreshold = _WORDS.text_threshold,
    captions: options.FindCaptions = False,
    caption_boxes: options.CaptionBoxes = False,
    resize_mask: options.ResizeMask = False,
    object_: options.Objects = [],  # noqa: ARG001, B006 (`with_objects` has taken it)
    tracker: options.TrackerName = _JOB.tracker,
    device: options.DeviceName = _JOB.fill.device,
    commercial_safe: options.CommercialSafe = False,
    invert: options.Invert = False,
    frames: options.Frames = None,
    fps: options.Fps = None,
    dilate_px: options.Dilate = _TUNING.dilate_px,
    blur_sigma_px: options.Blur = _TUNING.blur_sigma_px,
    temporal_sigma: options.Temporal = _TUNING.temporal_sigma_frames,
    matte: options.Matte = _TUNING.matte,
    as_json: options.AsJson = False,
    progress: options.ShowProgress = False,
) -> None:
    """Say, before any fill, how much must be invented, what fits, and whether to repair at all."""
    from vinpaint import backend

    job = Job(
        source=source,
        where=parse.prompts(
            mask=mask,
            click=click,
            box=box,
            region=region,
            paint=paint,
            keyframe=keyframe,
            text=text,
            box_threshold=box_threshold,
            text_threshold=text_threshold,
            captions=captions,
            caption_boxes=caption_boxes,
            resize_mask=resize_mask,
        ),
        tuning=Tuning(dilate_px, blur_sigma_px, temporal_sigma, matte),
        fill=FillSettings(device=parse.parse_device(device), commercial_safe=commercial_safe),
        invert=invert,
        frames=parse.parse_frames(frames) if frames else None,
        fps=fps,
        tracker=tracker,
    )
    with Bar(always=progress) as bar:
        advice = backend.advise(job, progress=bar.update)
    print(json.dumps(_plain(advice), indent=1) if as_json else "\n".join(_lines(advice)))


def _lines(advice: Advice) -> Iterator[str]:
    yield wording.verdict_in_words(advice)
    yield from (f"  {wording.reason_in_words(reason)}" for reason in advice.reasons)
    yield wording.mask_in_words(advice.facts)
    yield from wording.forecast_in_words(advice.facts)
    yield wording.choice_in_words(advice.choice)


def _plain(advice: Advice) -> dict[str, object]:
    """The same facts for a program: the values, and every reason also in words."""
    reasons = [
        {**dataclasses.asdict(reason), "words": wording.reason_in_words(reason)}
        for reason in advice.reasons
    ]
    return {
        "verdict": advice.verdict,
        "words": wording.verdict_in_words(advice),
        "reasons": reasons,
        "strategy": advice.choice.strategy,
        "fit": advice.choice.fit.score,
        "because": advice.choice.fit.because,
        "facts": dataclasses.asdict(advice.facts),
    }
