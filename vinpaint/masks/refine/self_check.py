"""A mask that checks itself: sentences about frames that deserve a look before anything is filled.

Everything is judged on small pictures (256 pixels across). The limits are set so that the true
masks of eight real clips (DAVIS 2016) stay nearly silent: a runner's legs change an outline more
from frame to frame than most faults do, so every measure is held against how the object moves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import cv2
import numpy as np

from vinpaint.core import HOLE_LEVEL, Bools, Floats, Frames, MaskTrack, Progress, Span
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square
from vinpaint.masks.tracker.colour_models import to_lab
from vinpaint.media import Clip, Picture, split_shots

Kind = Literal["cut", "lost", "jump", "drift", "flicker", "edge"]

_WIDTH_PX = 256
_JUMP, _JUMP_SHARE = 0.26, 3.0
"""Log of an area's change from frame to frame, and how much of its usual change is added."""
_RETURN_FRAMES = 20
"""A jump that is taken back within so many frames is one stretch."""
_FLICKER, _FLICKER_SHARE = 0.06, 0.5
"""Share of the mask that both neighbours deny, and how much of what they deny each other."""
_DRIFT, _DRIFT_LEVEL = 0.88, 1.16
"""The outline's contrast against earlier frames', and how near to that beside it."""
_STEADY_FRAMES = 5
_BAND_PX = 8
_NEAR_FRAMES = 8
"""Frames on either side that say what is usual; stretches nearer to each other are one."""
_FEWEST_PX = 12
"""A smaller mask (of working pixels) is too small to judge."""


@dataclass(frozen=True)
class MaskWarning:
    """One stretch of frames that deserves a look.

    `span`: frames; `words`: a plain sentence; `severity`: 0 to 1, 1 the worst.
    """

    kind: Kind
    span: Span
    words: str
    severity: float


@dataclass(frozen=True)
class _Facts:
    """What was measured on one frame; NaN where there was nothing to measure.

    area: working pixels; denied: share of the mask that both neighbours deny; unlike: share that
    they deny each other; contrast: gradient under the outline over that beside it; rim: pixels of
    the mask along the frame's edge.
    """

    area: float
    denied: float
    unlike: float
    contrast: float
    rim: int


def check_mask(
    clip: Clip, track: MaskTrack, *, cuts: Sequence[int], progress: Progress
) -> tuple[MaskWarning, ...]:
    """What in a mask looks wrong, the worst first; empty for a good one.

    `cuts`: first frames of new shots. At most one flag for each kind and stretch of frames.
    Raises MediaError, or what `progress` raises to stop.
    """
    with clip.reopen() as source:
        facts = list(_measured(source, track, progress))
    area = np.array([fact.area for fact in facts])
    flags = [
        *_cut_flags(area, cuts),
        *_lost_flags(facts),
        *_jump_flags(facts, cuts),
        *_drift_flags(facts, cuts),
        *_flicker_flags(facts, cuts),
        *_edge_flags(facts),
    ]
    return tuple(sorted(flags, key=lambda flag: (-flag.severity, flag.span)))


# What is measured.


@dataclass(frozen=True, repr=False)
class _Seen:
    """One frame and its mask, small. grey, mask: (H, W); rgb: (H, W, 3)."""

    rgb: Frames
    grey: Frames
    mask: Bools


def _measured(clip: Clip, track: MaskTrack, progress: Progress) -> Iterator[_Facts]:
    """The facts of every frame, in order; three frames are held."""
    before: _Seen | None = None
    seen: _Seen | None = None
    for picture in clip.pictures():
        progress(picture.index / clip.frames, f"checking the mask, frame {picture.index}")
        after = _small(picture, track)
        if seen is not None:
            yield _facts(before, seen, after)
        before, seen = seen, after
    if seen is not None:
        yield _facts(before, seen, None)


def _small(picture: Picture, track: MaskTrack) -> _Seen:
    width, height = track.size
    size = min(width, _WIDTH_PX), max(1, round(height * min(1.0, _WIDTH_PX / width)))
    rgb = np.asarray(cv2.resize(picture.rgb(), size, interpolation=cv2.INTER_AREA), np.uint8)
    mask = np.zeros((height, width), np.float32)
    span = Span(picture.index, picture.index + 1)
    if box := track.bounds(picture.index):
        mask[box.slices] = track.read(span, box=box).values[0]
    inside = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) >= HOLE_LEVEL
    return _Seen(rgb, flow.grey(rgb), np.asarray(inside))


def _facts(before: _Seen | None, seen: _Seen, after: _Seen | None) -> _Facts:
    mask = seen.mask
    rim = int(mask[0].sum() + mask[-1].sum() + mask[1:-1, 0].sum() + mask[1:-1, -1].sum())
    denied = unlike = float("nan")
    if before is not None and after is not None and _judged(before, seen, after):
        past, future = _carried(before, seen), _carried(after, seen)
        whole = max(1, int((past | future | mask).sum()))
        denied = float(((past == future) & (past != mask)).sum()) / whole
        unlike = float((past != future).sum()) / whole
    return _Facts(float(mask.sum()), denied, unlike, _contrast(seen), rim)


def _judged(*seen: _Seen) -> bool:
    return all(one.mask.sum() >= _FEWEST_PX for one in seen)


def _carried(other: _Seen, seen: _Seen) -> Bools:
    """The mask of a frame beside, moved to this one."""
    field = flow.estimate(seen.grey, other.grey)
    return np.asarray(np.asarray(flow.warp(other.mask.astype(np.float32), field), np.float32) > 0.5)


def _contrast(seen: _Seen) -> float:
    """How much stronger the picture's edges are under the outline than beside it."""
    if not _judged(seen):
        return float("nan")
    flat = seen.mask.astype(np.uint8)
    # the frame's own edge is no outline: beyond it the mask goes on
    inner = cv2.erode(flat, np.ones((3, 3), np.uint8), borderValue=1) > 0
    under = dilate_square(seen.mask & ~inner, 1)
    kernel = np.ones((2 * _BAND_PX + 1, 2 * _BAND_PX + 1), np.uint8)
    deep = cv2.erode(flat, kernel, borderValue=1) > 0
    beside = dilate_square(seen.mask, _BAND_PX) & ~deep & ~under
    if not under.any() or not beside.any():
        return float("nan")
    edges = _edges(seen.rgb)
    return float(edges[under].mean() / max(float(edges[beside].mean()), 1e-3))


def _edges(rgb: Frames) -> Floats:
    """(H, W) length of the gradient, over all three Lab channels."""
    lab = cv2.GaussianBlur(to_lab(rgb), (0, 0), 0.7)
    x = cv2.Sobel(lab, cv2.CV_32F, 1, 0)
    y = cv2.Sobel(lab, cv2.CV_32F, 0, 1)
    return np.asarray(np.sqrt((x * x + y * y).sum(axis=-1)), np.float32)


# What is made of it.


def _cut_flags(area: Floats, cuts: Sequence[int]) -> Iterator[MaskWarning]:
    for cut in cuts:
        if 0 < cut < len(area) and area[cut - 1] > 0 and area[cut] > 0:
            words = (
                f"Frame {cut}: a new shot begins while the object is followed; "
                "mark it again there, or end the mask before."
            )
            yield MaskWarning("cut", Span(cut, cut + 1), words, 0.95)


def _lost_flags(facts: Sequence[_Facts]) -> Iterator[MaskWarning]:
    """Stretches without a mask, after one that did not end at the frame's edge."""
    for span in _stretches([fact.area == 0 for fact in facts], apart=1):
        if span.start == 0 or facts[span.start - 1].rim:
            continue
        words = (
            f"{_frames(span)}: the mask is empty, though the object was not at the edge of the "
            "frame; mark it again if it is still there."
        )
        yield MaskWarning("lost", span, words, 0.9)


def _jump_flags(facts: Sequence[_Facts], cuts: Sequence[int]) -> Iterator[MaskWarning]:
    """Sudden changes of the area; one that is soon taken back is a single stretch."""
    change = _changes(facts, cuts)
    usual = _usual(np.abs(change))
    jumps = [int(t) for t in np.flatnonzero(np.abs(change) > _JUMP + _JUMP_SHARE * usual)]
    done = 0
    for t in jumps:
        if t < done:
            continue
        back = (u for u in jumps if t < u <= t + _RETURN_FRAMES and change[u] * change[t] < 0)
        span = Span(t, next(back, t + 1))
        done = span.stop + 1
        share = round(100 * abs(float(np.expm1(change[t]))))
        what = "it took in something else" if change[t] > 0 else "a part of the object is missing"
        way = "jumps" if change[t] > 0 else "drops"
        words = f"{_frames(span)}: the mask's area {way} by {share} %; look whether {what}."
        yield MaskWarning("jump", span, words, min(0.85, 0.5 + abs(float(change[t])) / 3))


def _changes(facts: Sequence[_Facts], cuts: Sequence[int]) -> Floats:
    """(frames,) log of the area over that of the frame before; 0 where it does not count.

    That is at a cut, beside an empty mask, and where an object enters or leaves the frame.
    """
    change = np.zeros(len(facts), np.float32)
    for t, (old, new) in enumerate(pairwise(facts), 1):
        walks = old.rim if new.area < old.area else new.rim
        if min(old.area, new.area) >= _FEWEST_PX and not walks and t not in cuts:
            change[t] = np.log(new.area / old.area)
    return change


def _usual(values: Floats) -> Floats:
    """(frames,) the median of the frames around."""
    reach = _NEAR_FRAMES
    return np.array(
        [np.median(values[max(0, t - reach) : t + reach + 1]) for t in range(len(values))],
        np.float32,
    )


def _drift_flags(facts: Sequence[_Facts], cuts: Sequence[int]) -> Iterator[MaskWarning]:
    """Where the outline leaves the picture's edges on which it lay before."""
    contrast = np.array([fact.contrast for fact in facts])
    off = np.zeros(len(contrast), np.bool_)
    for shot in split_shots(cuts, len(contrast)):
        for t in range(shot.start + _STEADY_FRAMES, shot.stop):
            now = _median(contrast[t - _STEADY_FRAMES // 2 : min(shot.stop, t + 3)])
            known = _median(contrast[shot.start : t][~off[shot.start : t]])
            off[t] = now < _DRIFT * known and now < _DRIFT_LEVEL
    for span in _stretches(off, apart=_NEAR_FRAMES):
        if span.length < _STEADY_FRAMES:
            continue
        words = (
            f"{_frames(span)}: the mask's outline no longer lies on an edge of the picture; "
            "look whether it has drifted off the object."
        )
        yield MaskWarning("drift", span, words, 0.7)


def _median(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(np.median(known)) if len(known) else float("nan")


def _flicker_flags(facts: Sequence[_Facts], cuts: Sequence[int]) -> Iterator[MaskWarning]:
    """Frames whose mask is other than both its neighbours', which agree with each other."""
    beside = {frame for cut in cuts for frame in (cut - 1, cut)}
    odd = [
        fact.denied > _FLICKER + _FLICKER_SHARE * fact.unlike and t not in beside
        for t, fact in enumerate(facts)
    ]
    for span in _stretches(odd, apart=_NEAR_FRAMES):
        share = max(fact.denied for fact, is_odd in _cut(span, facts, odd) if is_odd)
        words = (
            f"{_frames(span)}: the mask flickers by up to {round(100 * share)} % of its area from "
            "frame to frame; paint one of these frames, or smooth over time."
        )
        yield MaskWarning("flicker", span, words, min(0.8, 0.4 + share))


def _cut(span: Span, facts: Sequence[_Facts], odd: Sequence[bool]) -> Iterable[tuple[_Facts, bool]]:
    return zip(facts[span.start : span.stop], odd[span.start : span.stop], strict=True)


def _edge_flags(facts: Sequence[_Facts]) -> Iterator[MaskWarning]:
    """One flag in all: at the edge nothing is wrong, but a fill has less to go by."""
    touching = [t for t, fact in enumerate(facts) if fact.rim]
    if touching and len(touching) < len(facts):
        span = Span(touching[0], touching[-1] + 1)
        words = (
            f"{_frames(span)}: the mask touches the edge of the frame on {len(touching)} of them; "
            "what is beyond it cannot be seen, so look at the fill there."
        )
        yield MaskWarning("edge", span, words, 0.2)


def _stretches(flagged: Sequence[bool] | Bools, *, apart: int) -> list[Span]:
    """Runs of true values; those fewer than `apart` frames from each other are one."""
    spans: list[Span] = []
    for t in np.flatnonzero(np.asarray(flagged, np.bool_)):
        if spans and t - spans[-1].stop < apart:
            spans[-1] = Span(spans[-1].start, int(t) + 1)
        else:
            spans.append(Span(int(t), int(t) + 1))
    return spans


def _frames(span: Span) -> str:
    """'Frame 3', 'Frames 3 to 7'."""
    if span.length == 1:
        return f"Frame {span.start}"
    return f"Frames {span.start} to {span.stop - 1}"
