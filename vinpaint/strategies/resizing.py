"""From a picture of any size to one that a network takes, and back.

What is small enough keeps its pixels and is padded by reflection; what is too large is scaled
down first. Only the hole is ever taken from what comes back: the rest of the plate stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Frames, bounding_box
from vinpaint.strategies.temporal_windows import reflected_indices

Array = TypeVar("Array", Frames, Bools)
_Size = tuple[int, int]
"""(width, height), pixels."""


@dataclass(frozen=True)
class SizeRule:
    """Which sizes are taken.

    `multiple`: both sides are multiples of it. `fixed`: this (width, height) only. `longest_px`:
    no side is longer. `least_px`: no side is shorter. `most_pixels`: width times height, before
    the padding.
    """

    multiple: int = 1
    fixed: _Size | None = None
    longest_px: int | None = None
    least_px: int = 1
    most_pixels: int | None = None

    def __post_init__(self) -> None:
        numbers = (self.multiple, self.longest_px, self.least_px, self.most_pixels)
        if any(number is not None and number < 1 for number in (*numbers, *(self.fixed or ()))):
            raise ValueError(f"Sizes: {self} has no sense")
        longest = self.longest_px
        if longest is not None and longest < self._up(1):
            raise ValueError(f"Sizes: no multiple of {self.multiple} lies in {self}")

    def scale(self, size: _Size) -> float:
        """By how much a picture is scaled, at most 1 unless the size is fixed."""
        width, height = size
        if self.fixed is not None:
            return min(self.fixed[0] / width, self.fixed[1] / height)
        scale = 1.0
        if self.longest_px is not None:
            longest = self.longest_px - self.longest_px % self.multiple
            scale = min(scale, longest / max(size))
        if self.most_pixels is not None:
            scale = min(scale, (self.most_pixels / (width * height)) ** 0.5)
        return scale

    def whole(self, picture: _Size) -> _Size:
        """The size that holds a scaled picture."""
        return self.fixed or (self._up(picture[0]), self._up(picture[1]))

    def _up(self, side: int) -> int:
        return -(-max(side, self.least_px) // self.multiple) * self.multiple


@dataclass(frozen=True)
class Resizing:
    """The way of pictures of one size to a size that is taken; each (width, height).

    `size`: as they are; `picture`: scaled; `whole`: with what is padded right and below.
    """

    size: _Size
    picture: _Size
    whole: _Size

    def frames(self, frames: Frames) -> Frames:
        """(T, H, W, 3) uint8 in the size that is taken."""
        if self.picture != self.size:
            how = cv2.INTER_AREA if self.picture < self.size else cv2.INTER_CUBIC
            frames = np.stack([cv2.resize(one, self.picture, interpolation=how) for one in frames])
        return self._padded(frames)

    def hole(self, hole: Bools) -> Bools:
        """(T, H, W) bool in the size that is taken: all that a pixel of the hole reaches."""
        if self.picture == self.size:
            return self._padded(hole)
        larger = self.picture > self.size
        how = cv2.INTER_LINEAR if larger else cv2.INTER_AREA
        reach = np.ones((3, 3), np.uint8)
        out = []
        for one in hole.astype(np.float32):
            grown = cv2.dilate(one, reach) if larger else one  # bicubic weights reach two pixels
            out.append(cv2.resize(grown, self.picture, interpolation=how) > 0)
        return self._padded(np.stack(out))

    def back(self, frames: Frames) -> Frames:
        """(T, H, W, 3) uint8 in the size that they had."""
        width, height = self.picture
        cut: Frames = frames[:, :height, :width]
        if self.picture == self.size:
            return cut
        how = cv2.INTER_CUBIC if self.picture < self.size else cv2.INTER_AREA
        return np.stack([cv2.resize(one, self.size, interpolation=how) for one in cut])

    def _padded(self, pictures: Array) -> Array:
        if self.whole == self.picture:
            return pictures
        columns = reflected_indices(self.picture[0], self.whole[0])
        rows = reflected_indices(self.picture[1], self.whole[1])
        padded: Array = np.ascontiguousarray(pictures[:, rows[:, None], columns])
        return padded


def plan_resizing(size: _Size, rule: SizeRule) -> Resizing:
    """How pictures of `size`, (width, height), become what the rule takes."""
    scale = rule.scale(size)
    if scale == 1.0:
        picture = size
    elif rule.fixed is not None:
        picture = _times(size, scale, rule.fixed)
    else:
        picture = _times(size, scale, size)
    return Resizing(size, picture, rule.whole(picture))


def _times(size: _Size, scale: float, most: _Size) -> _Size:
    width, height = (max(1, int(side * scale + 1e-6)) for side in size)
    return min(width, most[0]), min(height, most[1])


def crop_box(hole: Bools, *, context_px: int, aspect: float | None = None) -> Box | None:
    """The box around what is hole on any frame, with context; None where there is no hole.

    hole: (T, H, W). `aspect`: width by height that the box is widened to, as far as there is
    picture.
    """
    around = bounding_box(np.asarray(hole.any(axis=0)))
    if around is None:
        return None
    height, width = hole.shape[1:]
    box = around.grow(context_px, width, height)
    if aspect is None:
        return box
    wide = max(box.width, round(box.height * aspect))
    high = max(box.height, round(box.width / aspect))
    x0, x1 = _widened(box.x0, box.x1, wide, width)
    y0, y1 = _widened(box.y0, box.y1, high, height)
    return Box(x0, y0, x1, y1)


def _widened(start: int, stop: int, length: int, limit: int) -> tuple[int, int]:
    """A stretch of `length` around another, pushed back inside 0 .. limit."""
    length = min(length, limit)
    start = min(max(0, start - (length - (stop - start)) // 2), limit - length)
    return start, start + length


def paste_into_hole(frames: Frames, filled: Frames, hole: Bools) -> Frames:
    """(T, H, W, 3): `frames`, in their hole (T, H, W) what `filled` shows."""
    return np.where(hole[..., None], filled, frames)
