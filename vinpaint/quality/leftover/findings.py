"""Combine what was found on single frames to spans of frames with something left over.

The combination is a logistic regression. Its weights were fitted to masks with planted faults and
to whole masks; bench/leftover.py repeats that, and tests it on clips that were not used.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Span
from vinpaint.imaging.effects import EffectKind, find_effects
from vinpaint.quality.leftover.attached import attached_pixels
from vinpaint.quality.leftover.escaped import escaped_pixels
from vinpaint.quality.leftover.scan_window import ScanWindow

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Limits:
    """The parameters of the combination.

    Args:
        weights: Weights of the features, in the order of `frame_features`.
        bias: Added to the weighted sum, which is a log-odds then.
        log_odds: Log-odds from which something is left over. Above 0, to avoid false alarms.
        lasting: Share of the object that must be attached on most of `_LASTING_FRAMES` frames if
            there is no other evidence: a shadow or a reflection.
    """

    weights: tuple[float, ...] = (0.254, 0.935, 0.223, 4.834, 2.901, 0.477, 0.291, -0.013, 0.556)
    bias: float = -2.144
    log_odds: float = 0.75
    lasting: float = 0.06


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
        cut: Length of the border that cuts through the object, as a multiple of the object's size.
        mask: (h, w) bool at working size, all pixels that were found.
        cast: Confidence that the object's shadow or reflection is left.
        cast_share: Area of it times its strength, as a share of the object.
        cast_kind: Which of them it is.
        offset: (x, y) from the centre of the expected object to that of the mask, as a share of the
            object's size.
    """

    area: float
    lost: bool
    attached: float
    escaped: float
    cut: float
    mask: Bools
    offset: tuple[float, float]
    cast: float = 0.0
    cast_share: float = 0.0
    cast_kind: EffectKind = EffectKind.OTHER

    @property
    def share(self) -> float:
        """Area that is left over, as a share of the object."""
        return max(self.attached, self.escaped, self.cast_share)


def examine(window: ScanWindow, *, pixel_area: float = 1.0) -> list[FrameFinding]:
    """Return the findings on all frames of a window.

    `pixel_area`: area of a small pixel in pixels of the clip.
    """
    findings = []
    effects = find_effects(
        window.source, window.holes, result=window.result, cameras=window.cameras, tick=window.tick
    )
    found = zip(attached_pixels(window), escaped_pixels(window), effects, strict=True)
    for t, (attached, escaped, effect) in enumerate(found):
        mask = attached.mask | escaped | (effect.strength > _MIN_STRENGTH)
        findings.append(
            FrameFinding(
                area=float(window.holes[t].sum()) * pixel_area,
                lost=window.lost[t],
                attached=float(attached.mask.sum()) / window.area_px,
                escaped=float(escaped.sum()) / window.area_px,
                cut=attached.cut,
                mask=mask,
                offset=_offset(mask, window.expected[t], window.area_px**0.5),
                cast=effect.confidence,
                cast_share=float(effect.strength.sum()) / window.area_px,
                cast_kind=effect.kind,
            )
        )
    return findings


def _offset(mask: Bools, expected: Bools, size_px: float) -> tuple[float, float]:
    if not mask.any() or not expected.any():
        return 0.0, 0.0
    (y, x), (center_y, center_x) = (
        (float(axis.mean()) for axis in np.nonzero(one)) for one in (mask, expected)
    )
    return (x - center_x) / size_px, (y - center_y) / size_px


class ShotEvidence(NamedTuple):
    """The findings of consecutive frames as running medians.

    features: (frames, 9), see `frame_features`; share: (frames,) of the object, seen outside the
    mask; lasting: (frames,) of the object, attached to it on most frames around; cast: (frames,)
    confidence that its shadow or reflection is left.
    """

    features: Doubles
    share: Doubles
    lasting: Doubles
    cast: Doubles


def shot_evidence(findings: Sequence[FrameFinding]) -> ShotEvidence:
    """Return the running medians of the findings of a shot."""
    attached = np.array([finding.attached for finding in findings])
    share = np.array([finding.share for finding in findings])
    return ShotEvidence(
        frame_features(findings),
        _running_median(share, _SMOOTH_FRAMES),
        _running_median(attached, _LASTING_FRAMES),
        _running_median(np.array([finding.cast for finding in findings]), _LASTING_FRAMES),
    )


def strengths(evidence: ShotEvidence, limits: Limits = Limits()) -> list[float]:
    """Return the evidence on every frame relative to the limit: 1 or more is left over."""
    log_odds = evidence.features @ np.array(limits.weights) + limits.bias
    combined = 1 + (log_odds - limits.log_odds) / _LOG_ODDS_PER_STRENGTH
    combined[evidence.share < _MIN_EVIDENCE] = 0.0
    strongest = np.maximum(combined, evidence.lasting / limits.lasting)
    strongest = np.maximum(strongest, evidence.cast / _CAST_CONFIDENCE)
    return [float(value) for value in np.maximum(strongest, 0.0)]


def frame_features(findings: Sequence[FrameFinding]) -> Doubles:
    """Return the features of every frame, (frames, 9): running medians over a few frames."""
    attached, escaped, cut = (
        np.log1p(np.array([getattr(finding, name) for finding in findings]) / _SCALE)
        for name in ("attached", "escaped", "cut")
    )
    lost = np.array([float(finding.lost) for finding in findings])
    dip = np.minimum(_dips([finding.area for finding in findings]), _MAX_DIP) * (1 - lost)
    columns = (attached, escaped, cut, dip, lost, attached * lost, escaped * lost, cut * dip,
               attached * dip)  # fmt: skip
    return np.stack([_running_median(column, _SMOOTH_FRAMES) for column in columns], axis=1)


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


def name_place(findings: Sequence[FrameFinding]) -> str:
    """Return where most of what is left over lies (`GateReason.place`); empty for no findings."""
    if not findings:
        return ""
    if sum(finding.lost for finding in findings) >= _WHOLE_SHARE * len(findings):
        return "whole"
    kinds = Counter(one.cast_kind for one in findings if one.cast >= _CAST_CONFIDENCE)
    if kinds and 2 * kinds.total() >= len(findings):
        return kinds.most_common(1)[0][0].value
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
