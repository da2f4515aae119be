"""Where each hole pixel's content comes from: chains of *coordinates*, sampled once at the end.

Every hole pixel follows the completed flow from frame to frame until it meets a real pixel, and
carries that pixel's address (source frame, x, y). Chaining addresses instead of colours keeps the
fill as sharp as its source however long the chain (seed: approach 3, step 3). A step is taken
only where forward and backward flow pass ProPainter's consistency test.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats
from vinpaint.imaging.motion.completion import PairMotion
from vinpaint.imaging.motion.sampling import Sampler, remap_points

Ints = NDArray[np.int32]


@dataclass(frozen=True)
class PixelSet:
    """The pixels of one frame that need an address: `y`, `x`, each (N,) int32."""

    y: Ints
    x: Ints

    @classmethod
    def of(cls, area: Bools) -> PixelSet:
        """All true pixels of an (H, W) array."""
        y, x = np.nonzero(area)
        return cls(y.astype(np.int32), x.astype(np.int32))

    def of_those(self, which: Bools | NDArray[np.intp]) -> PixelSet:
        """Only some of them; which: (N,) bool, or their numbers."""
        return PixelSet(self.y[which], self.x[which])


class SourceAddresses(NamedTuple):
    """Where pixels come from, each (N,).

    frame: int32, -1 where no real pixel was met; x, y: float32; error: float32, the sum of
    squared forward-backward gaps along the chain.
    """

    frame: Ints
    x: Floats
    y: Floats
    error: Floats

    def of(self, rows: NDArray[np.intp]) -> SourceAddresses:
        """Only those rows."""
        frame, x, y, error = self
        return SourceAddresses(frame.take(rows), x.take(rows), y.take(rows), error.take(rows))


@dataclass(frozen=True)
class Chain:
    """Addresses in one direction of time, one entry a frame, each (N,) as that frame's Pixels.

    frame, x, y, error: as in Addresses. They are views into `whole`, where the frames' entries
    stand one behind the other, those of frame t from `start[t]` to `start[t + 1]`.
    """

    frame: list[Ints]
    x: list[Floats]
    y: list[Floats]
    error: list[Floats]
    whole: SourceAddresses
    start: list[int]

    @classmethod
    def empty(cls, pixels: Sequence[PixelSet]) -> Chain:
        """A chain that has met nothing yet."""
        start = [0, *np.cumsum([len(p.y) for p in pixels]).tolist()]
        count = start[-1]
        x, y, error = (np.zeros(count, np.float32) for _ in range(3))
        whole = SourceAddresses(np.full(count, -1, np.int32), x, y, error)
        parts = [slice(a, b) for a, b in pairwise(start)]
        return cls(
            [whole.frame[part] for part in parts],
            [x[part] for part in parts],
            [y[part] for part in parts],
            [error[part] for part in parts],
            whole,
            start,
        )

    def settle(self, t: int, rows: NDArray[np.intp], pixels: PixelSet) -> None:
        """Make pixels of frame t their own source: their colours are now in the frame."""
        self.frame[t][rows] = t
        self.x[t][rows] = pixels.x[rows]
        self.y[t][rows] = pixels.y[rows]
        self.error[t][rows] = 0.0

    def addresses(self, some: range, only: NDArray[np.intp] | None = None) -> SourceAddresses:
        """Of all pixels of the frames `some`, or `only` of those with these numbers among them."""
        part = slice(self.start[some.start], self.start[some.stop])
        frame, x, y, error = self.whole
        known = SourceAddresses(frame[part], x[part], y[part], error[part])
        return known if only is None else known.of(only)

    def take(self, t: int, rows: NDArray[np.intp], other: Chain) -> None:
        """Take over what another chain says of some pixels of frame t."""
        for mine, theirs in zip(self.whole, other.whole, strict=True):
            mine[self.start[t] + rows] = theirs[self.start[t] + rows]


def extend_chain(
    chain: Chain,
    pixels: Sequence[PixelSet],
    motion: Sequence[PairMotion | None],
    shut: Bools,
    *,
    ahead: bool,
    only: Sequence[Bools] | None = None,
    target: Bools | None = None,
    most_frames: int | None = None,
) -> None:
    """Extend `chain` (in place) for all pixels that have no address yet, or for some of them.

    All unfinished pixels travel together, at their exact places: rounded to whole pixels at each
    step, content that moves less than half a pixel a frame would never leave the hole.
    `shut`: (T, H, W) bool, where no source may be taken. `ahead`: look in later frames.
    `only`: (N,) bool a frame, the pixels to follow. `target`: (T, H, W) bool, what they must
    meet: who meets another thing first is lost. `most_frames`: who meets nothing so far away is
    lost as well.
    """
    count = len(pixels)
    trip = _TracedPixels.none()
    for t in range(count - 1) if ahead else range(count - 1, 0, -1):
        lost = np.flatnonzero(chain.frame[t] < 0 if only is None else only[t])
        if len(lost):
            trip = trip.joined(chain.start[t] + lost, pixels[t].of_those(lost))
        near = t + 1 if ahead else t - 1
        pair = motion[min(t, near)]
        if pair is None:
            trip = _TracedPixels.none()
        elif len(trip.who):
            trip, kept = trip.moved(pair, shut.shape[1:], ahead=ahead)
            goal = None if target is None else target[near]
            trip = _arrive(chain.whole, trip, kept, near, shut[near], goal)
        if most_frames is not None:
            far = t - most_frames + 1 if ahead else t + most_frames - 1
            trip = trip.but(chain, far) if 0 <= far < count else trip


@dataclass(frozen=True)
class _TracedPixels:
    """Pixels on their way: who they are in the chain, where they are now, the error so far."""

    who: NDArray[np.intp]
    x: Floats
    y: Floats
    error: Floats

    @classmethod
    def none(cls) -> _TracedPixels:
        real = np.zeros(0, np.float32)
        return cls(np.zeros(0, np.intp), real, real, real)

    def joined(self, who: NDArray[np.intp], pixels: PixelSet) -> _TracedPixels:
        """With those pixels."""
        return _TracedPixels(
            np.concatenate([self.who, who]),
            np.concatenate([self.x, pixels.x.astype(np.float32)]),
            np.concatenate([self.y, pixels.y.astype(np.float32)]),
            np.concatenate([self.error, np.zeros(len(who), np.float32)]),
        )

    def but(self, chain: Chain, t: int) -> _TracedPixels:
        """Without those of frame t."""
        mine = (self.who >= chain.start[t]) & (self.who < chain.start[t + 1])
        return self.of(~mine)

    def of(self, which: Bools) -> _TracedPixels:
        """Only those."""
        at = np.flatnonzero(which)
        return _TracedPixels(
            self.who.take(at), self.x.take(at), self.y.take(at), self.error.take(at)
        )

    def moved(
        self, pair: PairMotion, shape: tuple[int, ...], *, ahead: bool
    ) -> tuple[_TracedPixels, Bools]:
        """One frame on, and who is kept: whose step passes the test and ends in the frame."""
        field = pair.forward if ahead else pair.backward
        gap = pair.forward_error if ahead else pair.backward_error
        good = pair.forward_good if ahead else pair.backward_good
        at_x, at_y = self.x - pair.box.x0, self.y - pair.box.y0
        step = _between(field, at_x, at_y)
        x, y = self.x + step[:, 0], self.y + step[:, 1]
        cell = _cells(at_x, at_y, gap.shape)
        inside = _within(x, shape[1]) & _within(y, shape[0])
        there = _TracedPixels(self.who, x, y, self.error + gap.take(cell))
        return there, good.take(cell) & inside


def _within(places: Floats, size: int) -> Bools:
    """Which places lie on a pixel: half a pixel beyond the last one's middle is still on it."""
    return np.asarray((places >= -0.5) & (places <= size - 0.5))


def _cells(x: Floats, y: Floats, shape: tuple[int, ...]) -> NDArray[np.intp]:
    """The nearest pixels of an (H, W) array, numbered row by row: `take` wants one number."""
    height, width = shape
    row = np.clip(np.rint(y), 0, height - 1).astype(np.intp)
    row *= width
    row += np.clip(np.rint(x), 0, width - 1).astype(np.intp)
    return row


def _between(field: Floats, x: Floats, y: Floats) -> Floats:
    """(N, 2): a field between its pixels."""
    return remap_points(field, x, y, cv2.INTER_LINEAR)


def _arrive(
    known: SourceAddresses,
    trip: _TracedPixels,
    kept: Bools,
    near: int,
    shut: Bools,
    target: Bools | None,
) -> _TracedPixels:
    """Note the addresses of those `kept` that have met a source; the rest of them travel on."""
    cell = _cells(trip.x, trip.y, shut.shape)
    on = shut.take(cell)
    met = kept & ~on
    there = trip.of(met if target is None else met & target.take(cell))
    known.frame[there.who] = near
    known.x[there.who] = there.x
    known.y[there.who] = there.y
    known.error[there.who] = there.error
    return trip.of(kept & on)


def sample(look: Sampler, known: SourceAddresses) -> Floats:
    """(N, 3) float32 colours of the pixels whose addresses are `known`, bicubic; zeros without."""
    source, x, y, _ = known
    colours = np.zeros((len(source), 3), np.float32)
    order = np.argsort(source, kind="stable")
    ends = np.searchsorted(source[order], np.arange(len(look.frames) + 1))
    for number, (a, b) in enumerate(pairwise(ends)):  # frame by frame: few, long calls
        if b > a:
            rows = order[a:b]
            colours[rows] = look.pick(number, x[rows], y[rows])
    return colours


def blend_directions(
    look: Sampler, behind: Chain, ahead: Chain, some: range, only: NDArray[np.intp] | None = None
) -> tuple[Floats, Bools]:
    """(colours (N, 3) float32, found (N,) bool): both directions, weighed, of the frames `some`.

    A source weighs less the farther it lies in time and the more error its chain gathered.
    `only`: the numbers of those pixels, among all of those frames, that are asked for.
    """
    own = np.repeat(np.array(some, np.int32), [len(behind.frame[t]) for t in some])
    if only is not None:
        own = own.take(only)
    total = np.zeros((len(own), 3), np.float32)
    weights = np.zeros(len(own), np.float32)
    for chain in (behind, ahead):
        known = chain.addresses(some, only)
        distance = np.maximum(np.abs(known.frame - own), 1).astype(np.float32)
        weight = np.exp(-known.error) / distance + 1e-6
        weight[known.frame < 0] = 0.0
        total += sample(look, known) * weight[:, None]
        weights += weight
    found = weights > 0
    total[found] /= weights[found, None]
    return total, found
