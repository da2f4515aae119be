"""The quality gate: measured scores in; one quality, a verdict, and where to look.

Pure values and rules, nothing is measured here. The quality is the seed's (quality evaluation,
combined score), Q = w1 (1 - E_warp^) + w2 (1 - FID^) + w3 (1 - E_boundary^), each part brought to
0 (as good as life) to 1 by a stated range. None of them is "lower is better" blindly: the truth
has errors too, and a fill far steadier or smoother than its surroundings shows as well, so two
parts count their distance from the clip's own value, to either side. Ranges were set on eight real
clips with holes of known content, still and moving (50 frames, 432x240):

- warp: log2(E / own), over 4 octaves upwards and 6 downwards: what is led along by a perfect flow
  has half of the truth's error, so being steadier than life is the smaller fault. The truth lay
  within 0.6 and 2.8 times its own, propagation at 0.2 to 0.75, Telea's smears at 2.5 to 43.
- texture: the wavelet distance over 0.6: a flat colour lay at 0.6 to 0.9, Telea's smears at 0.4 to
  0.7, the truth below 0.07. FID takes its place where it was measured: what it has above its own,
  over 200.
- boundary: | log2(E / own) | over 1 octave. The truth lay within 0.97 and 1.09, a flat colour at
  1.06 to 2.6, Telea's smeared rim at 0.79 to 1.02.

A rule of the gate is one line in RULES. A score's sum over the clip is held against its limits, and
where a quarter of the frames are over them too, the fault is the whole clip's. Else single frames
are named: those that spoiled the sum, or that stand out from the other frames of the same fill.
A fault of frames asks for a look, only one of the whole clip can fail.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median
from typing import Any

from vinpaint.core import FindingKind, GateReason, GateResult, GateVerdict, QualityPart, Score, Span

STEADIER_OCTAVES, RESTLESS_OCTAVES, BOUNDARY_OCTAVES = 6.0, 4.0, 1.0

TEXTURE_RANGE, FID_RANGE = 0.6, 200.0

WARP_FLOOR, BOUNDARY_FLOOR = 0.05, 0.5
"""Added to value and yardstick, in the score's unit: a change of 1.8 levels (root mean square), or
half a level a pixel, is not seen, and twice as little is not half as good."""

MOST_SPANS = 3
"""So many stretches are named for one reason."""

_WHOLE_SHARE = 0.25
"""A fault of the clip shows on so many of its frames; on fewer it is these frames' fault."""

_JOINED_FRAMES = 2

_OUTSTANDING = 2.0
"""A frame stands out when its ratio is so many times the fill's own median."""

_FRAME_STRENGTH = 2.0
"""One frame is noisier than all of them: it is named from so much beyond the limit."""


@dataclass(frozen=True)
class QualityWeights:
    """What the parts of the quality weigh; any sum, they are shares of it."""

    warp: float = 0.5
    texture: float = 0.3
    boundary: float = 0.2

    def __post_init__(self) -> None:
        each = (self.warp, self.texture, self.boundary)
        if not all(math.isfinite(one) and one >= 0 for one in each) or sum(each) <= 0:
            raise ValueError(f"Weights: {each}: none may be negative, and one must be above 0")


@dataclass(frozen=True)
class Rule:
    """When a score, set beside its yardstick, is a fault.

    `look` and `fail`: ratios to the yardstick, or plain values where not `relative`; above 1 the
    fault lies above them, below 1 below (`fail` None: never more than a look). `floor`: added to
    both, so that what nobody can see is no fault.
    """

    kind: FindingKind
    score: str
    look: float
    fail: float | None
    floor: float = 0.0
    relative: bool = True


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


def judge(scores: Iterable[Score], weights: QualityWeights | None = None) -> GateResult | None:
    """The gate's verdict; None where nothing was measured that it could judge."""
    named = {score.name: score for score in scores if score.value is not None}
    parts = _parts(named, weights or QualityWeights())
    judged = [rule for rule in RULES if rule.score in named]
    if not judged:
        return None
    strengths = {rule.kind: _strengths(rule, named[rule.score]) for rule in judged}
    found = [_reason(rule, named[rule.score], strengths[rule.kind]) for rule in judged]
    reasons = sorted((r for r in found if r), key=lambda r: (not r.whole, -r.strength))
    share = sum(part.weight for part in parts)
    quality = sum(part.weight * (1 - part.badness) for part in parts) / share if share else None
    return GateResult(
        verdict=_verdict(judged, reasons),
        quality=quality,
        parts=parts,
        reasons=tuple(reasons),
        spans=_apart(span for reason in reasons for span in reason.spans),
        per_frame=_worst(list(strengths.values())),
    )


def _apart(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The first few that share no frame with one before them."""
    kept: list[Span] = []
    for span in spans:
        if not any(span.intersection(other).length for other in kept):
            kept.append(span)
    return tuple(kept[:MOST_SPANS])


def _parts(named: Mapping[str, Score], weights: QualityWeights) -> tuple[QualityPart, ...]:
    parts = []
    if (octaves := _octaves(named.get("warp"), WARP_FLOOR)) is not None:
        reach = RESTLESS_OCTAVES if octaves > 0 else -STEADIER_OCTAVES
        parts.append(QualityPart("warp", min(1.0, octaves / reach), weights.warp))
    for name in ("fid", "texture"):  # the first that was measured
        score = named.get(name)
        if score is not None and score.value is not None:
            plain = (score.value - (score.yardstick or 0.0)) / FID_RANGE
            badness = plain if name == "fid" else score.value / TEXTURE_RANGE
            parts.append(QualityPart(name, min(1.0, max(0.0, badness)), weights.texture))
            break
    if (octaves := _octaves(named.get("boundary"), BOUNDARY_FLOOR)) is not None:
        parts.append(
            QualityPart("boundary", min(1.0, abs(octaves) / BOUNDARY_OCTAVES), weights.boundary)
        )
    return tuple(part for part in parts if part.weight > 0)


def _octaves(score: Score | None, floor: float) -> float | None:
    if score is None or score.value is None or score.yardstick is None:
        return None
    return math.log2((score.value + floor) / (score.yardstick + floor))


def _strength(rule: Rule, value: float | None, yardstick: float | None) -> float | None:
    """How far beyond its limit: 1 at it, 0 at the yardstick or on the other side of it."""
    if value is None or (rule.relative and yardstick is None):
        return None
    if not rule.relative:
        return value / rule.look
    ratio = (value + rule.floor) / ((yardstick or 0.0) + rule.floor)
    return max(0.0, math.log(max(ratio, 1e-9)) / math.log(rule.look))


def _strengths(rule: Rule, score: Score) -> tuple[float | None, ...]:
    """By frame, each beside its own yardstick where it has one."""
    own = score.own_per_frame
    beside = [own[t] if t < len(own) else None for t in range(len(score.per_frame))]
    pairs = zip(score.per_frame, beside, strict=True)
    return tuple(
        _strength(rule, value, score.yardstick if mine is None else mine) for value, mine in pairs
    )


def _reason(rule: Rule, score: Score, strengths: Sequence[float | None]) -> GateReason | None:
    overall = _strength(rule, score.value, score.yardstick) or 0.0
    known = [one for one in strengths if one is not None]
    over = [one is not None and one >= 1 for one in strengths]
    if overall >= 1 and score.value is not None and sum(over) >= _WHOLE_SHARE * len(known):
        spans = _spans(over, strengths)
        return GateReason(rule.kind, rule.score, score.value, score.yardstick, overall, True, spans)
    if not known:
        return None
    if overall < 1:  # else a few frames have spoiled the sum, and it is they
        # a strength is a logarithm (or a share), so "so many times the median" is a difference
        step = math.log(_OUTSTANDING) / abs(math.log(rule.look))
        limit = max(_FRAME_STRENGTH if rule.relative else 1.0, median(known) + step)
        over = [one is not None and one >= limit for one in strengths]
    if not any(over):
        return None
    worst = max(range(len(strengths)), key=lambda t: strengths[t] or 0.0)
    own = score.own_per_frame[worst] if worst < len(score.own_per_frame) else None
    return GateReason(
        rule.kind,
        rule.score,
        score.per_frame[worst] or 0.0,
        score.yardstick if own is None else own,
        strengths[worst] or 0.0,
        False,
        _spans(over, strengths),
    )


def _spans(over: Sequence[bool], strengths: Sequence[float | None]) -> tuple[Span, ...]:
    """The stretches over the limit, small gaps joined: the worst few, the worst first."""
    found: list[Span] = []
    for flag, group in groupby(range(len(over)), key=lambda t: over[t]):
        frames = list(group)
        if not flag:
            continue
        if found and frames[0] - found[-1].stop < _JOINED_FRAMES:
            found[-1] = Span(found[-1].start, frames[-1] + 1)
        else:
            found.append(Span(frames[0], frames[-1] + 1))

    def peak(span: Span) -> float:
        return max(strengths[t] or 0.0 for t in span.frames)

    return tuple(sorted(found, key=peak, reverse=True)[:MOST_SPANS])


def _verdict(rules: Iterable[Rule], reasons: Sequence[GateReason]) -> GateVerdict:
    limits = {rule.kind: rule for rule in rules}
    for reason in reasons:
        rule = limits[reason.kind]
        if not reason.whole or rule.fail is None:
            continue
        at_fail = rule.fail / rule.look
        if rule.relative:
            at_fail = math.log(rule.fail) / math.log(rule.look)
        if reason.strength >= at_fail:
            return "fail"
    return "look" if reasons else "pass"


def _worst(strengths: Sequence[Sequence[float | None]]) -> tuple[float | None, ...]:
    """By frame, the largest of all rules' strengths."""
    columns = zip(*strengths, strict=True)
    return tuple(max((one for one in frame if one is not None), default=None) for frame in columns)


def read_gate(report: Mapping[str, Any]) -> GateResult | None:
    """The gate of a report.json; None where nothing was judged, or a stranger wrote it."""
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(GateResult | None).validate_python(report.get("gate"))
    except ValidationError:
        return None
