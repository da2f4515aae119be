"""Mask source: a fixed rectangle on every frame, for a logo or a watermark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vinpaint.core import MaskTrack, Progress, Prompt, Region
from vinpaint.masks.base import TrackerOptions
from vinpaint.masks.mask_tracks import region_track, union
from vinpaint.masks.prompted import check_box
from vinpaint.media import Clip


@dataclass(frozen=True)
class RegionSource:
    """Accepts `Region` prompts."""

    title: str = "Fixed region"
    kinds: tuple[str, ...] = ("region",)

    def find(
        self, clip: Clip, prompts: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """Return the rectangles, clipped to the frame.

        Raises MaskError if a rectangle is empty or lies outside the frame.
        """
        progress(0.0, "marking the region")
        boxes = [prompt.box for prompt in prompts if isinstance(prompt, Region)]
        inside = [check_box(clip, box, "region", "move") for box in boxes]
        size = clip.width, clip.height
        return union([region_track(size, clip.frames, box) for box in inside])
