"""Where each hole pixel's content comes from: chains of *coordinates*, sampled once at the end.

Every hole pixel follows the completed flow from frame to frame until it meets a real pixel, and
carries that pixel's address (source frame, x, y). Chaining addresses instead of colours keeps the
fill as sharp as its source however long the chain (seed: approach 3, step 3). A step is taken
only where forward and backward flow pass ProPainter's consistency test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.strategies.motion import PairMotion
from vinpaint.types import Bools, Floats, Frames

Ints = NDArray[np.int32]

_REMAP_ROWS = 30_000
"""OpenCV's remap takes at most 32767 rows."""


@dataclass(frozen=True)
class Pixels:
    """The pixels of one frame that need an address: `y`, `x`, each (N,) int32."""

    y: Ints
    x: Ints

    @classmethod
    def of(cls, area: Bools) -> Pixels:
        """All true pixels of an (H, W) array."""
        y, x = np.nonzero(area)
        return cls(y.astype(np.int32), x.astype(np.int32))

    def of_those(self, which: Bools) -> Pixels:
        """Only some of them; which: (N,) bool."""
        return Pixels(self.y[which], self.x[which])


@dataclass(frozen=True)
class Chain:
    """Addresses in one direction of time, one entry a frame, each (N,) as that frame's Pixels.

    frame: int32, -1 where no real pixel was met; x, y: float32; error: float32, the sum of
    squared forward-backward gaps along the chain.
    """

    frame: list[Ints]
    x: list[Floats]
    y: list[Floats]
    error: list[Floats]

    @classmethod
    def empty(cls, pixels: Sequence[Pixels]) -> Chain:
        """A chain that has met nothing yet."""
        sizes = [len(p.y) for p in pixels]
        zeros = [[np.zeros(n, np.float32) for n in sizes] for _ in range(3)]
        return cls([np.full(n, -1, np.int32) for n in sizes], *zeros)

    def settle(self, t: int, rows: NDArray[np.intp], pixels: Pixels) -> None:
        """Make pixels of frame t their own source: their colours are now in the frame."""
        self.frame[t][rows] = t
        self.x[t][rows] = pixels.x[rows]
        self.y[t][rows] = pixels.y[rows]
        self.error[t][rows] = 0.0


def follow(
    chain: Chain,
    pixels: Sequence[Pixels],
    motion: Sequence[PairMotion | None],
    shut: Bools,
    *,
    ahead: bool,
    only: Sequence[Bools] | None = None,
) -> None:
    """Extend `chain` (in place) for all pixels that have no address yet, or for some of them.

    All unfinished pixels travel together, at their exact places: rounded to whole pixels at each
    step, content that moves less than half a pixel a frame would never leave the hole.
    `shut`: (T, H, W) bool, where no source may be taken. `ahead`: look in later frames.
    `only`: (N,) bool a frame, the pixels to follow.
    """
    count = len(pixels)
    trip = _Trip.none()
    for t in range(count - 1) if ahead else range(count - 1, 0, -1):
        lost = chain.frame[t] < 0 if only is None else only[t]
        trip = trip.joined(t, np.flatnonzero(lost), pixels[t])
        near = t + 1 if ahead else t - 1
        pair = motion[min(t, near)]
        if pair is None:
            trip = _Trip.none()
        elif len(trip.row):
            trip = _arrive(chain, trip.moved(pair, shut.shape[1:], ahead=ahead), near, shut[near])


@dataclass(frozen=True)
class _Trip:
    """Pixels on their way: whose they are (frame, row), where they are now, the error so far."""

    frame: Ints
    row: Ints
    x: Floats
    y: Floats
    error: Floats

    @classmethod
    def none(cls) -> _Trip:
        whole, real = np.zeros(0, np.int32), np.zeros(0, np.float32)
        return cls(whole, whole, real, real, real)

    def joined(self, t: int, rows: NDArray[np.intp], pixels: Pixels) -> _Trip:
        """With those pixels of frame t."""
        if not len(rows):
            return self
        return _Trip(
            np.concatenate([self.frame, np.full(len(rows), t, np.int32)]),
            np.concatenate([self.row, rows.astype(np.int32)]),
            np.concatenate([self.x, pixels.x[rows].astype(np.float32)]),
            np.concatenate([self.y, pixels.y[rows].astype(np.float32)]),
            np.concatenate([self.error, np.zeros(len(rows), np.float32)]),
        )

    def of(self, which: Bools) -> _Trip:
        """Only those."""
        at = np.flatnonzero(which)
        return _Trip(self.frame[at], self.row[at], self.x[at], self.y[at], self.error[at])

    def moved(self, pair: PairMotion, shape: tuple[int, ...], *, ahead: bool) -> _Trip:
        """One frame on; those whose step fails the test, or leaves the frame, are lost."""
        field = pair.forward if ahead else pair.backward
        gap = pair.forward_error if ahead else pair.backward_error
        good = pair.forward_good if ahead else pair.backward_good
        at_x, at_y = self.x - pair.box.x0, self.y - pair.box.y0
        step = _between(field, at_x, at_y)
        x, y = self.x + step[:, 0], self.y + step[:, 1]
        cell = _whole(at_y, gap.shape[0]), _whole(at_x, gap.shape[1])
        inside = (x >= 0) & (y >= 0) & (x <= shape[1] - 1) & (y <= shape[0] - 1)
        there = _Trip(self.frame, self.row, x, y, self.error + gap[cell])
        return there.of(good[cell] & inside)


def _whole(values: Floats, size: int) -> Ints:
    """The nearest whole places within `size`."""
    return np.asarray(np.clip(np.rint(values), 0, size - 1).astype(np.int32))


def _between(field: Floats, x: Floats, y: Floats) -> Floats:
    """(N, 2): a field between its pixels."""
    return _sampled(field, x, y, cv2.INTER_LINEAR)


def _sampled(image: Frames | Floats, x: Floats, y: Floats, how: int) -> Floats:
    """(N, C) float32: an (H, W, C) array at N places."""
    columns, rows = x.astype(np.float32)[:, None], y.astype(np.float32)[:, None]
    got = np.empty((len(x), image.shape[2]), np.float32)
    for start in range(0, len(x), _REMAP_ROWS):
        some = slice(start, start + _REMAP_ROWS)
        border = cv2.BORDER_REPLICATE
        got[some] = cv2.remap(image, columns[some], rows[some], how, borderMode=border)[:, 0]
    return got


def _arrive(chain: Chain, trip: _Trip, near: int, shut: Bools) -> _Trip:
    """Note the addresses of those that have met a source; the rest travel on."""
    on = shut[_whole(trip.y, shut.shape[0]), _whole(trip.x, shut.shape[1])]
    there = trip.of(~on)
    for t in np.unique(there.frame):
        mine = there.frame == t
        rows = there.row[mine]
        chain.frame[t][rows] = near
        chain.x[t][rows] = there.x[mine]
        chain.y[t][rows] = there.y[mine]
        chain.error[t][rows] = there.error[mine]
    return trip.of(on)


def sample(frames: Frames, chain: Chain, t: int) -> Floats:
    """(N, 3) float32 colours of frame t's pixels, bicubic; zeros where there is no address."""
    colours = np.zeros((len(chain.frame[t]), 3), np.float32)
    for source in np.unique(chain.frame[t]):
        rows = np.flatnonzero(chain.frame[t] == source)
        if source < 0:
            continue
        colours[rows] = pick(frames[source], chain.x[t][rows], chain.y[t][rows])
    return colours


def pick(image: Frames, x: Floats, y: Floats) -> Floats:
    """(N, 3) float32: an image's colours between its pixels, bicubic. Edges repeat."""
    return _sampled(image, x, y, cv2.INTER_CUBIC)


def mix(frames: Frames, behind: Chain, ahead: Chain, t: int) -> tuple[Floats, Bools]:
    """(colours (N, 3) float32, found (N,) bool): both directions, weighed.

    A source weighs less the farther it lies in time and the more error its chain gathered.
    """
    total = np.zeros((len(behind.frame[t]), 3), np.float32)
    weights = np.zeros(len(behind.frame[t]), np.float32)
    for chain in (behind, ahead):
        distance = np.maximum(np.abs(chain.frame[t] - t), 1).astype(np.float32)
        weight = np.exp(-chain.error[t]) / distance + 1e-6
        weight[chain.frame[t] < 0] = 0.0
        total += sample(frames, chain, t) * weight[:, None]
        weights += weight
    found = weights > 0
    total[found] /= weights[found, None]
    return total, found
