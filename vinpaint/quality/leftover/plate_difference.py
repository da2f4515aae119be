"""Compare the frames of a window with their clean plates."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, bounding_box
from vinpaint.imaging.morphology import dilate_ellipse
from vinpaint.imaging.motion.background_plate import background_plate
from vinpaint.quality.leftover.scan_window import ScanWindow

LAB_WEIGHTS = np.array([0.6, 1.2, 1.2], np.float32)
"""Weights of differences in 8-bit L*a*b*: light changes more often than hue without a cause."""
_TOLERANCE_PX = 2
"""Tolerated misalignment of a plate. A pixel differs if it lies outside the range of the plate's
values within this distance."""
_SEARCH_SHARE, _SEARCH_PX = 1.0, 16
"""Range around the object that is compared: a share of the object's size, plus pixels."""
_HIDDEN_PX = 3
"""Growth of the holes whose pixels do not enter a plate."""


@dataclass(frozen=True, repr=False)
class PlateDifference:
    """The differences of one frame from its plate, within a box around the object.

    Args:
        box: The part of the small frame.
        signed: (h, w, 3) float32 in L*a*b*; 0 in the hole and where the plate is unknown.
        known: (h, w) float32, 1 where `signed` is known, else 0.
        outside: (h, w) float32, weighted size of `signed`, averaged over 3 x 3 pixels.
        inside: (h, w) float32, the same for the source, which also shows what was removed.
    """

    box: Box
    signed: Floats
    known: Floats
    outside: Floats
    inside: Floats


def plate_differences(window: ScanWindow) -> list[PlateDifference | None]:
    """Compare all frames with their plates; None for frames without an expected object."""
    hidden = [dilate_ellipse(hole, _HIDDEN_PX) for hole in window.holes]
    margin = int(_SEARCH_SHARE * window.area_px**0.5) + _SEARCH_PX
    differences: list[PlateDifference | None] = []
    for t, expected in enumerate(window.expected):
        window.tick()
        inner = bounding_box(expected)
        height, width = expected.shape
        box = inner.grow(margin, width, height) if inner else None
        differences.append(_difference(window, hidden, t, box) if box else None)
    return differences


def _difference(window: ScanWindow, hidden: list[Bools], frame: int, box: Box) -> PlateDifference:
    plate = background_plate(window.result_lab, hidden, window.cameras, frame, box)
    kernel = np.ones((2 * _TOLERANCE_PX + 1,) * 2, np.uint8)
    spread = cv2.blur(plate.spread, (3, 3))
    above = cv2.dilate(plate.median, kernel) + spread
    below = cv2.erode(plate.median, kernel) - spread
    source, result = (
        cv2.GaussianBlur(images[frame][box.slices], (3, 3), 0).astype(np.float32)
        for images in (window.source_lab, window.result_lab)
    )
    known = (plate.seen & ~window.holes[frame][box.slices]).astype(np.float32)
    signed = _beyond(result, below, above) * known[..., None]
    inside = _beyond(source, below, above) * plate.seen[..., None]
    return PlateDifference(box, signed, known, _size(signed), _size(inside))


def _beyond(values: Floats, below: Floats, above: Floats) -> Floats:
    """Return the signed distance of values from the interval [below, above]; 0 within it."""
    beyond = np.maximum(values - above, 0) - np.maximum(below - values, 0)
    return np.asarray(beyond, np.float32)


def _size(signed: Floats) -> Floats:
    return np.asarray(cv2.blur(np.abs(signed) @ LAB_WEIGHTS, (3, 3)), np.float32)


def average_along_path(
    window: ScanWindow,
    differences: list[PlateDifference | None],
    own: PlateDifference,
    frame: int,
    reach_frames: int,
) -> tuple[Floats, Floats]:
    """Average the signed differences of the frames around, moved along the object's path.

    `own`: the differences of `frame`. Returns the size of the mean and the number of frames that
    contribute to it, both (h, w) float32 on the box of `own`.
    """
    total, count = np.zeros_like(own.signed), np.zeros_like(own.known)
    start, stop = max(0, frame - reach_frames), min(len(window), frame + reach_frames + 1)
    for t in range(start, stop):
        other = differences[t]
        if other is None:
            continue
        dx, dy = (int(step) for step in np.rint(window.positions[frame] - window.positions[t]))
        common = other.box.shift(dx, dy).intersection(own.box)
        if common is None:
            continue
        here = common.shift(-own.box.x0, -own.box.y0).slices
        there = common.shift(-dx - other.box.x0, -dy - other.box.y0).slices
        total[here] += other.signed[there]
        count[here] += other.known[there]
    mean = np.abs(total / np.maximum(count, 1)[..., None]) @ LAB_WEIGHTS
    return np.asarray(cv2.GaussianBlur(mean, (0, 0), 1.0), np.float32), count
