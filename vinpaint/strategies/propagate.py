"""Strategy `propagate`: real pixels of other frames, led into the hole by completed optical flow.

The seed's approach 3, with no learned weights: estimate and complete the motion behind the hole,
follow it to real pixels forwards and backwards in time, and sample each once. What no frame
shows is made once by PatchMatch, in the frame that lacks most, and led on from there. A membrane
then draws the fill's colours to the rim's. A second round estimates the motion anew on the first
fill: on eight clips it adds 0.5 dB (static hole) and 0.1 dB (moving).
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.blend import membrane
from vinpaint.errors import MaskError
from vinpaint.flow import grey
from vinpaint.strategies.chains import Chain, Ints, Pixels, follow, mix
from vinpaint.strategies.motion import PairMotion, estimate_motion, grow
from vinpaint.strategies.steady import steadied
from vinpaint.strategies.texture import Texture
from vinpaint.types import (
    Bools,
    Context,
    FillSettings,
    Floats,
    Frames,
    Mask,
    Progress,
    Video,
    bounding_box,
    part,
)

RIM_PX = 2
"""So wide is the ring of real pixels that are also propagated, to compare the two there."""

_TEXTURES = 8
"""At most so many PatchMatch fills a window; slivers that then remain are closed smoothly."""

_SLIVER_PX = 40

_ALIKE_LEVELS = 60
"""So far apart the fill and the rim may lie to be drawn together. Without this bound the fill
changes colour with whatever passes the rim: ewarp falls by a third on still holes."""

_FADE_PX = 4
"""So far into the hole a greater difference reaches."""


@dataclass(frozen=True)
class Propagate:
    """Flow-guided propagation. Needs no weights and no GPU."""

    title: str = "Propagate"
    best_for: str = (
        "Removing something that moves, or that the camera moves past: "
        "the clip's own pixels from other frames fill the hole."
    )
    takes_prompt: bool = False

    def fill(
        self,
        video: Video,
        mask: Mask,
        *,
        context: Context,
        settings: FillSettings,
        progress: Progress,
    ) -> Video:
        """See `Strategy.fill`. Raises MaskError when every pixel of every frame is hole."""
        frames, hole = video.frames.copy(), mask.hole.copy()
        if context.repaired is not None:
            done = len(context.repaired.frames)
            frames[:done] = context.repaired.frames
            hole[:done] = False
        if not hole.any():
            return Video(frames)
        if hole.all():
            raise MaskError(
                "the mask covers every pixel of every frame here, so nothing is left to repair "
                "from; make the mask smaller, or regenerate the clip"
            )
        wanted = range(len(frames) - context.ahead_frames)
        motion = estimate_motion(frames, hole, progress=part(progress, 0.0, 0.35))
        first = _Window(frames, hole, motion)
        first.close_smoothly()
        draft = first.finished(range(len(frames)), part(progress, 0.35, 0.45))
        told = part(progress, 0.45, 0.75)
        motion = estimate_motion(draft, hole, before=motion, progress=told)
        second = _Window(frames, hole, motion)
        second.make_unseen(wanted, settings.seed, part(progress, 0.75, 0.9))
        filled = second.finished(wanted, part(progress, 0.9, 0.97))
        return Video(second.steadied(filled, wanted, part(progress, 0.97, 1.0)))


class _Window:
    """The chains of one window, and the frames that they lead to."""

    def __init__(self, frames: Frames, hole: Bools, motion: list[PairMotion | None]) -> None:
        self.hole = hole
        self.sources = frames.copy()  # real pixels, and what is made along the way
        self.motion = motion
        self.shut = np.stack([_out_of_reach(h) for h in hole])
        self.pixels = [Pixels.of(shut) for shut in self.shut]
        self.inside = [h[p.y, p.x] for h, p in zip(hole, self.pixels, strict=True)]
        self.behind, self.ahead = Chain.empty(self.pixels), Chain.empty(self.pixels)
        self._follow()

    def _follow(self, only: list[Bools] | None = None) -> None:
        follow(self.behind, self.pixels, self.motion, self.shut, ahead=False, only=only)
        follow(self.ahead, self.pixels, self.motion, self.shut, ahead=True, only=only)

    def unseen(self, t: int) -> Bools:
        """(N,) bool: hole pixels of frame t that have no source yet."""
        lost = (self.behind.frame[t] < 0) & (self.ahead.frame[t] < 0)
        return np.asarray(lost & self.inside[t])

    def close_smoothly(self) -> None:
        """A membrane over all that has no source, frame by frame: enough to estimate flow on."""
        for t in range(len(self.hole)):
            self._settle(t, self.unseen(t), None)

    def make_unseen(self, wanted: range, seed: int, progress: Progress) -> None:
        """Make what no frame shows, until nothing is missing.

        Begins where most is missing and the frame is sharp: texture copied from a frame that is
        blurred by motion would stay blurred in all others.
        """
        begun = max(1, sum(int(self.unseen(t).sum()) for t in wanted))
        sharp = np.array([sharpness(self.sources[t], self.hole[t]) for t in wanted])
        done, made = 0.0, 0

        def beat() -> None:
            progress(done, "making what no frame shows")

        texture = Texture(seed=seed, beat=beat)
        try:
            while True:
                missing = [int(self.unseen(t).sum()) for t in wanted]
                if not any(missing):
                    return
                done = max(done, 1 - sum(missing) / begun)
                beat()
                best = int(np.argmax(np.array(missing) * sharp))
                t = wanted[best]
                worth = made < _TEXTURES and missing[best] > _SLIVER_PX
                self._settle(t, self.unseen(t), texture if worth else None)
                made += worth
                self._follow([self.unseen(t) for t in range(len(self.hole))])
        finally:
            texture.close()

    def _settle(self, t: int, lost: Bools, texture: Texture | None) -> None:
        """Fill the lost pixels of frame t and make the frame a source of them."""
        if not lost.any():
            return
        pixels = self.pixels[t]
        frame = self.frame(t)
        area = np.zeros(self.hole.shape[1:], np.bool_)
        area[pixels.y[lost], pixels.x[lost]] = True
        if texture is not None and not area.all():
            frame = texture.fill(frame, area)
        else:
            frame = _smooth(frame, area)
        hole = self.hole[t]
        self.sources[t][hole] = frame[hole]
        rows = np.flatnonzero(lost)
        self.shut[t, pixels.y[rows], pixels.x[rows]] = False
        self.behind.settle(t, rows, pixels)
        self.ahead.settle(t, rows, pixels)

    def frame(self, t: int) -> Frames:
        """Frame t with what is known of its hole, its colours drawn to the rim's."""
        frame: Frames = self.sources[t].copy()
        pixels = self.pixels[t]
        if not len(pixels.y):
            return frame
        colours, found = mix(self.sources, self.behind, self.ahead, t)
        colours += _to_the_rim(frame, pixels, colours, found & ~self.inside[t], self.hole[t])
        shown = found & self.inside[t]
        rounded = np.clip(np.rint(colours[shown]), 0, 255).astype(np.uint8)
        frame[pixels.y[shown], pixels.x[shown]] = rounded
        return frame

    def finished(self, wanted: range, progress: Progress) -> Frames:
        """All frames, those of `wanted` filled."""
        out = self.sources.copy()
        for t in wanted:
            progress(t / len(wanted), "placing pixels")
            out[t] = self.frame(t)
        return out

    def steadied(self, filled: Frames, wanted: range, progress: Progress) -> Frames:
        """The filled frames with what boils in their holes averaged along the motion."""
        out = filled.copy()
        known = filled[: wanted.stop]  # the holes of the frames ahead still hold what is removed
        for t in wanted:
            progress(t / len(wanted), "placing pixels")
            pixels = self.pixels[t].of_those(self.inside[t])
            if len(pixels.y):
                colours = steadied(known, t, pixels, self.motion)
                out[t][pixels.y, pixels.x] = np.clip(np.rint(colours), 0, 255).astype(np.uint8)
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


def _to_the_rim(frame: Frames, pixels: Pixels, colours: Floats, rim: Bools, hole: Bools) -> Floats:
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
    return membrane(plate, known)[y, x]


def _smooth(frame: Frames, area: Bools) -> Frames:
    around = bounding_box(area)
    if around is None:
        return frame
    box = around.grow(16, area.shape[1], area.shape[0])
    plate = membrane(frame[box.slices].astype(np.float32), ~area[box.slices])
    filled = frame.copy()
    filled[box.slices] = np.clip(np.rint(plate), 0, 255).astype(np.uint8)
    return filled
