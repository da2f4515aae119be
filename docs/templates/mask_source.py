"""Mask source `bright`: mask the pixels that are overexposed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from vinpaint.core import MaskTrack, Progress, Prompt
from vinpaint.masks.base import TrackerOptions
from vinpaint.masks.mask_tracks import TrackBuilder
from vinpaint.media import Clip


@dataclass(frozen=True)
class Bright:
    """Mark every pixel whose darkest channel reaches `level`; belongs in core/prompts.py."""

    level: int = 250
    object_id: int = 1
    kind: Literal["bright"] = "bright"


@dataclass(frozen=True)
class BrightSource:
    """Serves `Bright` prompts. Register it as `"bright": BrightSource()`."""

    title: str = "Overexposed pixels"
    kinds: tuple[str, ...] = ("bright",)

    def find(
        self,
        clip: Clip,
        where: Sequence[Prompt],
        *,
        options: TrackerOptions,  # noqa: ARG002 (only sources that follow an object need them)
        progress: Progress,
    ) -> MaskTrack:
        """Return the mask of every frame, 0 and 1 only. Raise MaskError for an unfit prompt."""
        level = min(prompt.level for prompt in where if isinstance(prompt, Bright))
        builder = TrackBuilder((clip.width, clip.height), clip.frames)
        for t in range(clip.frames):
            progress(t / clip.frames, "looking for overexposed pixels")  # may cancel
            builder.put(t, clip[t].min(axis=-1) >= level)  # clip[t]: (H, W, 3) uint8 RGB
        return builder.build()
