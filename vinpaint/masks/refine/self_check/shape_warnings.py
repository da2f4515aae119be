"""Warnings from the shape of a mask: parts that it leaves out, and masks that are late or early."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Floats, MaskPiece, MaskWarning, MaskWarningKind, Span
from vinpaint.masks.refine.self_check.frames import working_size
from vinpaint.masks.refine.self_check.measures import SHIFTS, FrameMeasures
from vinpaint.masks.refine.self_check.parts import Part
from vinpaint.masks.refine.self_check.spans import joined_spans, label
from vinpaint.media import split_shots

_PART, _PART_PAIRED = 0.12, 0.06
"""Smallest part of the object that gives a warning; the second if it leaves and comes back."""
_PART_FRAMES = 60
"""Longest span for which a part is looked for."""
_BESIDE, _BESIDE_EDGE = 0.04, 0.012
"""Smallest share of the object that counts as a part beside it: for most of a window of
`_WINDOW` frames, and on the frames next to it."""
_WINDOW = 9
_LAG, _MIN_LAG_FRAMES, _MIN_SHIFT = 0.1, 6, 2
"""A mask is late or early if the outline of another frame fits better by this much (in the
logarithm of the gradient), for this many frames, and is at least this many frames away."""
_SEEN_FRAMES = 3
"""The object is back when it is seen on this many frames of five."""
_PLACES = {"above": "above", "below": "below", "left": "left of", "right": "right of"}
_SIDES = {
    "top": "at the top",
    "bottom": "at the bottom",
    "left": "on the left",
    "right": "on the right",
}


@dataclass(frozen=True)
class PieceScaler:
    """Scales parts from working size to the clip's size, (width, height)."""

    size: tuple[int, int]

    def piece(self, frame: int, part: Part) -> MaskPiece:
        """Return the part as a piece of the mask of a frame."""
        width, height = working_size(self.size)
        small = np.zeros((height, width), np.float32)
        small[part.box.slices] = part.pixels
        full = cv2.resize(cv2.GaussianBlur(small, (0, 0), 0.7), self.size)
        return MaskPiece(frame, np.asarray(full > 0.45))

    def warning(
        self,
        kind: MaskWarningKind,
        span: Span,
        words: str,
        severity: float,
        best: tuple[int, Part] | None = None,
    ) -> MaskWarning:
        """Return a warning, with the part of a frame as its proposal."""
        piece = self.piece(*best) if best else None
        return MaskWarning(kind, span, words, severity, piece.box if piece else None, piece)


def shape_warnings(
    frames: Sequence[FrameMeasures], cuts: Sequence[int], scaler: PieceScaler
) -> Iterator[MaskWarning]:
    """Yield the warnings of this module."""
    for shot in split_shots(cuts, len(frames)):
        yield from _part_warnings(frames, shot, scaler)
        yield from _beside_warnings(frames, shot, scaler)
        yield from _lag_warnings(frames, shot)
        yield from _absence_warnings(frames, shot, scaler)


def _part_warnings(
    frames: Sequence[FrameMeasures], shot: Span, scaler: PieceScaler
) -> Iterator[MaskWarning]:
    """Yield spans on which a part is missing that the frames before or after have."""
    done = shot.start
    for t in shot.frames:
        if t < done:
            continue
        if found := _part_from(frames, t, shot) or _part_until(frames, t, done):
            span, best = found
            done = span.stop
            words = (
                f"{label(span)}: a part {_PLACES[best[1].side]} the mask is missing that the "
                f"frames {_neighbours(span, shot)} have; add it if it belongs to the object."
            )
            yield scaler.warning("part", span, words, min(0.9, 0.6 + best[1].share), best)


_Found = tuple[Span, tuple[int, Part]]


def _part_from(frames: Sequence[FrameMeasures], t: int, shot: Span) -> _Found | None:
    """Return the span of a part that vanishes at frame `t`."""
    part = _counted(frames[t].dropped, _PART_PAIRED)
    if part is None or not frames[t].area:
        return None
    for u in range(t, min(shot.stop, t + _PART_FRAMES)):
        back = _counted(frames[u].gained, _PART_PAIRED)
        if back and frames[u].area and back.side == part.side:
            best = (t, part) if part.share >= back.share else (u, back)
            return Span(t, u + 1), best
    if part.share < _PART:
        return None
    level = frames[t - 1].area * (1 - part.share / 2)
    stop = t + 1
    while stop < min(shot.stop, t + _PART_FRAMES) and 0 < frames[stop].area < level:
        stop += 1
    return Span(t, stop), (t, part)


def _part_until(frames: Sequence[FrameMeasures], t: int, earliest: int) -> _Found | None:
    """Return the span of a part that is missing up to frame `t` and appears on the next."""
    part = _counted(frames[t].gained, _PART)
    if part is None or not frames[t].area:
        return None
    level = frames[t + 1].area * (1 - part.share / 2)
    start = t
    while start > max(earliest, t - _PART_FRAMES) and 0 < frames[start - 1].area < level:
        start -= 1
    return Span(start, t + 1), (t, part)


def _counted(part: Part | None, least: float) -> Part | None:
    return part if part and part.of_object and part.share >= least else None


def _neighbours(span: Span, shot: Span) -> str:
    if span.start == shot.start:
        return "after"
    return "before" if span.stop == shot.stop else "before and after"


def _beside_warnings(
    frames: Sequence[FrameMeasures], shot: Span, scaler: PieceScaler
) -> Iterator[MaskWarning]:
    """Yield spans on which something with the object's colours and motion touches the mask."""
    parts = {t: part for t in shot.frames if (part := frames[t].beside) and part.of_object}
    shares = np.array([parts[t].share if t in parts else 0.0 for t in shot.frames], np.float32)
    steady = _running(shares, np.median, _WINDOW)
    for near in joined_spans(_spread(steady, _BESIDE, _BESIDE_EDGE), max_gap=_WINDOW):
        span = Span(shot.start + near.start, shot.start + near.stop)
        inside = [t for t in span.frames if t in parts]
        if len(inside) < _WINDOW // 2:
            continue
        best = max(inside, key=lambda t: parts[t].share)
        words = (
            f"{label(span)}: something {_PLACES[parts[best].side]} the mask has the object's "
            "colours and moves with it; add it if it belongs to the object."
        )
        share = float(np.median([parts[t].share for t in inside]))
        yield scaler.warning("outside", span, words, min(0.85, 0.55 + share), (best, parts[best]))


def _running(values: Floats, take: Callable[[Floats], float], count: int) -> Floats:
    """Return `take` of the `count` values around each one (fewer at the ends)."""
    half = count // 2
    return np.array(
        [take(values[max(0, i - half) : i + half + 1]) for i in range(len(values))], np.float32
    )


def _spread(values: Floats, high: float, low: float) -> list[bool]:
    """Return the runs of values above `low` that contain one above `high` (hysteresis)."""
    runs = joined_spans(values > low, max_gap=1)
    kept = [run for run in runs if (values[run.start : run.stop] >= high).any()]
    return [any(run.start <= i < run.stop for run in kept) for i in range(len(values))]


def _lag_warnings(frames: Sequence[FrameMeasures], shot: Span) -> Iterator[MaskWarning]:
    """Yield spans on which the mask of an earlier or a later frame fits better."""
    if shot.length < _MIN_LAG_FRAMES:
        return
    fit = np.array([frames[t].fit for t in shot.frames], np.float32)
    gain = fit - fit[:, SHIFTS.index(0), None]
    late = _best_shift(gain, [shift for shift in SHIFTS if shift >= _MIN_SHIFT])
    early = _best_shift(gain, [shift for shift in SHIFTS if shift <= -_MIN_SHIFT])
    for values, verb, other in ((late, "lags behind", early), (early, "runs ahead of", late)):
        flagged = (values > _LAG) & (values > other)
        for near in joined_spans(flagged, max_gap=_MIN_LAG_FRAMES):
            if near.length < _MIN_LAG_FRAMES:
                continue
            span = Span(shot.start + near.start, shot.start + near.stop)
            words = (
                f"{label(span)}: the mask {verb} the object by some frames; "
                "mark the object again on one of these frames."
            )
            yield MaskWarning("lag", span, words, 0.75)


def _best_shift(gain: Floats, shifts: list[int]) -> Floats:
    """Return the largest gain of the shifts, averaged over nearby frames; -1 where undefined."""
    best = np.full(len(gain), -1.0, np.float32)
    for shift in shifts:
        values = gain[:, SHIFTS.index(shift)]
        best = np.maximum(best, _running(values, _mean, 2 * _MIN_LAG_FRAMES + 1))
    return best


def _mean(values: Floats) -> float:
    defined = values[~np.isnan(values)]
    return float(defined.mean()) if len(defined) > len(values) // 2 else -1.0


def _absence_warnings(
    frames: Sequence[FrameMeasures], shot: Span, scaler: PieceScaler
) -> Iterator[MaskWarning]:
    """Yield spans without a mask, and where the object is seen on them."""
    empty = [frames[t].area == 0 for t in shot.frames]
    for near in joined_spans(empty, max_gap=1):
        span = Span(shot.start + near.start, shot.start + near.stop)
        if span.start == 0 or (span.start == shot.start and span.stop == shot.stop):
            continue
        before = frames[span.start - 1] if span.start > shot.start else None
        side = before.exit_side if before else ""
        seen = _seen_again(frames, span)
        if side:
            yield _left_warning(span, side, seen, scaler)
        elif before is not None:
            yield _lost_warning(span, seen or _last_seen(frames, span), scaler)


def _left_warning(span: Span, side: str, seen: _Found | None, scaler: PieceScaler) -> MaskWarning:
    if seen is None:
        words = (
            f"{label(span)}: the object left the frame {_SIDES[side]} before frame {span.start}, "
            "and the mask is empty since; if it comes back, mark it there."
        )
        return MaskWarning("left", span, words, 0.3)
    back, best = seen
    words = (
        f"{label(back)}: the mask is empty since the object left the frame {_SIDES[side]} at frame "
        f"{span.start}, but it seems to be back; mark it again on frame {best[0]}."
    )
    return scaler.warning("left", back, words, 0.85, best)


def _lost_warning(span: Span, seen: _Found | None, scaler: PieceScaler) -> MaskWarning:
    where = "mark it again if it is still there"
    if seen:
        where = f"it still seems to be there on frame {seen[1][0]}"
    words = (
        f"{label(span)}: the mask is empty, though the object was not at the edge of the frame; "
        f"{where}."
    )
    return scaler.warning("lost", span, words, 0.9, seen[1] if seen else None)


def _seen_again(frames: Sequence[FrameMeasures], span: Span) -> _Found | None:
    """Return the frames from which on the object is seen again, and where it is seen best."""
    parts = {t: part for t in span.frames if (part := frames[t].seen)}
    for t in parts:
        if sum(u in parts for u in range(t, t + 5)) >= _SEEN_FRAMES:
            best = max((u for u in parts if u >= t), key=lambda u: parts[u].share)
            return Span(t, span.stop), (best, parts[best])
    return None


def _last_seen(frames: Sequence[FrameMeasures], span: Span) -> _Found | None:
    """Return the object on the first or last frame without a mask, if it is still visible there."""
    first, last = frames[span.start].dropped, frames[span.stop - 1].gained
    found = [(t, part) for t, part in ((span.start, first), (span.stop - 1, last)) if part]
    return (span, max(found, key=lambda one: one[1].share)) if found else None
