"""Clips that the browser tests upload: a textured scene that drifts, and a disc that crosses it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import Frames
from vinpaint.media import write_frames

DISC = (215, 60, 45)


def disc_at(frame: int, frames: int) -> tuple[float, float]:
    """The disc's middle, in shares of width and height."""
    return 0.25 + 0.5 * frame / max(1, frames - 1), 0.5


def disc_frames(width: int, height: int, frames: int) -> list[Frames]:
    """A disc over smooth texture, as RGB frames."""
    noise = np.random.default_rng(7).random((height, width + 2 * frames, 3)).astype(np.float32)
    texture = cv2.GaussianBlur(noise, (0, 0), max(1.5, width / 90))
    texture = cv2.normalize(texture, None, 30, 190, cv2.NORM_MINMAX).astype(np.uint8)
    made = []
    for number in range(frames):
        picture = texture[:, number : number + width].copy()
        x, y = disc_at(number, frames)
        middle = (int(x * width), int(y * height))
        cv2.circle(picture, middle, max(5, min(width, height) // 8), DISC, -1, cv2.LINE_AA)
        made.append(picture)
    return made


def write_disc_clip(
    path: Path, *, width: int = 320, height: int = 192, frames: int = 24, lossless: bool = False
) -> Path:
    """The clip as a file: .mp4, or a lossless .mkv that no browser plays."""
    write_frames(path, disc_frames(width, height, frames), fps=Fraction(24), lossless=lossless)
    return path


FIGURE_SHARE = 0.056
"""Share of the picture that the figure covers."""


def figure_places(frame: int, frames: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """The middles of the figure's head and of its foot, in shares of width and height."""
    x = 0.35 + 0.3 * frame / max(1, frames - 1)
    return (x, 0.3), (x + 0.03, 0.71)


def write_figure_clip(path: Path, *, frames: int, width: int = 320, height: int = 192) -> Path:
    """A figure of a red head, a blue coat and a yellow foot, which walks past a textured scene."""
    pictures = disc_frames(width, height, 1)
    made = []
    for number in range(frames):
        picture = np.roll(_plain(pictures[0]), number, axis=1)
        (x, top), (foot_x, foot_y) = figure_places(number, frames)
        left, right = int(x * width) - 16, int(x * width) + 16
        cv2.rectangle(
            picture, (left, int(0.38 * height)), (right, int(0.66 * height)), (40, 60, 200), -1
        )
        cv2.rectangle(
            picture,
            (left, int(0.66 * height)),
            (int(foot_x * width) + 16, int((2 * foot_y - 0.66) * height)),
            (225, 200, 40),
            -1,
        )
        cv2.circle(picture, (int(x * width), int(top * height)), 17, DISC, -1, cv2.LINE_AA)
        made.append(picture)
    write_frames(path, made, fps=Fraction(12))
    return path


def _plain(picture: Frames) -> Frames:
    """The texture alone: the columns beside the disc, mirrored over it."""
    half = picture[:, picture.shape[1] // 2 :]
    return np.concatenate([half[:, ::-1], half], axis=1)
