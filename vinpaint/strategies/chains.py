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
    shape: tuple[int, int],
    *,
    ahead: bool,
) -> None:
    """Extend `chain` (in place) for all pixels that have no address yet.

    `ahead`: look for sources in later frames; otherwise in earlier ones. `shape`: (H, W).
    """
    count = len(pixels)
    row_of = np.full(shape, -1, np.int32)  # where a pixel of the neighbour stands in its list
    order = range(count - 2, -1, -1) if ahead else range(1, count)
    for t in order:
        near = t + 1 if ahead else t - 1
        pair = motion[min(t, near)]
        todo = np.flatnonzero(chain.frame[t] < 0)
        if pair is None or not len(todo):
            continue
        row_of[pixels[near].y, pixels[near].x] = np.arange(len(pixels[near].y), dtype=np.int32)
        _step(chain, pixels[t], t, near, todo, pair, row_of)
        row_of[pixels[near].y, pixels[near].x] = -1


def _step(
    chain: Chain,
    pixels: Pixels,
    t: int,
    near: int,
    todo: NDArray[np.intp],
    pair: PairMotion,
    row_of: Ints,
) -> None:
    ahead = near > t
    field = pair.forward if ahead else pair.backward
    gap = pair.forward_error if ahead else pair.backward_error
    good = pair.forward_good if ahead else pair.backward_good
    y, x = pixels.y[todo], pixels.x[todo]
    at = y - pair.box.y0, x - pair.box.x0
    to_x, to_y = x + field[at][:, 0], y + field[at][:, 1]
    height, width = row_of.shape
    whole_x = np.clip(np.rint(to_x), 0, width - 1).astype(np.int32)
    whole_y = np.clip(np.rint(to_y), 0, height - 1).astype(np.int32)
    row = row_of[whole_y, whole_x]
    real = row < 0
    row = np.maximum(row, 0)
    passed = good[at]
    if len(chain.frame[near]):
        met = chain.frame[near][row]
        source = np.where(real, near, met)
        from_x = np.where(real, to_x, chain.x[near][row] + (to_x - whole_x))
        from_y = np.where(real, to_y, chain.y[near][row] + (to_y - whole_y))
        error = np.where(real, 0.0, chain.error[near][row]) + gap[at]
    else:
        source, from_x, from_y, error = np.full(len(todo), near, np.int32), to_x, to_y, gap[at]
    found = passed & (source >= 0)
    rows = todo[found]
    chain.frame[t][rows] = source[found]
    chain.x[t][rows] = np.clip(from_x[found], 0, width - 1)
    chain.y[t][rows] = np.clip(from_y[found], 0, height - 1)
    chain.error[t][rows] = error[found]


def sample(frames: Frames, chain: Chain, t: int) -> Floats:
    """(N, 3) float32 colours of frame t's pixels, bicubic; zeros where there is no address."""
    colours = np.zeros((len(chain.frame[t]), 3), np.float32)
    for source in np.unique(chain.frame[t]):
        rows = np.flatnonzero(chain.frame[t] == source)
        if source < 0:
            continue
        for start in range(0, len(rows), _REMAP_ROWS):
            some = rows[start : start + _REMAP_ROWS]
            colours[some] = cv2.remap(
                frames[source],
                chain.x[t][some, None],
                chain.y[t][some, None],
                cv2.INTER_CUBIC,
                borderMode=cv2.BORDER_REPLICATE,
            )[:, 0]
    return colours


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
