"""Decode a written result and measure it against its source."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import NamedTuple

from vinpaint import models
from vinpaint.core import (
    Box,
    Job,
    Leftover,
    MaskTrack,
    Measures,
    OutsideDifference,
    Progress,
    Score,
    Span,
    section,
    windows,
)
from vinpaint.media import Clip, output_kind
from vinpaint.quality import metrics
from vinpaint.quality.exactness import Comparison
from vinpaint.quality.leftover import find_leftover
from vinpaint.quality.metrics import prompt_adherence

_WINDOW_FRAMES = 12

_MARGIN_PX = 32
"""Margin around the mask that is passed to the metrics."""

_METRIC_NAMES: dict[Measures, Sequence[str]] = {
    "none": (),
    "quick": metrics.QUICK,
    "all": tuple(metrics.METRICS),
}


class Evidence(NamedTuple):
    """What was measured on a result.

    outside: the differences outside the mask; scores: the metrics; leftover: what is left of the
    removed object, or None if that was not examined.
    """

    outside: OutsideDifference
    scores: tuple[Score, ...]
    leftover: Leftover | None


def output_to_measure(outs: Sequence[Path]) -> Path:
    """Return the first output that is not an .mp4 file, or the first if there is none.

    Only .mp4 outputs are lossy.
    """
    return next((out for out in outs if output_kind(out) != ".mp4"), outs[0])


def measure_result(
    clip: Clip,
    result: Clip,
    track: MaskTrack,
    progress: Progress,
    *,
    before_encoding: int,
    measures: Measures = "quick",
    examined: Span | None = None,
    overlay: bool = False,
    leftovers: bool = True,
) -> Evidence:
    """Measure a written result: what differs outside the mask, the metrics, and what is left over.

    Both files are decoded twice, a window of frames at a time.

    Args:
        clip: the source.
        result: the written result, opened as a clip.
        track: the tuned mask of all frames.
        progress: called with the share that is done; it may raise to stop.
        before_encoding: largest difference outside the mask before encoding, in levels; it is
            copied into the returned value.
        measures: which metrics to compute. With 'none', leftovers are not looked for either.
        examined: the frames in which leftovers of the object are looked for; None for all.
        overlay: whether the mask covers captions, a logo or a fixed region; see `find_leftover`.
        leftovers: whether to look for what is left of the object. It takes as long as the metrics.

    Raises MediaError if a file cannot be decoded, ValueError if the numbers of frames differ.
    """
    names = _METRIC_NAMES[measures]
    comparing = section(progress, 0.0, 0.6 if names else 1.0)
    with contextlib.closing(Comparison(clip, result, track)) as comparison:
        size = (clip.width, clip.height)
        spans = _compare_windows(clip, comparison, comparing)
        measured = _metric_windows(clip, result, track, spans) if names else ()
        scores = metrics.measure(measured, names, frames=clip.frames, size=size)
        for _ in spans:  # compare the windows that the metrics have not consumed
            pass
    lossless = output_kind(result.path) != ".mp4"
    leftover = None
    if names and leftovers:
        looking = section(progress, 0.6, 1.0)
        leftover = find_leftover(
            clip, track, result=result, span=examined, overlay=overlay, progress=looking
        )
        scores += (_leftover_score(leftover),)
    outside = comparison.result(before_encoding=before_encoding, lossless=lossless)
    return Evidence(outside, scores, leftover)


def _leftover_score(leftover: Leftover) -> Score:
    """Return the share of the object that is left over as a score."""
    shares = tuple(None if share is None else 100 * share for share in leftover.shares)
    flagged = {t for span in leftover.spans for t in span.frames}
    kept = tuple(share if share is None or t in flagged else 0.0 for t, share in enumerate(shares))
    known = [share for share in kept if share is not None]
    return Score(
        name="leftover",
        title="Left over",
        value=max(known, default=None),
        unit="%",
        better="lower",
        meaning=(
            "What is still visible of the object, its shadow or its reflection outside the mask, "
            "compared with the object's size, on the worst frame."
        ),
        per_frame=kept,
    )


def _compare_windows(clip: Clip, comparison: Comparison, progress: Progress) -> Iterator[Span]:
    """Yield each window to the metrics, then compare its frames outside the mask.

    In this order, the frames are still in the decoder's cache when they are compared.
    """

    def on_frame(frame: int) -> None:
        progress(frame / clip.frames, f"measuring, frame {frame} of {clip.frames}")

    for span in windows(clip.span, _WINDOW_FRAMES):
        on_frame(span.start)
        yield span
        comparison.compare(span, on_frame=on_frame)


def _metric_windows(
    clip: Clip, result: Clip, track: MaskTrack, spans: Iterable[Span]
) -> Iterator[metrics.MetricWindow]:
    """Yield source, result and mask of each window that has a mask, cropped around the mask."""
    for span in spans:
        lead = 1 if span.start else 0
        wide = Span(span.start - lead, span.stop)
        boxes = [box for t in wide.frames if (box := track.bounds(t))]
        if not boxes:
            continue
        region = reduce(Box.join, boxes).grow(_MARGIN_PX, clip.width, clip.height)
        yield metrics.MetricWindow(
            before=clip.read(wide, box=region),
            after=result.read(wide, box=region),
            mask=track.read(wide, box=region),
            first_frame=wide.start,
            lead_frames=lead,
        )


def measure_prompt_adherence(
    job: Job, clip: Clip, result: Clip, track: MaskTrack, progress: Progress
) -> tuple[Score, ...]:
    """Measure how well the fill matches the job's prompt.

    Returns one score, or () if the job has no prompt or no measures, or the weights are absent.
    """
    fill = job.fill
    if job.measures == "none" or not fill.prompt or not models.present(prompt_adherence.WEIGHTS):
        return ()
    return (
        prompt_adherence.measure_adherence(
            clip, result, track, fill.prompt, device=fill.device, progress=progress
        ),
    )


def add_invented_share(
    scores: tuple[Score, ...], pixels: Mapping[int, int], size: tuple[int, int]
) -> tuple[Score, ...]:
    """Append a score for the share of the hole that the strategy generated.

    Args:
        scores: the measured scores.
        pixels: for each frame the number of generated pixels, as counted by the strategy.
        size: (width, height) of the picture.

    Returns the scores unchanged if nothing was counted or coverage was not measured.
    """
    coverage = next((score for score in scores if score.name == "coverage"), None)
    if coverage is None or not pixels:
        return scores
    picture = size[0] * size[1] / 100
    holes = {t: share * picture for t, share in enumerate(coverage.per_frame) if share}
    counted = pixels.keys() & holes.keys()
    total = sum(holes[t] for t in counted)
    invented = Score(
        name="invented",
        title="Generated",
        value=100 * sum(pixels[t] for t in counted) / total if total else None,
        unit="%",
        better="lower",
        meaning=(
            "Share of the hole that is not visible in any frame. It was generated: plausible "
            "texture, not the real background."
        ),
        per_frame=tuple(
            100 * pixels[t] / holes[t] if t in counted else None
            for t in range(len(coverage.per_frame))
        ),
    )
    return (*scores, invented)
