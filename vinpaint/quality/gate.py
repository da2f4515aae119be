"""The quality gate: combine measured scores to a quality, a verdict, and the frames to look at.

RULES contains the limits, one line per kind of fault. Nothing is measured in this module.

The quality is Q = w1 (1 - E_warp^) + w2 (1 - FID^) + w3 (1 - E_boundary^) of docs/method.md. Each
part is scaled to the range from 0 (like the source) to 1. A low value is not always good: real
footage has errors too, and a fill that is much steadier or smoother than its surroundings is
visible. Therefore warp and boundary are compared with the baseline, the same measure on the
untouched source around the hole, and a distance in either direction counts. The ranges were set on
eight real clips with still and moving holes of known content, the "truth" (50 frames, 432x240):

- warp: log2(E / baseline), divided by 4 octaves if positive, by 6 if negative. Perfect propagation
  has half the error of the truth, so being too steady is the smaller fault. The truth scored 0.6 to
  2.8 times its baseline, propagation 0.2 to 0.75, Telea inpainting 2.5 to 43.
- texture: the wavelet distance, divided by 0.6. A flat colour scored 0.6 to 0.9, Telea 0.4 to 0.7,
  the truth below 0.07. If FID was measured, it is used instead: its excess over its baseline,
  divided by 200.
- boundary: | log2(E / baseline) |, divided by 1 octave. The truth scored 0.97 to 1.09 times its
  baseline, a flat colour 1.06 to 2.6, Telea's blurred border 0.79 to 1.02.

Each rule compares the score of the whole clip with its limits. If the score and at least a quarter
of the measured frames exceed the limit, the whole clip has the fault. Otherwise the fault is
reported for single frames: those that exceed the limit, if the score does too, or else those that
stand out from the other frames. A fault of single frames leads to the verdict 'look'. Only a fault
of the whole clip can lead to 'fail'.

What is left of the removed object (`quality/leftover`) is a fault by itself: it leads to 'look', or
to 'fail' if half of the object or more is left on some frame.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Any

from vinpaint.core import (
    FindingKind,
    GateReason,
    GateResult,
    GateVerdict,
    Leftover,
    QualityPart,
    Score,
    Span,
)

WARP_FLOOR, BOUNDARY_FLOOR = 0.05, 0.5
"""Constants added to the value and to the baseline before their ratio is taken, in the unit of the
score. They correspond to invisible differences: a change of 1.8 levels (root mean square), and half
a level per pixel."""


@dataclass(frozen=True)
class Rule:
    """A limit on one score, above (or below) which a repair has a fault.

    Args:
        kind: the kind of fault.
        score: name of the score.
        look, fail: limits for the verdicts 'look' and 'fail'. If `relative`, they apply to the
            ratio of the score to its baseline; a limit above 1 is an upper limit, one below 1 a
            lower limit. Otherwise they are upper limits on the score itself. With `fail` None the
            fault never leads to 'fail'.
        floor: added to the score and to the baseline, so that invisible differences are no fault.
        relative: whether the score is compared with its baseline.
    """

    kind: FindingKind
    score: str
    look: float
    fail: float | None
    floor: float = 0.0
    relative: bool = True

    def strength(self, value: float | None, baseline: float | None) -> float | None:
        """Return how close a score is to the limit, or None if it was not measured.

        For a relative rule it is 0 at the baseline and on its good side, 1 at the limit `look`, and
        grows with the logarithm of the ratio. Otherwise it is the value divided by `look`.
        """
        if value is None or (self.relative and baseline is None):
            return None
        if not self.relative:
            return value / self.look
        ratio = (value + self.floor) / ((baseline or 0.0) + self.floor)
        return max(0.0, math.log(max(ratio, 1e-9)) / math.log(self.look))

    @property
    def fail_strength(self) -> float:
        """The strength at the limit `fail`; infinite if there is none."""
        if self.fail is None:
            return math.inf
        if self.relative:
            return math.log(self.fail) / math.log(self.look)
        return self.fail / self.look


RULES: tuple[Rule, ...] = (
    Rule("unsteady", "warp", look=4.0, fail=8.0, floor=WARP_FLOOR),
    Rule("frozen", "warp", look=0.1, fail=None, floor=0.005),
    Rule("drift", "drift", look=3.0, fail=6.0, floor=0.2),
    Rule("flicker", "flicker", look=5.0, fail=12.0, floor=1.0),
    Rule("seam", "boundary", look=1.5, fail=2.5, floor=BOUNDARY_FLOOR),
    Rule("colour", "colour", look=2.0, fail=3.5, floor=2.0),
    Rule("texture", "texture", look=0.5, fail=0.7, relative=False),
    Rule("blur", "sharpness", look=0.5, fail=0.33, floor=0.1),
    Rule("hard", "sharpness", look=2.6, fail=None, floor=0.3),
    Rule("plastic", "grain", look=0.2, fail=None, floor=0.2),
    Rule("rough", "grain", look=3.0, fail=None, floor=0.5),
    Rule("invented", "invented", look=25.0, fail=None, relative=False),
)
"""The limits of the gate, one line per kind of fault."""

LEFTOVER_FAIL = 50.0
"""Percentage of the object that is left over on a frame, at which the repair fails."""

STEADIER_OCTAVES, RESTLESS_OCTAVES, BOUNDARY_OCTAVES = 6.0, 4.0, 1.0

TEXTURE_RANGE, FID_RANGE = 0.6, 200.0

MAX_SPANS = 3
"""Maximum number of spans that are reported for one reason, and in all."""

_WHOLE_SHARE = 0.25
"""Share of the measured frames that must exceed the limit for a fault of the whole clip."""

_MAX_GAP_FRAMES = 2

_OUTLIER_RATIO = 2.0
"""A frame stands out if its ratio to the baseline is this multiple of the median of all frames."""

_FRAME_STRENGTH = 2.0
"""Minimum strength at which a single frame is reported. It is above 1, because the scores of single
frames are noisier than that of the clip."""


@dataclass(frozen=True)
class QualityWeights:
    """Relative weights of the parts of the quality.

    Raises ValueError if one is negative or all are 0.
    """

    warp: float = 0.5
    texture: float = 0.3
    boundary: float = 0.2

    def __post_init__(self) -> None:
        weights = (self.warp, self.texture, self.boundary)
        if not all(math.isfinite(one) and one >= 0 for one in weights) or sum(weights) <= 0:
            raise ValueError(
                f"QualityWeights: {weights}: none may be negative, and one must be above 0"
            )


def judge(
    scores: Iterable[Score],
    weights: QualityWeights | None = None,
    *,
    leftover: Leftover | None = None,
) -> GateResult | None:
    """Return the quality, the verdict and the faults of a repair.

    Args:
        scores: The measured scores.
        weights: Weights of the parts of the quality, or None for the defaults.
        leftover: What is left of the removed object, or None if that was not examined.

    Returns None if no score with a rule was measured.
    """
    named = {score.name: score for score in scores if score.value is not None}
    parts = _parts(named, weights or QualityWeights())
    rules = [rule for rule in RULES if rule.score in named]
    if not rules:
        return None
    strengths: dict[FindingKind, tuple[float | None, ...]] = {
        rule.kind: _strengths(rule, named[rule.score]) for rule in rules
    }
    found = [_reason(rule, named[rule.score], strengths[rule.kind]) for rule in rules]
    reasons = sorted((r for r in found if r), key=lambda r: (not r.whole, -r.strength))
    if leftover is not None:
        strengths["leftover"] = leftover.strengths
        reasons = [*leftover_reasons(leftover), *reasons]
    total = sum(part.weight for part in parts)
    quality = sum(part.weight * (1 - part.badness) for part in parts) / total if total else None
    return GateResult(
        verdict=_verdict(reasons, leftover),
        quality=quality,
        parts=parts,
        reasons=tuple(reasons),
        spans=_disjoint(span for reason in reasons for span in reason.spans),
        per_frame=tuple(
            max((one for one in frame if one is not None), default=None)
            for frame in zip(*strengths.values(), strict=True)
        ),
        examined_leftover=leftover is not None,
    )


def leftover_reasons(leftover: Leftover) -> list[GateReason]:
    """Return a reason for every part of what is left of the object; none if nothing is.

    Its value is the largest share of the object that is left on a frame, in percent. They come
    before all faults of the fill, because a perfect fill does not make up for them.
    """
    examined = [strength for strength in leftover.strengths if strength is not None]
    return [
        GateReason(
            kind="leftover",
            score="leftover",
            value=100 * part.share,
            yardstick=None,
            strength=part.strength,
            whole=sum(span.length for span in part.spans) >= _WHOLE_SHARE * len(examined),
            spans=part.spans[:MAX_SPANS],
            box=part.box,
            place=part.place,
        )
        for part in leftover.parts
    ]


def _disjoint(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Return the first `MAX_SPANS` spans that do not overlap an earlier one."""
    kept: list[Span] = []
    for span in spans:
        if not any(span.intersection(other).length for other in kept):
            kept.append(span)
    return tuple(kept[:MAX_SPANS])


def _parts(named: Mapping[str, Score], weights: QualityWeights) -> tuple[QualityPart, ...]:
    parts = []
    if (octaves := _octaves(named.get("warp"), WARP_FLOOR)) is not None:
        reach = RESTLESS_OCTAVES if octaves > 0 else -STEADIER_OCTAVES
        parts.append(QualityPart("warp", min(1.0, octaves / reach), weights.warp))
    score = named.get("fid") or named.get("texture")
    if score is not None and score.value is not None:
        excess = (score.value - (score.yardstick or 0.0)) / FID_RANGE
        badness = excess if score.name == "fid" else score.value / TEXTURE_RANGE
        parts.append(QualityPart(score.name, min(1.0, max(0.0, badness)), weights.texture))
    if (octaves := _octaves(named.get("boundary"), BOUNDARY_FLOOR)) is not None:
        badness = min(1.0, abs(octaves) / BOUNDARY_OCTAVES)
        parts.append(QualityPart("boundary", badness, weights.boundary))
    return tuple(part for part in parts if part.weight > 0)


def _octaves(score: Score | None, floor: float) -> float | None:
    if score is None or score.value is None or score.yardstick is None:
        return None
    return math.log2((score.value + floor) / (score.yardstick + floor))


def _baseline(score: Score, frame: int) -> float | None:
    """Return the baseline of one frame, or that of the clip if the frame has none."""
    own = score.own_per_frame[frame] if frame < len(score.own_per_frame) else None
    return score.yardstick if own is None else own


def _strengths(rule: Rule, score: Score) -> tuple[float | None, ...]:
    """Return the strength of a fault for each frame; None where nothing was measured."""
    return tuple(rule.strength(v, _baseline(score, t)) for t, v in enumerate(score.per_frame))


def _reason(rule: Rule, score: Score, strengths: Sequence[float | None]) -> GateReason | None:
    overall = rule.strength(score.value, score.yardstick) or 0.0
    measured = [one for one in strengths if one is not None]
    over = [one is not None and one >= 1 for one in strengths]
    if overall >= 1 and score.value is not None and sum(over) >= _WHOLE_SHARE * len(measured):
        spans = _spans(over, strengths)
        return GateReason(rule.kind, rule.score, score.value, score.yardstick, overall, True, spans)
    if not measured:
        return None
    if overall < 1:  # report only frames that stand out
        # strengths are logarithms, so a multiple of the median ratio is a difference
        step = math.log(_OUTLIER_RATIO) / abs(math.log(rule.look))
        limit = max(_FRAME_STRENGTH if rule.relative else 1.0, median(measured) + step)
        over = [one is not None and one >= limit for one in strengths]
    if not any(over):
        return None
    worst = max(range(len(strengths)), key=lambda t: strengths[t] or 0.0)
    return GateReason(
        rule.kind,
        rule.score,
        score.per_frame[worst] or 0.0,
        _baseline(score, worst),
        strengths[worst] or 0.0,
        False,
        _spans(over, strengths),
    )


def _spans(over: Sequence[bool], strengths: Sequence[float | None]) -> tuple[Span, ...]:
    """Return at most `MAX_SPANS` spans of frames over the limit, worst first.

    Small gaps between spans are closed.
    """
    spans: list[Span] = []
    for flag, group in groupby(range(len(over)), key=lambda t: over[t]):
        frames = list(group)
        if not flag:
            continue
        start = frames[0]
        if spans and start - spans[-1].stop < _MAX_GAP_FRAMES:
            start = spans.pop().start
        spans.append(Span(start, frames[-1] + 1))
    peaks = {span: max(strengths[t] or 0.0 for t in span.frames) for span in spans}
    return tuple(sorted(spans, key=lambda span: -peaks[span])[:MAX_SPANS])


def _verdict(reasons: Sequence[GateReason], leftover: Leftover | None) -> GateVerdict:
    spans = leftover.spans if leftover else ()
    shares = [leftover.shares[t] or 0.0 for span in spans for t in span.frames] if leftover else []
    if 100 * max(shares, default=0.0) >= LEFTOVER_FAIL:
        return "fail"
    limits = {rule.kind: rule.fail_strength for rule in RULES}
    if any(one.whole and one.strength >= limits.get(one.kind, math.inf) for one in reasons):
        return "fail"
    return "look" if reasons else "pass"


def read_gate(report: Mapping[str, Any]) -> GateResult | None:
    """Read the gate's result from a parsed report.json.

    Returns None if it has none or it is malformed.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(GateResult | None).validate_python(report.get("gate"))
    except ValidationError:
        return None
