"""Measure differences outside the mask between the source and the decoded result.

This checks the constraint I'(x) = I(x) wherever M(x) = 0 (docs/method.md). Files with the same
pixel layout are compared in their own planes, such as Y, U and V. A chroma sample is compared if
all the pixels that it covers lie outside the mask. Other files are compared in RGB.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce

import cv2
import numpy as np

from vinpaint.core import Bools, Box, MaskTrack, OutsideDifference, Span
from vinpaint.media import Clip, Layout, Picture, outside_masks

_WINDOW_FRAMES = 16


class OutsideMask:
    """The pixels of each frame where the mask is 0.

    Masks are read several frames at a time, so frames should be requested in order.
    """

    def __init__(self, track: MaskTrack) -> None:
        self._track = track
        self._masks: dict[int, Bools] = {}

    def of(self, frame: int) -> Bools:
        """Return (H, W) bool: the pixels of a frame outside the mask."""
        if frame not in self._masks:
            self._load(frame)
        return self._masks[frame]

    def _load(self, frame: int) -> None:
        width, height = self._track.size
        span = Span(frame, min(self._track.frames, frame + _WINDOW_FRAMES))
        self._masks = {t: np.ones((height, width), np.bool_) for t in span.frames}
        boxes = [box for t in span.frames if (box := self._track.bounds(t))]
        if not boxes:
            return
        joined = reduce(Box.join, boxes)
        values = self._track.read(span, box=joined).values
        for t, mask in zip(span.frames, values, strict=True):
            self._masks[t][joined.slices] = mask == 0


def largest_difference(first: Picture, second: Picture, outside: Bools) -> tuple[int, int]:
    """Compare the samples of two pictures outside the mask.

    outside: (H, W) bool, the pixels to compare. The second picture may have one row or column of
    padding more. Returns (number of samples compared, largest absolute difference in levels).
    """
    same = _comparable(first.layout) == _comparable(second.layout)
    a_planes, b_planes = (
        one.planes if same else tuple(np.moveaxis(one.rgb(), -1, 0)) for one in (first, second)
    )
    areas = outside_masks(outside, first.layout) if same else (outside,) * 3
    compared = largest = 0
    for a, b, area in zip(a_planes, b_planes, areas, strict=True):
        count = int(np.count_nonzero(area))
        if count:
            difference = cv2.absdiff(a, b[: a.shape[0], : a.shape[1]])
            largest = max(largest, int(cv2.minMaxLoc(difference, mask=area.view(np.uint8))[1]))
        compared += count
    return compared, largest


def _comparable(layout: Layout) -> tuple[object, ...]:
    return layout.family, layout.depth, layout.shift_x, layout.shift_y


class Comparison:
    """Compares a decoded result with its source, one span of frames after another.

    It opens its own readers, so that other code can read the same clips in between. Raises
    ValueError if the numbers of frames differ.
    """

    def __init__(self, source: Clip, result: Clip, track: MaskTrack) -> None:
        if source.frames != result.frames:
            raise ValueError(f"a source of {source.frames} frames, a result of {result.frames}")
        self._source, self._result = source.reopen(), result.reopen()
        self._outside = OutsideMask(track)
        self._compared = self._largest = 0

    def compare(self, span: Span, *, on_frame: Callable[[int], None]) -> None:
        """Decode and compare the frames of `span`, calling `on_frame(frame)` before each.

        Raises MediaError if a frame cannot be decoded. `on_frame` may raise to stop.
        """
        pairs = zip(self._source.pictures(span), self._result.pictures(span), strict=True)
        for first, second in pairs:
            on_frame(first.index)
            count, largest = largest_difference(first, second, self._outside.of(first.index))
            self._compared += count
            self._largest = max(self._largest, largest)

    def result(self, *, before_encoding: int, lossless: bool) -> OutsideDifference:
        """Return the differences found so far.

        before_encoding, lossless: copied into the returned value.
        """
        return OutsideDifference(self._compared, self._largest, before_encoding, lossless)

    def close(self) -> None:
        """Close both readers."""
        self._source.close()
        self._result.close()
