"""Compressed binary masks: one frame's mask at reduced size, and a mask of a whole clip."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Mask, Span


@dataclass(frozen=True, repr=False)
class PackedMask:
    """A mask that covers `box` of a frame, stored as a compressed (h, w) bool at reduced size."""

    box: Box
    shape: tuple[int, int]
    packed: bytes

    @classmethod
    def of(cls, mask: Bools, box: Box) -> PackedMask:
        """Compress an (h, w) bool mask that covers `box`."""
        height, width = mask.shape
        return cls(box, (height, width), zlib.compress(np.packbits(mask).tobytes()))

    def read(self) -> Bools:
        """Return the (box.height, box.width) bool mask at the size of the clip."""
        bits = np.frombuffer(zlib.decompress(self.packed), np.uint8)
        small = np.unpackbits(bits, count=math.prod(self.shape)).reshape(self.shape)
        size = self.box.width, self.box.height
        smooth = cv2.resize(small.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
        return np.asarray(smooth) > 0.5


@dataclass(frozen=True, repr=False)
class PackedTrack:
    """A mask of a whole clip (see `core.MaskTrack`) from the packed masks of some frames.

    size: (width, height) in pixels; frames: number of frames; masks: by frame number.
    """

    size: tuple[int, int]
    frames: int
    masks: Mapping[int, PackedMask]

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        box = box or Box(0, 0, *self.size)
        values = np.zeros((span.length, box.height, box.width), np.float32)
        for t in span.frames:
            packed = self.masks.get(t)
            common = packed.box.intersection(box) if packed else None
            if packed is None or common is None:
                continue
            own = common.shift(-packed.box.x0, -packed.box.y0).slices
            values[t - span.start][common.shift(-box.x0, -box.y0).slices] = packed.read()[own]
        return Mask(values)

    def bounds(self, frame: int) -> Box | None:
        """See `MaskTrack.bounds`."""
        packed = self.masks.get(frame)
        return packed.box if packed else None
