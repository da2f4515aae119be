"""Warnings from the area of a mask, its outline, and its changes from frame to frame.

Normal motion can change an outline more than most errors do (the legs of a runner, for example), so
every measure is compared with its usual value for the object.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

import numpy as np

from vinpaint.core import Floats, MaskWarning, Span
from vinpaint.masks.refine.self_check.frames import MIN_MASK_PX
from vinpaint.masks.refine.self_check.measures import FrameMeasures
from vinpaint.masks.refine.self_check.spans import joined_spans, label
from vinpaint.media import split_shots

_JUMP, _JUMP_SHARE = 0.26, 3.0
"""A jump: the log ratio of areas exceeds the first value plus the second times its usual value."""
_RETURN_FRAMES = 20
"""A jump that is reversed within this many frames gives a single warning."""
_FLICKER, _FLICKER_SHARE = 0.06, 0.5
"""Flicker: `isolated` exceeds the first value plus the second times `disagreement`."""
_DRIFT, _DRIFT_LEVEL = 0.88, 1.16
"""Drift: the contrast of the outline is below both limits, one relative to earlier frames."""
_MIN_DRIFT_FRAMES = 5
"""Minimum length of a drift."""
_NEAR_FRAMES = 8
"""Frames on either side that define a usual value. Flagged frames closer together are joined."""
_UNSEEN_JUMP = 0.45
"""Highest severity of a jump at which nothing visible entered or left the mask."""


def area_warnings(frames: Sequence[FrameMeasures], cuts: Sequence[int]) -> Iterator[MaskWarning]:
    """Yield the warnings of this module."""
    yield from _cut_warnings(frames, cuts)
    yield from _jump_warnings(frames, cuts)
    yield from _drift_warnings(frames, cuts)
    yield from _flicker_warnings(frames, cuts)
    yield from _edge_warnings(frames)


def _cut_warnings(frames: Sequence[FrameMeasures], cuts: Sequence[int]) -> Iterator[MaskWarning]:
    for cut in cuts:
        if 0 < cut < len(frames) and frames[cut - 1].area > 0 and frames[cut].area > 0:
            words = (
                f"Frame {cut}: a new shot begins while the object is followed; "
                "mark it again there, or end the mask before."
            )
            yield MaskWarning("cut", Span(cut, cut + 1), words, 0.95)


def _jump_warnings(frames: Sequence[FrameMeasures], cuts: Sequence[int]) -> Iterator[MaskWarning]:
    """Yield sudden changes of the area. A jump that is soon reversed gives a single warning."""
    change = _area_changes(frames, cuts)
    size = np.abs(change)
    near = [size[max(0, t - _NEAR_FRAMES) : t + _NEAR_FRAMES + 1] for t in range(len(size))]
    usual = np.array([np.median(values) for values in near], np.float32)
    jumps = [int(t) for t in np.flatnonzero(size > _JUMP + _JUMP_SHARE * usual)]
    done = 0
    for t in jumps:
        if t < done:
            continue
        back = (u for u in jumps if t < u <= t + _RETURN_FRAMES and change[u] * change[t] < 0)
        span = Span(t, next(back, t + 1))
        done = span.stop + 1
        percent = round(100 * abs(float(np.expm1(change[t]))))
        cause = "it took in something else" if change[t] > 0 else "a part of the object is missing"
        verb = "jumps" if change[t] > 0 else "drops"
        words = f"{label(span)}: the mask's area {verb} by {percent} %; look whether {cause}."
        severity = min(0.85, 0.5 + abs(float(change[t])) / 3)
        if frames[t].dropped is None and frames[t - 1].gained is None:
            severity = min(severity, _UNSEEN_JUMP)
        yield MaskWarning("jump", span, words, severity)


def _area_changes(frames: Sequence[FrameMeasures], cuts: Sequence[int]) -> Floats:
    """Return the log ratio of the area to that of the frame before, (frames,).

    It is 0 at a cut, next to an empty or tiny mask, and where an object enters or leaves the frame.
    """
    change = np.zeros(len(frames), np.float32)
    for t, (old, new) in enumerate(pairwise(frames), 1):
        crosses = old.border_px if new.area < old.area else new.border_px
        if min(old.area, new.area) >= MIN_MASK_PX and not crosses and t not in cuts:
            change[t] = np.log(new.area / old.area)
    return change


def _drift_warnings(frames: Sequence[FrameMeasures], cuts: Sequence[int]) -> Iterator[MaskWarning]:
    """Yield spans of frames whose outline no longer lies on edges in the picture."""
    contrast = np.array([frame.contrast for frame in frames])
    off = np.zeros(len(contrast), np.bool_)
    for shot in split_shots(cuts, len(contrast)):
        for t in range(shot.start + _MIN_DRIFT_FRAMES, shot.stop):
            now = _median(contrast[t - _MIN_DRIFT_FRAMES // 2 : min(shot.stop, t + 3)])
            earlier = _median(contrast[shot.start : t][~off[shot.start : t]])
            off[t] = now < _DRIFT * earlier and now < _DRIFT_LEVEL
    for span in joined_spans(off, max_gap=_NEAR_FRAMES):
        if span.length >= _MIN_DRIFT_FRAMES:
            words = (
                f"{label(span)}: the mask's outline no longer lies on an edge of the picture; "
                "look whether it has drifted off the object."
            )
            yield MaskWarning("drift", span, words, 0.7)


def _median(values: Floats) -> float:
    """Return the median, ignoring NaN; NaN if there are no other values."""
    defined = values[~np.isnan(values)]
    return float(np.median(defined)) if len(defined) else float("nan")


def _flicker_warnings(
    frames: Sequence[FrameMeasures], cuts: Sequence[int]
) -> Iterator[MaskWarning]:
    """Yield spans of frames whose mask differs from those of both neighbours, which agree."""
    at_cuts = {frame for cut in cuts for frame in (cut - 1, cut)}
    isolated = np.array([frame.isolated for frame in frames])
    limit = [_FLICKER + _FLICKER_SHARE * frame.disagreement for frame in frames]
    odd = [isolated[t] > limit[t] and t not in at_cuts for t in range(len(frames))]
    for span in joined_spans(odd, max_gap=_NEAR_FRAMES):
        share = max(float(isolated[t]) for t in span.frames if odd[t])
        words = (
            f"{label(span)}: the mask flickers by up to {round(100 * share)} % of its area from "
            "frame to frame; paint one of these frames, or smooth over time."
        )
        yield MaskWarning("flicker", span, words, min(0.8, 0.4 + share))


def _edge_warnings(frames: Sequence[FrameMeasures]) -> Iterator[MaskWarning]:
    """Yield at most one warning: the mask may be right, but its surroundings are partly unseen."""
    touching = [t for t, frame in enumerate(frames) if frame.border_px]
    if touching and len(touching) < len(frames):
        span = Span(touching[0], touching[-1] + 1)
        words = (
            f"{label(span)}: the mask touches the edge of the frame on {len(touching)} of them; "
            "what is beyond it cannot be seen, so look at the fill there."
        )
        yield MaskWarning("edge", span, words, 0.2)
