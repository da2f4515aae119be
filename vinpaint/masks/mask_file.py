"""Mask source: an existing mask, as a video, a folder of images, one image, or RLE in JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import Bools, Frames, MaskError, MaskFile, MaskTrack, Painting, Progress, Prompt
from vinpaint.masks.base import TrackerOptions, split
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder, union
from vinpaint.masks.rle import decode, read_rle, size_of
from vinpaint.media import Clip, is_image, open_clip, read_image

WHITE = 128
"""Minimum grey level that counts as white, which marks pixels to replace."""
MAX_ASPECT_DIFFERENCE = 0.01
"""Largest relative difference of the aspect ratios for a mask that is resized to the clip."""


@dataclass(frozen=True)
class MaskFileSource:
    """Accepts `MaskFile` prompts."""

    title: str = "Imported mask"
    kinds: tuple[str, ...] = ("mask",)

    def find(
        self, clip: Clip, prompts: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """Return the union of the masks in the files. White pixels are masked.

        Raises MaskError if a file does not exist, does not fit the clip's size or number of frames,
        or contains no white.
        """
        files = [prompt for prompt in prompts if isinstance(prompt, MaskFile)]
        sections = zip(files, split(progress, len(files)), strict=True)
        return union([_load(clip, file, section) for file, section in sections])


def _load(clip: Clip, file: MaskFile, progress: Progress) -> StoredTrack:
    path = Path(file.path)
    if not path.exists():
        raise MaskError(f"{path}: there is no such mask; check the path")
    builder = TrackBuilder((clip.width, clip.height), clip.frames)
    brightest = 0
    read = _read_rle if path.suffix.lower() == ".json" and path.is_file() else _read_images
    for t, grey in read(clip, path, file.resize):
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


def _read_images(clip: Clip, path: Path, resize: bool) -> Iterator[tuple[int, Frames]]:
    """Yield (frame number, (h, w) uint8 grey) for every frame, at the size of the mask file."""
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


def _read_rle(clip: Clip, path: Path, resize: bool) -> Iterator[tuple[int, Frames]]:
    """Yield the same as `_read_images` from run lengths in JSON; empty frames are skipped."""
    content = read_rle(path)
    entries = content if isinstance(content, list) else [content] * clip.frames
    _check_count(clip, path.name, len(entries))
    for t, entry in enumerate(entries):
        if entry is None:
            continue
        name = f"{path.name}, frame {t}"
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
    """Raise MaskError unless a mask of `width` x `height` pixels has the size of the clip.

    resize: also accept another size with the same aspect ratio; name: the mask, for the message.
    """
    if (width, height) == (clip.width, clip.height):
        return
    sizes = f"{name}: the mask is {width}x{height}, the clip {clip.width}x{clip.height}"
    if abs(width * clip.height / (height * clip.width) - 1) > MAX_ASPECT_DIFFERENCE:
        raise MaskError(f"{sizes}, of another shape; make the mask from this clip")
    if not resize:
        raise MaskError(
            f"{sizes}; only the scale differs, so it can be fitted: add --resize-mask, or turn "
            "that on beside the upload"
        )


def _scaled(clip: Clip, grey: Frames) -> Frames:
    """Resize a grey mask to the size of the clip, by area if it shrinks, else by nearest pixel."""
    if grey.shape == (clip.height, clip.width):
        return grey
    method = cv2.INTER_AREA if grey.shape[0] > clip.height else cv2.INTER_NEAREST_EXACT
    return np.asarray(cv2.resize(grey, (clip.width, clip.height), interpolation=method), np.uint8)


def luminance(image: Frames) -> Frames:
    """Return the (H, W) uint8 luma (BT.601) of an RGB picture; grey keeps its exact values."""
    red, green, blue = cv2.split(image)
    if np.array_equal(red, green) and np.array_equal(red, blue):
        return np.asarray(red, np.uint8)
    weights = np.array([0.299, 0.587, 0.114], np.float32)
    return np.asarray(np.rint(image.astype(np.float32) @ weights), np.uint8)


def read_white(clip: Clip, path: str) -> Bools:
    """Return the white pixels of an image as (H, W) bool.

    Raises MaskError if the image does not have the size of the clip.
    """
    image = read_image(path)
    check_size(clip, Path(path).name, image.shape[1], image.shape[0])
    return luminance(image) >= WHITE


def read_painting(clip: Clip, path: str) -> Bools:
    """Return the (H, W) bool mask of one painted image.

    Raises MaskError if it is empty or does not have the clip's size.
    """
    mask = read_white(clip, path)
    if not mask.any():
        raise MaskError(
            f"{Path(path).name}: nothing is painted white; paint what is to be replaced"
        )
    return mask


def read_paintings(clip: Clip, prompts: Sequence[Prompt]) -> Bools | None:
    """Return the union of all `Painting` prompts, (H, W) bool; None if there are none.

    Raises MaskError if one is empty or does not have the size of the clip.
    """
    masks = [read_painting(clip, p.path) for p in prompts if isinstance(p, Painting)]
    return np.logical_or.reduce(masks) if masks else None
