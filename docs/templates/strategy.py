"""Strategy `mean_colour`: fill the hole of each frame with the mean colour of its border."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Context, FillSettings, Mask, Progress, Video
from vinpaint.strategies.base import Strategy

_BORDER_PX = 4


@dataclass(frozen=True)
class MeanColour(Strategy):
    """Fill with one colour per frame. Register it as `"mean_colour": MeanColour()`."""

    title = "Mean colour"
    best_for = "Small holes in a plain wall or sky; the fastest strategy, without texture."

    def fill(
        self,
        video: Video,
        mask: Mask,
        *,
        context: Context,  # noqa: ARG002 (frames of other windows, a reference, notes)
        settings: FillSettings,  # noqa: ARG002 (seed, prompt, device and the rest)
        progress: Progress,
    ) -> Video:
        """Return the window with its hole filled; all other pixels stay as they are."""
        frames = video.frames.copy()  # (T, H, W, 3) uint8 RGB; never write into the input
        kernel = np.ones((2 * _BORDER_PX + 1, 2 * _BORDER_PX + 1), np.uint8)
        for t, hole in enumerate(mask.hole):  # hole: (H, W) bool
            progress(t / len(frames), f"filling frame {t + 1} of {len(frames)}")  # may cancel
            border = (cv2.dilate(hole.astype(np.uint8), kernel) > 0) & ~hole
            if border.any():
                frames[t][hole] = np.round(frames[t][border].mean(axis=0)).astype(np.uint8)
        return Video(frames)
