"""The interface of a metric, and the features of a frame that several metrics share.

A metric creates one accumulator per clip, which receives the frames in order. Accumulators keep
sums and never frames, so memory does not depend on the clip's length. `RatioAccumulator` is used by
every metric that is one sum divided by another. The Fréchet distances have their own accumulators.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import HOLE_LEVEL, Better, Bools, Floats, Frames, Mask, Video
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square

Doubles = NDArray[np.float64]

RING_PX = 16
"""Width in pixels of the ring around the mask that the repair is compared with."""


@dataclass(frozen=True)
class MetricWindow:
    """Consecutive frames before and after the repair, cropped to the mask's surroundings.

    Args:
        before: frames of the source.
        after: frames of the result.
        mask: the tuned mask.
        first_frame: index in the clip of the first frame.
        lead_frames: 0 or 1, number of frames at the start that repeat the end of the previous
            window. With them, every pair of neighbouring frames is measured exactly once.

    Raises ValueError if the shapes of `before`, `after` and `mask` differ.
    """

    before: Video
    after: Video
    mask: Mask
    first_frame: int
    lead_frames: int

    def __post_init__(self) -> None:
        shapes = self.before.frames.shape[:3], self.after.frames.shape[:3], self.mask.values.shape
        if len(set(shapes)) != 1:
            raise ValueError(f"MetricWindow: before, after and mask differ in shape: {shapes}")


@dataclass(frozen=True)
class FrameMotion:
    """Motion from a frame to the previous one, and the previous frame warped along it.

    Args:
        flow: (H, W, 2) float32, optical flow to the previous frame in pixels.
        consistent: (H, W) bool, where the forward-backward check of the flow passes.
        ring: (H, W) bool, ring pixels that come from untouched pixels of the previous frame.
        warped_after: (H, W, 3) float32, the previous repaired frame warped to this one.
        warped_before: (H, W, 3) float32, the previous source frame warped to this one.
    """

    flow: Floats
    consistent: Bools
    ring: Bools
    warped_after: Floats
    warped_before: Floats


@dataclass(frozen=True)
class WindowFeatures:
    """One frame of a window. Features that several metrics need are computed on first use.

    Args:
        frame: index in the clip.
        picture_px: number of pixels of the uncropped picture.
        before, after: (H, W, 3) uint8, the frame of the source and of the result.
        mask: (H, W) float32, the tuned mask.
        previous: features of the previous frame, or None.
    """

    frame: int
    picture_px: int
    before: Frames
    after: Frames
    mask: Floats
    previous: WindowFeatures | None = None

    @cached_property
    def hole(self) -> Bools:
        """(H, W) bool: the filled pixels."""
        return np.asarray(self.mask >= HOLE_LEVEL)

    @cached_property
    def touched(self) -> Bools:
        """(H, W) bool: every pixel with a mask above 0, including the soft edge."""
        return np.asarray(self.mask > 0)

    @cached_property
    def ring(self) -> Bools:
        """(H, W) bool: untouched pixels within `RING_PX` of the mask."""
        return dilate_square(self.touched, RING_PX) & ~self.touched

    @cached_property
    def hole_interior(self) -> Bools:
        """(H, W) bool: the hole without its outer 2 pixels, or the hole if that is empty."""
        eroded = ~dilate_square(~self.hole, 2)
        return eroded if eroded.any() else self.hole

    @cached_property
    def ring_interior(self) -> Bools:
        """(H, W) bool: the ring without the 2 pixels next to the mask."""
        return self.ring & ~dilate_square(self.touched, 2)

    @cached_property
    def luma(self) -> Floats:
        """(H, W) float32: luma of the repaired frame, 0 to 255."""
        return flow.grey(self.after).astype(np.float32)

    @cached_property
    def overlap(self) -> Bools:
        """(H, W) bool: pixels in the hole of this frame and of the previous one."""
        return self.hole & self.previous.hole if self.previous else np.zeros_like(self.hole)

    @cached_property
    def motion(self) -> FrameMotion | None:
        """Motion to the previous frame.

        None if there is no previous frame or the two holes do not overlap.
        """
        previous = self.previous
        if previous is None or not self.overlap.any():
            return None
        grey, previous_grey = flow.grey(self.after), flow.grey(previous.after)
        backward = flow.estimate(grey, previous_grey)
        consistent = flow.forward_backward_error(backward, flow.estimate(previous_grey, grey))[1]
        warped = _warp(previous.after, backward)
        same = previous.before is previous.after
        warped_source = warped if same else _warp(previous.before, backward)
        touched = flow.warp(previous.touched.astype(np.float32), backward)
        ring = self.ring & ~previous.touched & ~(np.asarray(touched, np.float32) > 0)
        return FrameMotion(backward, consistent, ring, warped, warped_source)


def _warp(frame: Frames, field: Floats) -> Floats:
    return np.asarray(flow.warp(frame.astype(np.float32), field), np.float32)


def frame_features(window: MetricWindow, *, picture_px: int) -> Iterator[WindowFeatures]:
    """Yield the features of each frame of a window, except for the lead frames.

    picture_px: number of pixels of the uncropped picture.
    """
    previous: WindowFeatures | None = None
    for t, mask in enumerate(window.mask.values):
        frames = window.before.frames[t], window.after.frames[t]
        features = WindowFeatures(window.first_frame + t, picture_px, *frames, mask, previous)
        if t >= window.lead_frames:
            yield features
        previous = dataclasses.replace(features, previous=None)


@dataclass(frozen=True)
class Measurement:
    """One frame's contribution to a ratio.

    Args:
        total, weight: numerator and denominator for the repair.
        baseline_total, baseline_weight: the same for the baseline.
    """

    total: float
    weight: float
    baseline_total: float = 0.0
    baseline_weight: float = 0.0

    @classmethod
    def of_samples(cls, values: Floats | Doubles, baseline: Floats | Doubles) -> Measurement:
        """Return the measurement of a mean: sum and number of the samples.

        values: samples of the repair; baseline: samples of the source around the hole.
        """
        return cls(
            float(values.sum()), float(values.size), float(baseline.sum()), float(baseline.size)
        )


@dataclass(frozen=True)
class MetricResult:
    """The value of a metric for the clip and by frame, and the same for the baseline.

    Values are None, and frames have no entry, where nothing was measured.
    """

    value: float | None = None
    baseline: float | None = None
    per_frame: Mapping[int, float] = field(default_factory=dict)
    baseline_per_frame: Mapping[int, float] = field(default_factory=dict)


class MetricUnavailableError(Exception):
    """Raised if a metric cannot be computed. The message tells the user why."""


class Accumulator(Protocol):
    """Interface for the state of one metric while a clip is measured. It keeps sums, not frames."""

    def add(self, features: WindowFeatures) -> None:
        """Add the next frame. Frames arrive in order."""
        ...

    def result(self) -> MetricResult:
        """Return the metric over all frames so far.

        Raises MetricUnavailableError if it cannot be computed from them.
        """
        ...


@dataclass(frozen=True)
class Metric:
    """One quality metric.

    Args:
        title: name shown to the user.
        unit: unit of the value.
        better: whether higher or lower values are better. 'alike' means close to the baseline.
        meaning: one or two sentences for the user.
        measure: returns the measurement of a frame, or None if there is nothing to measure. It is
            enough for metrics that are one sum divided by another.
        accumulator: creates the accumulator for one clip; needed for all other metrics.
    """

    title: str
    unit: str
    better: Better
    meaning: str
    measure: Callable[[WindowFeatures], Measurement | None] = lambda _: None
    accumulator: Callable[[], Accumulator] | None = None

    def start(self) -> Accumulator:
        """Return a new accumulator for one clip.

        Raises MetricUnavailableError if the metric cannot be computed on this machine.
        """
        return self.accumulator() if self.accumulator else RatioAccumulator(self.measure)


@dataclass(frozen=True)
class RatioAccumulator:
    """Accumulator of a metric that is one sum divided by another.

    Args:
        measure: returns the measurement of a frame, or None if there is nothing to measure.
        by_frame: the measurements so far.
    """

    measure: Callable[[WindowFeatures], Measurement | None]
    by_frame: dict[int, Measurement] = field(default_factory=dict)

    def add(self, features: WindowFeatures) -> None:
        """Measure the next frame."""
        measurement = self.measure(features)
        if measurement is not None:
            self.by_frame[features.frame] = measurement

    def result(self) -> MetricResult:
        """Return the ratio of the sums over the clip, and the ratio of every frame."""
        value, per_frame = self._ratios("total", "weight")
        baseline, baseline_per_frame = self._ratios("baseline_total", "baseline_weight")
        return MetricResult(value, baseline, per_frame, baseline_per_frame)

    def _ratios(self, total: str, weight: str) -> tuple[float | None, dict[int, float]]:
        pairs = {t: (getattr(m, total), getattr(m, weight)) for t, m in self.by_frame.items()}
        sum_total = sum(pair[0] for pair in pairs.values())
        sum_weight = sum(pair[1] for pair in pairs.values())
        per_frame = {t: value / count for t, (value, count) in pairs.items() if count > 0}
        return (sum_total / sum_weight if sum_weight > 0 else None), per_frame


@dataclass(frozen=True)
class Moments:
    """Sums from which the mean and covariance of a set of vectors follow.

    count: number of vectors; first: their sum; second: the sum of their outer products.
    """

    count: int
    first: Doubles
    second: Doubles

    def __add__(self, other: Moments) -> Moments:
        return Moments(
            self.count + other.count, self.first + other.first, self.second + other.second
        )


def gradient(luma: Floats) -> Floats:
    """Return the (H, W) gradient magnitude of luma by central differences, in levels per pixel."""
    kernel = np.array([[-0.5, 0.0, 0.5]], np.float32)
    across = cv2.filter2D(luma, -1, kernel, borderType=cv2.BORDER_REPLICATE)
    down = cv2.filter2D(luma, -1, kernel.T, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(np.hypot(across, down), np.float32)
