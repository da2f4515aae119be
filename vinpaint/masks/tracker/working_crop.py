"""The part of the picture that the tracker looks at, and at what size."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, Span, bounding_box
from vinpaint.media import Clip

LONGEST_PX = 427
"""A whole frame is worked on at this size."""
_OBJECT_PX = 150
"""A small object in a large frame is worked on at up to this size, if the source has it."""
_MARGIN = 1.25
"""Surroundings on every side, in object sizes: background to compare with, and room to move."""
_LEAST_MARGIN_PX = 64
_CROWDED_PX = 20
"""An object that comes this near the stage's edge needs another stage."""
_EDGE_SIGMA_PX = 0.7


@dataclass(frozen=True)
class Stage:
    """`box`: source pixels; `size`: (width, height) that they are shrunk to."""

    box: Box
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """Working pixels a source pixel."""
        return self.size[0] / self.box.width

    def shrink(self, rgb: Frames) -> Frames:
        """(h, w, 3) source pixels of the box to working size."""
        return np.asarray(_resized(rgb, self.size), np.uint8)

    def mask_in(self, mask: Bools) -> Bools:
        """A whole (H, W) mask to working size; the thinnest objects survive."""
        part = mask[self.box.slices].astype(np.float32)
        return np.asarray(_resized(part, self.size) >= 0.5)

    def mask_out(self, mask: Bools, width: int, height: int) -> Bools:
        """A mask of working size to the whole frame, with a smooth outline."""
        whole = np.zeros((height, width), np.bool_)
        soft = mask.astype(np.float32)
        size = (self.box.width, self.box.height)
        if size != self.size:
            soft = cv2.GaussianBlur(soft, (0, 0), _EDGE_SIGMA_PX)
            soft = cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC)
        whole[self.box.slices] = soft >= 0.5
        return whole

    def crowded(self, mask: Bools, width: int, height: int) -> bool:
        """Whether a mask of working size comes near an edge that is not the frame's own."""
        near = bounding_box(mask)
        if near is None:
            return False
        x0, y0, x1, y1 = self.box
        return (
            (x0 > 0 and near.x0 < _CROWDED_PX)
            or (y0 > 0 and near.y0 < _CROWDED_PX)
            or (x1 < width and near.x1 > self.size[0] - _CROWDED_PX)
            or (y1 < height and near.y1 > self.size[1] - _CROWDED_PX)
        )

    def point_in(self, x: float, y: float) -> tuple[int, int]:
        """The working pixel at a source pixel."""
        column = int((x + 0.5 - self.box.x0) * self.size[0] / self.box.width)
        row = int((y + 0.5 - self.box.y0) * self.size[1] / self.box.height)
        return (min(max(column, 0), self.size[0] - 1), min(max(row, 0), self.size[1] - 1))

    def box_in(self, box: Box) -> Box:
        """The working pixels of a source box."""
        x0, y0 = self.point_in(box.x0, box.y0)
        x1, y1 = self.point_in(box.x1 - 1, box.y1 - 1)
        return Box(x0, y0, x1 + 1, y1 + 1)


def _resized(image: Frames | Floats, size: tuple[int, int]) -> Frames | Floats:
    if (image.shape[1], image.shape[0]) == size:
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def stage_for(mask: Bools) -> Stage:
    """Where to look for an object that was here, (H, W) bool, a frame ago."""
    height, width = mask.shape
    box = bounding_box(mask)
    if box is None:
        return stage_of(Box(0, 0, width, height), width, height)
    side = max(box.width, box.height)
    scale = _scale(width, height, side)
    margin = max(_MARGIN * side, _LEAST_MARGIN_PX / scale)
    return stage_of(box.grow(round(margin), width, height), width, height, scale)


def stage_of(box: Box, width: int, height: int, scale: float | None = None) -> Stage:
    """A stage that shows `box` of a `width` x `height` frame."""
    scale = scale or _scale(width, height, max(box.width, box.height))
    size = (max(8, round(box.width * scale)), max(8, round(box.height * scale)))
    return Stage(box, size)


def _scale(width: int, height: int, side: int) -> float:
    """In steps of half, so that an object that grows is not resampled in every window."""
    least = min(1.0, LONGEST_PX / max(width, height))
    scale = 1.0
    while scale / 2 >= least * 0.99 and side * scale > _OBJECT_PX:
        scale /= 2
    return max(scale, least)


def read_stage(clip: Clip, span: Span, stage: Stage, tick: Callable[[], None]) -> dict[int, Frames]:
    """The frames of `span` by number, at working size. `tick` is called for each."""
    seen: dict[int, Frames] = {}
    for picture in clip.pictures(span):
        tick()
        seen[picture.index] = stage.shrink(picture.rgb(stage.box))
    return seen
