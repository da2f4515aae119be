"""Mask source: a fixed rectangle on every frame, for a logo or a watermark; never tracked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vinpaint.core import MaskError, MaskTrack, Progress, Prompt, Region
from vinpaint.masks.base import TrackerOptions
from vinpaint.masks.mask_tracks import RegionTrack, UnionTrack
from vinpaint.media import Clip


@dataclass(frozen=True)
class RegionSource:
    """Takes `Region` prompts."""

    title: str = "Fixed region"
    kinds: tuple[str, ...] = ("region",)

    def find(
        self,
        clip: Clip,
        where: Sequence[Prompt],
        *,
        options: TrackerOptions,  # noqa: ARG002 (nothing is followed)
        progress: Progress,
    ) -> MaskTrack:
        """The rectangles, cut to the frame. Raises MaskError for one that lies outside."""
        progress(0.0, "marking the region")
        regions = [prompt for prompt in where if isinstance(prompt, Region)]
        return UnionTrack(tuple(_track(clip, region) for region in regions))


def _track(clip: Clip, region: Region) -> RegionTrack:
    x0, y0, x1, y1 = region.box
    if x1 <= x0 or y1 <= y0:
        raise MaskError(
            f"the region {x0},{y0},{x1},{y1} is empty; give X0,Y0,X1,Y1 with X1 > X0 and Y1 > Y0"
        )
    inside = region.box.intersection(clip.box)
    if inside is None:
        raise MaskError(
            f"the region {x0},{y0},{x1},{y1} lies outside the picture, "
            f"which is {clip.width}x{clip.height}; move it inside"
        )
    return RegionTrack((clip.width, clip.height), clip.frames, inside)
