"""What moves in front of the background: never its source, and a source of itself.

A hole may stand beside, or over, something that moves by itself. Background is not to be taken
from there: a chain goes on behind it to the next real background. And where the thing itself
reaches into the hole, it is led on by its own motion. Which of the two a hole pixel shows, the
rim tells: there both guesses can be compared with what is really seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from vinpaint.blend import membrane
from vinpaint.strategies.chains import Chain, Pixels, follow, mix
from vinpaint.strategies.motion import PairMotion, grow
from vinpaint.strategies.sampling import Sampler
from vinpaint.threads import ahead
from vinpaint.types import Bools, Floats

EDGE_PX = 3
"""The front's edge is mixed with what lies behind, and its flow is uncertain."""

FAR_FRAMES = 16
"""What moves by itself changes its shape: farther away it is not the same."""

_MOST_LEVELS = 40.0
"""A guess that is farther off than this is wrong, however far."""

_SAY_FRAMES = 3
"""So many frames before and after have a say in what a pixel shows."""


def fronts(motion: Sequence[PairMotion | None], shape: tuple[int, ...]) -> Bools:
    """(T, H, W) bool: where something moves by itself, as seen from both neighbours."""
    front = np.zeros(shape, np.bool_)
    for t, pair in enumerate(motion):
        if pair is not None and pair.front is not None:
            front[t][pair.box.slices] |= pair.front.here
            front[t + 1][pair.box.slices] |= pair.front.there
    return front


def with_edges(front: Bools) -> Bools:
    """(T, H, W) bool: the fronts with their edges: no background is taken from there."""
    return np.stack([grow(f, EDGE_PX) if f.any() else f for f in front])


def lead_front(
    chains: tuple[Chain, Chain],
    pixels: Sequence[Pixels],
    motion: Sequence[PairMotion | None],
    shut: Bools,
    front: Bools,
    only: Sequence[Bools],
) -> None:
    """Extend (behind, ahead), in place: where pixels come from, were they a part of the front.

    motion: the front's own; shut: (T, H, W) bool, where no source may be taken; front: (T, H, W)
    bool, where the front is seen; only: (N,) bool a frame, the pixels to lead.
    """

    def lead(later: bool) -> None:
        follow(
            chains[later],
            pixels,
            motion,
            shut,
            ahead=later,
            only=only,
            target=front,
            most_frames=FAR_FRAMES,
        )

    deque(ahead(lead, (False, True)), maxlen=0)


def found_by(chains: tuple[Chain, Chain], t: int) -> Bools:
    """(N,) bool: the pixels of frame t that have a source in one direction or the other."""
    behind, later = chains
    return np.asarray((behind.frame[t] >= 0) | (later.frame[t] >= 0))


def shows_front(
    look: Sampler,
    pixels: Sequence[Pixels],
    inside: Sequence[Bools],
    background: tuple[Chain, Chain],
    front: tuple[Chain, Chain],
) -> list[Bools]:
    """(N,) bool a frame: the pixels that rather show the front than the background.

    The rim's pixels (those not `inside` the hole) compare both guesses with what is there; a
    membrane carries the comparison inwards, and neighbouring frames have a say, or the choice
    would flicker. No other pixels' sources are asked for.
    """

    def told_by(t: int) -> _Comparison | None:
        if not (found_by(front, t) & ~inside[t]).any():
            return None
        return _comparison(look, t, pixels[t], inside[t], background, front)

    told = list(ahead(told_by, range(len(pixels))))
    shown = []
    for t, mine in enumerate(pixels):
        near = [one for one in told[max(0, t - _SAY_FRAMES) : t + _SAY_FRAMES + 1] if one]
        if told[t] is None:
            near = []
        better = sum((one.at(mine) for one in near), np.zeros(len(mine.y), np.float32))
        shown.append(np.asarray(better < 0))
    return shown


class _Comparison(NamedTuple):
    """How much farther from the truth the front is than the background: (h, w) levels."""

    y0: int
    x0: int
    levels: Floats

    def at(self, pixels: Pixels) -> Floats:
        """(N,): at those pixels, or at the nearest that it knows."""
        y = np.clip(pixels.y - self.y0, 0, self.levels.shape[0] - 1)
        x = np.clip(pixels.x - self.x0, 0, self.levels.shape[1] - 1)
        return np.asarray(self.levels[y, x])


def _comparison(
    look: Sampler,
    t: int,
    pixels: Pixels,
    inside: Bools,
    background: tuple[Chain, Chain],
    front: tuple[Chain, Chain],
) -> _Comparison:
    rim, at = np.flatnonzero(~inside), range(t, t + 1)
    beside = pixels.of_those(rim)
    own = look.frames[t][beside.y, beside.x].astype(np.float32)
    as_front, as_background = (_error(own, *mix(look, *of, at, rim)) for of in (front, background))
    better = as_front - as_background
    y0, x0 = int(pixels.y.min()), int(pixels.x.min())
    plate = np.zeros((int(pixels.y.max()) - y0 + 1, int(pixels.x.max()) - x0 + 1), np.float32)
    plate[beside.y - y0, beside.x - x0] = better
    known = np.zeros(plate.shape, np.bool_)
    known[beside.y - y0, beside.x - x0] = True
    return _Comparison(y0, x0, membrane(plate, known))


def _error(own: Floats, guess: Floats, found: Bools) -> Floats:
    """(N,) levels; the most where there is no guess."""
    far = np.minimum(np.abs(guess - own).max(axis=1), _MOST_LEVELS)
    return np.where(found, far, _MOST_LEVELS).astype(np.float32)
