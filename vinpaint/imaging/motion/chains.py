"""Propagation chains: find, for each hole pixel, the frame and position that its colour comes from.

Every hole pixel follows the completed flow from frame to frame until it reaches a real pixel, and
stores the *address* of that pixel (source frame, x, y). Colours are sampled once, at the end, so
that long chains do not blur (equation: docs/method.md, flow-guided propagation). A chain ends
without a source where forward and backward flow fail ProPainter's consistency test (Zhou et al.,
2023).
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
Rows = NDArray[np.intp]
"""(N,) indices into a list of pixels."""


@dataclass(frozen=True)
class PixelSet:
    """Positions of pixels of one frame: `y` and `x`, each (N,) int32."""

    y: Ints
    x: Ints

    @classmethod
    def of(cls, area: Bools) -> PixelSet:
        """Return the True pixels of an (H, W) mask, in row order."""
        y, x = np.nonzero(area)
        return cls(y.astype(np.int32), x.astype(np.int32))

    def select(self, which: Bools | Rows) -> PixelSet:
        """Return a subset; which: (N,) bool, or indices."""
        return PixelSet(self.y[which], self.x[which])


class SourceAddresses(NamedTuple):
    """Where the colours of N pixels come from, each field (N,).

    frame: int32, -1 without a source; x, y: float32 pixels; error: float32, the sum of squared
    forward-backward errors along the chain (squared pixels).
    """

    frame: Ints
    x: Floats
    y: Floats
    error: Floats

    def select(self, rows: Rows) -> SourceAddresses:
        """Return the addresses of some of the pixels."""
        frame, x, y, error = self
        return SourceAddresses(frame.take(rows), x.take(rows), y.take(rows), error.take(rows))


@dataclass(frozen=True)
class Chain:
    """Source addresses in one direction of time, for the hole pixels of all frames of a window.

    whole: the addresses of all frames, those of frame t from `start[t]` to `start[t + 1]`; frame,
    x, y, error: the same as views into `whole`, one array per frame.
    """

    frame: list[Ints]
    x: list[Floats]
    y: list[Floats]
    error: list[Floats]
    whole: SourceAddresses
    start: list[int]

    @classmethod
    def empty(cls, pixels: Sequence[PixelSet]) -> Chain:
        """Return a chain in which no pixel has a source. `pixels`: hole pixels of each frame."""
        start = [0, *np.cumsum([len(p.y) for p in pixels]).tolist()]
        x, y, error = (np.zeros(start[-1], np.float32) for _ in range(3))
        whole = SourceAddresses(np.full(start[-1], -1, np.int32), x, y, error)
        parts = [slice(a, b) for a, b in pairwise(start)]
        frames = [whole.frame[part] for part in parts]
        xs, ys, errors = ([values[part] for part in parts] for values in (x, y, error))
        return cls(frames, xs, ys, errors, whole, start)

    def mark_known(self, t: int, rows: Rows, pixels: PixelSet) -> None:
        """Make the pixels `rows` of frame t their own source, once their colours are in the frame.

        `pixels`: the hole pixels of frame t.
        """
        self.frame[t][rows] = t
        self.x[t][rows] = pixels.x[rows]
        self.y[t][rows] = pixels.y[rows]
        self.error[t][rows] = 0.0

    def addresses(self, frames: range, only: Rows | None = None) -> SourceAddresses:
        """Return the addresses of the pixels of `frames`, consecutive in time.

        `only`: indices of some of these pixels.
        """
        part = slice(self.start[frames.start], self.start[frames.stop])
        frame, x, y, error = self.whole
        values = SourceAddresses(frame[part], x[part], y[part], error[part])
        return values if only is None else values.select(only)

    def copy_from(self, other: Chain, t: int, rows: Rows) -> None:
        """Replace the addresses of the pixels `rows` of frame t by those of another chain."""
        for own, others in zip(self.whole, other.whole, strict=True):
            own[self.start[t] + rows] = others[self.start[t] + rows]


def extend_chain(
    chain: Chain,
    pixels: Sequence[PixelSet],
    motion: Sequence[PairMotion | None],
    excluded: Bools,
    *,
    ahead: bool,
    only: Sequence[Bools] | None = None,
    target: Bools | None = None,
    max_frames: int | None = None,
) -> None:
    """Trace pixels along the flow in one direction of time, and store the sources they reach.

    All unfinished pixels are traced together, with sub-pixel positions. If positions were rounded
    at each step, content that moves less than half a pixel per frame would never leave the hole.

    Args:
        chain: The chain to extend in place.
        pixels: The hole pixels of each of the T frames.
        motion: The T - 1 motions between neighbouring frames; no chain crosses a None.
        excluded: (T, H, W) bool, pixels that cannot be a source.
        ahead: Search in later frames instead of earlier ones.
        only: (N,) bool per frame, the pixels to trace; by default those without a source.
        target: (T, H, W) bool, pixels that can be a source. A pixel that reaches another one first
            is given up.
        max_frames: Maximum distance of a source, in frames.
    """
    count = len(pixels)
    traced = _TracedPixels.none()
    for t in range(count - 1) if ahead else range(count - 1, 0, -1):
        rows = np.flatnonzero(chain.frame[t] < 0 if only is None else only[t])
        if len(rows):
            traced = traced.joined(chain.start[t] + rows, pixels[t].select(rows))
        near = t + 1 if ahead else t - 1
        pair = motion[min(t, near)]
        if pair is None:
            traced = _TracedPixels.none()
        elif len(traced.rows):
            traced, valid = traced.step(pair, excluded.shape[1:], ahead=ahead)
            goal = None if target is None else target[near]
            traced = _store_reached(chain.whole, traced, valid, near, excluded[near], goal)
        if max_frames is not None:
            expired = t - max_frames + 1 if ahead else t + max_frames - 1
            if 0 <= expired < count:
                traced = traced.without_frame(chain, expired)


class _TracedPixels(NamedTuple):
    """Pixels being traced through time.

    rows: index in the chain; x, y: current position (pixels); error: accumulated flow error
    (squared pixels).
    """

    rows: Rows
    x: Floats
    y: Floats
    error: Floats

    @classmethod
    def none(cls) -> _TracedPixels:
        empty = np.zeros(0, np.float32)
        return cls(np.zeros(0, np.intp), empty, empty, empty)

    def joined(self, rows: Rows, pixels: PixelSet) -> _TracedPixels:
        """Add pixels that start at their own position with no error."""
        return _TracedPixels(
            np.concatenate([self.rows, rows]),
            np.concatenate([self.x, pixels.x.astype(np.float32)]),
            np.concatenate([self.y, pixels.y.astype(np.float32)]),
            np.concatenate([self.error, np.zeros(len(rows), np.float32)]),
        )

    def without_frame(self, chain: Chain, t: int) -> _TracedPixels:
        """Drop the pixels that started on frame t."""
        return self.select((self.rows < chain.start[t]) | (self.rows >= chain.start[t + 1]))

    def select(self, which: Bools) -> _TracedPixels:
        at = np.flatnonzero(which)
        rows, x, y, error = self
        return _TracedPixels(rows.take(at), x.take(at), y.take(at), error.take(at))

    def step(
        self, pair: PairMotion, shape: tuple[int, ...], *, ahead: bool
    ) -> tuple[_TracedPixels, Bools]:
        """Move all pixels by one frame.

        Returns the moved pixels, and an (N,) bool mask of those whose step passes the consistency
        test and ends inside the frame. `shape`: (height, width) of the frame.
        """
        field, error, consistent = pair.towards(later=ahead)
        at_x, at_y = self.x - pair.box.x0, self.y - pair.box.y0
        step = remap_points(field, at_x, at_y, cv2.INTER_LINEAR)
        x, y = self.x + step[:, 0], self.y + step[:, 1]
        cell = _nearest_index(at_x, at_y, error.shape)
        inside = _within(x, shape[1]) & _within(y, shape[0])
        moved = _TracedPixels(self.rows, x, y, self.error + error.take(cell))
        return moved, consistent.take(cell) & inside


def _within(positions: Floats, size: int) -> Bools:
    """Return True for positions inside the frame. Pixels extend 0.5 around their centres."""
    return np.asarray((positions >= -0.5) & (positions <= size - 0.5))


def _nearest_index(x: Floats, y: Floats, shape: tuple[int, ...]) -> Rows:
    """Return flat indices of the nearest pixels of an (H, W) array."""
    height, width = shape
    row = np.clip(np.rint(y), 0, height - 1).astype(np.intp)
    row *= width
    row += np.clip(np.rint(x), 0, width - 1).astype(np.intp)
    return row


def _store_reached(
    addresses: SourceAddresses,
    traced: _TracedPixels,
    valid: Bools,
    near: int,
    excluded: Bools,
    target: Bools | None,
) -> _TracedPixels:
    """Store the addresses of `valid` pixels that reached a source; return the unfinished ones."""
    cell = _nearest_index(traced.x, traced.y, excluded.shape)
    blocked = excluded.take(cell)
    reached = valid & ~blocked
    found = traced.select(reached if target is None else reached & target.take(cell))
    addresses.frame[found.rows] = near
    addresses.x[found.rows] = found.x
    addresses.y[found.rows] = found.y
    addresses.error[found.rows] = found.error
    return traced.select(valid & blocked)


def sample(sampler: Sampler, addresses: SourceAddresses) -> Floats:
    """Sample the colours at N addresses, bicubically: (N, 3) float32, 0 without a source."""
    source, x, y, _ = addresses
    colours = np.zeros((len(source), 3), np.float32)
    order = np.argsort(source, kind="stable")
    ends = np.searchsorted(source[order], np.arange(len(sampler.frames) + 1))
    for number, (a, b) in enumerate(pairwise(ends)):  # one call for each source frame
        if b > a:
            rows = order[a:b]
            colours[rows] = sampler.sample_at(number, x[rows], y[rows])
    return colours


def blend_directions(
    sampler: Sampler, behind: Chain, ahead: Chain, frames: range, only: Rows | None = None
) -> tuple[Floats, Bools]:
    """Blend the colours of the sources in both directions of time.

    A source has the weight exp(-error) / distance, with the distance in frames.

    Args:
        sampler: Gives the colours of the window's frames.
        behind: Chain to earlier frames.
        ahead: Chain to later frames.
        frames: Consecutive frames whose pixels are blended.
        only: Indices of some of these pixels; by default all N.

    Returns:
        The colours, (N, 3) float32, and an (N,) bool mask of the pixels that have a source.
    """
    own = np.repeat(np.array(frames, np.int32), [len(behind.frame[t]) for t in frames])
    if only is not None:
        own = own.take(only)
    total = np.zeros((len(own), 3), np.float32)
    weights = np.zeros(len(own), np.float32)
    for chain in (behind, ahead):
        addresses = chain.addresses(frames, only)
        distance = np.maximum(np.abs(addresses.frame - own), 1).astype(np.float32)
        weight = np.exp(-addresses.error) / distance + 1e-6
        weight[addresses.frame < 0] = 0.0
        total += sample(sampler, addresses) * weight[:, None]
        weights += weight
    found = weights > 0
    total[found] /= weights[found, None]
    return total, found
