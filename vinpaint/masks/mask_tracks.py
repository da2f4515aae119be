"""Mask tracks: one mask per frame of a clip, stored compressed and read window by window.

All classes implement the `MaskTrack` interface of `vinpaint.core`.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce

import numpy as np

from vinpaint.core import Bools, Box, Floats, Mask, MaskTrack, Span, bounding_box


def empty_values(span: Span, box: Box) -> Floats:
    """Return (T, h, w) float32 zeros for the frames of `span` and the pixels of `box`."""
    return np.zeros((span.length, box.height, box.width), np.float32)


def full_box(track: MaskTrack) -> Box:
    """Return the box of the whole frame."""
    return Box(0, 0, *track.size)


def join_boxes(boxes: Iterable[Box | None]) -> Box | None:
    """Return the smallest box around all given boxes; None if there is none."""
    present = [box for box in boxes if box]
    return reduce(Box.join, present) if present else None


def paste(target: Floats, box: Box, values: Bools | Floats, values_box: Box) -> None:
    """Copy `values` into `target` where their boxes overlap.

    values: (h, w), the pixels of `values_box`; target: (..., h, w), the pixels of `box`.
    """
    if shared := box.intersection(values_box):
        inner = values[shared.shift(-values_box.x0, -values_box.y0).slices]
        target[(..., *shared.shift(-box.x0, -box.y0).slices)] = inner


@dataclass(frozen=True)
class _Packed:
    """One frame's binary mask: its bounding box, and the bits inside it compressed with zlib."""

    box: Box
    data: bytes


@dataclass(frozen=True, repr=False)
class StoredTrack:
    """A binary mask per frame, compressed to a few megabytes for a ten-minute clip.

    size: (width, height) in pixels; packed: one compressed mask per frame, or None if empty.
    """

    size: tuple[int, int]
    packed: tuple[_Packed | None, ...]

    @property
    def frames(self) -> int:
        """Number of frames."""
        return len(self.packed)

    def bounds(self, frame: int) -> Box | None:
        """Return the exact bounding box of the mask on one frame; None if it is empty."""
        packed = self.packed[frame]
        return packed.box if packed else None

    def frame(self, frame: int) -> Bools:
        """Return the (H, W) bool mask of one frame."""
        return np.asarray(self.read(Span(frame, frame + 1)).hole[0])

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        box = box or full_box(self)
        values = empty_values(span, box)
        for i, t in enumerate(span.frames):
            packed = self.packed[t]
            if packed is not None and box.intersection(packed.box):
                paste(values[i], box, _unpack(packed), packed.box)
        return Mask(values)

    def replaced(self, masks: Mapping[int, Bools]) -> StoredTrack:
        """Return the track with other (H, W) bool masks on some frames."""
        new = dict(enumerate(self.packed)) | {t: _pack(mask) for t, mask in masks.items()}
        return StoredTrack(self.size, tuple(new[t] for t in range(self.frames)))


def _pack(mask: Bools) -> _Packed | None:
    box = bounding_box(mask)
    if box is None:
        return None
    return _Packed(box, zlib.compress(np.packbits(mask[box.slices]).tobytes(), 6))


def _unpack(packed: _Packed) -> Bools:
    count = packed.box.width * packed.box.height
    bits = np.frombuffer(zlib.decompress(packed.data), np.uint8)
    flat = np.unpackbits(bits, count=count).view(np.bool_)
    return flat.reshape(packed.box.height, packed.box.width)


@dataclass(repr=False)
class TrackBuilder:
    """Builds a StoredTrack frame by frame, in any order. Frames that are not set are empty."""

    size: tuple[int, int]
    frames: int
    _packed: dict[int, _Packed] = field(default_factory=dict)

    def put(self, frame: int, mask: Bools) -> None:
        """Set the (H, W) bool mask of one frame, replacing any earlier one."""
        self._packed.pop(frame, None)
        if packed := _pack(mask):
            self._packed[frame] = packed

    def build(self) -> StoredTrack:
        """Return the track."""
        return StoredTrack(self.size, tuple(self._packed.get(t) for t in range(self.frames)))


@dataclass(frozen=True, repr=False)
class StaticShape:
    """A mask that is constant on the frames of `span`. `shape`: (h, w) bool, pixels of `box`."""

    span: Span
    box: Box
    shape: Bools


@dataclass(frozen=True, repr=False)
class StaticShapeTrack:
    """A mask track of constant shapes, each on its own frames. `size`: (width, height)."""

    size: tuple[int, int]
    frames: int
    shapes: tuple[StaticShape, ...]

    def bounds(self, frame: int) -> Box | None:
        """Return the smallest box around the shapes on one frame; None if there are none."""
        return join_boxes(item.box for item in self.shapes if frame in item.span.frames)

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        box = box or full_box(self)
        values = empty_values(span, box)
        for item in self.shapes:
            frames, shared = span.intersection(item.span), box.intersection(item.box)
            if not frames.length or shared is None:
                continue
            shape = item.shape[shared.shift(-item.box.x0, -item.box.y0).slices]
            rows, columns = shared.shift(-box.x0, -box.y0).slices
            target = values[frames.start - span.start : frames.stop - span.start, rows, columns]
            np.maximum(target, shape, out=target)
        return Mask(values)


def region_track(size: tuple[int, int], frames: int, region: Box) -> StaticShapeTrack:
    """Return a track with one rectangle on every frame. `size`: (width, height) of the clip."""
    full = StaticShape(Span(0, frames), region, np.ones((region.height, region.width), np.bool_))
    return StaticShapeTrack(size, frames, (full,))


@dataclass(frozen=True)
class UnionTrack:
    """The union of several masks of one clip: the maximum per pixel."""

    parts: Sequence[MaskTrack]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.parts[0].size

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.parts[0].frames

    def bounds(self, frame: int) -> Box | None:
        """Return the smallest box around all parts on one frame; None if all are empty."""
        return join_boxes(part.bounds(frame) for part in self.parts)

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        return Mask(np.maximum.reduce([part.read(span, box=box).values for part in self.parts]))


def union(tracks: Sequence[MaskTrack]) -> MaskTrack:
    """Return the union of one or more masks of the same clip."""
    return tracks[0] if len(tracks) == 1 else UnionTrack(tuple(tracks))


@dataclass(frozen=True)
class DerivedTrack:
    """Base class of masks that are computed from another mask when they are read."""

    source: MaskTrack

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.source.size

    @property
    def frames(self) -> int:
        """Number of frames."""
        return self.source.frames


@dataclass(frozen=True)
class InvertedTrack(DerivedTrack):
    """The complement of a mask."""

    def bounds(self, frame: int) -> Box | None:
        """Return the box of the whole frame."""
        return full_box(self)

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        return Mask(1.0 - self.source.read(span, box=box).values)


@dataclass(frozen=True)
class LimitedTrack(DerivedTrack):
    """A mask restricted to the frames of `span`, and empty on all others."""

    span: Span

    def bounds(self, frame: int) -> Box | None:
        """Return the bounding box of the mask; None outside the span, or if it is empty."""
        return self.source.bounds(frame) if frame in self.span.frames else None

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        values = empty_values(span, box or full_box(self))
        shared = span.intersection(self.span)
        if shared.length:
            inner = slice(shared.start - span.start, shared.stop - span.start)
            values[inner] = self.source.read(shared, box=box).values
        return Mask(values)
