"""Clips made by arithmetic: a moving scene, a hole with known truth, and small helpers.

Everything here is a pure function of its arguments: the same call gives the same pixels.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import HOLE_LEVEL, Bools, Floats, Frames, Mask, Video


@dataclass(frozen=True, repr=False)
class Made:
    """A clip whose repair is known.

    `frames`: (T, H, W, 3) uint8 RGB, what the user would have. `truth`: the same without the
    object. `mask`: (T, H, W) float32, 1 wherever `frames` differs from `truth`, else 0.
    """

    frames: Frames
    truth: Frames
    mask: Floats
    fps: float = 25.0

    def __post_init__(self) -> None:
        shapes = self.frames.shape, self.truth.shape, self.mask.shape
        if shapes[0] != shapes[1] or shapes[0][:3] != shapes[2]:
            raise ValueError(f"Made: frames, truth and mask do not fit: {shapes}")

    @property
    def video(self) -> Video:
        """The clip with its fault."""
        return Video(self.frames)

    @property
    def hole(self) -> Mask:
        """The true mask."""
        return Mask(self.mask)

    def error_inside(self, fill: Frames) -> float:
        """PSNR of `fill` against the truth, inside the mask, in decibels.

        10 log10(255^2 / mean squared difference); infinite where they are equal.
        """
        inside = self.mask >= HOLE_LEVEL
        gap = fill[inside].astype(np.float64) - self.truth[inside]
        mean = float((gap**2).mean()) if gap.size else 0.0
        return math.inf if mean == 0 else 10 * math.log10(255**2 / mean)

    def __repr__(self) -> str:
        return f"Made{self.frames.shape} at {self.fps:g} fps"


@dataclass(frozen=True)
class Camera:
    """How a camera moves over a picture, by frame: all zeros is a still.

    `pan_px`: how far the view moves right and down each frame; `zoom`: growth of the picture each
    frame (0.01 is one per cent); `turn_deg`: rotation each frame, clockwise.
    """

    pan_px: tuple[float, float] = (0.0, 0.0)
    zoom: float = 0.0
    turn_deg: float = 0.0

    def matrix(self, t: float, size: tuple[int, int], start: tuple[float, float]) -> Floats:
        """(2, 3): from pixels of frame `t` to pixels of the picture; `start` is the first centre.

        `size` is (width, height) of the frame.
        """
        angle = math.radians(self.turn_deg * t)
        scale = (1 + self.zoom) ** -t
        cos, sin = scale * math.cos(angle), scale * math.sin(angle)
        half_x, half_y = (size[0] - 1) / 2, (size[1] - 1) / 2
        x, y = start[0] + self.pan_px[0] * t, start[1] + self.pan_px[1] * t
        rows = [
            [cos, -sin, x - cos * half_x + sin * half_y],
            [sin, cos, y - sin * half_x - cos * half_y],
        ]
        return np.array(rows, np.float32)


def view(
    picture: Frames,
    camera: Camera,
    t: float,
    *,
    size: tuple[int, int],
    start: tuple[float, float] | None = None,
) -> Frames:
    """One frame, (H, W, 3), of a camera over `picture`, which mirrors itself beyond its edges.

    `size`: (width, height); `start`: the picture's point in the middle of frame 0, its own
    middle if not given. `t` may be a fraction of a frame.
    """
    height, width = picture.shape[:2]
    matrix = camera.matrix(t, size, start or ((width - 1) / 2, (height - 1) / 2))
    flags = cv2.INTER_LANCZOS4 | cv2.WARP_INVERSE_MAP
    frame = cv2.warpAffine(picture, matrix, size, flags=flags, borderMode=cv2.BORDER_REFLECT_101)
    return np.asarray(frame, np.uint8)


def scene(
    picture: Frames,
    camera: Camera,
    *,
    size: tuple[int, int],
    frames: int,
    start: tuple[float, float] | None = None,
) -> Frames:
    """(T, H, W, 3): what the camera sees. See `view`."""
    seen = [view(picture, camera, t, size=size, start=start) for t in range(frames)]
    return np.stack(seen) if seen else np.zeros((0, size[1], size[0], 3), np.uint8)


def noise(height: int, width: int, *, sigma_px: float, seed: int) -> Floats:
    """(H, W) float32: Gaussian noise, smoothed, scaled to mean 0 and deviation 1."""
    values = np.random.default_rng(seed).standard_normal((height, width)).astype(np.float32)
    if sigma_px > 0:
        values = np.asarray(cv2.GaussianBlur(values, (0, 0), sigma_px), np.float32)
    spread = float(values.std())
    return np.asarray((values - values.mean()) / (spread if spread > 0 else 1.0), np.float32)


def texture(height: int, width: int, *, seed: int = 0, contrast: float = 40.0) -> Frames:
    """(H, W, 3): a rich texture, noise at four sizes and different in each channel.

    `contrast`: the deviation of its grey values.
    """
    shared = sum(
        share * noise(height, width, sigma_px=sigma, seed=seed * 97 + step)
        for step, (sigma, share) in enumerate(((0.8, 0.3), (2.0, 0.4), (6.0, 0.6), (20.0, 0.6)))
    )
    tints = [noise(height, width, sigma_px=12, seed=seed * 97 + 11 + c) for c in range(3)]
    values = np.stack([128 + contrast * (shared + 0.4 * tint) for tint in tints], axis=-1)
    return np.asarray(np.clip(values, 0, 255), np.uint8)


def disk(
    frames: int,
    size: tuple[int, int],
    *,
    radius_px: float,
    start: tuple[float, float],
    step_px: tuple[float, float] = (0.0, 0.0),
) -> Floats:
    """(T, H, W) float32, 0 or 1: a disk at `start` (x, y) that moves by `step_px` a frame."""
    y, x = np.mgrid[0 : size[1], 0 : size[0]].astype(np.float32)
    centres = [(start[0] + step_px[0] * t, start[1] + step_px[1] * t) for t in range(frames)]
    inside = [np.hypot(x - cx, y - cy) <= radius_px for cx, cy in centres]
    return np.asarray(inside, np.float32).reshape(frames, size[1], size[0])


def cover(truth: Frames, mask: Floats, *, seed: int = 0, fps: float = 25.0) -> Made:
    """A clip whose masked pixels are replaced by noise, so that nothing of the truth is left."""
    random = np.random.default_rng(seed).integers(0, 256, truth.shape, np.uint8)
    inside = (mask >= HOLE_LEVEL)[..., None]
    return Made(np.where(inside, random, truth), truth, inside[..., 0].astype(np.float32), fps)


def lay_over(
    truth: Frames, colours: list[Frames], opacity: list[Floats], *, fps: float = 25.0
) -> Made:
    """A clip with something painted over every frame; its mask is where that shows at all.

    `colours`: (H, W, 3) and `opacity`: (H, W), 0 to 1, one of each a frame.
    """
    frames, masks = [], []
    for below, above, share in zip(truth, colours, opacity, strict=True):
        mixed = below + share[..., None] * (above.astype(np.float32) - below)
        frame = np.asarray(np.clip(np.rint(mixed), 0, 255), np.uint8)
        painted: Bools = share > 0
        frames.append(np.where(painted[..., None], frame, below))
        masks.append(painted)
    return Made(np.stack(frames), truth, np.asarray(masks, np.float32), fps)
