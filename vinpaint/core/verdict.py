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
    """One part of the quality: its score, badness (0 is like the source, 1 worst) and weight."""

    score: str
    badness: float
    weight: float


@dataclass(frozen=True)
class GateReason:
    """One fault that the gate found, of the whole clip or of some frames.

    Args:
        value, yardstick: value and baseline of the clip, or of the worst frame if not `whole`.
        strength: 1 at the limit; grows with the logarithm of the excess.
        spans: affected frames, worst first; empty if none stands out.
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
    """The verdict on a repair.

    Args:
        quality: 0 to 1, or None if no part of it could be measured.
        reasons: the faults found, strongest first.
        spans: the frames to look at, worst first.
        per_frame: strength of each frame's worst fault; over the limit from 1 on, None if the
            frame was not measured.
    """

    verdict: GateVerdict
    quality: float | None
    parts: tuple[QualityPart, ...] = ()
    reasons: tuple[GateReason, ...] = ()
    spans: tuple[Span, ...] = ()
    per_frame: tuple[float | None, ...] = ()
