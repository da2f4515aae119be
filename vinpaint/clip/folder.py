"""A folder of numbered images is a clip too; and single pictures come in by the same door."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vinpaint.clip.guard import check_picture, check_size
from vinpaint.clip.planes import Layout, Picture
from vinpaint.errors import MediaError
from vinpaint.types import Frames, Span

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
RGB = Layout("rgb", "gbrp")


def image_files(folder: Path) -> tuple[Path, ...]:
    """The folder's images in the order of the numbers in their names."""
    files = [p for p in folder.iterdir() if p.suffix.lower() in SUFFIXES and p.is_file()]
    return tuple(sorted(files, key=_natural))


def is_image(path: Path) -> bool:
    """Whether the path is a single picture, by its ending."""
    return path.is_file() and path.suffix.lower() in SUFFIXES


def _natural(path: Path) -> list[tuple[int, int | str]]:
    pieces = re.split(r"(\d+)", path.name.lower())
    return [(0, int(p)) if p.isdigit() else (1, p) for p in pieces]


def image_size(path: Path) -> tuple[int, int]:
    """(width, height) from the header alone, as shown. Raises MediaError."""
    from PIL import Image, UnidentifiedImageError

    check_size(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # refused below
            image = Image.open(path)
        with image:
            width, height = image.size
            turned = image.getexif().get(0x0112, 1) >= 5
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError) as error:
        raise MediaError(
            f"{path.name}: not a picture that can be read; save it as PNG or JPEG"
        ) from error
    check_picture(path.name, width, height)
    return (height, width) if turned else (width, height)


def read_image(path: str | Path) -> Frames:
    """(H, W, 3) uint8 RGB; alpha is dropped. Raises MediaError."""
    path = Path(path)
    image_size(path)
    try:
        data = np.fromfile(path, np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except (cv2.error, OSError):
        image = None
    if image is None:
        raise MediaError(f"{path.name}: the picture is damaged; save it again as PNG or JPEG")
    rgb: Frames = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
    return rgb


@dataclass(frozen=True)
class FolderReader:
    """Reads a folder of images, one frame at a time."""

    files: tuple[Path, ...]
    width: int
    height: int

    def close(self) -> None:
        """Nothing is held open."""

    def pictures(self, span: Span) -> Iterator[Picture]:
        """The frames of `span`, in order. Raises MediaError where one does not fit."""
        for index in span.frames:
            image = read_image(self.files[index])
            if image.shape[:2] != (self.height, self.width):
                raise MediaError(
                    f"{self.files[index].name}: {image.shape[1]}x{image.shape[0]}, but the folder "
                    f"starts at {self.width}x{self.height}; all images need one size"
                )
            yield Picture(index, (image[..., 0], image[..., 1], image[..., 2]), RGB)
