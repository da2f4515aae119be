"""Masks for whole clips, held small: what a source finds, and what is derived from it.

All are leaves of the `MaskTrack` interface and read window by window.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from vinpaint.core import Bools, Box, Mask, MaskTrack, Span, bounding_box


def _empty(span: Span, box: Box) -> np.ndarray[tuple[int, int, int], np.dtype[np.float32]]:
    return np.zeros((span.length, box.height, box.width), np.float32)


def whole(track: MaskTrack) -> Box:
    """The box of all the frame's pixels."""
    return Box(0, 0, *track.size)


@dataclass(frozen=True)
class _Packed:
    """One frame's binary mask: its bounding box, eight pixels a byte, deflated."""

    box: Box
    data: bytes


@dataclass(frozen=True, repr=False)
class StoredTrack:
    """A binary mask, one a frame; a ten-minute clip takes a few megabytes."""

    size: tuple[int, int]
    packed: tuple[_Packed | None, ...]

    @property
    def frames(self) -> int:
        """How many frames."""
        return len(self.packed)

    def bounds(self, frame: int) -> Box | None:
        """The exact bounding box."""
        packed = self.packed[frame]
        return packed.box if packed else None

    def frame(self, frame: int) -> Bools:
        """(H, W) bool of one frame."""
        mask = np.zeros((self.size[1], self.size[0]), np.bool_)
        packed = self.packed[frame]
        if packed is not None:
            mask[packed.box.slices] = _unpack(packed)
        return mask

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        box = box or whole(self)
        values = _empty(span, box)
        for i, t in enumerate(span.frames):
            packed = self.packed[t]
            shared = box.meet(packed.box) if packed else None
            if packed is None or shared is None:
                continue
            inner = shared.shift(-packed.box.x0, -packed.box.y0)
            values[i][shared.shift(-box.x0, -box.y0).slices] = _unpack(packed)[inner.slices]
        return Mask(values)


def _unpack(packed: _Packed) -> Bools:
    count = packed.box.width * packed.box.height
    bits = np.frombuffer(zlib.decompress(packed.data), np.uint8)
    flat = np.unpackbits(bits, count=count).view(np.bool_)
    return flat.reshape(packed.box.height, packed.box.width)


@dataclass(repr=False)
class TrackBuilder:
    """Collects a StoredTrack, frame by frame, in any order; frames not given are empty."""

    size: tuple[int, int]
    frames: int
    _packed: dict[int, _Packed] = field(default_factory=dict)

    def put(self, frame: int, mask: Bools) -> None:
        """Set one frame's mask, (H, W) bool."""
        self._packed.pop(frame, None)
        box = bounding_box(mask)
        if box is not None:
            bits = np.packbits(mask[box.slices])
            self._packed[frame] = _Packed(box, zlib.compress(bits.tobytes(), 6))

    def done(self) -> StoredTrack:
        """The track so far."""
        return StoredTrack(self.size, tuple(self._packed.get(t) for t in range(self.frames)))


@dataclass(frozen=True)
class RegionTrack:
    """The same rectangle on every frame."""

    size: tuple[int, int]
    frames: int
    region: Box

    def bounds(self, frame: int) -> Box | None:  # noqa: ARG002 (the interface's)
        """The rectangle."""
        return self.region

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        box = box or whole(self)
        values = _empty(span, box)
        if shared := box.meet(self.region):
            values[(slice(None), *shared.shift(-box.x0, -box.y0).slices)] = 1.0
        return Mask(values)


@dataclass(frozen=True)
class UnionTrack:
    """Several masks of one clip as one: the largest value of each pixel."""

    parts: Sequence[MaskTrack]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.parts[0].size

    @property
    def frames(self) -> int:
        """How many frames."""
        return self.parts[0].frames

    def bounds(self, frame: int) -> Box | None:
        """The smallest box around all parts."""
        joined: Box | None = None
        for part in self.parts:
            box = part.bounds(frame)
            joined = box.join(joined) if box and joined else box or joined
        return joined

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        values = [part.read(span, box=box).values for part in self.parts]
        return Mask(np.maximum.reduce(values))


@dataclass(frozen=True)
class InvertedTrack:
    """Everything but the mask."""

    of: MaskTrack

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.of.size

    @property
    def frames(self) -> int:
        """How many frames."""
        return self.of.frames

    def bounds(self, frame: int) -> Box | None:  # noqa: ARG002 (the interface's)
        """The whole frame."""
        return whole(self)

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        return Mask(1.0 - self.of.read(span, box=box).values)


@dataclass(frozen=True)
class LimitedTrack:
    """The mask on some frames only; empty on the others."""

    of: MaskTrack
    span: Span

    @property
    def size(self) -> tuple[int, int]:
        """(width, height)."""
        return self.of.size

    @property
    def frames(self) -> int:
        """How many frames."""
        return self.of.frames

    def bounds(self, frame: int) -> Box | None:
        """None beyond the span."""
        return self.of.bounds(frame) if frame in self.span.frames else None

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        values = _empty(span, box or whole(self))
        shared = span.meet(self.span)
        if shared.length:
            inner = slice(shared.start - span.start, shared.stop - span.start)
            values[inner] = self.of.read(shared, box=box).values
        return Mask(values)
