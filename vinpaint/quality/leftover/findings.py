"""Combine what was found on single frames to spans of frames with something left over.

The combination is a logistic regression. Its weights were fitted to masks with planted faults and
to whole masks; bench/leftover.py repeats that, and tests it on clips that were not used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Span
from vinpaint.imaging.effects import EffectKind, find_effects
from vinpaint.quality.leftover.attached import AttachedPixels, attached_pixels
from vinpaint.quality.leftover.continuity import continuing_pixels
from vinpaint.quality.leftover.dropped_parts import PartChanges, missing_parts, part_changes
from vinpaint.quality.leftover.escaped import escaped_pixels
from vinpaint.quality.leftover.likely_places import likely_places
from vinpaint.quality.leftover.mask_delay import MaskDelay, mask_delays
from vinpaint.quality.leftover.object_cues import ObjectCues, object_cues
from vinpaint.quality.leftover.plate_difference import plate_differences
from vinpaint.quality.leftover.scan_window import ScanWindow

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """The parameters of the combination.

    Args:
        weights: Weights of the features, in the order of `frame_features`.
        bias: Added to the weighted sum, which is a log-odds then.
        log_odds: Log-odds from which something is left over.
        lasting: Share of the object that must be attached on most of `_LASTING_FRAMES` frames if
            there is no other evidence: a shadow or a reflection.
    """

    weights: tuple[float, ...] = (0.258, 0.167, 6.416, 1.669, 32.571, 1.846, 1.353)
    bias: float = -4.435
    log_odds: float = -1.0
    lasting: float = 0.08


_LOG_ODDS_PER_STRENGTH = 2.0
_LASTING_FRAMES = 17
_SMOOTH_FRAMES = 7
"""Number of frames of the running medians of the features."""
_SCALE = 0.01
"""Shares of the object's area enter as log(1 + share / _SCALE)."""
_DIP_FRAMES, _DIP_QUANTILE, _MAX_DIP = 20, 0.8, 0.6
"""The dip of an area: the log of its usual value before and after over its own, up to a maximum."""
_MIN_EVIDENCE = 0.004
"""Minimum share of the object that must be seen outside the mask. A mask that only shrinks may be
right: the object may be occluded."""
_OTHER_COLOUR, _COLOUR_RANGE, _OTHER_WEIGHT = 0.45, 0.15, 0.3
"""Colour cue up to which a pixel has other colours than the object, the range above it, and the
weight of such pixels in what lasts."""
_GAIN, _MISSING = 4, 5
"""Indices of the features that are evidence without pixels seen outside the mask."""
_PART_SCALE = 0.005
"""Missing parts enter as log(1 + strength / _PART_SCALE)."""
_MAX_GAP_FRAMES, _MIN_FRAMES = 8, 6
"""Spans with a smaller gap are joined; shorter ones are dropped."""
_CAST_CONFIDENCE, _MIN_STRENGTH = 0.5, 0.1
"""Confidence from which a shadow or reflection is left over, whatever else was found; and its
strength at the border of the reported mask."""
_AROUND_SHARE = 0.35
"""Offset of what is left over, as a share of the object's size, below which it lies around it."""
_WHOLE_SHARE = 0.5
"""Share of the frames on which the mask must have lost the object, to say that it is visible."""


@dataclass(frozen=True, repr=False)
class FrameFinding:
    """What was found on one frame.

    Args:
        area: Area of the hole in pixels of the clip.
        lost: Whether the hole is missing or far too small.
        attached, escaped: Area of the pixels found by either method, as shares of the object.
        lasting: `attached`, where pixels in other colours count less unless they are shaded ground:
            they may belong to another object.
        delay: By how many frames the mask is late.
        changes: What the mask dropped or took up since the frame before.
        mask: (h, w) bool at working size, the pixels of the object that were found.
        likely: (h, w) bool, where the rest of the object probably lies if other evidence speaks;
            see `likely_places`.
        offset: (x, y) from the centre of the expected object to that of both, as a share of the
            object's size.
        cast_mask: (h, w) bool, its shadow or reflection.
        cast: Confidence that one of them is left.
        cast_share: Area of it times its strength, as a share of the object.
        cast_kind: Which of them it is.
    """

    area: float
    lost: bool
    attached: float
    escaped: float
    lasting: float
    delay: MaskDelay
    changes: PartChanges
    mask: Bools
    likely: Bools
    offset: tuple[float, float]
    cast_mask: Bools
    cast: float = 0.0
    cast_share: float = 0.0
    cast_kind: EffectKind = EffectKind.OTHER

    @property
    def share(self) -> float:
        """Area that is left over, as a share of the object."""
        return max(self.attached, self.escaped, self.cast_share)

    def without_history(self) -> FrameFinding:
        """Return the finding as for an overlay, which may come and go."""
        return replace(self, lost=False, delay=MaskDelay(), changes=PartChanges())


def examine(window: ScanWindow, *, pixel_area: float = 1.0) -> list[FrameFinding]:
    """Return the findings on all frames of a window.

    `pixel_area`: area of a small pixel in pixels of the clip.
    """
    differences = plate_differences(window)
    cues = object_cues(window, differences)
    continuing = continuing_pixels(window)
    found = attached_pixels(window, differences)
    escaped = escaped_pixels(window, continuing)
    delays = mask_delays(window, cues)
    changes = part_changes(window, cues, continuing)
    effects = find_effects(
        window.source, window.holes, result=window.result, cameras=window.cameras, tick=window.tick
    )
    findings = []
    for t, (attached, effect) in enumerate(zip(found, effects, strict=True)):
        mask = attached.mask | escaped[t]
        likely = likely_places(window, cues[t], delays[t], t, outlined=mask)
        findings.append(
            FrameFinding(
                area=float(window.holes[t].sum()) * pixel_area,
                lost=window.lost[t],
                attached=float(attached.mask.sum()) / window.area_px,
                escaped=float(escaped[t].sum()) / window.area_px,
                lasting=_lasting_px(attached, cues[t]) / window.area_px,
                delay=delays[t],
                changes=changes[t],
                mask=mask,
                offset=_offset(mask | likely, window.expected[t], window.area_px**0.5),
                cast_mask=effect.strength > _MIN_STRENGTH,
                cast=effect.confidence,
                cast_share=float(effect.strength.sum()) / window.area_px,
                cast_kind=effect.kind,
                likely=likely,
            )
        )
    return findings


def _lasting_px(attached: AttachedPixels, cues: ObjectCues) -> float:
    """Return the area of the attached pixels, where some count less: see `FrameFinding.lasting`."""
    if not attached.mask.any():
        return 0.0
    colour = cues.enlarged(attached.mask.shape[::-1]).colour
    alike = np.clip((colour - _OTHER_COLOUR) / _COLOUR_RANGE, 0, 1)
    alike[attached.shaded] = 1
    return float((_OTHER_WEIGHT + (1 - _OTHER_WEIGHT) * alike)[attached.mask].sum())


def _offset(mask: Bools, expected: Bools, size_px: float) -> tuple[float, float]:
    if not mask.any() or not expected.any():
        return 0.0, 0.0
    (y, x), (center_y, center_x) = (
        (float(axis.mean()) for axis in np.nonzero(one)) for one in (mask, expected)
    )
    return (x - center_x) / size_px, (y - center_y) / size_px


class ShotEvidence(NamedTuple):
    """The findings of consecutive frames as running medians.

    features: (frames, 7), see `frame_features`; share: (frames,) of the object, seen outside the
    mask, or other evidence if that is more; lasting: (frames,) of the object, attached to it on
    most frames around; cast: (frames,) confidence that its shadow or reflection is left.
    """

    features: Doubles
    share: Doubles
    lasting: Doubles
    cast: Doubles


def shot_evidence(findings: Sequence[FrameFinding]) -> ShotEvidence:
    """Return the running medians of the findings of a shot."""
    lasting = np.array([finding.lasting for finding in findings])
    share = np.array([finding.share for finding in findings])
    features = frame_features(findings)
    other = np.minimum(features[:, _GAIN], 1) + features[:, _MISSING] * _PART_SCALE
    return ShotEvidence(
        features,
        np.maximum(_running_median(share, _SMOOTH_FRAMES), other),
        _running_median(lasting, _LASTING_FRAMES),
        _running_median(np.array([finding.cast for finding in findings]), _LASTING_FRAMES),
    )


def strengths(evidence: ShotEvidence, limits: Limits = Limits()) -> list[float]:
    """Return the evidence on every frame relative to the limit: 1 or more is left over."""
    own, cast = object_strengths(evidence, limits), cast_strengths(evidence)
    lasting = evidence.lasting / limits.lasting
    return [float(value) for value in np.maximum.reduce([own, cast, lasting])]


def object_strengths(evidence: ShotEvidence, limits: Limits = Limits()) -> Doubles:
    """Return the evidence on every frame that a part of the object itself is left over.

    What only stays attached for long is the shadow or reflection where one of them was found.
    """
    log_odds = evidence.features @ np.array(limits.weights) + limits.bias
    combined = 1 + (log_odds - limits.log_odds) / _LOG_ODDS_PER_STRENGTH
    combined[evidence.share < _MIN_EVIDENCE] = 0.0
    lasting = np.where(cast_strengths(evidence) < 1, evidence.lasting / limits.lasting, 0)
    return np.asarray(np.maximum(np.maximum(combined, lasting), 0.0), np.float64)


def cast_strengths(evidence: ShotEvidence) -> Doubles:
    """Return the evidence on every frame that the object's shadow or reflection is left over."""
    return np.asarray(evidence.cast / _CAST_CONFIDENCE, np.float64)


def frame_features(findings: Sequence[FrameFinding]) -> Doubles:
    """Return the features of every frame, (frames, 7).

    The first four are running medians over a few frames: attached and escaped pixels, the dip of
    the area, whether the object is lost. Then come the gain of another mask, and the strength and
    distinctness of a missing part.
    """
    attached, escaped = (
        np.log1p(np.array([getattr(finding, name) for finding in findings]) / _SCALE)
        for name in ("attached", "escaped")
    )
    lost = np.array([float(finding.lost) for finding in findings])
    dip = np.minimum(_dips([finding.area for finding in findings]), _MAX_DIP) * (1 - lost)
    medians = [_running_median(one, _SMOOTH_FRAMES) for one in (attached, escaped, dip, lost)]
    gain = np.array([finding.delay.gain for finding in findings])
    missing = missing_parts([finding.changes for finding in findings])
    parts = np.log1p(missing.strength / _PART_SCALE)
    return np.column_stack([*medians, gain, parts, missing.distinct])


def _dips(areas: Sequence[float]) -> Doubles:
    """Return by how much each area falls short of those before and of those after it."""
    dips = np.zeros(len(areas))
    for t, area in enumerate(areas):
        before, after = areas[max(0, t - _DIP_FRAMES) : t], areas[t + 1 : t + 1 + _DIP_FRAMES]
        if before and after:
            usual = min(float(np.quantile(side, _DIP_QUANTILE)) for side in (before, after))
            dips[t] = np.log(max(1.0, usual / max(area, 1.0)))
    return dips


def _running_median(values: Doubles, frames: int) -> Doubles:
    reach = frames // 2
    spans = (values[max(0, t - reach) : t + reach + 1] for t in range(len(values)))
    return np.array([np.median(span) for span in spans])


def spans_over(values: Sequence[float | None]) -> tuple[Span, ...]:
    """Return the spans of frames at or above 1, longest first."""
    spans: list[Span] = []
    for t, value in enumerate(values):
        if value is None or value < 1:
            continue
        if spans and t - spans[-1].stop < _MAX_GAP_FRAMES:
            spans[-1] = Span(spans[-1].start, t + 1)
        else:
            spans.append(Span(t, t + 1))
    kept = [span for span in spans if span.length >= min(_MIN_FRAMES, len(values))]
    return tuple(sorted(kept, key=lambda span: (-span.length, span.start)))


def name_cast(findings: Sequence[FrameFinding]) -> str:
    """Return 'shadow' or 'reflection', whichever was found on more frames."""
    kinds = Counter(one.cast_kind for one in findings if one.cast >= _CAST_CONFIDENCE)
    return kinds.most_common(1)[0][0].value if kinds else EffectKind.SHADOW.value


def name_place(findings: Sequence[FrameFinding]) -> str:
    """Return where most of the object's part lies (`GateReason.place`); empty for no findings."""
    if not findings:
        return ""
    if sum(finding.lost for finding in findings) >= _WHOLE_SHARE * len(findings):
        return "whole"
    votes: Counter[str] = Counter()
    for finding in findings:
        x, y = finding.offset
        if max(abs(x), abs(y)) < _AROUND_SHARE:
            votes["around"] += 1
        elif abs(y) >= abs(x):
            votes["below" if y > 0 else "above"] += 1
        else:
            votes["right" if x > 0 else "left"] += 1
    return votes.most_common(1)[0][0]
