"""Check a finished mask: list frames on which it may be wrong, before they are filled.

All measures are taken on pictures of 256 pixels across. The thresholds are set so that the ground
truth masks of eight real clips (DAVIS 2016) cause almost no warning. Normal motion can change an
outline more than most errors do (the legs of a runner, for example), so every measure is compared
with its usual value for the object.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np

from vinpaint.core import HOLE_LEVEL, Bools, Floats, Frames, MaskTrack, Progress, Span
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square, erode_square
from vinpaint.masks.tracker.colour_models import to_lab
from vinpaint.media import Clip, Picture, split_shots

Kind = Literal["cut", "lost", "jump", "drift", "flicker", "edge"]

_WIDTH_PX = 256
"""Width of the pictures on which a mask is measured."""
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
_BAND_PX = 8
"""Half-width of the band around the outline in which its contrast is measured."""
_NEAR_FRAMES = 8
"""Frames on either side that define a usual value. Flagged frames closer together are joined."""
_MIN_MASK_PX = 12
"""A smaller mask (in working pixels) is not judged."""


@dataclass(frozen=True)
class MaskWarning:
    """A possible error of a mask.

    kind: 'cut', the mask continues across a scene cut; 'lost', it is empty although the object did
    not leave the frame; 'jump', its area changes suddenly; 'drift', its outline leaves the edges in
    the picture; 'flicker', it differs from both neighbouring frames; 'edge', it touches the edge of
    the frame. span: the frames; words: a sentence for the user; severity: 0 to 1, 1 the worst.
    """

    kind: Kind
    span: Span
    words: str
    severity: float


@dataclass(frozen=True)
class _FrameMeasures:
    """The measures of one frame.

    area: of the mask, in working pixels; isolated: share of the union of the masks in which both
    neighbours, warped to this frame, agree with each other but not with this mask; disagreement:
    share in which the neighbours differ; contrast: mean gradient under the outline over that beside
    it; border_px: number of mask pixels along the border of the frame. NaN where undefined.
    """

    area: float
    isolated: float
    disagreement: float
    contrast: float
    border_px: int


def check_mask(
    clip: Clip, track: MaskTrack, *, cuts: Sequence[int], progress: Progress
) -> tuple[MaskWarning, ...]:
    """Return warnings about possible errors of a mask, worst first; empty if there are none.

    Args:
        clip: The clip that the mask belongs to.
        track: The mask to check.
        cuts: The first frame of every shot except the first.
        progress: Called for every frame; may raise to stop.

    Raises:
        MediaError: a frame cannot be read.
    """
    with clip.reopen() as own:
        frames = list(_measure_frames(own, track, progress))
    warnings = [
        *_cut_warnings(frames, cuts),
        *_lost_warnings(frames),
        *_jump_warnings(frames, cuts),
        *_drift_warnings(frames, cuts),
        *_flicker_warnings(frames, cuts),
        *_edge_warnings(frames),
    ]
    return tuple(sorted(warnings, key=lambda warning: (-warning.severity, warning.span)))


@dataclass(frozen=True, repr=False)
class _SmallFrame:
    """One frame at working size. rgb: (H, W, 3) uint8; grey: (H, W) uint8; mask: (H, W) bool."""

    rgb: Frames
    grey: Frames
    mask: Bools

    @property
    def judged(self) -> bool:
        """True if the mask is large enough to be measured."""
        return bool(self.mask.sum() >= _MIN_MASK_PX)


def _measure_frames(clip: Clip, track: MaskTrack, progress: Progress) -> Iterator[_FrameMeasures]:
    """Yield the measures of every frame in order. Only three frames are in memory at a time."""
    before: _SmallFrame | None = None
    current: _SmallFrame | None = None
    for picture in clip.pictures():
        progress(picture.index / clip.frames, f"checking the mask, frame {picture.index}")
        after = _shrink(picture, track)
        if current is not None:
            yield _measure(before, current, after)
        before, current = current, after
    if current is not None:
        yield _measure(before, current, None)


def _shrink(picture: Picture, track: MaskTrack) -> _SmallFrame:
    width, height = track.size
    size = min(width, _WIDTH_PX), max(1, round(height * min(1.0, _WIDTH_PX / width)))
    rgb = np.asarray(cv2.resize(picture.rgb(), size, interpolation=cv2.INTER_AREA), np.uint8)
    mask = track.read(Span(picture.index, picture.index + 1)).values[0]
    inside = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) >= HOLE_LEVEL
    return _SmallFrame(rgb, flow.grey(rgb), np.asarray(inside))


def _measure(
    before: _SmallFrame | None, current: _SmallFrame, after: _SmallFrame | None
) -> _FrameMeasures:
    mask = current.mask
    border = int(mask[0].sum() + mask[-1].sum() + mask[1:-1, 0].sum() + mask[1:-1, -1].sum())
    isolated = disagreement = float("nan")
    if before and after and before.judged and current.judged and after.judged:
        past, future = _moved_mask(before, current), _moved_mask(after, current)
        whole = max(1, int((past | future | mask).sum()))
        isolated = float(((past == future) & (past != mask)).sum()) / whole
        disagreement = float((past != future).sum()) / whole
    return _FrameMeasures(float(mask.sum()), isolated, disagreement, _contrast(current), border)


def _moved_mask(other: _SmallFrame, current: _SmallFrame) -> Bools:
    """Warp the mask of a neighbouring frame to the current one; return (H, W) bool."""
    field = flow.estimate(current.grey, other.grey)
    return np.asarray(flow.warp(other.mask.astype(np.float32), field) > 0.5)


def _contrast(frame: _SmallFrame) -> float:
    """Return the mean gradient under the outline over the mean beside it; NaN if undefined.

    The border of the frame does not count as an outline, because the mask continues beyond it.
    """
    outline = frame.mask & ~erode_square(frame.mask, 1)
    under = dilate_square(outline, 1)
    beside = dilate_square(frame.mask, _BAND_PX) & ~erode_square(frame.mask, _BAND_PX) & ~under
    if not frame.judged or not under.any() or not beside.any():
        return float("nan")
    lab = cv2.GaussianBlur(to_lab(frame.rgb), (0, 0), 0.7)
    x, y = (cv2.Sobel(lab, cv2.CV_32F, dx, 1 - dx) for dx in (1, 0))
    gradient = np.asarray(np.sqrt((x * x + y * y).sum(axis=-1)), np.float32)
    return float(gradient[under].mean() / max(float(gradient[beside].mean()), 1e-3))


def _cut_warnings(frames: Sequence[_FrameMeasures], cuts: Sequence[int]) -> Iterator[MaskWarning]:
    for cut in cuts:
        if 0 < cut < len(frames) and frames[cut - 1].area > 0 and frames[cut].area > 0:
            words = (
                f"Frame {cut}: a new shot begins while the object is followed; "
                "mark it again there, or end the mask before."
            )
            yield MaskWarning("cut", Span(cut, cut + 1), words, 0.95)


def _lost_warnings(frames: Sequence[_FrameMeasures]) -> Iterator[MaskWarning]:
    """Yield spans of frames without a mask, if the object did not leave at the frame's border."""
    for span in _spans([frame.area == 0 for frame in frames], max_gap=1):
        if span.start > 0 and not frames[span.start - 1].border_px:
            words = (
                f"{_label(span)}: the mask is empty, though the object was not at the edge of "
                "the frame; mark it again if it is still there."
            )
            yield MaskWarning("lost", span, words, 0.9)


def _jump_warnings(frames: Sequence[_FrameMeasures], cuts: Sequence[int]) -> Iterator[MaskWarning]:
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
        words = f"{_label(span)}: the mask's area {verb} by {percent} %; look whether {cause}."
        yield MaskWarning("jump", span, words, min(0.85, 0.5 + abs(float(change[t])) / 3))


def _area_changes(frames: Sequence[_FrameMeasures], cuts: Sequence[int]) -> Floats:
    """Return the log ratio of the area to that of the frame before, (frames,).

    It is 0 at a cut, next to an empty or tiny mask, and where an object enters or leaves the frame.
    """
    change = np.zeros(len(frames), np.float32)
    for t, (old, new) in enumerate(pairwise(frames), 1):
        crosses = old.border_px if new.area < old.area else new.border_px
        if min(old.area, new.area) >= _MIN_MASK_PX and not crosses and t not in cuts:
            change[t] = np.log(new.area / old.area)
    return change


def _drift_warnings(frames: Sequence[_FrameMeasures], cuts: Sequence[int]) -> Iterator[MaskWarning]:
    """Yield spans of frames whose outline no longer lies on edges in the picture."""
    contrast = np.array([frame.contrast for frame in frames])
    off = np.zeros(len(contrast), np.bool_)
    for shot in split_shots(cuts, len(contrast)):
        for t in range(shot.start + _MIN_DRIFT_FRAMES, shot.stop):
            now = _median(contrast[t - _MIN_DRIFT_FRAMES // 2 : min(shot.stop, t + 3)])
            earlier = _median(contrast[shot.start : t][~off[shot.start : t]])
            off[t] = now < _DRIFT * earlier and now < _DRIFT_LEVEL
    for span in _spans(off, max_gap=_NEAR_FRAMES):
        if span.length >= _MIN_DRIFT_FRAMES:
            words = (
                f"{_label(span)}: the mask's outline no longer lies on an edge of the picture; "
                "look whether it has drifted off the object."
            )
            yield MaskWarning("drift", span, words, 0.7)


def _median(values: Floats) -> float:
    """Return the median, ignoring NaN; NaN if there are no other values."""
    defined = values[~np.isnan(values)]
    return float(np.median(defined)) if len(defined) else float("nan")


def _flicker_warnings(
    frames: Sequence[_FrameMeasures], cuts: Sequence[int]
) -> Iterator[MaskWarning]:
    """Yield spans of frames whose mask differs from those of both neighbours, which agree."""
    at_cuts = {frame for cut in cuts for frame in (cut - 1, cut)}
    isolated = np.array([frame.isolated for frame in frames])
    limit = [_FLICKER + _FLICKER_SHARE * frame.disagreement for frame in frames]
    odd = [isolated[t] > limit[t] and t not in at_cuts for t in range(len(frames))]
    for span in _spans(odd, max_gap=_NEAR_FRAMES):
        share = max(float(isolated[t]) for t in span.frames if odd[t])
        words = (
            f"{_label(span)}: the mask flickers by up to {round(100 * share)} % of its area from "
            "frame to frame; paint one of these frames, or smooth over time."
        )
        yield MaskWarning("flicker", span, words, min(0.8, 0.4 + share))


def _edge_warnings(frames: Sequence[_FrameMeasures]) -> Iterator[MaskWarning]:
    """Yield at most one warning: the mask may be right, but its surroundings are partly unseen."""
    touching = [t for t, frame in enumerate(frames) if frame.border_px]
    if touching and len(touching) < len(frames):
        span = Span(touching[0], touching[-1] + 1)
        words = (
            f"{_label(span)}: the mask touches the edge of the frame on {len(touching)} of them; "
            "what is beyond it cannot be seen, so look at the fill there."
        )
        yield MaskWarning("edge", span, words, 0.2)


def _spans(flagged: Sequence[bool] | Bools, *, max_gap: int) -> list[Span]:
    """Return the spans of flagged frames, joining those less than `max_gap` frames apart."""
    spans: list[Span] = []
    for t in np.flatnonzero(np.asarray(flagged, np.bool_)):
        if spans and t - spans[-1].stop < max_gap:
            spans[-1] = Span(spans[-1].start, int(t) + 1)
        else:
            spans.append(Span(int(t), int(t) + 1))
    return spans


def _label(span: Span) -> str:
    """Return 'Frame 3' or 'Frames 3 to 7'."""
    if span.length == 1:
        return f"Frame {span.start}"
    return f"Frames {span.start} to {span.stop - 1}"
