"""Clips that read their frames from an array in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import Frames, Span
from vinpaint.media.clip import FOLDER_FPS, Clip
from vinpaint.media.image_sequence import RGB
from vinpaint.media.planes import Picture
from vinpaint.media.probe import MediaInfo, Orientation


@dataclass(frozen=True, eq=False)
class ArrayReader:
    """Reads frames from a (T, H, W, 3) uint8 RGB array."""

    frames: Frames

    def pictures(self, span: Span) -> Iterator[Picture]:
        """Yield the frames of `span`, in order."""
        for index in span.frames:
            yield Picture(index, tuple(cv2.split(self.frames[index])), RGB)

    def close(self) -> None:
        """Do nothing: there is no file to close."""


def clip_of_frames(frames: Frames, *, fps: float = FOLDER_FPS) -> Clip:
    """Return a clip that reads its frames from an array, without a copy.

    Args:
        frames: (T, H, W, 3) uint8 RGB.
        fps: Frame rate, in frames per second.

    Raises:
        ValueError: `frames` has another shape or type, or holds no frame.
    """
    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not len(frames):
        raise ValueError(
            "frames: expected (T, H, W, 3) uint8 RGB with at least one frame, "
            f"received {frames.shape} {frames.dtype}"
        )
    rate = Fraction(fps).limit_denominator(1001)
    count, height, width = frames.shape[:3]
    info = MediaInfo(
        width=width,
        height=height,
        fps=rate,
        time_base=1 / rate,
        pts=tuple(range(count)),
        seekable=True,
        layout=RGB,
        orientation=Orientation(),
        codec="images",
        primaries=2,
        transfer=2,
        aspect=Fraction(1),
        sound=(),
        notes=(),
    )
    return Clip(Path("frames"), info, ArrayReader(frames))
