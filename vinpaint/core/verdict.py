"""Data types of the quality gate's verdict on a finished repair."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from vinpaint.core.boxes import Box, Span
from vinpaint.core.masks import MaskTrack

GateVerdict = Literal["pass", "look", "fail"]

FindingKind = Literal["flicker", "unsteady", "frozen", "drift", "seam", "texture", "blur", "hard",
               "plastic", "rough", "colour", "invented", "leftover"]  # fmt: skip


@dataclass(frozen=True)
class QualityPart:
    """One part of the quality: a score, its badness (0 like the source, 1 worst), its weight."""

    score: str
    badness: float
    weight: float


@dataclass(frozen=True)
class GateReason:
    """One fault that the gate found, in the whole clip or in some frames.

    Args:
        kind: The kind of fault.
        score: Name of the score that shows it.
        value: Value of the score: of the whole clip if `whole`, else of the worst frame.
        yardstick: Baseline of `value`, or None.
        strength: 1 at the limit; grows with the logarithm of the excess.
        whole: Whether the fault affects the whole clip.
        spans: The affected frames, worst first; empty if none stands out.
        box: The affected part of the picture in pixels, if the fault has one.
        place: Where that is, relative to the mask: 'below', 'above', 'left', 'right', 'around';
            'whole' if the mask lacks the whole object; 'shadow' or 'reflection' if that is what
            is left; empty for faults of the fill.
        sentence: The fault as a sentence; empty until it is worded.
    """

    kind: FindingKind
    score: str
    value: float
    yardstick: float | None
    strength: float
    whole: bool
    spans: tuple[Span, ...] = ()
    box: Box | None = None
    place: str = ""
    sentence: str = ""


@dataclass(frozen=True)
class LeftoverPart:
    """One kind of what is left: a part of the object itself, or what it casts.

    Args:
        spans: The frames on which it is left, longest first.
        share: Its largest area on a frame, as a share of the object's typical area.
        strength: The strongest evidence on a frame, relative to the limit.
        box: The part of the picture that contains all of it, or None if it was not outlined.
        place: Where it lies relative to the mask; see `GateReason.place`.
    """

    spans: tuple[Span, ...]
    share: float
    strength: float
    box: Box | None
    place: str


@dataclass(frozen=True, repr=False)
class Leftover:
    """What is still visible of a removed object, outside the mask.

    Args:
        shares: For each frame the area that is left over, as a share of the object's typical area;
            None if the frame was not examined.
        strengths: For each frame the evidence relative to the limit: 1 or more is left over.
        spans: The frames with something left over, longest first.
        parts: The object's own part and what it casts, as far as either is left.
        track: The mask of what is left over, on all frames.
    """

    shares: tuple[float | None, ...]
    strengths: tuple[float | None, ...]
    spans: tuple[Span, ...]
    parts: tuple[LeftoverPart, ...]
    track: MaskTrack


@dataclass(frozen=True)
class GateResult:
    """The verdict of the quality gate on a repair.

    Args:
        verdict: 'pass', 'look' (check these frames) or 'fail'.
        quality: 0 to 1, or None if no part of it could be measured.
        parts: The parts of the quality.
        reasons: The faults found, strongest first.
        spans: The frames to look at, worst first.
        per_frame: Strength of the worst fault of each frame: 1 or more is over the limit, None if
            the frame was not measured.
        examined_leftover: Whether it was examined if something of the removed object is left.
    """

    verdict: GateVerdict
    quality: float | None
    parts: tuple[QualityPart, ...] = ()
    reasons: tuple[GateReason, ...] = ()
    spans: tuple[Span, ...] = ()
    per_frame: tuple[float | None, ...] = ()
    examined_leftover: bool = False
