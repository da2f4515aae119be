"""Made scenes: a camera pans over a textured wall, and a textured thing walks across it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Frames
from vinpaint.quality.leftover.scan_window import ScanWindow

FRAMES, HEIGHT, WIDTH = 40, 120, 200
_PAN_PX, _STEP_PX = 2, 3
_TALL_PX, _WIDE_PX = 60, 28
MARGIN_PX = 6
"""How much the masks are larger than the thing."""


def texture(seed: int, height: int, width: int, *, low: int, high: int) -> Frames:
    """Smooth random colours between two levels, (height, width, 3) uint8."""
    noise = np.random.default_rng(seed).random((height, width, 3)).astype(np.float32)
    smooth = cv2.GaussianBlur(noise, (0, 0), 2.0)
    spread = (smooth - smooth.min()) / (smooth.max() - smooth.min())
    return np.asarray(low + spread * (high - low), np.uint8)


@dataclass(frozen=True)
class Scene:
    """frames: (T, H, W, 3) uint8 RGB; thing, shadow: (T, H, W) bool, where each of them is."""

    frames: Frames
    thing: Bools
    shadow: Bools

    def mask(self, *, shadow: bool = False) -> Bools:
        """The true mask with its margin."""
        true = self.thing | self.shadow if shadow else self.thing
        kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * MARGIN_PX + 1,) * 2)
        return np.stack([cv2.dilate(one.astype(np.uint8), kernel) > 0 for one in true])


def window_of(frames: Frames, masks: Bools) -> ScanWindow:
    """What the measure examines: the frames before the repair, with a mask."""
    area = float(np.median([mask.sum() for mask in masks if mask.any()]))
    return ScanWindow(list(frames), list(frames), list(masks), area)


def scene(*, shadow: bool = False, passer_by: bool = False) -> Scene:
    """The scene, with a plain shadow on the ground, or with another thing that comes to meet it."""
    wall = texture(1, HEIGHT, WIDTH + _PAN_PX * FRAMES, low=90, high=190)
    body = texture(2, _TALL_PX, _WIDE_PX, low=0, high=90)
    other = texture(3, _TALL_PX, _WIDE_PX, low=190, high=255)
    frames = np.empty((FRAMES, HEIGHT, WIDTH, 3), np.uint8)
    thing = np.zeros((FRAMES, HEIGHT, WIDTH), np.bool_)
    cast = np.zeros_like(thing)
    for t in range(FRAMES):
        frames[t] = wall[:, _PAN_PX * t : _PAN_PX * t + WIDTH]
        x, y = 14 + _STEP_PX * t, 30
        if passer_by:
            _put(frames[t], other, WIDTH - 40 - 4 * t, y + 4)
        if shadow:
            cast[t, y + _TALL_PX - 6 : y + _TALL_PX + 6, x : x + 3 * _WIDE_PX] = True
            frames[t][cast[t]] = (frames[t][cast[t]] * 0.45).astype(np.uint8)
        _put(frames[t], body, x, y)
        thing[t, y : y + _TALL_PX, x : min(WIDTH, x + _WIDE_PX)] = True
    return Scene(frames, thing, cast & ~thing)


def _put(frame: Frames, patch: Frames, x: int, y: int) -> None:
    left, right = max(0, x), min(WIDTH, x + patch.shape[1])
    if right > left:
        frame[y : y + patch.shape[0], left:right] = patch[:, left - x : right - x]
