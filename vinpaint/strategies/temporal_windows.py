"""Windows in time for networks that take only so many frames: overlapping, blended, none lost.

A network of learned weights takes a number of frames of its own. So a stretch of frames is cut
into windows that overlap, each is padded by reflection to a length that is taken, and where two
windows meet, one fades into the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Floats, Frames, Span

_WHOLE = 0.9999
"""Weights of float32 add up to 1 no better."""


@dataclass(frozen=True)
class WindowLengths:
    """How many frames are taken: `least` to `most`, and `step` * n + `rest`."""

    least: int = 1
    most: int | None = None
    step: int = 1
    rest: int = 0

    def __post_init__(self) -> None:
        if self.step < 1 or not 0 <= self.rest < self.step or self.least < 1:
            raise ValueError(f"Lengths: {self} has no sense")
        if self.most is not None and self.up(self.least) > self.most:
            raise ValueError(f"Lengths: {self} lets no number of frames through")

    def up(self, count: int) -> int:
        """The least number of frames that is taken and holds `count`; `most` is not looked at."""
        wanted = max(count, self.least)
        return wanted + (self.rest - wanted) % self.step

    def longest(self, count: int) -> int:
        """So long may a window over `count` frames be: what it is padded to is taken."""
        if self.most is None or self.up(count) <= self.most:
            return count
        return self.most - (self.most - self.rest) % self.step


class TemporalWindow(NamedTuple):
    """One window: its frames, and how much each counts there.

    weights: (span.length,) float32 above 0; over all windows those of one frame add up to 1.
    """

    span: Span
    weights: Floats


def split_into_windows(count: int, lengths: WindowLengths, *, overlap: int) -> list[TemporalWindow]:
    """Windows over `count` frames, in order, `overlap` or more of them shared by two neighbours.

    As few as there can be, then as short and as even as they can be: padding costs work as well.
    """
    if count < 1:
        raise ValueError(f"stretches: {count} frames")
    spans = _spans(count, lengths, overlap)
    shares = [_ramp(spans, number) for number in range(len(spans))]
    total = np.zeros(count, np.float64)
    for span, share in zip(spans, shares, strict=True):
        total[span.start : span.stop] += share
    return [
        TemporalWindow(span, (share / total[span.start : span.stop]).astype(np.float32))
        for span, share in zip(spans, shares, strict=True)
    ]


def _spans(count: int, lengths: WindowLengths, overlap: int) -> list[Span]:
    longest = lengths.longest(count)
    if longest == count:
        return [Span(0, count)]
    shared = max(0, min(overlap, longest - 1))
    number = -(-(count - shared) // (longest - shared))
    even = -(-(count + (number - 1) * shared) // number)
    length = min(longest, lengths.up(even))
    starts = [(count - length) * i // (number - 1) for i in range(number)]
    return [Span(start, start + length) for start in starts]


def _ramp(spans: Sequence[Span], number: int) -> NDArray[np.float64]:
    """Linear up over what is shared with the window before, down over what with the next."""
    span = spans[number]
    at = np.arange(span.length)
    up = spans[number - 1].stop - span.start if number else 0
    down = span.stop - spans[number + 1].start if number + 1 < len(spans) else 0
    rise, fall = (at + 1) / (up + 1), (span.length - at) / (down + 1)
    return np.minimum(1.0, np.minimum(rise, fall))


def blend_windows(parts: Iterable[tuple[TemporalWindow, Frames]], count: int) -> Frames:
    """(count, H, W, 3) uint8: what the windows came to, faded into each other.

    parts: each window with its own frames (span.length, H, W, 3), one after the other: only what
    they share is held as float32. A frame of one window alone keeps its bytes.
    """
    whole: Frames | None = None
    begun: dict[int, _Sum] = {}
    for (span, weights), frames in parts:
        if len(frames) != span.length:
            raise ValueError(f"blended: {len(frames)} frames for a window of {span.length}")
        if whole is None:
            whole = np.zeros((count, *frames.shape[1:]), np.uint8)
        for t, weight, frame in zip(span.frames, weights.tolist(), frames, strict=True):
            before = begun.pop(t, _Sum(0.0, np.zeros(1, np.float32)))
            now = _Sum(before.weight + weight, before.colours + frame * np.float32(weight))
            if now.weight < _WHOLE:
                begun[t] = now
            else:
                whole[t] = np.clip(np.rint(now.colours), 0, 255)
    if whole is None or begun:
        raise ValueError(f"blended: not all windows came, frames {sorted(begun)} are half done")
    return whole


class _Sum(NamedTuple):
    """What of a frame has come, and how much of it."""

    weight: float
    colours: Floats


def reflected_indices(count: int, length: int) -> NDArray[np.intp]:
    """(length,): the places 0 .. count - 1, then back and forth as in a mirror on both ends."""
    turn = max(1, 2 * (count - 1))
    at = np.arange(length) % turn
    return np.minimum(at, turn - at) if count > 1 else np.zeros(length, np.intp)
