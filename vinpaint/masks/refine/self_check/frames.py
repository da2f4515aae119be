"""Frames at working size, with the motion between them, in windows of bounded size.

The clip is read once. A window holds the frames that are checked and a margin on either side, and
never crosses a cut. Optical flow and camera motion are estimated when they are first needed, and
kept with their pair of frames.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import HOLE_LEVEL, Bools, Box, Floats, Frames, MaskTrack, Progress, Span
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square, erode_square
from vinpaint.imaging.motion.camera import Homography, camera_flow, estimate_camera, invert
from vinpaint.masks.tracker.colour_models import LAB_WEIGHTS, to_lab
from vinpaint.media import Clip, Picture

Ints = NDArray[np.intp]

WORKING_PX = 256
"""Longer side of the pictures on which a mask is measured."""
MIN_MASK_PX = 12
"""A smaller mask (in working pixels) is not judged."""
_WINDOW_FRAMES, _MARGIN_FRAMES = 64, 24
"""Frames of a window that are checked, and the frames on either side that they are compared with.

A window takes about 1 MB a frame."""
_CAMERA_MARGIN_PX = 4
"""Pixels this close to the mask do not count as background when camera motion is estimated."""
_FLOW_FLOOR, _FLOW_SHARE = 0.6, 0.02
"""A flow vector is consistent if its squared forward-backward error is below the first value plus
the second times its squared length."""


@dataclass(frozen=True, repr=False, eq=False)
class MaskedFrame:
    """One frame at working size: `index` in the clip, (H, W, 3) Lab, (H, W) luma, (H, W) mask."""

    index: int
    lab: Frames
    grey: Frames
    mask: Bools

    @cached_property
    def area(self) -> int:
        """Number of mask pixels."""
        return int(self.mask.sum())

    @property
    def judged(self) -> bool:
        """True if the mask is large enough to be measured."""
        return self.area >= MIN_MASK_PX

    @cached_property
    def outline(self) -> Bools:
        """The mask pixels along the outline. The border of the frame is no outline."""
        return self.mask & ~erode_square(self.mask, 1)

    @cached_property
    def near_outline(self) -> tuple[Ints, Ints]:
        """Rows and columns of the pixels within one pixel of the outline."""
        rows, columns = np.nonzero(dilate_square(self.outline, 1))
        return rows, columns

    @cached_property
    def gradient(self) -> Floats:
        """Magnitude of the colour gradient, (H, W) float32."""
        lab = cv2.GaussianBlur(self.lab, (0, 0), 0.7)
        x, y = (cv2.Sobel(lab, cv2.CV_32F, dx, 1 - dx) for dx in (1, 0))
        return np.asarray(np.sqrt((x * x + y * y) @ np.ones(3, np.float32)), np.float32)


@dataclass(frozen=True, repr=False, eq=False)
class FramePair:
    """Two consecutive frames and the motion between them. Flow is (H, W, 2) float32 in pixels."""

    before: MaskedFrame
    after: MaskedFrame

    @cached_property
    def forward(self) -> Floats:
        """Flow from `before` to `after`."""
        return flow.estimate(self.before.grey, self.after.grey)

    @cached_property
    def backward(self) -> Floats:
        """Flow from `after` to `before`."""
        return flow.estimate(self.after.grey, self.before.grey)

    @cached_property
    def camera(self) -> Homography:
        """Motion of the background from `before` to `after`; identity if it cannot be estimated."""
        masks = (dilate_square(one.mask, _CAMERA_MARGIN_PX) for one in (self.before, self.after))
        found = estimate_camera(self.before.grey, self.after.grey, *masks)
        return np.eye(3) if found is None else found

    @cached_property
    def inverse_camera(self) -> Homography:
        """Motion of the background from `after` to `before`."""
        return invert(self.camera)


@dataclass(frozen=True, repr=False, eq=False)
class Window:
    """Consecutive frames of one shot, and the pairs of neighbours; `checked`: frames to judge."""

    frames: Sequence[MaskedFrame]
    pairs: Sequence[FramePair]
    checked: Span
    _motion: dict[int, Floats] = field(default_factory=dict)
    """The motion that was asked for last, by position."""

    @property
    def positions(self) -> range:
        """The positions in `frames` of the frames to judge."""
        first = self.frames[0].index
        return range(self.checked.start - first, self.checked.stop - first)

    @cached_property
    def cameras(self) -> list[Homography]:
        """Motion of the background from every frame of the window to its first one."""
        chain: list[Homography] = [np.eye(3)]
        for pair in self.pairs:
            chain.append(chain[-1] @ pair.inverse_camera)
        return chain

    def motion(self, position: int) -> Floats:
        """Return the motion relative to the background, (H, W, 2) float32 pixels per frame."""
        if position not in self._motion:
            self._motion.clear()
            self._motion[position] = self._relative_motion(position)
        return self._motion[position]

    def _relative_motion(self, position: int) -> Floats:
        frame = self.frames[position]
        whole = Box(0, 0, frame.grey.shape[1], frame.grey.shape[0])
        found: list[Floats] = []
        if position < len(self.pairs):
            pair = self.pairs[position]
            found.append(pair.forward - camera_flow(pair.camera, whole))
        if position > 0:
            pair = self.pairs[position - 1]
            found.append(camera_flow(pair.inverse_camera, whole) - pair.backward)
        mean = sum(found, np.zeros((*frame.grey.shape, 2), np.float32)) / max(1, len(found))
        return np.asarray(mean, np.float32)


def read_windows(
    clip: Clip, track: MaskTrack, cuts: Sequence[int], progress: Progress
) -> Iterator[Window]:
    """Yield the windows of a clip in order; every frame is checked in exactly one of them."""
    frames: list[MaskedFrame] = []
    pairs: list[FramePair] = []
    start = 0
    for picture in clip.pictures():
        t = picture.index
        progress(t / clip.frames, f"checking the mask, frame {t}")
        small = _shrink(picture, track)
        if frames and t in cuts:
            yield Window(frames, pairs, Span(start, t))
            frames, pairs, start = [], [], t
        if frames:
            pairs.append(FramePair(frames[-1], small))
        frames.append(small)
        if t + 1 - start == _WINDOW_FRAMES + _MARGIN_FRAMES:
            yield Window(frames, pairs, Span(start, start + _WINDOW_FRAMES))
            start += _WINDOW_FRAMES
            frames, pairs = frames[-2 * _MARGIN_FRAMES :], pairs[1 - 2 * _MARGIN_FRAMES :]
    if frames:
        yield Window(frames, pairs, Span(start, frames[-1].index + 1))


def _shrink(picture: Picture, track: MaskTrack) -> MaskedFrame:
    size = working_size(track.size)
    rgb = np.asarray(cv2.resize(picture.rgb(), size, interpolation=cv2.INTER_AREA), np.uint8)
    mask = track.read(Span(picture.index, picture.index + 1)).values[0]
    inside = cv2.resize(mask, size, interpolation=cv2.INTER_AREA) >= HOLE_LEVEL
    return MaskedFrame(picture.index, to_lab(rgb), flow.grey(rgb), np.asarray(inside))


def working_size(size: tuple[int, int]) -> tuple[int, int]:
    """Return the width and height at which a picture of this size is measured."""
    scale = min(1.0, WORKING_PX / max(size))
    return max(1, round(size[0] * scale)), max(1, round(size[1] * scale))


def colour_difference(first: Floats | Frames, second: Floats | Frames) -> Floats:
    """Return the (H, W) weighted difference of two Lab pictures, in 8-bit levels."""
    return np.asarray(cv2.absdiff(first, second).astype(np.float32) @ LAB_WEIGHTS)


def consistent(there: Floats, back: Floats) -> Bools:
    """Return where the flow `there` is undone by the flow `back`, (H, W) bool."""
    error, _ = flow.forward_backward_error(there, back)
    length = there[..., 0] ** 2 + there[..., 1] ** 2
    return np.asarray(error < _FLOW_FLOOR + _FLOW_SHARE * length)
