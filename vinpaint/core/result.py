"""The result of a finished run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vinpaint.core.advice import Advice
from vinpaint.core.job import Job
from vinpaint.core.scores import OutsideDifference, Score
from vinpaint.core.verdict import GateResult


@dataclass(frozen=True)
class SourceFacts:
    """What the source was."""

    name: str
    width: int
    height: int
    frames: int
    fps: float
    seconds: float
    sha256: str


@dataclass(frozen=True)
class Result:
    """A finished run: where the video lies, and its evidence."""

    job: Job
    outs: tuple[Path, ...]
    source: SourceFacts
    scores: tuple[Score, ...]
    verdict: str
    outside: OutsideDifference
    seconds: Mapping[str, float]
    """Wall time by stage."""
    versions: Mapping[str, str]
    notes: tuple[str, ...] = ()
    """Plain sentences about what was done to the sound, the size, the depth."""
    gate: GateResult | None = None
    """The quality and the verdict as values; None where nothing was measured."""
    advice: Advice | None = None
    """What was advised before the fill; None where nobody had looked ahead."""
