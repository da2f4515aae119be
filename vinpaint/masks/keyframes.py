"""Mask source: painted keyframes, with the shape interpolated between them as in rotoscoping.

The mask of a keyframe is kept exactly as painted. Between two keyframes, the shape is interpolated
and follows the object's motion (`refine/interpolation.py`). Before the first and after the last
keyframe, the shape is held, as in After Effects and Nuke: it is translated with the motion under
it, but not deformed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import Bools, Keyframe, MaskError, MaskTrack, Progress, Prompt, Span
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import translate
from vinpaint.masks.base import Tick, TrackerOptions, ticker
from vinpaint.masks.mask_file import read_white
from vinpaint.masks.mask_tracks import TrackBuilder
from vinpaint.masks.refine.interpolation import WINDOW_FRAMES, KeyMask, interpolate, median_motion
from vinpaint.masks.tracker.working_crop import crop_around, read_crop
from vinpaint.media import Clip

_MIN_VISIBLE_SHARE = 0.5
"""While a smaller share of a held shape is inside the frame, it keeps its last velocity."""


@dataclass(frozen=True)
class KeyframeSource:
    """Accepts `Keyframe` prompts."""

    title: str = "Key frames"
    kinds: tuple[str, ...] = ("keyframe",)

    def find(
        self, clip: Clip, prompts: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """Return the painted masks, and the interpolated or held masks on all other frames.

        Raises MaskError if a keyframe lies outside the clip, has another size, or marks nothing.
        """
        keys = read_keys(clip, [prompt for prompt in prompts if isinstance(prompt, Keyframe)])
        builder = TrackBuilder((clip.width, clip.height), clip.frames)
        for key in keys:
            builder.put(key.frame, key.mask)
        message = "following the shape from key frame to key frame"
        tick = ticker(progress, _estimated_reads(keys, clip.frames), message)
        with clip.reopen() as own:
            _hold(own, keys[0], range(keys[0].frame, -1, -1), builder, tick)
            for first, last in pairwise(keys):
                interpolate(own, first, last, builder, tick)
            _hold(own, keys[-1], range(keys[-1].frame, clip.frames), builder, tick)
        return builder.build()


def _estimated_reads(keys: Sequence[KeyMask], frames: int) -> int:
    """Estimate the number of frame reads: three per frame between keyframes, else one."""
    between = keys[-1].frame - keys[0].frame
    return 3 * between + (frames - between) + 2 * (1 + frames // WINDOW_FRAMES)


def read_keys(clip: Clip, prompts: Sequence[Keyframe]) -> tuple[KeyMask, ...]:
    """Return the painted keyframes in order of time; several on one frame are united.

    Raises MaskError if a keyframe lies outside the clip, has another size, or marks nothing.
    """
    masks: dict[int, Bools] = {}
    for prompt in prompts:
        if not 0 <= prompt.frame < clip.frames:
            raise MaskError(
                f"a key frame is on frame {prompt.frame}, but the clip has frames 0 to "
                f"{clip.frames - 1}; choose one of them"
            )
        mask = read_white(clip, prompt.path)
        if not mask.any():
            raise MaskError(
                f"{Path(prompt.path).name}: nothing is painted white on key frame {prompt.frame}; "
                "a shape cannot be interpolated to nothing, so mark what leaves and comes back as "
                "two objects"
            )
        masks[prompt.frame] = masks.get(prompt.frame, np.zeros_like(mask)) | mask
    return tuple(KeyMask(frame, masks[frame]) for frame in sorted(masks))


def _hold(clip: Clip, key: KeyMask, frames: range, builder: TrackBuilder, tick: Tick) -> None:
    """Translate the shape of a keyframe through `frames`, starting at its own frame.

    Puts the masks in `builder`. Stops when the shape has left the frame.
    """
    offset = velocity = np.zeros(2, np.float32)
    mask = key.mask
    for at in range(0, len(frames) - 1, WINDOW_FRAMES):
        window = frames[at : at + WINDOW_FRAMES + 1]
        crop = crop_around(mask)
        images = read_crop(clip, Span(min(window), max(window) + 1), crop, tick)
        for before, t in pairwise(window):
            if mask.sum() > _MIN_VISIBLE_SHARE * key.mask.sum():
                field = flow.estimate(flow.grey(images[before]), flow.grey(images[t]))
                velocity = median_motion(field, crop.to_crop(mask)) / crop.scale
            offset = offset + velocity
            shape = translate(key.mask.astype(np.float32), offset, border=cv2.BORDER_CONSTANT)
            mask = shape >= 0.5
            if not mask.any():
                return
            builder.put(t, mask)
