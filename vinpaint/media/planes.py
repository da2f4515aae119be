"""Decoded pictures as planes, and the conversion between planes and RGB.

Planes keep the format of the source: Y, U and V at their own size and bit depth, or R, G and B, or
grey. Chroma is upsampled by repetition, so that each chroma sample covers a whole block of pixels.
As a result, reading a box gives the same values as cropping the whole picture, and writing pixels
leaves the chroma samples of all other blocks unchanged.

Formulas: ITU-R BT.601-7, BT.709-6 and BT.2020-2 (non-constant luminance).
"""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass, replace
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import DTypeLike, NDArray

from vinpaint.core import Bools, Box, Floats, Frames

Plane = NDArray[Any]
"""(h, w) samples: uint8, or uint16 if the depth exceeds 8 bits."""

_STRIP_ROWS = 16
"""Rows converted to RGB at once: a multiple of every chroma block's height. At 4K, strips are twice
as fast as the whole picture, because they fit in the processor's cache."""
_LUMA_WEIGHTS = {  # FFmpeg colour space number: (Kr, Kb)
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}


@dataclass(frozen=True)
class Layout:
    """Pixel format of the planes of a clip.

    family: colour model; pixel_format: FFmpeg's name; depth: bits per sample; shift_x, shift_y:
    log2 of the horizontal and vertical chroma subsampling; full_range: samples use the full range
    (0 to 255 in 8 bits) rather than video range (16 to 235); matrix: FFmpeg's number of the YUV
    matrix. For 2 (unspecified) the matrix is chosen by the picture's size, as players do.
    """

    family: Literal["yuv", "rgb", "grey"]
    pixel_format: str
    depth: int = 8
    shift_x: int = 0
    shift_y: int = 0
    full_range: bool = True
    matrix: int = 2

    @property
    def dtype(self) -> type[np.uint8] | type[np.uint16]:
        """NumPy type of the samples."""
        return np.uint8 if self.depth == 8 else np.uint16

    def transposed(self) -> Layout:
        """Return the layout of the transposed planes: 4:2:2 becomes 4:4:0."""
        if self.shift_x == self.shift_y:
            return self
        new, old = ("yuv440p", "yuv422p") if self.shift_x else ("yuv422p", "yuv440p")
        name = self.pixel_format.replace(old, new)
        return replace(self, pixel_format=name, shift_x=self.shift_y, shift_y=self.shift_x)

    def aligned(self, box: Box, width: int, height: int) -> Box:
        """Return `box` grown to whole chroma blocks, within a `width` x `height` picture."""
        step_x, step_y = 1 << self.shift_x, 1 << self.shift_y
        return Box(
            box.x0 // step_x * step_x,
            box.y0 // step_y * step_y,
            min(width, -(-box.x1 // step_x) * step_x),
            min(height, -(-box.y1 // step_y) * step_y),
        )

    def chroma(self, box: Box) -> Box:
        """Return the box of an aligned box in chroma samples."""
        return Box(
            box.x0 >> self.shift_x,
            box.y0 >> self.shift_y,
            -(-box.x1 // (1 << self.shift_x)),
            -(-box.y1 // (1 << self.shift_y)),
        )


@dataclass(frozen=True, repr=False)
class Picture:
    """One upright frame in the pixel format of its source.

    index: frame number in the clip; planes: Y, U, V, or R, G, B, or grey; layout: their format.
    """

    index: int
    planes: tuple[Plane, ...]
    layout: Layout

    @property
    def width(self) -> int:
        """Width in pixels."""
        return int(self.planes[0].shape[1])

    @property
    def height(self) -> int:
        """Height in pixels."""
        return int(self.planes[0].shape[0])

    def rgb(self, box: Box | None = None) -> Frames:
        """Return the (h, w, 3) uint8 RGB pixels of `box`, or of the whole picture."""
        box = box or Box(0, 0, self.width, self.height)
        if self.layout.family != "yuv":
            return self._stacked(box)
        whole = self.layout.aligned(box, self.width, self.height)
        rgb = self._from_yuv(whole)
        inner = box.shift(-whole.x0, -whole.y0)
        return rgb if inner.x0 == inner.y0 == 0 and whole == box else rgb[inner.slices].copy()

    def _stacked(self, box: Box) -> Frames:
        planes = [plane[box.slices] for plane in self.planes]
        if self.layout.depth > 8:
            scale = 255.0 / ((1 << self.layout.depth) - 1)
            planes = [np.rint(p.astype(np.float32) * scale).astype(np.uint8) for p in planes]
        stacked = cv2.merge(planes * 3 if len(planes) == 1 else planes)
        return np.asarray(stacked, np.uint8).reshape(box.height, box.width, 3)

    def _from_yuv(self, box: Box) -> Frames:
        """Convert an aligned box to (h, w, 3) RGB in strips of a few rows; see `_STRIP_ROWS`."""
        rgb = np.empty((box.height, box.width, 3), np.uint8)
        for top in range(box.y0, box.y1, _STRIP_ROWS):
            strip = Box(box.x0, top, box.x1, min(box.y1, top + _STRIP_ROWS))
            rgb[top - box.y0 : strip.y1 - box.y0] = self._strip(strip)
        return rgb

    def _strip(self, box: Box) -> Frames:
        layout = self.layout
        y_scale, y_offset, c_scale, c_offset = _scales(layout)
        kr, kb = _weights(layout, self.width, self.height)
        kg = 1.0 - kr - kb
        luma = self.planes[0][box.slices].astype(np.float32)
        luma -= y_offset
        luma *= y_scale
        cut = layout.chroma(box).slices
        u = (self.planes[1][cut].astype(np.float32) - c_offset) * c_scale
        v = (self.planes[2][cut].astype(np.float32) - c_offset) * c_scale
        red = 2 * (1 - kr) * v
        green = (-2 * kb * (1 - kb) / kg) * u + (-2 * kr * (1 - kr) / kg) * v
        blue = 2 * (1 - kb) * u
        size = (luma.shape[1], luma.shape[0])
        channels = [_add(luma, _enlarge(part, layout, size)) for part in (red, green, blue)]
        return np.asarray(cv2.merge(channels), np.uint8).reshape(*luma.shape, 3)

    def paste(self, box: Box, rgb: Frames, touched: Bools) -> Picture:
        """Return a copy of the picture with some RGB pixels written into its planes.

        A luma sample is written where `touched`, a chroma sample where its block holds a touched
        pixel. All other samples keep their exact values.

        Args:
            box: The pixels that `rgb` and `touched` cover.
            rgb: (h, w, 3) uint8 colours.
            touched: (h, w) bool, the pixels to write.
        """
        if not touched.any():
            return self
        if self.layout.family != "yuv":
            return self._paste_stacked(box, rgb, touched)
        whole = self.layout.aligned(box, self.width, self.height)
        inner = box.shift(-whole.x0, -whole.y0).slices
        full = self.rgb(whole)
        full[inner][touched] = rgb[touched]
        where = np.zeros(full.shape[:2], np.bool_)
        where[inner] = touched
        planes = [plane.copy() for plane in self.planes]
        new = _to_yuv(full, self.layout, self.width, self.height)
        planes[0][whole.slices][where] = new[0][where]
        coarse = _any_in_block(where, self.layout)
        for plane, values in zip(planes[1:], new[1:], strict=True):
            plane[self.layout.chroma(whole).slices][coarse] = values[coarse]
        return Picture(self.index, tuple(planes), self.layout)

    def _paste_stacked(self, box: Box, rgb: Frames, touched: Bools) -> Picture:
        planes = [plane.copy() for plane in self.planes]
        values = rgb if len(planes) == 3 else _grey(rgb)[..., None]
        scale = ((1 << self.layout.depth) - 1) / 255.0
        for channel, plane in enumerate(planes):
            new = np.rint(values[..., channel] * scale).astype(plane.dtype)
            plane[box.slices][touched] = new[touched]
        return Picture(self.index, tuple(planes), self.layout)


def plane_samples(plane: Any, dtype: DTypeLike) -> Plane:
    """Return the (h, w) samples of a plane of an FFmpeg frame, as a view into its memory."""
    row = plane.line_size // np.dtype(dtype).itemsize
    samples = np.frombuffer(memoryview(plane), dtype).reshape(-1, row)
    return np.asarray(samples[: plane.height, : plane.width])


def outside_masks(kept: Bools, layout: Layout) -> tuple[Bools, ...]:
    """Return one bool mask per plane: True for samples whose pixels are all in `kept`.

    kept: (H, W) bool, the pixels that a repair must not change.
    """
    if layout.family != "yuv":
        return (kept,) * (1 if layout.family == "grey" else 3)
    chroma = ~_any_in_block(~kept, layout)
    return kept, chroma, chroma


@functools.lru_cache(maxsize=64)
def _scales(layout: Layout) -> tuple[float, float, float, float]:
    """Return (luma scale, luma offset, chroma scale, chroma offset) of samples; see `_strip`.

    A value in intensity levels (0 to 255, chroma around 0) is (sample - offset) * scale.
    """
    step = 1 << (layout.depth - 8)
    top = (1 << layout.depth) - 1
    middle = 128.0 * step
    if layout.full_range:
        return 255.0 / top, 0.0, 255.0 / top, middle
    return 255.0 / (219.0 * step), 16.0 * step, 255.0 / (224.0 * step), middle


def _weights(layout: Layout, width: int, height: int) -> tuple[float, float]:
    guess = 1 if max(width, height) > 1024 or min(width, height) > 576 else 5
    return _LUMA_WEIGHTS.get(layout.matrix, _LUMA_WEIGHTS[guess])


def _enlarge(part: Floats, layout: Layout, size: tuple[int, int]) -> Floats:
    """Upsample chroma by repetition, and crop it to `size` (width, height)."""
    if not (layout.shift_x or layout.shift_y):
        return part
    wide = (part.shape[1] << layout.shift_x, part.shape[0] << layout.shift_y)
    large: Floats = cv2.resize(part, wide, interpolation=cv2.INTER_NEAREST)
    return large[: size[1], : size[0]]


def _add(luma: Floats, chroma: Floats) -> Frames:
    channel = luma + chroma
    channel += 0.5
    np.clip(channel, 0.0, 255.0, out=channel)
    return channel.astype(np.uint8)


def _to_yuv(rgb: Frames, layout: Layout, width: int, height: int) -> list[Plane]:
    y_scale, y_offset, c_scale, c_offset = _scales(layout)
    kr, kb = _weights(layout, width, height)
    red, green, blue = (rgb[..., i].astype(np.float32) for i in range(3))
    luma = kr * red + (1.0 - kr - kb) * green + kb * blue
    u = _shrink((blue - luma) / (2 * (1 - kb)), layout)
    v = _shrink((red - luma) / (2 * (1 - kr)), layout)
    values = (luma / y_scale + y_offset, u / c_scale + c_offset, v / c_scale + c_offset)
    top = (1 << layout.depth) - 1
    return [np.clip(np.rint(value), 0, top).astype(layout.dtype) for value in values]


def _shrink(values: Floats, layout: Layout) -> Floats:
    """Average each chroma block. At the picture's edge, partial blocks repeat their last pixel."""
    step_x, step_y = 1 << layout.shift_x, 1 << layout.shift_y
    height, width = values.shape
    pad = ((0, -height % step_y), (0, -width % step_x))
    padded = np.pad(values, pad, mode="edge")
    blocks = padded.reshape(padded.shape[0] // step_y, step_y, padded.shape[1] // step_x, step_x)
    return np.asarray(blocks.mean(axis=(1, 3), dtype=np.float32))


def _any_in_block(where: Bools, layout: Layout) -> Bools:
    step_x, step_y = 1 << layout.shift_x, 1 << layout.shift_y
    height, width = where.shape
    padded = np.pad(where, ((0, -height % step_y), (0, -width % step_x)))
    found = padded[::step_y, ::step_x].copy()
    for row, column in itertools.product(range(step_y), range(step_x)):
        found |= padded[row::step_y, column::step_x]
    return found


def _grey(rgb: Frames) -> Floats:
    return np.asarray(rgb.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32))
