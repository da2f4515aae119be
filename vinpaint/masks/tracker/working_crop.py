"""The working crop: the part of the picture that the tracker processes, and its size.

Source pixels are pixels of the clip. Working pixels are those of the crop, after it is resized.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, Span, bounding_box
from vinpaint.masks.base import Tick
from vinpaint.media import Clip

MAX_FRAME_PX = 427
"""Maximum longer side of a whole frame at working size."""
_OBJECT_PX = 150
"""Size up to which small objects are processed at a larger scale, at most that of the source."""
_MARGIN = 1.25
"""Margin around the object as a multiple of its size, for background and for motion."""
_MIN_MARGIN_PX = 64
_BORDER_PX = 20
"""If the object comes this close to the border of the crop, a new crop is needed."""
_EDGE_SIGMA_PX = 0.7
"""Blur that smooths the outline when a mask is enlarged."""


@dataclass(frozen=True)
class WorkingCrop:
    """A part of the frame, and the size at which it is processed.

    box: the crop in source pixels; size: (width, height) in working pixels.
    """

    box: Box
    size: tuple[int, int]

    @property
    def scale(self) -> float:
        """Working pixels per source pixel."""
        return self.size[0] / self.box.width

    def shrink(self, rgb: Frames) -> Frames:
        """Resize the (h, w, 3) uint8 source pixels of the box to working size."""
        return np.asarray(_resized(rgb, self.size), np.uint8)

    def to_crop(self, mask: Bools) -> Bools:
        """Crop and resize an (H, W) bool mask of the frame to working size."""
        return np.asarray(_resized(mask[self.box.slices].astype(np.float32), self.size) >= 0.5)

    def to_frame(self, mask: Bools, width: int, height: int) -> Bools:
        """Resize a bool mask of working size to the frame, with a smooth outline.

        Returns (height, width) bool, False outside the crop.
        """
        whole = np.zeros((height, width), np.bool_)
        soft = mask.astype(np.float32)
        size = (self.box.width, self.box.height)
        if size != self.size:
            soft = cv2.GaussianBlur(soft, (0, 0), _EDGE_SIGMA_PX)
            soft = cv2.resize(soft, size, interpolation=cv2.INTER_CUBIC)
        whole[self.box.slices] = soft >= 0.5
        return whole

    def near_border(self, mask: Bools, width: int, height: int) -> bool:
        """Return True if a mask of working size is close to a border of the crop.

        Borders of the crop that are also borders of the frame do not count. `width`, `height`: size
        of the frame.
        """
        bounds = bounding_box(mask)
        if bounds is None:
            return False
        x0, y0, x1, y1 = self.box
        return (
            (x0 > 0 and bounds.x0 < _BORDER_PX)
            or (y0 > 0 and bounds.y0 < _BORDER_PX)
            or (x1 < width and bounds.x1 > self.size[0] - _BORDER_PX)
            or (y1 < height and bounds.y1 > self.size[1] - _BORDER_PX)
        )

    def point_in(self, x: float, y: float) -> tuple[int, int]:
        """Convert a source pixel to a working pixel (x, y), clipped to the crop."""
        column = int((x + 0.5 - self.box.x0) * self.size[0] / self.box.width)
        row = int((y + 0.5 - self.box.y0) * self.size[1] / self.box.height)
        return (min(max(column, 0), self.size[0] - 1), min(max(row, 0), self.size[1] - 1))

    def box_in(self, box: Box) -> Box:
        """Convert a box from source to working pixels, clipped to the crop."""
        x0, y0 = self.point_in(box.x0, box.y0)
        x1, y1 = self.point_in(box.x1 - 1, box.y1 - 1)
        return Box(x0, y0, x1 + 1, y1 + 1)


def _resized(image: Frames | Floats, size: tuple[int, int]) -> Frames | Floats:
    if (image.shape[1], image.shape[0]) == size:
        return image
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA))


def crop_around(mask: Bools) -> WorkingCrop:
    """Return the crop in which to follow an object; `mask`: (H, W) bool, its mask in the frame.

    For an empty mask, this is the whole frame.
    """
    height, width = mask.shape
    box = bounding_box(mask)
    if box is None:
        return make_crop(Box(0, 0, width, height), width, height)
    side = max(box.width, box.height)
    scale = _scale(width, height, side)
    margin = max(_MARGIN * side, _MIN_MARGIN_PX / scale)
    return make_crop(box.grow(round(margin), width, height), width, height, scale)


def make_crop(box: Box, width: int, height: int, scale: float | None = None) -> WorkingCrop:
    """Return the crop for a box of a `width` x `height` frame.

    `scale`: working pixels per source pixel; by default it depends on the size of the box.
    """
    scale = scale or _scale(width, height, max(box.width, box.height))
    return WorkingCrop(box, (max(8, round(box.width * scale)), max(8, round(box.height * scale))))


def _scale(width: int, height: int, side: int) -> float:
    """Choose the scale for an object of `side` source pixels.

    It is a power of two, or the scale of the whole frame. Coarse steps avoid a new scale in every
    window while an object grows.
    """
    least = min(1.0, MAX_FRAME_PX / max(width, height))
    scale = 1.0
    while scale / 2 >= least * 0.99 and side * scale > _OBJECT_PX:
        scale /= 2
    return max(scale, least)


def read_crop(clip: Clip, span: Span, crop: WorkingCrop, tick: Tick) -> dict[int, Frames]:
    """Return the frames of `span` at working size, (h, w, 3) uint8 RGB, by frame number.

    `tick` is called for each frame and may raise to stop.
    """
    images: dict[int, Frames] = {}
    for picture in clip.pictures(span):
        tick()
        images[picture.index] = crop.shrink(picture.rgb(crop.box))
    return images
