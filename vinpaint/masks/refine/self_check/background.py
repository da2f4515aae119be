"""Compare a frame with the background that other frames show at the same place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Frames
from vinpaint.imaging.morphology import dilate_square
from vinpaint.imaging.motion.camera import Homography, invert
from vinpaint.masks.refine.self_check.frames import MaskedFrame, Window

_NEAR_FRAMES = (-15, -10, -6, 6, 10, 15)
"""The frames that are compared, relative to the current one."""
_MORE_FRAMES = (-20, -12, 12, 20)
"""Frames that stand in for those before the first or after the last frame."""
_MIN_FRAMES = 4
_TOLERANCE_PX = 2
"""Positions may be wrong by this much: colours are compared with a neighbourhood."""
_HIDDEN = 255
"""The difference where another frame does not show the place."""
_SHADE_MIN, _SHADE_MAX, _SHADE_CHROMA = 0.1, 0.9, 6.0
"""A shadow: its lightness over that of the background, and the largest difference of its chroma
from that of a background as dark."""


@dataclass(frozen=True, repr=False, eq=False)
class Background:
    """What other frames show inside `box`.

    difference: (h, w) uint8, of the frame from it, in 8-bit levels; 0 where fewer than two frames
    show the place. each: (N, h, w) uint8, the difference from each frame. colours: (N, h, w, 3)
    uint8, their Lab colours.
    """

    box: Box
    difference: Frames
    each: Frames
    colours: Frames


def compare_background(window: Window, position: int, box: Box) -> Background:
    """Compare a frame with others, aligned by the camera's motion. Masked pixels are left out."""
    here = np.ascontiguousarray(window.frames[position].lab[box.slices])
    corner: Homography = np.array([[1.0, 0, box.x0], [0, 1.0, box.y0], [0, 0, 1.0]])
    others = _compared(position, len(window.frames))
    each = np.full((max(2, len(others)), *here.shape[:2]), _HIDDEN, np.uint8)
    colours = np.zeros((*each.shape, 3), np.uint8)
    for i, other in enumerate(others):
        matrix = invert(window.cameras[other]) @ window.cameras[position] @ corner
        colours[i], hidden = _aligned(window.frames[other], matrix, (box.width, box.height))
        each[i] = np.where(hidden, _HIDDEN, _difference(here, colours[i]))
    ranked = np.sort(each, axis=0)
    shown = (ranked < _HIDDEN).sum(axis=0)
    middle = np.maximum(shown - 1, 0) // 2  # the lower median of the frames that show the pixel
    difference = np.take_along_axis(ranked, middle[None], axis=0)[0]
    return Background(box, np.where(shown >= 2, difference, 0).astype(np.uint8), each, colours)


def _compared(position: int, count: int) -> list[int]:
    inside = [position + step for step in _NEAR_FRAMES if 0 <= position + step < count]
    if len(inside) < _MIN_FRAMES:
        inside += [position + step for step in _MORE_FRAMES if 0 <= position + step < count]
    return sorted(inside)


def _aligned(
    source: MaskedFrame, matrix: Homography, size: tuple[int, int]
) -> tuple[Frames, Bools]:
    """Return another frame as seen from the current one, and where its mask or its end hides it."""
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    colour = cv2.warpPerspective(
        source.lab, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE
    )
    hidden = cv2.warpPerspective(
        dilate_square(source.mask, 2).astype(np.uint8),
        matrix,
        size,
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(1,),
    )
    return np.asarray(colour, np.uint8), np.asarray(hidden > 0)


def _difference(here: Frames, there: Frames) -> Frames:
    """Return how far the colours of `here` lie outside those near the same place in `there`."""
    kernel = np.ones((2 * _TOLERANCE_PX + 1,) * 2, np.uint8)
    above = cv2.subtract(here, cv2.dilate(there, kernel))
    below = cv2.subtract(cv2.erode(there, kernel), here)
    light, a, b = cv2.split(cv2.add(above, below))
    total = cv2.addWeighted(light, 0.6, cv2.add(a, b), 1.0, 0.0)
    return np.asarray(np.minimum(total, _HIDDEN - 1), np.uint8)


def is_shadow(here: Frames, background: Background, pixels: Bools) -> bool:
    """Return whether the pixels may be a shadow: the background, darker by one factor.

    here: (h, w, 3) Lab and pixels: (h, w) bool, in the box of the background.
    """
    chosen = np.abs(
        background.each[:, pixels].astype(np.int16) - background.difference[pixels]
    ).argmin(axis=0)
    there = np.take_along_axis(background.colours[:, pixels], chosen[None, :, None], axis=0)[0]
    now, then = here[pixels].astype(np.float32), there.astype(np.float32)
    shade = float(np.median(now[:, 0] / np.maximum(then[:, 0], 1.0)))
    expected = 128 + shade * (then[:, 1:] - 128)
    chroma = float(np.median(np.abs(now[:, 1:] - expected).max(axis=1)))
    return _SHADE_MIN < shade < _SHADE_MAX and chroma < _SHADE_CHROMA
