"""Mask source: a finished mask, as a video, a folder of images, or one image for every frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vinpaint.clip import Clip, is_image, open_clip, read_image
from vinpaint.errors import MaskError
from vinpaint.masks.tracks import StoredTrack, TrackBuilder, UnionTrack
from vinpaint.types import Bools, Frames, Imported, MaskTrack, Progress, Prompt, part

WHITE = 128
"""From here on a pixel counts as white: replace."""


@dataclass(frozen=True)
class ImportedMask:
    """Takes `Imported` prompts."""

    title: str = "Imported mask"
    kinds: tuple[str, ...] = ("mask",)

    def find(
        self,
        clip: Clip,
        where: Sequence[Prompt],
        *,
        tracker: str,  # noqa: ARG002 (nothing is followed)
        progress: Progress,
    ) -> MaskTrack:
        """White = replace. Raises MaskError where size, count or brightness do not fit."""
        masks = [prompt for prompt in where if isinstance(prompt, Imported)]
        steps = [part(progress, i / len(masks), (i + 1) / len(masks)) for i in range(len(masks))]
        return UnionTrack(
            tuple(_load(clip, Path(m.path), step) for m, step in zip(masks, steps, strict=True))
        )


def _load(clip: Clip, path: Path, progress: Progress) -> StoredTrack:
    if not path.exists():
        raise MaskError(f"{path}: there is no such mask; check the path")
    builder = TrackBuilder((clip.width, clip.height), clip.frames)
    brightest = 0
    for t, image in _images(clip, path):
        progress(t / clip.frames, f"reading the mask, frame {t}")
        grey = luminance(image)
        brightest = max(brightest, int(grey.max()))
        builder.put(t, grey >= WHITE)
    if 0 < brightest < WHITE:
        raise MaskError(
            f"{path.name}: its brightest value is {brightest}, but a mask is white (255) where "
            "to replace and black elsewhere; save it with full white"
        )
    if brightest == 0:
        raise MaskError(f"{path.name}: the mask is black all over; mark something in white")
    return builder.done()


def _images(clip: Clip, path: Path) -> Iterator[tuple[int, Frames]]:
    """(frame number, RGB picture) for every frame of the clip."""
    if is_image(path):
        image = read_image(path)
        check_size(clip, path.name, image.shape[1], image.shape[0])
        yield from ((t, image) for t in range(clip.frames))
        return
    mask = open_clip(path)
    check_size(clip, path.name, mask.width, mask.height)
    if mask.frames != clip.frames:
        raise MaskError(
            f"{path.name}: the mask has {mask.frames} frames, the clip {clip.frames}; "
            "give one for every frame, or a single image for all"
        )
    for picture in mask.pictures():
        yield picture.index, picture.rgb()


def check_size(clip: Clip, name: str, width: int, height: int) -> None:
    """Raises MaskError, naming both sizes."""
    if (width, height) != (clip.width, clip.height):
        raise MaskError(
            f"{name}: the mask is {width}x{height}, the clip {clip.width}x{clip.height}; "
            "scale the mask to the clip's size"
        )


def luminance(image: Frames) -> Frames:
    """(H, W) uint8, BT.601 weights."""
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return np.asarray(np.rint(image.astype(np.float32) @ weights), np.uint8)


def read_painting(clip: Clip, path: str) -> Bools:
    """(H, W) bool from one painted image. Raises MaskError when it is empty or does not fit."""
    image = read_image(path)
    check_size(clip, Path(path).name, image.shape[1], image.shape[0])
    grey = luminance(image)
    if grey.max() < WHITE:
        raise MaskError(
            f"{Path(path).name}: nothing is painted white; paint what is to be replaced"
        )
    return grey >= WHITE
