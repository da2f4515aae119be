"""Three clips with one thing wrong in each: a passer-by, a logo, a glitch."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from examples.synthetic.broken import torn
from examples.synthetic.figure import draw
from examples.synthetic.gait import STRIDE, pose
from examples.synthetic.made import Camera, Made, lay_over, scene
from vinpaint.core import Box, Floats, Frames, Span


@dataclass(frozen=True)
class Walk:
    """How the figure walks: where it starts, in the picture's pixels, how tall and how fast."""

    foot: tuple[float, float]
    height_px: float = 190.0
    stride_frames: float = 26.0
    phase: float = 0.1

    def foot_at(self, t: float) -> tuple[float, float]:
        """The ground below the hip at frame `t`, in the picture's pixels."""
        step = STRIDE * self.height_px / self.stride_frames
        return self.foot[0] + step * t, self.foot[1]


def walker(
    picture: Frames,
    walk: Walk,
    camera: Camera,
    *,
    size: tuple[int, int],
    frames: int,
    start: tuple[float, float] | None = None,
    fps: float = 25.0,
) -> Made:
    """A figure walks through a picture that a camera drifts over. `size`: (width, height)."""
    height, width = picture.shape[:2]
    centre = start or ((width - 1) / 2, (height - 1) / 2)
    truth = scene(picture, camera, size=size, frames=frames, start=centre)
    colours, opacity = [], []
    for t in range(frames):
        matrix = camera.matrix(t, size, centre)
        seen = cv2.invertAffineTransform(matrix)
        x, y = seen @ np.array([*walk.foot_at(t), 1.0])
        tall = walk.height_px * math.hypot(seen[0, 0], seen[1, 0])
        phase = walk.phase + t / walk.stride_frames
        colour, share = draw(pose(phase), size=size, foot=(float(x), float(y)), height_px=tall)
        colours.append(colour)
        opacity.append(share)
    return lay_over(truth, colours, opacity, fps=fps)


def badge(height_px: int) -> tuple[Frames, Floats]:
    """A channel logo, (colours (h, w, 3), opacity (h, w)): a play mark in a ring, and a word."""
    scale = 8  # drawn large and shrunk, so that edges are soft
    tall = height_px * scale
    wide = tall * 13 // 5
    colours = np.full((tall, wide, 3), (18, 22, 38), np.uint8)
    share = np.zeros((tall, wide), np.uint8)
    half, bar = tall // 2, tall * 3 // 8
    cv2.rectangle(share, (half, half - bar), (wide - half, half + bar), 235, -1)
    cv2.circle(share, (wide - half, half), bar, 235, -1)
    for radius, colour in ((half, (250, 250, 250)), (tall * 7 // 16, (226, 40, 72))):
        cv2.circle(colours, (half, half), radius, colour, -1)
    cv2.circle(share, (half, half), half, 255, -1)
    arrow = np.array([(0.40, 0.28), (0.40, 0.72), (0.76, 0.5)]) * tall
    cv2.fillPoly(colours, [arrow.astype(np.int32)], (250, 250, 250))
    _word(colours, (tall + wide - tall // 6) // 2, half, tall)
    small = (wide // scale, height_px)
    shrunk = cv2.resize(colours, small, interpolation=cv2.INTER_AREA)
    edge = cv2.resize(share, small, interpolation=cv2.INTER_AREA)
    return np.asarray(shrunk, np.uint8), np.asarray(edge / 255, np.float32)


def _word(colours: Frames, middle_x: int, middle_y: int, tall: int) -> None:
    font, size, thick = cv2.FONT_HERSHEY_DUPLEX, tall / 62, max(1, tall // 18)
    (width, height), _ = cv2.getTextSize("LIVE", font, size, thick)
    at = (middle_x - width // 2, middle_y + height // 2)
    cv2.putText(colours, "LIVE", at, font, size, (250, 250, 250), thick, cv2.LINE_AA)


def logo(
    picture: Frames,
    camera: Camera,
    *,
    size: tuple[int, int],
    frames: int,
    at: tuple[int, int],
    height_px: int = 44,
    start: tuple[float, float] | None = None,
    fps: float = 25.0,
) -> Made:
    """A logo stands still, its corner `at` (x, y), over a scene that moves below it."""
    truth = scene(picture, camera, size=size, frames=frames, start=start)
    drawing, share = badge(height_px)
    box = Box(*at, at[0] + share.shape[1], at[1] + share.shape[0])
    colours = np.zeros((size[1], size[0], 3), np.uint8)
    opacity = np.zeros((size[1], size[0]), np.float32)
    colours[box.slices], opacity[box.slices] = drawing, share
    return lay_over(truth, [colours] * frames, [opacity] * frames, fps=fps)


def glitch(
    picture: Frames,
    camera: Camera,
    *,
    size: tuple[int, int],
    frames: int,
    box: Box,
    when: Span,
    start: tuple[float, float] | None = None,
    fps: float = 25.0,
    seed: int = 0,
) -> Made:
    """A block of the picture is torn and discoloured on the frames `when`, as by lost data."""
    truth = scene(picture, camera, size=size, frames=frames, start=start)
    damaged = truth.copy()
    mask = np.zeros(truth.shape[:3], np.float32)
    for t in when.frames:
        random = np.random.default_rng((seed, t))
        damaged[t][box.slices] = torn(truth[t], box, random)
        mask[t][box.slices] = 1
    return Made(damaged, truth, mask, fps)
