"""Evidence: a written result, decoded again and measured against its source."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from vinpaint import gate, masks, metrics
from vinpaint.clip import Clip, kind_of, open_clip
from vinpaint.errors import MediaError
from vinpaint.jobs import Measures
from vinpaint.metrics.exactness import Comparison
from vinpaint.metrics.fidelity import fidelity
from vinpaint.prompts import Imported
from vinpaint.types import MaskTrack, Outside, Progress, Score, Span, part, silent, windows
from vinpaint.wording import verdict

_WINDOW_FRAMES = 12
_AROUND_PX = 32
"""Pixels around the mask that the measures see."""

_NAMES: dict[Measures, Sequence[str]] = {
    "none": (),
    "quick": metrics.QUICK,
    "all": tuple(metrics.METRICS),
}


def most_exact(outs: Sequence[Path]) -> Path:
    """The result to measure: a lossless one where there is one."""
    return next((out for out in outs if kind_of(out) != ".mp4"), outs[0])


def examine(
    clip: Clip,
    result: Clip,
    track: MaskTrack,
    progress: Progress,
    *,
    before_encoding: int,
    measures: Measures = "quick",
) -> tuple[Outside, tuple[Score, ...]]:
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
    lossless = kind_of(result.path) != ".mp4"
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


@dataclass(frozen=True)
class Scored:
    """The measures of a repair that existed already."""

    verdict: str
    scores: tuple[Score, ...]
    outside: Outside
    gate: gate.Gate | None = None


def score(
    before: str,
    after: str,
    *,
    mask: str,
    truth: str | None = None,
    measures: Measures = "quick",
    weights: gate.Weights | None = None,
    progress: Progress = silent,
) -> Scored:
    """Measure `after` against `before`, and against the truth where it is given.

    `weights`: of the parts of the quality.

    Raises MediaError or MaskError where the files do not fit together.
    """
    clip, result = open_clip(before), open_clip(after)
    _check_alike(clip, result)
    track = masks.find(clip, (Imported(mask),), progress=silent)
    told = part(progress, 0.0, 0.8)
    proof, found = examine(clip, result, track, told, before_encoding=0, measures=measures)
    judged = gate.judge(found, weights)
    if truth is not None:
        true = open_clip(truth)
        _check_alike(clip, true)
        told = part(progress, 0.8, 1.0)
        found += fidelity(true, result, track, told, learned=measures == "all")
    return Scored(verdict(judged, proof), found, proof, judged)


def _check_alike(clip: Clip, other: Clip) -> None:
    padded = (other.width - clip.width in (0, 1)) and (other.height - clip.height in (0, 1))
    if not padded or clip.frames != other.frames:
        raise MediaError(
            f"{other.path.name}: {other.width}x{other.height}, {other.frames} frames, but "
            f"{clip.path.name} is {clip.width}x{clip.height}, {clip.frames} frames; "
            "they must be the same"
        )
