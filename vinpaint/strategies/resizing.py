"""Resize a window to a size that a network accepts, and back.

Small windows keep their pixels and are padded by reflection; large ones are scaled down first. Only
the hole is taken from the result: all other pixels stay as they were.
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
    """The picture sizes that a network accepts.

    Args:
        multiple: both sides must be multiples of this number of pixels.
        fixed: the only accepted (width, height), or None.
        longest_px, least_px: largest and smallest length of a side.
        most_pixels: largest width times height, before padding.

    Raises ValueError if a number is below 1 or no size satisfies all conditions.
    """

    multiple: int = 1
    fixed: _Size | None = None
    longest_px: int | None = None
    least_px: int = 1
    most_pixels: int | None = None

    def __post_init__(self) -> None:
        numbers = (self.multiple, self.longest_px, self.least_px, self.most_pixels)
        if any(number is not None and number < 1 for number in (*numbers, *(self.fixed or ()))):
            raise ValueError(f"SizeRule: {self} is not valid")
        longest = self.longest_px
        if longest is not None and longest < self._round_up(1):
            raise ValueError(f"SizeRule: {self} accepts no multiple of {self.multiple}")

    def scale(self, size: _Size) -> float:
        """Return the factor by which a picture is scaled; at most 1 unless the size is fixed."""
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

    def padded(self, size: _Size) -> _Size:
        """Return the accepted size that holds a scaled picture."""
        return self.fixed or (self._round_up(size[0]), self._round_up(size[1]))

    def _round_up(self, side: int) -> int:
        return -(-max(side, self.least_px) // self.multiple) * self.multiple


@dataclass(frozen=True)
class Resizing:
    """A conversion of pictures from `size` to a size that a network accepts, and back.

    Pictures are scaled to `scaled_size`, then padded at the right and at the bottom to
    `padded_size`. Each size is (width, height).
    """

    size: _Size
    scaled_size: _Size
    padded_size: _Size

    def resize(self, frames: Frames) -> Frames:
        """Scale and pad (T, H, W, 3) uint8 frames to `padded_size`."""
        return self._pad(_resize(frames, self.size, self.scaled_size))

    def resize_mask(self, hole: Bools) -> Bools:
        """Scale and pad a (T, H, W) bool mask to `padded_size`.

        A pixel belongs to the result's hole if any pixel of the hole contributes to its colour.
        """
        if self.scaled_size == self.size:
            return self._pad(hole)
        larger = self.scaled_size > self.size
        interpolation = cv2.INTER_LINEAR if larger else cv2.INTER_AREA
        square = np.ones((3, 3), np.uint8)
        out = []
        for mask in hole.astype(np.float32):
            source = cv2.dilate(mask, square) if larger else mask  # bicubic support is two pixels
            out.append(cv2.resize(source, self.scaled_size, interpolation=interpolation) > 0)
        return self._pad(np.stack(out))

    def restore(self, frames: Frames) -> Frames:
        """Crop the padding from (T, H, W, 3) uint8 frames and scale them back to `size`."""
        width, height = self.scaled_size
        return _resize(frames[:, :height, :width], self.scaled_size, self.size)

    def _pad(self, images: Array) -> Array:
        if self.padded_size == self.scaled_size:
            return images
        columns = reflected_indices(self.scaled_size[0], self.padded_size[0])
        rows = reflected_indices(self.scaled_size[1], self.padded_size[1])
        padded: Array = np.ascontiguousarray(images[:, rows[:, None], columns])
        return padded


def _resize(frames: Frames, source: _Size, target: _Size) -> Frames:
    if source == target:
        return frames
    interpolation = cv2.INTER_AREA if target < source else cv2.INTER_CUBIC
    return np.stack([cv2.resize(frame, target, interpolation=interpolation) for frame in frames])


def plan_resizing(size: _Size, rule: SizeRule) -> Resizing:
    """Plan the conversion of pictures of `size`, (width, height), to a size that `rule` accepts."""
    scale = rule.scale(size)
    scaled = size
    if scale != 1.0:
        limit = rule.fixed or size
        width, height = (max(1, int(side * scale + 1e-6)) for side in size)
        scaled = min(width, limit[0]), min(height, limit[1])
    return Resizing(size, scaled, rule.padded(scaled))


def crop_box(hole: Bools, *, context_px: int, aspect: float | None = None) -> Box | None:
    """Return a box around the union of all holes, with context, or None if there is no hole.

    Args:
        hole: (T, H, W) bool.
        context_px: pixels added on each side.
        aspect: width / height to which the box is widened, as far as the frame allows.
    """
    around = bounding_box(np.asarray(hole.any(axis=0)))
    if around is None:
        return None
    height, width = hole.shape[1:]
    box = around.grow(context_px, width, height)
    if aspect is None:
        return box
    x0, x1 = _widen(box.x0, box.x1, max(box.width, round(box.height * aspect)), width)
    y0, y1 = _widen(box.y0, box.y1, max(box.height, round(box.width / aspect)), height)
    return Box(x0, y0, x1, y1)


def _widen(start: int, stop: int, length: int, limit: int) -> tuple[int, int]:
    """Widen an interval to `length` around its centre, moved inside 0..limit."""
    length = min(length, limit)
    start = min(max(0, start - (length - (stop - start)) // 2), limit - length)
    return start, start + length


def paste_into_hole(frames: Frames, filled: Frames, hole: Bools) -> Frames:
    """Return `frames` (T, H, W, 3) with their hole (T, H, W) taken from `filled`."""
    return np.where(hole[..., None], filled, frames)
