"""One window on its way to being filled: its chains, and the frames that they lead to.

First what other frames show is followed and placed; then what moves in front; what nobody shows
is made in one frame after another and led on from there; at last the fill is steadied.
"""

from __future__ import annotations

import contextlib
import itertools
from collections import deque
from collections.abc import Callable, Iterator
from typing import NamedTuple

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames, Progress, bounding_box, section
from vinpaint.imaging.flow import grey
from vinpaint.imaging.membrane import solve_membrane
from vinpaint.imaging.motion.chains import Chain, Ints, PixelSet, blend_directions, extend_chain
from vinpaint.imaging.motion.completion import PairMotion, grow
from vinpaint.runtime.parallel import map_ahead, map_in_background
from vinpaint.strategies.compute_backend import ComputeBackend
from vinpaint.strategies.propagation.foreground import (
    believed,
    found_by,
    fronts,
    lead_front,
    rim_says,
    with_edges,
)
from vinpaint.strategies.propagation.patchmatch import TextureSynthesizer, smoothed
from vinpaint.strategies.propagation.temporal_filter import steadied

RIM_PX = 2
"""So wide is the ring of real pixels that are also propagated, to compare the two there."""

_TEXTURES = 8
"""At most so many PatchMatch fills a window; slivers that then remain are closed smoothly."""

_SLIVER_PX = 40
_SLIVER_SHARE = 0.015
"""So much of a hole, in pixels or as a share of it, is a sliver."""

_PLACED_PIXELS = 1_000_000
"""So many are sampled at once: a frame is looked up once for all that come from it."""

_BATCHES = 4
"""At least so many times, for the threads to share them."""

_ALIKE_LEVELS = 60
"""So far apart the fill and the rim may lie to be drawn together. Without this bound the fill
changes colour with whatever passes the rim: ewarp falls by a third on still holes."""

_FADE_PX = 4
"""So far into the hole a greater difference reaches."""


class Placed(NamedTuple):
    """Of one frame's pixels: colours (N, 3) float32, drawn to the rim's; found (N,) bool.

    Where nothing is found yet the colour is what the rim will add to it.
    """

    colours: Floats
    found: Bools


class WindowFill:
    """The chains of one window, and the frames that they lead to."""

    def __init__(
        self, frames: Frames, hole: Bools, motion: list[PairMotion | None], backend: ComputeBackend
    ) -> None:
        self.hole = hole
        self.sources = frames.copy()  # real pixels, and what is made along the way
        self.sampler = backend.sampler
        self.look = backend.sampler(self.sources)
        self.motion = motion
        self.shut = np.stack([_out_of_reach(h) for h in hole])
        self.front = fronts(motion, hole.shape)
        self.front_motion = [p.front.motion if p is not None and p.front else None for p in motion]
        self.covered = with_edges(self.front) & ~self.shut
        self.pixels = [PixelSet.of(shut) for shut in self.shut]
        self.inside = [h[p.y, p.x] for h, p in zip(hole, self.pixels, strict=True)]
        self.behind, self.ahead = Chain.empty(self.pixels), Chain.empty(self.pixels)
        self._follow()
        self.shown = [np.zeros_like(inside) for inside in self.inside]  # what shows the front

    def _follow(self, only: list[Bools] | None = None) -> None:
        closed = self.shut | self.covered

        def both(later: bool) -> None:
            chain = self.ahead if later else self.behind
            extend_chain(chain, self.pixels, self.motion, closed, ahead=later, only=only)

        deque(map_ahead(both, (False, True)), maxlen=0)

    def add_front(self) -> None:
        """Lead on what moves in front, where the rim says that it is in the hole."""
        if not self.front.any():
            return
        mine = self.behind, self.ahead
        other = Chain.empty(self.pixels), Chain.empty(self.pixels)

        def lead(only: list[Bools]) -> None:
            lead_front(other, self.pixels, self.front_motion, self.shut, self.front, only)

        lead([~inside for inside in self.inside])  # the rim tells where it is worth while
        says = rim_says(self.look, self.pixels, self.inside, mine, other)
        lead([one & (of is not None) for one, of in zip(self.inside, says, strict=True)])
        for t, of in enumerate(says):
            if of is None:
                continue
            self.shown[t] = believed(of, self.pixels[t], found_by(other, t))
            for chain, front in zip(mine, other, strict=True):
                chain.take(t, np.flatnonzero(self.shown[t]), front)

    def seen(self) -> Bools:
        """(T, H, W) bool: what of the holes has a source."""
        seen = np.zeros_like(self.hole)
        for t, pixels in enumerate(self.pixels):
            seen[t, pixels.y, pixels.x] = self.inside[t] & ~self.unseen(t)
        return seen

    def unseen(self, t: int) -> Bools:
        """(N,) bool: hole pixels of frame t that have no source yet."""
        lost = (self.behind.frame[t] < 0) & (self.ahead.frame[t] < 0)
        return np.asarray(lost & self.inside[t])

    def make_unseen(self, wanted: range, texture: TextureSynthesizer, progress: Progress) -> None:
        """Make what no frame shows, until nothing but slivers is missing.

        Begins where most is missing and the frame is sharp: texture copied from a frame that is
        blurred by motion would stay blurred in all others.
        """
        begun = max(1, sum(int(self.unseen(t).sum()) for t in wanted))
        sharp = np.array([sharpness(self.sources[t], self.hole[t]) for t in wanted])
        done = 0.0

        def beat() -> None:
            progress(done, "making what no frame shows")

        for _ in range(_TEXTURES):
            missing = [int(self.unseen(t).sum()) for t in wanted]
            done = max(done, 1 - sum(missing) / begun)
            beat()
            best = int(np.argmax(np.array(missing) * sharp))
            t = wanted[best]
            if missing[best] <= max(_SLIVER_PX, _SLIVER_SHARE * self.hole[t].sum()):
                break
            self._settle(t, self.unseen(t), texture, beat)
            self._follow([self.unseen(t) for t in range(len(self.hole))])

    def _settle(
        self, t: int, lost: Bools, texture: TextureSynthesizer, beat: Callable[[], None]
    ) -> None:
        """Make the lost pixels of frame t, and the frame a source of them."""
        pixels = self.pixels[t]
        frame = self._frame(t, *self._placed(range(t, t + 1), [lost])[0])
        area = np.zeros(self.hole.shape[1:], np.bool_)
        area[pixels.y[lost], pixels.x[lost]] = True
        if area.all():
            frame = smoothed(frame, area)
        else:
            frame = texture.fill(frame, area, keep_out=self.covered[t], beat=beat)
        hole = self.hole[t]
        self.sources[t][hole] = frame[hole]
        self.look.changed(t)
        rows = np.flatnonzero(lost)
        self.shut[t, pixels.y[rows], pixels.x[rows]] = False
        self.behind.settle(t, rows, pixels)
        self.ahead.settle(t, rows, pixels)

    @contextlib.contextmanager
    def placing(self, wanted: range) -> Iterator[Iterator[Placed]]:
        """Find the colours of all that is seen now, beside what is made meanwhile."""
        lost = [self.unseen(t) for t in wanted]

        def place(some: range) -> list[Placed]:
            return self._placed(some, lost[some.start - wanted.start : some.stop - wanted.start])

        with map_in_background(place, self._batches(wanted)) as batches:
            yield itertools.chain.from_iterable(batches)

    def _placed(self, some: range, lost: list[Bools]) -> list[Placed]:
        """The colours of those frames' pixels, but of those that are lost."""
        colours, found = blend_directions(self.look, self.behind, self.ahead, some)
        start = self.behind.start
        cuts = np.array(start[some.start + 1 : some.stop]) - start[some.start]
        placed = []
        parts = zip(some, lost, np.split(colours, cuts), np.split(found, cuts), strict=True)
        for t, without, mine, known in parts:
            mine[without], known[without] = 0, False
            rim = known & ~self.inside[t]
            mine += _to_the_rim(self.sources[t], self.pixels[t], mine, rim, self.hole[t])
            placed.append(Placed(mine, known))
        return placed

    def _batches(self, wanted: range) -> Iterator[range]:
        """Stretches of frames whose pixels are placed at once."""
        start, most = wanted.start, -(-len(wanted) // _BATCHES)
        for t in wanted:
            pixels = self.behind.start[t + 1] - self.behind.start[start]
            if (pixels > _PLACED_PIXELS or t - start >= most) and t > start:
                yield range(start, t)
                start = t
        if len(wanted):
            yield range(start, wanted.stop)

    def finished(self, wanted: range, placed: Iterator[Placed], progress: Progress) -> Frames:
        """All frames, those of `wanted` filled: what was seen is `placed`, the rest made since."""
        out = self.sources.copy()
        whole = map_ahead(lambda both: self._closed(*both), zip(wanted, placed, strict=True))
        for t, frame in zip(wanted, whole, strict=True):
            out[t] = frame
            progress((t - wanted.start) / len(wanted), "placing pixels")
        return out

    def _closed(self, t: int, placed: Placed) -> Frames:
        """Frame t whole: a membrane closes what has no source."""
        colours, found = placed
        made = np.flatnonzero(~found & self.inside[t])
        more, found[made] = blend_directions(
            self.look, self.behind, self.ahead, range(t, t + 1), made
        )
        colours[made] += more
        frame, lost = self._frame(t, colours, found), self.unseen(t)
        if not lost.any():
            return frame
        area = np.zeros(self.hole.shape[1:], np.bool_)
        area[self.pixels[t].y[lost], self.pixels[t].x[lost]] = True
        return smoothed(frame, area)

    def _frame(self, t: int, colours: Floats, found: Bools) -> Frames:
        """Frame t with what is known of its hole."""
        frame: Frames = self.sources[t].copy()
        shown = found & self.inside[t]
        rounded = np.clip(np.rint(colours[shown]), 0, 255).astype(np.uint8)
        frame[self.pixels[t].y[shown], self.pixels[t].x[shown]] = rounded
        return frame

    def steadied(self, filled: Frames, wanted: range, progress: Progress) -> Frames:
        """The filled frames with what boils in their holes averaged along the motion, twice.

        The second time what lies two frames away has a say: on six holes of five clips that
        lowered ewarp by another 5 to 16 %.
        """
        for turn in range(2):
            told = section(progress, turn / 2, turn / 2 + 0.5)
            filled = self._steadied_once(filled, wanted, told)
        return filled

    def _steadied_once(self, filled: Frames, wanted: range, progress: Progress) -> Frames:
        out = filled.copy()
        # without the frames ahead: their holes still hold what is removed
        look = self.sampler(filled[: wanted.stop])

        def steady(t: int) -> None:
            shown = self.shown[t]
            for which, motion in ((~shown, self.motion), (shown, self.front_motion)):
                pixels = self.pixels[t].of_those(which & self.inside[t])
                if len(pixels.y):
                    colours = steadied(look, t, pixels, motion)
                    out[t][pixels.y, pixels.x] = np.clip(np.rint(colours), 0, 255).astype(np.uint8)

        for t, _ in zip(wanted, map_ahead(steady, wanted), strict=True):
            progress((t - wanted.start) / len(wanted), "placing pixels")
        return out


def _out_of_reach(hole: Bools) -> Bools:
    """(H, W): where sampling would touch the hole. A square, as the reach of bicubic weights is."""
    square = np.ones((2 * RIM_PX + 1, 2 * RIM_PX + 1), np.uint8)
    return np.asarray(cv2.dilate(hole.view(np.uint8), square)).view(np.bool_)


def sharpness(frame: Frames, hole: Bools) -> float:
    """How sharp a frame is around its hole: the mean size of the Laplacian of luma, levels."""
    around = bounding_box(hole)
    if around is None:
        return 1.0
    box = around.grow(32, hole.shape[1], hole.shape[0])
    edges = cv2.Laplacian(grey(frame[box.slices]), cv2.CV_32F)
    seen = ~_out_of_reach(hole[box.slices])
    return float(np.abs(edges[seen]).mean()) + 1e-3 if seen.any() else 1e-3


def _to_the_rim(
    frame: Frames, pixels: PixelSet, colours: Floats, rim: Bools, hole: Bools
) -> Floats:
    """(N, 3): what to add so that the fill meets the real pixels of the rim.

    The membrane form of Poisson cloning: the difference on the rim, spread harmonically inwards
    (Perez et al. 2003; Farbman et al., "Coordinates for Instant Image Cloning", 2009). Where they
    differ by more than a change of light can, something passes in front: that is let fade within
    a few pixels, and colours nothing beyond.
    """
    around = bounding_box(hole)
    if around is None or not rim.any():
        return np.zeros_like(colours)
    box = around.grow(RIM_PX + 1, hole.shape[1], hole.shape[0])
    y, x = pixels.y - box.y0, pixels.x - box.x0
    apart = frame[pixels.y, pixels.x] - colours
    light = np.abs(apart).max(axis=1) < _ALIKE_LEVELS
    alike, unlike = rim & light, rim & ~light
    known = ~_out_of_reach(hole[box.slices])  # outside nothing is to be changed
    change = _spread(apart, alike, y, x, known)
    if unlike.any():
        beside = np.zeros_like(known)
        beside[y[unlike], x[unlike]] = True
        far = ~hole[box.slices] | ~grow(beside, _FADE_PX)
        change += _spread(apart - change, unlike, y, x, far)
    return change


def _spread(values: Floats, rows: Bools, y: Ints, x: Ints, zero: Bools) -> Floats:
    """(N, 3): a membrane, at all N pixels, over the values of some rows and 0 where `zero`."""
    plate = np.zeros((*zero.shape, 3), np.float32)
    plate[y[rows], x[rows]] = values[rows]
    known = zero.copy()
    known[y[rows], x[rows]] = True
    return solve_membrane(plate, known)[y, x]
