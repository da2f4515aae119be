"""Read folders of numbered images and arrays of frames as clips, and single images."""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from vinpaint.core import Frames, MediaError, Span
from vinpaint.media.frame_cache import FrameCache
from vinpaint.media.guard import check_picture, check_size
from vinpaint.media.planes import Layout, Picture, Plane
from vinpaint.media.probe import ALPHA_DROPPED, MediaInfo, Orientation
from vinpaint.runtime.parallel import map_ahead

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp")
RGB = Layout("rgb", "gbrp")


def image_files(folder: Path, *, pattern: str = "*") -> tuple[Path, ...]:
    """Return the images of a folder that match a glob `pattern`, in natural order (2 before 10)."""
    files = [p for p in folder.glob(pattern) if p.suffix.lower() in IMAGE_SUFFIXES and p.is_file()]
    return tuple(sorted(files, key=_natural))


def is_image(path: Path) -> bool:
    """Return True if the path is a file with the suffix of an image."""
    return path.is_file() and path.suffix.lower() in IMAGE_SUFFIXES


def _natural(path: Path) -> list[tuple[int, int | str]]:
    pieces = re.split(r"(\d+)", path.name.lower())
    return [(0, int(p)) if p.isdigit() else (1, p) for p in pieces]


def image_size(path: Path) -> tuple[int, int]:
    """Return the (width, height) of an image in pixels, after its Exif rotation.

    Raises MediaError if the file is not a readable image or is too large.
    """
    width, height, turned = _header(path, turns=True)
    return (height, width) if turned else (width, height)


def _header(path: Path, *, turns: bool) -> tuple[int, int, bool]:
    """Return the stored width and height, and whether Exif rotates the image by 90 degrees.

    The Exif tag is read only if `turns` is set: a PNG may store it after the pixels, so the whole
    image has to be decompressed. Raises MediaError.
    """
    from PIL import Image, UnidentifiedImageError

    check_size(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # checked below
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
    """Return an image as (H, W, 3) uint8 RGB, rotated upright; alpha is dropped.

    Raises MediaError if the file is not a readable image or is too large.
    """
    return np.asarray(cv2.cvtColor(_read_bgr(Path(path)), cv2.COLOR_BGR2RGB), np.uint8)


def _read_bgr(path: Path) -> Frames:
    _header(path, turns=False)  # check the type and size before decoding
    try:
        data = np.fromfile(path, np.uint8)
        image = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except (cv2.error, OSError):
        image = None
    if image is None:
        raise MediaError(f"{path.name}: the picture is damaged; save it again as PNG or JPEG")
    return np.asarray(image, np.uint8)


def image_alpha(path: Path) -> Plane | None:
    """Return the (H, W) uint8 opacity of an image, rotated upright; None if it stores none.

    Raises MediaError if the file is not a readable image or is too large.
    """
    from PIL import Image, ImageOps

    if not has_alpha(path):
        return None
    try:
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
            return np.array(upright.convert("RGBA").getchannel("A"), np.uint8)
    except (OSError, ValueError) as error:
        raise MediaError(f"{path.name}: the picture is damaged; save it again as PNG") from error


def has_alpha(path: Path) -> bool:
    """Return True if the header of an image says that it stores transparency; JPEG never does.

    Raises MediaError if the file is not a readable image or is too large.
    """
    from PIL import Image

    if path.suffix.lower() in (".jpg", ".jpeg", ".bmp"):
        return False
    _header(path, turns=False)
    with Image.open(path) as image:
        return image.has_transparency_data


def sequence_info(
    count: int, width: int, height: int, *, fps: float, alpha: bool = False
) -> MediaInfo:
    """Return the properties of a silent clip of `count` RGB images, at a constant frame rate.

    alpha: the images store transparency.
    """
    rate = Fraction(fps).limit_denominator(1001)
    return MediaInfo(
        width=width,
        height=height,
        fps=rate,
        time_base=1 / rate,
        pts=tuple(range(count)),
        seekable=True,
        layout=RGB,
        orientation=Orientation(),
        codec="images",
        primaries=2,
        transfer=2,
        aspect=Fraction(1),
        sound=(),
        notes=(ALPHA_DROPPED,) if alpha else (),
        alpha=alpha,
    )


@dataclass(frozen=True, eq=False)
class ArrayReader:
    """Reads frames from a (T, H, W, 3) uint8 RGB array."""

    frames: Frames

    def pictures(self, span: Span) -> Iterator[Picture]:
        """Yield the frames of `span`, in order."""
        for index in span.frames:
            yield Picture(index, tuple(cv2.split(self.frames[index])), RGB)

    def close(self) -> None:
        """Do nothing: there is no file to close."""


@dataclass(frozen=True)
class FolderReader:
    """Reads a folder of images of one size, decoding a few frames ahead in threads."""

    files: tuple[Path, ...]
    width: int
    height: int
    _recent: FrameCache = field(default_factory=FrameCache, init=False, repr=False, compare=False)

    def close(self) -> None:
        """Do nothing: no file stays open."""

    def pictures(self, span: Span) -> Iterator[Picture]:
        """Yield the frames of `span`, in order.

        Raises MediaError if an image is damaged or has another size.
        """
        if span.length == 1:  # threads would cost more than they save
            return map(self._picture, span.frames)
        return map_ahead(self._picture, span.frames)

    def _picture(self, index: int) -> Picture:
        if picture := self._recent.get(index):
            return picture
        image = _read_bgr(self.files[index])
        if image.shape[:2] != (self.height, self.width):
            raise MediaError(
                f"{self.files[index].name}: {image.shape[1]}x{image.shape[0]}, but the folder "
                f"starts at {self.width}x{self.height}; all images need one size"
            )
        blue, green, red = cv2.split(image)
        picture = Picture(index, (red, green, blue), RGB)
        self._recent.put(picture)
        return picture
