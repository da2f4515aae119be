"""Measure an existing repair and judge it."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from vinpaint import masks
from vinpaint.advice.wording import describe_result
from vinpaint.core import (
    GateResult,
    MaskFile,
    MaskTrack,
    Measures,
    MediaError,
    OutsideDifference,
    Progress,
    Score,
    no_op,
    section,
)
from vinpaint.media import Clip, open_clip
from vinpaint.quality import gate
from vinpaint.quality.evidence import measure_result
from vinpaint.quality.metrics.fidelity import measure_fidelity


@dataclass(frozen=True)
class Measured:
    """The measurements of an existing repair.

    Args:
        verdict: The verdict, as one or two sentences.
        scores: The measured scores.
        outside: The differences outside the mask.
        gate: The quality and the verdict as values, or None.
    """

    verdict: str
    scores: tuple[Score, ...]
    outside: OutsideDifference
    gate: GateResult | None = None


def score(
    before: str,
    after: str,
    *,
    mask: str | MaskTrack,
    truth: str | None = None,
    measures: Measures = "quick",
    weights: gate.QualityWeights | None = None,
    leftovers: bool = True,
    progress: Progress = no_op,
) -> Measured:
    """Measure a repaired clip against its source and, if given, against the ground truth.

    Args:
        before: Path of the source clip.
        after: Path of the repaired clip.
        mask: Where the clip was repaired: the path of a mask, or a mask.
        truth: Path of the ground truth, to measure fidelity against.
        measures: Which scores are measured.
        weights: Weights of the parts of the quality; None for the defaults.
        leftovers: Whether to look for what is left of the object outside the mask.
        progress: Called with the progress.

    Raises:
        MediaError: A file cannot be read, or the clips differ in size or length.
        MaskError: The mask does not match the clip.
    """
    with contextlib.ExitStack() as stack:
        clip, result = (stack.enter_context(open_clip(path)) for path in (before, after))
        _check_alike(clip, result)
        track = (
            masks.find(clip, (MaskFile(mask),), progress=no_op) if isinstance(mask, str) else mask
        )
        measuring = section(progress, 0.0, 0.8)
        proof, found, leftover = measure_result(
            clip,
            result,
            track,
            measuring,
            before_encoding=0,
            measures=measures,
            leftovers=leftovers,
        )
        judged = gate.judge(found, weights, leftover=leftover)
        if truth is not None:
            true = stack.enter_context(open_clip(truth))
            _check_alike(clip, true)
            measuring = section(progress, 0.8, 1.0)
            found += measure_fidelity(true, result, track, measuring, learned=measures == "all")
        return Measured(describe_result(judged, proof), found, proof, judged)


def _check_alike(clip: Clip, other: Clip) -> None:
    """Raise MediaError if the clips differ in size or length.

    `other` may be one pixel wider or higher, since H.264 needs even sizes.
    """
    padded = (other.width - clip.width in (0, 1)) and (other.height - clip.height in (0, 1))
    if not padded or clip.frames != other.frames:
        raise MediaError(
            f"{other.path.name}: {other.width}x{other.height}, {other.frames} frames, but "
            f"{clip.path.name} is {clip.width}x{clip.height}, {clip.frames} frames; "
            "they must be the same"
        )
