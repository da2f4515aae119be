"""Write a repaired clip as H.264 in .mp4, lossless FFV1 in .mkv, or a folder of PNG images.

Repaired pixels are pasted into the planes of the source, so that in a lossless result all other
samples equal the source exactly. Output is written to a temporary path next to its destination and
moved at the end; an interrupted run leaves no file.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Frames, OutputError
from vinpaint.media.audio import AudioMuxer
from vinpaint.media.clip import Clip
from vinpaint.media.planes import Layout, Picture, Plane, plane_samples
from vinpaint.runtime.parallel import CallQueue

if TYPE_CHECKING:
    from av import VideoFrame

log = logging.getLogger(__name__)

CRF = 18
PRESET = "fast"
_YUV420 = Layout("yuv", "yuv420p", 8, 1, 1)
PNG_LEVEL = 1
"""Compression level of zlib. On real video, level 3 saves 2 % of the size and doubles the time."""
_AVX512F = 13  # cv::CPU_AVX_512F, which OpenCV's Python module does not export


@dataclass(frozen=True, repr=False)
class Patch:
    """Repaired pixels of one frame.

    box: the pixels that the arrays cover; rgb: (h, w, 3) uint8; touched: (h, w) bool, the pixels to
    write.
    """

    box: Box
    rgb: Frames
    touched: Bools


class Writer(Protocol):
    """Writes every frame of a clip, in order. `notes`: sentences for the user about changes."""

    notes: list[str]

    def write(self, picture: Picture, patch: Patch | None) -> Picture:
        """Write one frame with the pixels of `patch`; return the picture passed to the encoder."""

    def finish(self) -> None:
        """Write what is still pending, and complete the file."""

    def close(self) -> None:
        """Close the file, whether or not it is complete."""


def output_kind(out: Path) -> str:
    """Return '.mp4', '.mkv', or '' for a folder. Raises OutputError for any other suffix."""
    suffix = out.suffix.lower()
    if suffix in (".mp4", ".mkv"):
        return suffix
    if suffix == "" or out.is_dir():
        return ""
    raise OutputError(
        f"{out.name}: cannot write '{suffix}'; give a name ending in .mp4 (H.264), "
        ".mkv (lossless FFV1), or a folder (PNG images)"
    )


def image_name(number: int) -> str:
    """Return the file name of frame `number` in a folder of images: '00007.png'."""
    return f"{number:05d}.png"


def check_output(out: Path, *, overwrite: bool) -> None:
    """Raise OutputError if a result cannot be written to `out`; see `check_place`.

    Also raised for a suffix that is not supported.
    """
    check_place(out, folder=output_kind(out) == "", overwrite=overwrite)


def check_place(path: Path, *, folder: bool, overwrite: bool) -> None:
    """Raise OutputError if `path` cannot be created, or exists and must not be replaced.

    folder: `path` is to be a folder; overwrite: an existing file, or the files in an existing
    folder, may be replaced.
    """
    if folder and path.is_dir() and any(path.iterdir()) and not overwrite:
        raise OutputError(
            f"{path}: the folder is not empty; choose another, or add --overwrite to replace the "
            "numbered images in it"
        )
    parent = path.absolute().parent
    if not parent.is_dir():
        raise OutputError(f"{path}: its folder {parent} does not exist; create it")
    if folder and os.path.lexists(path) and not path.is_dir():
        raise OutputError(f"{path}: a file of this name is in the way; choose another name")
    if not folder and path.is_dir():
        raise OutputError(f"{path}: a folder of this name is in the way; choose another name")
    if not folder and os.path.lexists(path) and not overwrite:
        raise OutputError(
            f"{path}: this file exists; choose another name, or add --overwrite to replace it"
        )


@contextlib.contextmanager
def open_writer(out: Path, clip: Clip, *, overwrite: bool = False) -> Iterator[Writer]:
    """Open a writer for `out`, as a context manager; see `output_kind` for the formats.

    The result appears at `out` only when the block ends without an error.

    Args:
        out: The file or folder to write.
        clip: The source, whose size, timestamps, colour tags and sound the result gets.
        overwrite: Replace an existing file, or files of the same names in an existing folder.

    Raises:
        OutputError: `out` exists and `overwrite` is not set, the suffix is not supported, the disk
            is full, or there is no permission.
    """
    check_output(out, overwrite=overwrite)
    kind = output_kind(out)
    with safe_output(out) as temporary:
        writer: Writer
        if kind == "":
            temporary.mkdir()
            writer = _FolderWriter(temporary, clip)
        else:
            writer = _VideoWriter(temporary, clip, lossless=kind == ".mkv")
        try:
            yield writer
            writer.finish()
        finally:
            writer.close()


@contextlib.contextmanager
def safe_output(out: Path) -> Iterator[Path]:
    """Yield a temporary path that is moved to `out` when the block ends without an error.

    If `out` is an existing folder, its files of the same names are replaced and all others are
    kept. If an error occurs, `out` is left as it was. Raises OutputError for an OSError.
    """
    out = out.absolute()
    existing = out.is_dir()
    prefix, folder = f".{out.stem[:40]}-", out if existing else out.parent
    try:
        with tempfile.TemporaryDirectory("", prefix, folder, ignore_cleanup_errors=True) as holder:
            temporary = Path(holder, out.name)
            yield temporary
            if existing:
                _replace_files(temporary, out, Path(holder, ".replaced"))
            else:
                temporary.replace(out)
    except OSError as error:
        raise _output_error(out, error) from error


def _replace_files(new: Path, folder: Path, aside: Path) -> None:
    """Move the files of `new` into `folder`, and the files they replace into `aside`.

    If a move fails, all moves are undone and the error is raised again.
    """
    aside.mkdir()
    placed: list[Path] = []
    try:
        for file in sorted(new.iterdir()):
            place = folder / file.name
            placed.append(place)
            if os.path.lexists(place):
                place.replace(aside / file.name)
            file.replace(place)
    except BaseException:
        for place in reversed(placed):
            if os.path.lexists(aside / place.name):
                (aside / place.name).replace(place)
            elif not os.path.lexists(new / place.name):
                place.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def staged_output(out: Path) -> Iterator[Path]:
    """Yield a temporary path as `safe_output` does, for a result to inspect before it is published.

    If `out` is a folder, the temporary folder is created, so that `open_writer` can write to it.
    """
    with safe_output(out) as temporary:
        if output_kind(out) == "":
            temporary.mkdir()
        yield temporary


def _output_error(out: Path, error: OSError) -> OutputError:
    log.info("writing %s failed: %r", out, error)
    if error.errno == errno.ENOSPC:
        return OutputError(
            f"{out.name}: the disk is full; free some space or write elsewhere "
            "(nothing half-written was kept)"
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return OutputError(f"{out}: no permission to write here; choose another place")
    return OutputError(
        f"{out}: cannot be written ({error.strerror or error}); choose another place"
    )


class _FolderWriter:
    """Writes 8-bit PNG images, numbered from 00000."""

    def __init__(self, folder: Path, clip: Clip) -> None:
        self.notes: list[str] = []
        self._folder = folder
        self._files = CallQueue(write_png)
        if clip.layout.depth > 8:
            self.notes.append(f"The images hold 8-bit samples; the source has {clip.layout.depth}.")
        if clip.sound:
            self.notes.append("A folder of images holds no sound.")

    def write(self, picture: Picture, patch: Patch | None) -> Picture:
        rgb = picture.rgb()
        if patch is not None:
            rgb[patch.box.slices][patch.touched] = patch.rgb[patch.touched]
        self._files.put(self._folder / image_name(picture.index), rgb)
        return Picture(picture.index, tuple(cv2.split(rgb)), Layout("rgb", "gbrp"))

    def finish(self) -> None:
        for _ in self._files.drain():
            pass

    def close(self) -> None:
        self._files.close()


def write_png(path: Path, image: Frames) -> None:
    """Write an (H, W, 3) RGB or (H, W) grey uint8 image as PNG. Raises OSError if it fails."""
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    good, data = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, PNG_LEVEL])
    if not good:
        raise OSError(f"{path.name}: the picture could not be packed")
    path.write_bytes(data.data)


class _VideoWriter:
    """Writes FFV1 in the pixel format of the source, or H.264 in 8-bit 4:2:0."""

    def __init__(self, path: Path, clip: Clip, *, lossless: bool) -> None:
        import av

        self.notes: list[str] = []
        self._clip = clip
        self._lossless = lossless
        options = {"fflags": "+bitexact"} if lossless else {"movflags": "+faststart"}
        self._out = av.open(str(path), "w", container_options=options)
        try:
            self._stream: Any = self._add_stream()
            self._sound = AudioMuxer(clip, self._out, any_codec=lossless)
        except BaseException:
            self._out.close()
            raise
        self._say_what_changes()

    def _add_stream(self) -> Any:
        clip, layout = self._clip, self._clip.layout
        rate = clip.fps.limit_denominator(100_000)
        stream: Any = self._out.add_stream("ffv1" if self._lossless else "libx264", rate=rate)
        even = 0 if self._lossless else 1
        stream.width = clip.width + (clip.width & even)
        stream.height = clip.height + (clip.height & even)
        lossless_format = {"gbrp": "bgr0"}.get(layout.pixel_format, layout.pixel_format)
        stream.pix_fmt = lossless_format if self._lossless else "yuv420p"
        context = stream.codec_context
        context.time_base = stream.time_base = clip.info.time_base
        context.sample_aspect_ratio = clip.info.aspect
        context.color_primaries = clip.info.primaries
        context.color_trc = clip.info.transfer
        if layout.family == "yuv" or not self._lossless:
            context.colorspace = self._matrix()
            context.color_range = 2 if layout.full_range and layout.family == "yuv" else 1
        stream.options = (
            {"level": "3", "slicecrc": "1", "g": "1"}
            if self._lossless
            else {"crf": str(CRF), "preset": PRESET, **_repeatable()}
        )
        return stream

    def _matrix(self) -> int:
        """Return FFmpeg's number of the YUV matrix; for other sources, choose it by the size."""
        if self._clip.layout.family == "yuv":
            return self._clip.layout.matrix
        return 1 if max(self._clip.width, self._clip.height) > 1024 else 5

    def _say_what_changes(self) -> None:
        layout = self._clip.layout
        if self._lossless:
            return
        if layout.depth > 8:
            self.notes.append(
                f"The .mp4 holds 8-bit samples; the source has {layout.depth}. "
                "A lossless .mkv keeps them all."
            )
        if self._clip.width % 2 or self._clip.height % 2:
            width, height = self._stream.width, self._stream.height
            self.notes.append(
                f"The .mp4 is {width}x{height}: H.264 needs even sizes, so the edge of "
                f"{self._clip.width}x{self._clip.height} is repeated once. "
                "A lossless .mkv keeps the size."
            )

    def write(self, picture: Picture, patch: Patch | None) -> Picture:
        if patch is not None:
            picture = picture.paste(patch.box, patch.rgb, patch.touched)
        info = self._clip.info
        pts = info.pts[picture.index]
        if self._lossless:
            frame = _frame_of(picture.planes, picture.layout)
            if frame.format.name != self._stream.pix_fmt:
                frame = frame.reformat(format=self._stream.pix_fmt)
        else:
            frame = self._as_yuv420(picture)
        frame.pts, frame.time_base = pts, info.time_base
        after = picture.index + 1
        if after < len(info.pts):
            frame.duration = info.pts[after] - pts
        else:
            frame.duration = round(1 / (self._clip.fps * info.time_base))
        self._out.mux(self._stream.encode(frame))
        self._sound.advance(float(pts * info.time_base))
        return picture

    def _as_yuv420(self, picture: Picture) -> VideoFrame:
        layout = picture.layout
        planes = picture.planes
        if layout.pixel_format != "yuv420p":
            frame = _frame_of(planes, layout)
            full = 2 if layout.full_range and layout.family == "yuv" else 1
            frame = frame.reformat(
                format="yuv420p",
                src_colorspace=_swscale_matrix(layout.matrix, self._matrix()),
                dst_colorspace=_swscale_matrix(self._matrix(), self._matrix()),
                src_color_range=2 if layout.full_range else 1,
                dst_color_range=full,
            )
            planes = tuple(plane_samples(plane, np.uint8) for plane in frame.planes)
        pad = ((0, picture.height % 2), (0, picture.width % 2))
        return _frame_of((np.pad(planes[0], pad, mode="edge"), *planes[1:]), _YUV420)

    def finish(self) -> None:
        self._out.mux(self._stream.encode(None))
        self._sound.finish()
        self.notes += self._sound.notes
        self._out.close()

    def close(self) -> None:
        self._sound.close()
        with contextlib.suppress(OSError):
            self._out.close()


def _repeatable() -> dict[str, str]:
    """Return the x264 options that make encoding deterministic on this processor.

    The AVX-512 code of x264's macroblock tree reads uninitialised memory: with it, 8 of 40
    encodings of the same frames differed; with the AVX2 code, or without the tree, none did.
    """
    if not cv2.checkHardwareSupport(_AVX512F):
        return {}
    return {"x264-params": "asm=AVX2,FMA3,BMI2,LZCNT"}


def _swscale_matrix(matrix: int, guess: int) -> int:
    """Return swscale's number of a YUV matrix: 1 BT.709, 5 BT.601, 9 BT.2020.

    `guess` is used if `matrix` is 2 (unspecified).
    """
    return {1: 1, 9: 9, 10: 9}.get(matrix if matrix != 2 else guess, 5)


def _frame_of(planes: tuple[Plane, ...], layout: Layout) -> VideoFrame:
    import av

    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, layout.pixel_format)
    order = (planes[1], planes[2], planes[0]) if layout.family == "rgb" else planes
    for target, plane in zip(frame.planes, order, strict=True):
        plane_samples(target, plane.dtype)[: plane.shape[0], : plane.shape[1]] = plane
    return frame
