"""A clip as the finders see it: small, frame by frame, each with what changed from the last."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames, Progress, Span
from vinpaint.imaging import flow
from vinpaint.media import Clip
from vinpaint.quality.artifacts.base import CELL_PX, RADIUS, STILL_SHARE, Change, Look, Window
from vinpaint.runtime.parallel import map_ahead

LONGEST_PX = 480
_FINE_SIGMA_PX = 3.0
_THUMBNAIL = (24, 14)
_SAME_LEVELS = 25.0
"""Pictures of one scene differ by less than this, seen very small."""
_HALF = np.float32(0.5)


def windows(clip: Clip, shot: Span, *, progress: Progress) -> Iterator[Window]:
    """A window around every frame of a shot. `progress` is told the share of the shot."""
    recent: deque[Look] = deque(maxlen=2 * RADIUS + 1)
    for look in map_ahead(_look, _pairs(clip, shot)):
        progress((look.frame - shot.start) / shot.length, f"looking at frame {look.frame}")
        recent.append(look)
        if look.frame - shot.start >= RADIUS:
            yield _window(look.frame - RADIUS, shot, recent)
    for frame in range(max(shot.start, shot.stop - RADIUS), shot.stop):
        yield _window(frame, shot, recent)


def real_cuts(clip: Clip, cuts: Sequence[int]) -> tuple[int, ...]:
    """The cuts without those that are the jump after a frozen picture: the same shot goes on."""
    return tuple(cut for cut in cuts if not _thaws(clip, cut))


def _thaws(clip: Clip, cut: int) -> bool:
    """Whether the frame before is a repeat, and the one at the cut the same scene moved on."""
    if not 2 <= cut < clip.frames - 1:
        return False
    size = _small_size(clip.width, clip.height)
    frames = clip.read(Span(cut - 2, cut + 2)).frames
    first, before, after, last = (_small(rgb, size) for rgb in frames)
    repeated = cv2.absdiff(first, before).mean() < STILL_SHARE * cv2.absdiff(after, last).mean()
    return bool(repeated) and _alike(before, after)


def _alike(one: Frames, other: Frames) -> bool:
    small = [cv2.resize(rgb, _THUMBNAIL, interpolation=cv2.INTER_AREA) for rgb in (one, other)]
    return bool(cv2.absdiff(*small).mean() < _SAME_LEVELS)


def cells_of(width: int, height: int) -> tuple[int, int]:
    """How many cells, (across, down), a clip of this size is looked at in."""
    wide, high = _small_size(width, height)
    return max(1, wide // CELL_PX), max(1, high // CELL_PX)


def by_cell(values: Floats | Frames | Bools) -> Floats:
    """The mean of every cell: (H, W, ...) to (h, w, ...)."""
    height, width = values.shape[:2]
    size = max(1, width // CELL_PX), max(1, height // CELL_PX)
    small = cv2.resize(np.asarray(values, np.float32), size, interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32)


def straying(frame: Frames, low: Frames, high: Frames) -> Frames:
    """How far each pixel lies outside [low, high] in its worst channel: (H, W) uint8."""
    over, under = cv2.subtract(frame, high), cv2.subtract(low, frame)
    return np.asarray(np.maximum(over, under).max(axis=2), np.uint8)


def around(frame: Frames) -> tuple[Frames, Frames]:
    """(lowest, highest) of the 3 x 3 pixels around each, by channel."""
    kernel = np.ones((3, 3), np.uint8)
    return np.asarray(cv2.erode(frame, kernel)), np.asarray(cv2.dilate(frame, kernel))


def _window(frame: int, shot: Span, recent: deque[Look]) -> Window:
    held = {look.frame: look for look in recent if abs(look.frame - frame) <= RADIUS}
    return Window(frame, shot, held)


def _pairs(clip: Clip, shot: Span) -> Iterator[tuple[int, Frames | None, Frames]]:
    own, before = clip.reopen(), None
    size = _small_size(clip.width, clip.height)
    try:
        for picture in own.pictures(shot):
            rgb = _small(picture.rgb(), size)
            yield picture.index, before, rgb
            before = rgb
    finally:
        own.close()


def _small_size(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, LONGEST_PX / max(width, height))
    return max(1, round(width * scale)), max(1, round(height * scale))


def _small(rgb: Frames, size: tuple[int, int]) -> Frames:
    return np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8)


def _look(pair: tuple[int, Frames | None, Frames]) -> Look:
    frame, before, rgb = pair
    return Look(frame, rgb, None if before is None else change_between(before, rgb))


def change_between(before: Frames, after: Frames) -> Change:
    """What changed from one small frame to another: both (H, W, 3)."""
    old, new = flow.grey(before), flow.grey(after)
    back, forth = flow.estimate(new, old), flow.estimate(old, new)
    _, good = flow.forward_backward_error(back, forth)
    seen = np.asarray(flow.warp(before, back), np.uint8)
    step = after.astype(np.float32) - seen
    sound = by_cell(good)
    fine = np.abs(_fine(new) - _fine(flow.grey(seen)))
    still = float(cv2.absdiff(before, after).mean())
    stray = straying(after, *around(seen))
    weight = np.where(sound >= _HALF, 1 / np.maximum(sound, _HALF), 0)[..., None]
    tone = np.asarray(by_cell(step * good[..., None]) * weight, np.float32)
    return Change(sound, tone, by_cell(stray), by_cell(fine), still)


def _fine(grey: Frames) -> Floats:
    """What is left without the blur of 3 pixels: edges and texture, without tone."""
    values = grey.astype(np.float32)
    return np.asarray(values - cv2.GaussianBlur(values, (0, 0), _FINE_SIGMA_PX), np.float32)
