"""A folder of numbered images is a clip too; and single pictures come in by the same door."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import Frames, MediaError, Span
from vinpaint.media.frame_cache import FrameCache
from vinpaint.media.guard import check_picture, check_size
from vinpaint.media.planes import Layout, Picture
from vinpaint.runtime.parallel import map_ahead

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
RGB = Layout("rgb", "gbrp")


def image_files(folder: Path, *, pattern: str = "*") -> tuple[Path, ...]:
    """The folder's images whose names fit `pattern`, by the numbers in their names."""
    files = [p for p in folder.glob(pattern) if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file()]
    return tuple(sorted(files, key=_natural))


def is_image(path: Path) -> bool:
    """Whether the path is a single picture, by its ending."""
    return path.is_file() and path.suffix.lower() in IMAGE_SUFFIXES


def _natural(path: Path) -> list[tuple[int, int | str]]:
    pieces = re.split(r"(\d+)", path.name.lower())
    return [(0, int(p)) if p.isdigit() else (1, p) for p in pieces]


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) as shown. Raises MediaError."""
    width, height, turned = _header(path, turns=True)
    return (height, width) if turned else (width, height)


def _header(path: Path, *, turns: bool) -> tuple[int, int, bool]:
    """(width, height) as stored, and whether it is shown on its side; that only if `turns` asks.

    Asking is dear: a PNG may say so behind its pixels, so all of it is unpacked.
    """
    from PIL import Image, UnidentifiedImageError

    check_size(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # refused below
            image = Image.open(path)
        with image:
            width, height = image.size
            turned = turns and image.getexif().get(0x0112, 1) >= 5
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise MediaError(
            f"{path.name}: not a picture that can be read; save it as PNG or JPEG"
        ) from error
    check_picture(path.name, width, height)
    return width, height, turned


def read_image(path: str | Path) -> Frames:
    """(H, W, 3) uint8 RGB; alpha is dropped. Raises MediaError."""
    rgb: Frames = cv2.cvtColor(_read_bgr(Path(path)), cv2.COLOR_BGR2RGB)
    return rgb


def _read_bgr(path: Path) -> Frames:
    _header(path, turns=False)  # whatever lies there: refused before it is unpacked
    try:
        data = np.fromfile(path, np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except (cv2.error, OSError):
        image = None
    if image is None:
        raise MediaError(f"{path.name}: the picture is damaged; save it again as PNG or JPEG")
    bgr: Frames = image
    return bgr


@dataclass(frozen=True)
class FolderReader:
    """Reads a folder of images, a few frames ahead of who asks."""

    files: tuple[Path, ...]
    width: int
    height: int
    _recent: FrameCache = field(default_factory=FrameCache, init=False, repr=False, compare=False)

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def pictures(self, span: Span) -> Iterator[Picture]:
        """The frames of `span`, in order. Raises MediaError where one does not fit."""
        if span.length == 1:  # not worth the threads
            return map(self._picture, span.frames)
        return map_ahead(self._picture, span.frames)

    def _picture(self, index: int) -> Picture:
        picture = self._recent.get(index)
        if picture is None:
            picture = self._read(index)
            self._recent.put(picture)
        return picture

    def _read(self, index: int) -> Picture:
        image = _read_bgr(self.files[index])
        if image.shape[:2] != (self.height, self.width):
            raise MediaError(
                f"{self.files[index].name}: {image.shape[1]}x{image.shape[0]}, but the folder "
                f"starts at {self.width}x{self.height}; all images need one size"
            )
        blue, green, red = cv2.split(image)
        return Picture(index, (red, green, blue), RGB)
