"""Mask source: a finished mask, as a video, a folder or one image, or run lengths in JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import Bools, Frames, MaskError, MaskFile, MaskTrack, Progress, Prompt, section
from vinpaint.masks.base import TrackerOptions
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder, UnionTrack
from vinpaint.masks.rle import decode, read_rle, size_of
from vinpaint.media import Clip, is_image, open_clip, read_image

WHITE = 128
"""From here on a pixel counts as white: replace."""
SAME_SHAPE = 0.01
"""How far the ratio of width to height may differ for a mask of another scale."""


@dataclass(frozen=True)
class MaskFileSource:
    """Takes `Imported` prompts."""

    title: str = "Imported mask"
    kinds: tuple[str, ...] = ("mask",)

    def find(
        self,
        clip: Clip,
        where: Sequence[Prompt],
        *,
        options: TrackerOptions,  # noqa: ARG002 (nothing is followed)
        progress: Progress,
    ) -> MaskTrack:
        """White = replace. Raises MaskError where size, count or brightness do not fit."""
        masks = [prompt for prompt in where if isinstance(prompt, MaskFile)]
        steps = [section(progress, i / len(masks), (i + 1) / len(masks)) for i in range(len(masks))]
        pairs = zip(masks, steps, strict=True)
        return UnionTrack(tuple(_load(clip, mask, step) for mask, step in pairs))


def _load(clip: Clip, mask: MaskFile, progress: Progress) -> StoredTrack:
    path = Path(mask.path)
    if not path.exists():
        raise MaskError(f"{path}: there is no such mask; check the path")
    builder = TrackBuilder((clip.width, clip.height), clip.frames)
    brightest = 0
    read = _runs if path.suffix.lower() == ".json" and path.is_file() else _images
    for t, grey in read(clip, path, mask.resize):
        progress(t / clip.frames, f"reading the mask, frame {t}")
        brightest = max(brightest, int(grey.max()))
        builder.put(t, _scaled(clip, grey) >= WHITE)
    if 0 < brightest < WHITE:
        raise MaskError(
            f"{path.name}: its brightest value is {brightest}, but a mask is white (255) where "
            "to replace and black elsewhere; save it with full white"
        )
    if brightest == 0:
        raise MaskError(f"{path.name}: the mask is black all over; mark something in white")
    return builder.build()


def _images(clip: Clip, path: Path, resize: bool) -> Iterator[tuple[int, Frames]]:
    """(frame number, (H, W) grey of its own size) for every frame of the clip."""
    if is_image(path):
        image = read_image(path)
        check_size(clip, path.name, image.shape[1], image.shape[0], resize=resize)
        yield from ((t, luminance(image)) for t in range(clip.frames))
        return
    with open_clip(path) as mask:
        check_size(clip, path.name, mask.width, mask.height, resize=resize)
        _check_count(clip, path.name, mask.frames)
        for picture in mask.pictures():
            yield picture.index, luminance(picture.rgb())


def _runs(clip: Clip, path: Path, resize: bool) -> Iterator[tuple[int, Frames]]:
    """The same from run lengths in JSON."""
    held = read_rle(path)
    entries = held if isinstance(held, list) else [held] * clip.frames
    _check_count(clip, path.name, len(entries))
    for t, entry in enumerate(entries):
        name = f"{path.name}, frame {t}"
        if entry is None:
            continue
        height, width = size_of(entry, name)
        check_size(clip, name, width, height, resize=resize)
        yield t, decode(entry, name).astype(np.uint8) * 255


def _check_count(clip: Clip, name: str, frames: int) -> None:
    if frames != clip.frames:
        raise MaskError(
            f"{name}: the mask has {frames} frames, the clip {clip.frames}; "
            "give one for every frame, or a single image for all"
        )


def check_size(clip: Clip, name: str, width: int, height: int, *, resize: bool = False) -> None:
    """Raises MaskError, naming both sizes. `resize`: another scale of the same shape will do."""
    if (width, height) == (clip.width, clip.height):
        return
    sizes = f"{name}: the mask is {width}x{height}, the clip {clip.width}x{clip.height}"
    if abs(width * clip.height / (height * clip.width) - 1) > SAME_SHAPE:
        raise MaskError(f"{sizes}, of another shape; make the mask from this clip")
    if not resize:
        raise MaskError(
            f"{sizes}; only the scale differs, so it can be fitted: add --resize-mask, or turn "
            "that on beside the upload"
        )


def _scaled(clip: Clip, grey: Frames) -> Frames:
    """A grey mask at the clip's size: by area where it shrinks, by the nearest where it grows."""
    if grey.shape == (clip.height, clip.width):
        return grey
    way = cv2.INTER_AREA if grey.shape[0] > clip.height else cv2.INTER_NEAREST_EXACT
    return np.asarray(cv2.resize(grey, (clip.width, clip.height), interpolation=way), np.uint8)


def luminance(image: Frames) -> Frames:
    """(H, W) uint8, BT.601 weights; a grey picture's own values."""
    red, green, blue = cv2.split(image)
    if np.array_equal(red, green) and np.array_equal(red, blue):
        return np.asarray(red, np.uint8)
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
