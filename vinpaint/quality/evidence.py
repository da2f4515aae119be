"""Evidence: a written result, decoded again and measured against its source."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from vinpaint import models
from vinpaint.core import (
    Job,
    MaskTrack,
    Measures,
    OutsideDifference,
    Progress,
    Score,
    Span,
    windows,
)
from vinpaint.media import Clip, output_kind
from vinpaint.quality import metrics
from vinpaint.quality.exactness import Comparison
from vinpaint.quality.metrics import prompt_adherence

_WINDOW_FRAMES = 12

_AROUND_PX = 32
"""Pixels around the mask that the measures see."""

_NAMES: dict[Measures, Sequence[str]] = {
    "none": (),
    "quick": metrics.QUICK,
    "all": tuple(metrics.METRICS),
}


def output_to_measure(outs: Sequence[Path]) -> Path:
    """The result to measure: a lossless one where there is one."""
    return next((out for out in outs if output_kind(out) != ".mp4"), outs[0])


def measure_result(
    clip: Clip,
    result: Clip,
    track: MaskTrack,
    progress: Progress,
    *,
    before_encoding: int,
    measures: Measures = "quick",
) -> tuple[OutsideDifference, tuple[Score, ...]]:
    """A decoded result against its source: what changed outside the mask, and the measures.

    Both files are decoded once, a window of frames at a time. Raises MediaError, or what
    `progress` raises to stop.
    """
    names = _NAMES[measures]
    with contextlib.closing(Comparison(clip, result, track)) as comparison:
        size = (clip.width, clip.height)
        spans = _compared(clip, comparison, progress)
        read = _windows(clip, result, track, spans) if names else ()
        scores = metrics.measure(read, names, frames=clip.frames, size=size)
        for _ in spans:  # without measures nobody has asked for them yet
            pass
    lossless = output_kind(result.path) != ".mp4"
    return comparison.outcome(before_encoding=before_encoding, lossless=lossless), scores


def _compared(clip: Clip, comparison: Comparison, progress: Progress) -> Iterator[Span]:
    """Window by window; each is compared once the measures have read, and so decoded, it."""

    def tick(frame: int) -> None:
        progress(frame / clip.frames, f"measuring, frame {frame} of {clip.frames}")

    for span in windows(clip.span, _WINDOW_FRAMES):
        tick(span.start)
        yield span
        comparison.take(span, tick=tick)


def _windows(
    clip: Clip, result: Clip, track: MaskTrack, spans: Iterable[Span]
) -> Iterator[metrics.Window]:
    """Before, after and mask, window by window, cut to the mask's surroundings."""
    for span in spans:
        lead = 1 if span.start else 0
        wide = Span(span.start - lead, span.stop)
        boxes = [box for t in wide.frames if (box := track.bounds(t))]
        if not boxes:
            continue
        region = boxes[0]
        for box in boxes[1:]:
            region = region.join(box)
        region = region.grow(_AROUND_PX, clip.width, clip.height)
        yield metrics.Window(
            before=clip.read(wide, box=region),
            after=result.read(wide, box=region),
            mask=track.read(wide, box=region),
            first_frame=wide.start,
            lead_frames=lead,
        )


def measure_prompt_adherence(
    job: Job, clip: Clip, result: Clip, track: MaskTrack, progress: Progress
) -> tuple[Score, ...]:
    """How well the fill shows what the job's prompt asks for; none without prompt or weights."""
    fill = job.fill
    if job.measures == "none" or not fill.prompt or not models.present(prompt_adherence.WEIGHTS):
        return ()
    return (
        prompt_adherence.adherence(
            clip, result, track, fill.prompt, device=fill.device, progress=progress
        ),
    )


def add_invented_share(
    scores: tuple[Score, ...], pixels: Mapping[int, int], size: tuple[int, int]
) -> tuple[Score, ...]:
    """The scores, and how much of the hole no frame shows, where the strategy has counted it.

    pixels: by frame; size: (width, height) of the picture. Without a measured coverage: as given.
    """
    coverage = next((one for one in scores if one.name == "coverage"), None)
    if coverage is None or not pixels:
        return scores
    picture = size[0] * size[1] / 100
    holes = {t: share * picture for t, share in enumerate(coverage.per_frame) if share}
    known = pixels.keys() & holes.keys()
    total = sum(holes[t] for t in known)
    invented = Score(
        name="invented",
        title="Invented",
        value=100 * sum(pixels[t] for t in known) / total if total else None,
        unit="%",
        better="lower",
        meaning=(
            "The share of the hole that no frame of the clip shows: what stands there is texture, "
            "made up to look alike."
        ),
        per_frame=tuple(
            100 * pixels[t] / holes[t] if t in known else None
            for t in range(len(coverage.per_frame))
        ),
    )
    return (*scores, invented)
