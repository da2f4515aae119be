"""Tell for every pixel how much it looks like the removed object, by three independent cues.

The colours of the core of the hole against those of its surroundings, over the frames around
(Swain and Ballard, "Indexing via color histograms", 1990, find objects by such a ratio of
histograms); motion against the camera; and the difference from the clean plate. Each of them fails
somewhere: alike colours, an object at rest, a plate that another object spoils. They rarely fail
together.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Floats, Frames
from vinpaint.imaging.morphology import dilate_ellipse, erode_ellipse
from vinpaint.quality.leftover.plate_difference import PlateDifference
from vinpaint.quality.leftover.scan_window import ScanWindow

SCALE = 0.5
"""Size of the maps relative to the small frames."""
_REACH_FRAMES = 12
"""Frames before and after whose colours count."""
_BINS, _CHROMA_LOW, _CHROMA_RANGE = 12, 80, 96
"""Bins per axis of L*a*b*, and the range of a* and b* that they divide."""
_CORE_PX, _RING_PX, _GAP_PX = 2, 20, 1
"""On the maps: depth of the core, width of its surroundings, and the gap between hole and both."""
_FLOOR = 2e-5
"""Share of a bin below which its colour says nothing."""
_FAST_PX, _DIFFERENT = 1.5, 12.0
"""Motion in pixels per frame, and difference in weighted L*a*b*, from which a cue is 1."""


class ObjectCues(NamedTuple):
    """The cues of one frame, (h, w) float32 at SCALE, 0 to 1 each: 1 looks like the object."""

    colour: Floats
    motion: Floats
    difference: Floats

    def enlarged(self, size: tuple[int, int]) -> ObjectCues:
        """Return the cues at another (width, height)."""
        return ObjectCues(*(np.asarray(cv2.resize(cue, size)) for cue in self))


def object_cues(
    window: ScanWindow, differences: Sequence[PlateDifference | None]
) -> list[ObjectCues]:
    """Return the cues of every frame of a window."""
    colours = _colours(window)
    return [
        ObjectCues(colours[t], _motion(window, t), _difference(window, differences[t]))
        for t in range(len(window))
    ]


def reduced(image: Floats | Bools) -> Floats:
    """Return an (H, W) array at SCALE, averaged, as float32."""
    size = tuple(max(1, round(side * SCALE)) for side in image.shape[1::-1])
    return np.asarray(cv2.resize(image.astype(np.float32), size, interpolation=cv2.INTER_AREA))


def _colours(window: ScanWindow) -> list[Floats]:
    """Return how probably each colour is the object's: its share there against that around it."""
    indices = [_bins(image) for image in window.source_lab]
    regions = [_core_and_ring(hole) for hole in window.holes]
    counts = np.zeros((2, len(window) + 1, _BINS**3), np.float32)
    for t, (index, both) in enumerate(zip(indices, regions, strict=True)):
        for which, region in enumerate(both):
            counts[which, t + 1] = np.bincount(index[region], minlength=_BINS**3)
    counts = np.cumsum(counts, axis=1)
    colours = []
    for t, index in enumerate(indices):
        stop = min(len(window), t + _REACH_FRAMES + 1)
        inside, around = (_share(one[stop] - one[max(0, t - _REACH_FRAMES)]) for one in counts)
        likely = (inside + _FLOOR) / (inside + around + 2 * _FLOOR)
        colours.append(np.asarray(likely[index], np.float32))
    return colours


def _bins(lab: Frames) -> NDArray[np.intp]:
    """Return the bin of every pixel's colour, at SCALE."""
    size = tuple(max(1, round(side * SCALE)) for side in lab.shape[1::-1])
    small = np.asarray(cv2.resize(lab, size, interpolation=cv2.INTER_AREA)).astype(np.intp)
    light = small[..., 0] * _BINS // 256
    chroma = np.clip((small[..., 1:] - _CHROMA_LOW) * _BINS // _CHROMA_RANGE, 0, _BINS - 1)
    return np.asarray((light * _BINS + chroma[..., 0]) * _BINS + chroma[..., 1])


def _core_and_ring(hole: Bools) -> tuple[Bools, Bools]:
    """Return the core of a hole and its surroundings, at SCALE."""
    small = reduced(hole) > 0.5
    core = erode_ellipse(small, _CORE_PX)
    return core, dilate_ellipse(small, _RING_PX) & ~dilate_ellipse(small, _GAP_PX)


def _share(counts: Floats) -> Floats:
    """Return a histogram as shares, blurred over neighbouring bins."""
    cube = counts.reshape((_BINS,) * 3)
    for axis in range(3):
        padded = np.pad(cube, [(int(axis == other),) * 2 for other in range(3)])
        before, after = (np.take(padded, range(i, i + _BINS), axis) for i in (0, 2))
        cube = 0.5 * cube + 0.25 * (before + after)
    return np.asarray(cube.ravel() / max(1.0, float(cube.sum())), np.float32)


def _motion(window: ScanWindow, frame: int) -> Floats:
    """Return the speed of every pixel relative to the camera."""
    height, width = window.holes[frame].shape
    if len(window) < 2:
        return reduced(np.zeros((height, width), np.float32))
    first = min(frame, len(window) - 2)
    field = cv2.resize(window.flows[first][0], None, fx=SCALE, fy=SCALE)
    rows, columns = field.shape[:2]
    x, y = np.meshgrid(np.linspace(0, width - 1, columns), np.linspace(0, height - 1, rows))
    camera = np.linalg.inv(window.cameras[first + 1]) @ window.cameras[first]
    moved = np.stack([x, y, np.ones_like(x)], axis=-1) @ camera.T
    shift = moved[..., :2] / moved[..., 2:] - np.stack([x, y], axis=-1)
    speed = np.linalg.norm(field - shift, axis=-1)
    small = cv2.resize(speed.astype(np.float32), reduced(window.holes[frame]).shape[::-1])
    return np.asarray(np.minimum(small / _FAST_PX, 1.0), np.float32)


def _difference(window: ScanWindow, part: PlateDifference | None) -> Floats:
    full = np.zeros(window.holes[0].shape, np.float32)
    if part is not None:
        full[part.box.slices] = np.minimum(part.inside / _DIFFERENT, 1.0)
    return reduced(full)
