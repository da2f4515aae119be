"""The verdict of the quality gate on a finished repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vinpaint.core.boxes import Span

GateVerdict = Literal["pass", "look", "fail"]

FindingKind = Literal["flicker", "unsteady", "frozen", "drift", "seam", "texture", "blur", "hard",
               "plastic", "rough", "colour", "invented"]  # fmt: skip


@dataclass(frozen=True)
class QualityPart:
    """One part of the quality: the score it comes from, 0 (as life) to 1, and its share."""

    score: str
    badness: float
    weight: float


@dataclass(frozen=True)
class GateReason:
    """One fault that was found: of the whole clip, or of some frames.

    value, yardstick: the clip's, or the worst frame's; strength: 1 at the limit, growing with the
    logarithm of how far it lies beyond. `spans`: the worst first, empty where no frame stands out.
    """

    kind: FindingKind
    score: str
    value: float
    yardstick: float | None
    strength: float
    whole: bool
    spans: tuple[Span, ...] = ()


@dataclass(frozen=True)
class GateResult:
    """The verdict on a repair. `quality`: 0 to 1; None where no part of it could be measured.

    `reasons`: the strongest first. `spans`: the frames to look at, the worst first. `per_frame`:
    how far each frame lies beyond its worst limit: from 1 on it is over it, None: not measured.
    """

    verdict: GateVerdict
    quality: float | None
    parts: tuple[QualityPart, ...] = ()
    reasons: tuple[GateReason, ...] = ()
    spans: tuple[Span, ...] = ()
    per_frame: tuple[float | None, ...] = ()
