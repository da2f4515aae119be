"""Mask source: painted masks of some frames, and the shape in between, as in a roto tool.

A key frame comes out exactly as painted. Between two of them the shape is interpolated and goes
along with the object's motion (`between.py`). Before the first and after the last the shape is
held, as After Effects and Nuke hold it, and carried along as a whole by the motion under it: it
never deforms where nobody painted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Keyframe, MaskError, MaskTrack, Progress, Prompt, Span
from vinpaint.imaging import flow
from vinpaint.masks.base import TrackerOptions
from vinpaint.masks.mask_file import WHITE, check_size, luminance
from vinpaint.masks.mask_tracks import TrackBuilder
from vinpaint.masks.refine.interpolation import WINDOW_FRAMES, Key, Tick, fill_between, motion_of
from vinpaint.masks.tracker.working_crop import read_stage, stage_for
from vinpaint.media import Clip, read_image

_IN_VIEW = 0.5
"""With less than this left in the frame, a shape goes on out of it as it went."""


@dataclass(frozen=True)
class KeyframeSource:
    """Takes `Keyframe` prompts."""

    title: str = "Key frames"
    kinds: tuple[str, ...] = ("keyframe",)

    def find(
        self,
        clip: Clip,
        where: Sequence[Prompt],
        *,
        options: TrackerOptions,  # noqa: ARG002 (nothing is followed)
        progress: Progress,
    ) -> MaskTrack:
        """The painted shapes, and those between them.

        Raises MaskError where a key frame lies outside the clip, has another size, or is black.
        """
        keys = read_keys(clip, [prompt for prompt in where if isinstance(prompt, Keyframe)])
        builder = TrackBuilder((clip.width, clip.height), clip.frames)
        for key in keys:
            builder.put(key.frame, key.mask)
        tick = _ticker(progress, _reads(keys, clip.frames))
        with clip.reopen() as source:
            _hold(source, keys[0], range(keys[0].frame, -1, -1), builder, tick)
            for first, last in pairwise(keys):
                fill_between(source, first, last, builder, tick)
            _hold(source, keys[-1], range(keys[-1].frame, clip.frames), builder, tick)
        return builder.build()


def _reads(keys: Sequence[Key], frames: int) -> int:
    """About how many frames are read: those between two key frames three times, the rest once."""
    between = keys[-1].frame - keys[0].frame
    return 3 * between + (frames - between) + 2 * (1 + frames // WINDOW_FRAMES)


def _ticker(progress: Progress, count: int) -> Tick:
    """Tells the progress at every call, `count` of them at most."""
    done = 0

    def tick() -> None:
        nonlocal done
        done += 1
        progress(min(1.0, done / count), "following the shape from key frame to key frame")

    return tick


def read_keys(clip: Clip, prompts: Sequence[Keyframe]) -> tuple[Key, ...]:
    """The painted key frames in order of time; two of one frame are joined. Raises MaskError."""
    found: dict[int, Bools] = {}
    for prompt in prompts:
        if not 0 <= prompt.frame < clip.frames:
            raise MaskError(
                f"a key frame is on frame {prompt.frame}, but the clip has frames 0 to "
                f"{clip.frames - 1}; choose one of them"
            )
        mask = _read_key(clip, prompt)
        found[prompt.frame] = found.get(prompt.frame, np.zeros_like(mask)) | mask
    return tuple(Key(frame, found[frame]) for frame in sorted(found))


def _read_key(clip: Clip, prompt: Keyframe) -> Bools:
    image = read_image(prompt.path)
    name = Path(prompt.path).name
    check_size(clip, name, image.shape[1], image.shape[0])
    mask = luminance(image) >= WHITE
    if not mask.any():
        raise MaskError(
            f"{name}: nothing is painted white on key frame {prompt.frame}; a shape cannot be "
            "interpolated to nothing, so mark what leaves and comes back as two objects"
        )
    return np.asarray(mask)


def _hold(clip: Clip, key: Key, frames: range, builder: TrackBuilder, tick: Tick) -> None:
    """Carry a key frame's shape as a whole over `frames`, of which it is the first."""
    offset = pace = np.zeros(2, np.float32)
    mask = key.mask
    for at in range(0, len(frames) - 1, WINDOW_FRAMES):
        window = frames[at : at + WINDOW_FRAMES + 1]
        stage = stage_for(mask)
        seen = read_stage(clip, Span(min(window), max(window) + 1), stage, tick)
        for before, t in pairwise(window):
            if mask.sum() > _IN_VIEW * key.mask.sum():
                field = flow.estimate(flow.grey(seen[before]), flow.grey(seen[t]))
                pace = motion_of(field, stage.mask_in(mask)) / stage.scale
            offset = offset + pace
            mask = _moved(key.mask, offset)
            if not mask.any():
                return
            builder.put(t, mask)


def _moved(mask: Bools, offset: Floats) -> Bools:
    """The mask moved by (dx, dy) pixels; what leaves the frame is gone."""
    matrix = np.array([[1, 0, offset[0]], [0, 1, offset[1]]], np.float32)
    size = mask.shape[1], mask.shape[0]
    return np.asarray(cv2.warpAffine(mask.astype(np.float32), matrix, size) >= 0.5)
