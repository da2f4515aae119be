"""Read the small frames of a clip for the artifact finders, and measure how they change."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames, Progress, Span
from vinpaint.imaging import flow
from vinpaint.media import Clip
from vinpaint.quality.artifacts.base import (
    CELL_PX,
    RADIUS,
    STILL_SHARE,
    FrameChange,
    FrameWindow,
    SmallFrame,
)
from vinpaint.runtime.parallel import map_ahead

MAX_SIDE_PX = 480
_FINE_SIGMA_PX = 3.0
_THUMBNAIL = (24, 14)
_SAME_SCENE_LEVELS = 25.0
"""Maximum mean difference in levels between two thumbnails of the same scene."""
_HALF = np.float32(0.5)


def scan_windows(clip: Clip, shot: Span, *, progress: Progress) -> Iterator[FrameWindow]:
    """Yield a window around each frame of a shot. `progress` receives the share that is done."""
    recent: deque[SmallFrame] = deque(maxlen=2 * RADIUS + 1)

    def window(middle: int) -> FrameWindow:
        near = {small.frame: small for small in recent if abs(small.frame - middle) <= RADIUS}
        return FrameWindow(middle, shot, near)

    for small in map_ahead(_small_frame, _frame_pairs(clip, shot)):
        progress((small.frame - shot.start) / shot.length, f"looking at frame {small.frame}")
        recent.append(small)
        if small.frame - shot.start >= RADIUS:
            yield window(small.frame - RADIUS)
    for frame in range(max(shot.start, shot.stop - RADIUS), shot.stop):
        yield window(frame)


def real_cuts(clip: Clip, cuts: Sequence[int]) -> tuple[int, ...]:
    """Return the cuts without those that only mark the end of frozen frames within a shot."""
    return tuple(cut for cut in cuts if not _ends_frozen_frames(clip, cut))


def _ends_frozen_frames(clip: Clip, cut: int) -> bool:
    """Return whether the frame before a cut is repeated and the scene after it is the same."""
    if not 2 <= cut < clip.frames - 1:
        return False
    size = _small_size(clip.width, clip.height)
    frames = clip.read(Span(cut - 2, cut + 2)).frames
    first, before, after, last = (_resize(rgb, size) for rgb in frames)
    repeated = cv2.absdiff(first, before).mean() < STILL_SHARE * cv2.absdiff(after, last).mean()
    thumbnails = [_resize(rgb, _THUMBNAIL) for rgb in (before, after)]
    return bool(repeated and cv2.absdiff(*thumbnails).mean() < _SAME_SCENE_LEVELS)


def cell_grid(width: int, height: int) -> tuple[int, int]:
    """Return the number of cells (columns, rows) for a clip of this size in pixels."""
    small_width, small_height = _small_size(width, height)
    return max(1, small_width // CELL_PX), max(1, small_height // CELL_PX)


def cell_means(values: Floats | Frames | Bools) -> Floats:
    """Average (H, W, ...) values over cells: (h, w, ...)."""
    height, width = values.shape[:2]
    size = max(1, width // CELL_PX), max(1, height // CELL_PX)
    means = cv2.resize(np.asarray(values, np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(means, np.float32)


def outlier_levels(frame: Frames, reference: Frames) -> Frames:
    """Return how far each pixel lies outside the range of the reference's 3x3 neighbourhood.

    frame, reference: (H, W, 3) uint8. Returns (H, W) uint8 levels, the maximum over channels.
    """
    kernel = np.ones((3, 3), np.uint8)
    over = cv2.subtract(frame, cv2.dilate(reference, kernel))
    under = cv2.subtract(cv2.erode(reference, kernel), frame)
    return np.asarray(np.maximum(over, under).max(axis=2), np.uint8)


def _frame_pairs(clip: Clip, shot: Span) -> Iterator[tuple[int, Frames | None, Frames]]:
    """Yield (frame number, previous small frame or None, small frame) for a shot."""
    previous = None
    size = _small_size(clip.width, clip.height)
    with clip.reopen() as reader:
        for picture in reader.pictures(shot):
            rgb = _resize(picture.rgb(), size)
            yield picture.index, previous, rgb
            previous = rgb


def _small_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, MAX_SIDE_PX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _resize(rgb: Frames, size: tuple[int, int]) -> Frames:
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _small_frame(pair: tuple[int, Frames | None, Frames]) -> SmallFrame:
    frame, previous, rgb = pair
    return SmallFrame(frame, rgb, None if previous is None else change_between(previous, rgb))


def change_between(before: Frames, after: Frames) -> FrameChange:
    """Measure the motion-compensated change between two small frames, (H, W, 3) uint8 each."""
    old, new = flow.grey(before), flow.grey(after)
    backward, forward = flow.estimate(new, old), flow.estimate(old, new)
    _, consistent = flow.forward_backward_error(backward, forward)
    warped = np.asarray(flow.warp(before, backward), np.uint8)
    difference = after.astype(np.float32) - warped
    share = cell_means(consistent)
    weight = np.where(share >= _HALF, 1 / np.maximum(share, _HALF), 0)[..., None]
    fine = np.abs(_fine_structure(new) - _fine_structure(flow.grey(warped)))
    return FrameChange(
        consistent=share,
        tone=np.asarray(cell_means(difference * consistent[..., None]) * weight, np.float32),
        outlier=cell_means(outlier_levels(after, warped)),
        fine=cell_means(fine),
        still=float(cv2.absdiff(before, after).mean()),
    )


def _fine_structure(grey: Frames) -> Floats:
    """Return the high-pass filtered frame: edges and texture without the tone."""
    values = grey.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), _FINE_SIGMA_PX), np.float32)
