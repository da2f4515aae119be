"""What a measure sees, and what every measure is.

A measure is started once for a clip and then takes it frame by frame, in order; it keeps sums
only, so a long clip costs no more memory than a short one. `Sums` serves every measure that is
one sum over another; measures that compare distributions keep sums of their own.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np

from vinpaint.core import HOLE_LEVEL, Better, Bools, Floats, Frames, Mask, Video
from vinpaint.imaging import flow

RING_PX = 16
"""So far around what was touched lie the pixels that the repair is set beside."""


@dataclass(frozen=True)
class Window:
    """A stretch of a clip before and after the repair, cut to the mask's surroundings.

    `first_frame`: the clip's number of the first frame. `lead_frames` (0 or 1): frames at the
    start that the window before had too, so that every pair of neighbours is measured once.
    """

    before: Video
    after: Video
    mask: Mask
    first_frame: int
    lead_frames: int

    def __post_init__(self) -> None:
        shapes = self.before.frames.shape[:3], self.after.frames.shape[:3], self.mask.values.shape
        if len(set(shapes)) != 1:
            raise ValueError(f"Window: before, after and mask differ in shape: {shapes}")


@dataclass(frozen=True)
class Motion:
    """How a frame came from the one before. `back`: flow to it, (H, W, 2) pixels.

    `good`: (H, W), where the flow leads there and back; `ring`: the pixels beside the hole that
    come from pixels that were not touched either. `led`: (H, W, 3) float32, the frame before as
    seen from this one; `was`: the same of the untouched source.
    """

    back: Floats
    good: Bools
    ring: Bools
    led: Floats
    was: Floats


@dataclass(frozen=True)
class Look:
    """One frame of a window; what several measures need of it is worked out once.

    before, after: (H, W, 3) uint8; mask: (H, W) float32. `last`: the frame before, or None.
    `pixels`: of the whole picture, which the window is cut from.
    """

    frame: int
    pixels: int
    before: Frames
    after: Frames
    mask: Floats
    last: Look | None = None

    @cached_property
    def hole(self) -> Bools:
        """(H, W): what was filled."""
        return np.asarray(self.mask >= HOLE_LEVEL)

    @cached_property
    def touched(self) -> Bools:
        """(H, W): all that is not the source alone, the soft rim included."""
        return np.asarray(self.mask > 0)

    @cached_property
    def ring(self) -> Bools:
        """(H, W): the untouched pixels around the hole."""
        return grown(self.touched, RING_PX) & ~self.touched

    @cached_property
    def inside(self) -> Bools:
        """(H, W): the hole without its rim; the hole itself where nothing else would be left."""
        kept = ~grown(~self.hole, 2)
        return kept if kept.any() else self.hole

    @cached_property
    def beside(self) -> Bools:
        """(H, W): the ring without the pixels next to what was touched."""
        return self.ring & ~grown(self.touched, 2)

    @cached_property
    def luma(self) -> Floats:
        """(H, W) float32: the repaired frame's luma."""
        return flow.grey(self.after).astype(np.float32)

    @cached_property
    def motion(self) -> Motion | None:
        """Where it came from; None for a first frame, or where no hole meets the last one's."""
        last = self.last
        if last is None or not (self.hole & last.hole).any():
            return None
        here, there = flow.grey(self.after), flow.grey(last.after)
        back = flow.estimate(here, there)
        good = flow.forward_backward_error(back, flow.estimate(there, here))[1]
        led = _warped(last.after, back)
        was = led if last.before is last.after else _warped(last.before, back)
        hidden = last.touched.astype(np.float32)
        from_hole = np.asarray(flow.warp(hidden, back), np.float32) > 0
        return Motion(back, good, self.ring & ~last.touched & ~from_hole, led, was)


def _warped(frame: Frames, field: Floats) -> Floats:
    return np.asarray(flow.warp(frame.astype(np.float32), field), np.float32)


def looks(window: Window, *, pixels: int) -> Iterator[Look]:
    """The frames of a window but the lead ones, each with the one before it."""
    last: Look | None = None
    for t, mask in enumerate(window.mask.values):
        frames = window.before.frames[t], window.after.frames[t]
        look = Look(window.first_frame + t, pixels, *frames, mask, last)
        if t >= window.lead_frames:
            yield look
        last = dataclasses.replace(look, last=None)


@dataclass(frozen=True)
class Reading:
    """One frame's share of a measure: a sum and what it is divided by, and the yardstick's."""

    total: float
    weight: float
    yardstick_total: float = 0.0
    yardstick_weight: float = 0.0


@dataclass(frozen=True)
class Found:
    """What a gauge says in the end. By frame: only the frames that were measured."""

    value: float | None
    yardstick: float | None
    per_frame: Mapping[int, float]
    own_per_frame: Mapping[int, float]


class MetricUnavailableError(Exception):
    """A measure that cannot be taken on this machine; the text is the reason, for the user."""


class Gauge(Protocol):
    """A measure at work on one clip. It keeps sums, never frames."""

    def take(self, look: Look) -> None:
        """The next frame. Frames come in order."""
        ...

    def found(self) -> Found:
        """The measure of all that was taken. Raises MetricUnavailableError."""
        ...


class Metric(Protocol):
    """One measure."""

    @property
    def title(self) -> str:
        """Its name for people."""
        ...

    @property
    def unit(self) -> str:
        """What it counts."""
        ...

    @property
    def better(self) -> Better:
        """Which way is better; 'alike': the closer to the clip's own."""
        ...

    @property
    def meaning(self) -> str:
        """One line for the user."""
        ...

    def start(self) -> Gauge:
        """A fresh gauge for one clip. Raises MetricUnavailableError."""
        ...


@dataclass(frozen=True)
class Sums:
    """The gauge of a measure that is one sum over another: of the frames, and of the clip.

    `read`: a frame's reading, or None where nothing counts.
    """

    read: Callable[[Look], Reading | None]
    taken: dict[int, Reading] = field(default_factory=dict)

    def take(self, look: Look) -> None:
        """The next frame."""
        reading = self.read(look)
        if reading is not None:
            self.taken[look.frame] = reading

    def found(self) -> Found:
        """Sum over sum."""
        all_ = self.taken.values()
        mine = {t: ratio(r.total, r.weight) for t, r in self.taken.items()}
        own = {t: ratio(r.yardstick_total, r.yardstick_weight) for t, r in self.taken.items()}
        return Found(
            value=ratio(sum(r.total for r in all_), sum(r.weight for r in all_)),
            yardstick=ratio(
                sum(r.yardstick_total for r in all_), sum(r.yardstick_weight for r in all_)
            ),
            per_frame={t: value for t, value in mine.items() if value is not None},
            own_per_frame={t: value for t, value in own.items() if value is not None},
        )


def ratio(total: float, weight: float) -> float | None:
    """Their quotient; None, never NaN, where nothing was counted."""
    return total / weight if weight > 0 else None


def grown(mask: Bools, radius_px: int) -> Bools:
    """(H, W): the mask and all within `radius_px`, by a square."""
    size = 2 * radius_px + 1
    return np.asarray(cv2.dilate(mask.astype(np.uint8), np.ones((size, size), np.uint8)) > 0)


def gradient(luma: Floats) -> Floats:
    """(H, W): gradient magnitude by central differences, levels a pixel."""
    kernel = np.array([[-0.5, 0.0, 0.5]], np.float32)
    across = cv2.filter2D(luma, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    down = cv2.filter2D(luma, -1, kernel.T, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.hypot(across, down), np.float32)
