"""Temporal windows for networks that accept a limited number of frames.

A range of frames is split into overlapping windows, each is padded by reflection to a length that
the network accepts, and where two windows overlap, one is faded into the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Floats, Frames, Span

_COMPLETE = 0.9999
"""Sum of weights at which a frame is complete, allowing for float32 rounding."""


@dataclass(frozen=True)
class WindowLengths:
    """The window lengths that a network accepts, in frames.

    A length is accepted if it lies from `least` to `most` and has the form `step` * n + `rest`.
    `most` None means no upper limit. Raises ValueError if no length is accepted.
    """

    least: int = 1
    most: int | None = None
    step: int = 1
    rest: int = 0

    def __post_init__(self) -> None:
        if self.step < 1 or not 0 <= self.rest < self.step or self.least < 1:
            raise ValueError(f"WindowLengths: {self} is not valid")
        if self.most is not None and self.round_up(self.least) > self.most:
            raise ValueError(f"WindowLengths: {self} accepts no number of frames")

    def round_up(self, count: int) -> int:
        """Return the smallest length of the accepted form that is at least `count`.

        The upper limit `most` is not applied.
        """
        wanted = max(count, self.least)
        return wanted + (self.rest - wanted) % self.step

    def longest_window(self, count: int) -> int:
        """Return the length of the longest window over `count` frames.

        Its length after padding is accepted. Returns `count` if one window can hold all frames.
        """
        if self.most is None or self.round_up(count) <= self.most:
            return count
        return self.most - (self.most - self.rest) % self.step


class TemporalWindow(NamedTuple):
    """The frames of one window, and their weights for blending.

    weights: (span.length,) float32, above 0. The weights of one frame in all windows add up to 1.
    """

    span: Span
    weights: Floats


def split_into_windows(count: int, lengths: WindowLengths, *, overlap: int) -> list[TemporalWindow]:
    """Split `count` frames into overlapping windows.

    Neighbouring windows share at least `overlap` frames, or all but one of the longest accepted
    length if that is fewer. The number of windows is as small as possible. All have the same
    length, which is as short as possible, to save padding. Raises ValueError if `count` is below 1.
    """
    if count < 1:
        raise ValueError(f"split_into_windows: {count} frames")
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
    longest = lengths.longest_window(count)
    if longest == count:
        return [Span(0, count)]
    shared = max(0, min(overlap, longest - 1))
    number = -(-(count - shared) // (longest - shared))
    even = -(-(count + (number - 1) * shared) // number)
    length = min(longest, lengths.round_up(even))
    starts = [(count - length) * i // (number - 1) for i in range(number)]
    return [Span(start, start + length) for start in starts]


def _ramp(spans: Sequence[Span], number: int) -> NDArray[np.float64]:
    """Return one window's weights, which rise and fall linearly over the shared frames."""
    span = spans[number]
    at = np.arange(span.length)
    up = spans[number - 1].stop - span.start if number else 0
    down = span.stop - spans[number + 1].start if number + 1 < len(spans) else 0
    rise, fall = (at + 1) / (up + 1), (span.length - at) / (down + 1)
    return np.minimum(1.0, np.minimum(rise, fall))


def blend_windows(parts: Iterable[tuple[TemporalWindow, Frames]], count: int) -> Frames:
    """Blend filled windows into one array of frames, (count, H, W, 3) uint8.

    `parts` yields each window with its frames, (span.length, H, W, 3) uint8, in order. Frames that
    belong to several windows are averaged by their weights; only these are held as float32. A frame
    that belongs to one window is returned unchanged.

    Raises ValueError if a window has the wrong number of frames, or windows are missing.
    """
    out: Frames | None = None
    partial: dict[int, tuple[float, Floats]] = {}
    for (span, weights), frames in parts:
        if len(frames) != span.length:
            raise ValueError(f"blend_windows: {len(frames)} frames for a window of {span.length}")
        if out is None:
            out = np.zeros((count, *frames.shape[1:]), np.uint8)
        for t, weight, frame in zip(span.frames, weights.tolist(), frames, strict=True):
            total, colours = partial.pop(t, (0.0, np.zeros(1, np.float32)))
            total, colours = total + weight, colours + frame * np.float32(weight)
            if total < _COMPLETE:
                partial[t] = total, colours
            else:
                out[t] = np.clip(np.rint(colours), 0, 255)
    if out is None or partial:
        raise ValueError(
            f"blend_windows: windows are missing, frames {sorted(partial)} are partial"
        )
    return out


def reflected_indices(count: int, length: int) -> NDArray[np.intp]:
    """Return `length` indices into `count` items, which go back and forth beyond the last item.

    For 3 items and length 6: 0, 1, 2, 1, 0, 1.
    """
    turn = max(1, 2 * (count - 1))
    at = np.arange(length) % turn
    return np.minimum(at, turn - at) if count > 1 else np.zeros(length, np.intp)
