"""The result of a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from vinpaint.core.advice import Advice
from vinpaint.core.job import Job
from vinpaint.core.mask_warning import MaskWarning
from vinpaint.core.masks import MaskTrack
from vinpaint.core.scores import OutsideDifference, Score
from vinpaint.core.verdict import GateResult


@dataclass(frozen=True)
class SourceFacts:
    """Properties of the source clip. `sha256` is the hash of its file or files."""

    name: str
    width: int
    height: int
    frames: int
    fps: float
    seconds: float
    sha256: str


@dataclass(frozen=True)
class Result:
    """The result of a finished run: the written files and their evidence.

    Args:
        job: The job as it was run; 'auto' is replaced by the chosen strategy.
        outs: The paths that were written.
        source: Properties of the source clip.
        scores: The measured scores.
        verdict: The verdict, as one or two sentences.
        outside: The differences outside the mask.
    """

    job: Job
    outs: tuple[Path, ...]
    source: SourceFacts
    scores: tuple[Score, ...]
    verdict: str
    outside: OutsideDifference
    seconds: Mapping[str, float]
    """Wall time of each stage, in seconds."""
    versions: Mapping[str, str]
    notes: tuple[str, ...] = ()
    """Sentences about how the work was done, such as changes to sound, size or bit depth."""
    gate: GateResult | None = None
    """The quality and the verdict as values; None if nothing was measured."""
    advice: Advice | None = None
    """The advice before the fill; None if no forecast was made."""
    mask_warnings: tuple[MaskWarning, ...] = ()
    """Possible errors of the mask, worst first. Only masks of moving objects are checked."""
    leftover: MaskTrack | None = field(default=None, compare=False, repr=False)
    """The mask of what is left of the object; None if nothing was found or nothing was measured."""
