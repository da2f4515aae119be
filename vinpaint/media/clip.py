"""Open clips: video files, folders of images, arrays. Frames are decoded when they are read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Protocol

import numpy as np

from vinpaint.core import Box, Frames, LimitError, MediaError, Span, Video
from vinpaint.media.guard import check_size
from vinpaint.media.image_sequence import (
    ArrayReader,
    FolderReader,
    has_alpha,
    image_files,
    image_size,
    sequence_info,
)
from vinpaint.media.planes import Layout, Picture
from vinpaint.media.probe import PROBE_MEMORY_GB, PROBE_SECONDS, AudioInfo, MediaInfo, probe
from vinpaint.media.reader import VideoReader
from vinpaint.runtime.worker import call_in_worker

FOLDER_FPS = 24.0
"""Default frame rate of a folder of images."""
_ALPHA_SAMPLES = 8
"""Approximate number of images of a folder whose headers are read to see whether it has alpha."""


class Reader(Protocol):
    """Reads the frames of a clip in the pixel format of the source."""

    def pictures(self, span: Span) -> Iterator[Picture]:
        """Yield the frames of `span`, in order. Raises MediaError."""

    def close(self) -> None:
        """Close the file. Reading opens it again."""


@dataclass(frozen=True, repr=False)
class Clip:
    """An opened clip: its properties, and access to its frames.

    `len(clip)` is the number of frames, and `clip[t]` is frame `t` as (H, W, 3) uint8 RGB. Width
    and height are those of the upright picture, as a player shows it. A clip is a context manager
    that closes its file.
    """

    path: Path
    info: MediaInfo
    reader: Reader = field(compare=False)
    found_cuts: list[tuple[int, ...]] = field(default_factory=list, compare=False)
    """Cache of `find_cuts`: empty, or its one result. Shared by clips made with `reopen`."""

    def __len__(self) -> int:
        return self.frames

    def __getitem__(self, frame: int) -> Frames:
        t = range(self.frames)[frame]
        return np.asarray(self.read(Span(t, t + 1)).frames[0])

    def __repr__(self) -> str:
        return f"Clip({self.path.name}, {self.width}x{self.height}, {self.frames} frames)"

    @property
    def width(self) -> int:
        """Width of the upright picture, in pixels."""
        return self.info.width

    @property
    def height(self) -> int:
        """Height of the upright picture, in pixels."""
        return self.info.height

    @property
    def frames(self) -> int:
        """Number of frames that can be read."""
        return len(self.info.pts)

    @property
    def fps(self) -> Fraction:
        """Average frame rate, in frames per second."""
        return self.info.fps

    @property
    def seconds(self) -> float:
        """Duration in seconds, including that of the last frame."""
        pts = self.info.pts
        return float((pts[-1] - pts[0]) * self.info.time_base + 1 / self.fps)

    @property
    def sound(self) -> tuple[AudioInfo, ...]:
        """The sound streams; empty if the clip is silent."""
        return self.info.sound

    @property
    def layout(self) -> Layout:
        """The pixel format of the decoded planes."""
        return self.info.layout

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences for the user about damage or unsupported features of the file."""
        return self.info.notes

    @property
    def span(self) -> Span:
        """The span of all frames."""
        return Span(0, self.frames)

    @property
    def box(self) -> Box:
        """The box of the whole picture."""
        return Box(0, 0, self.width, self.height)

    @property
    def is_folder(self) -> bool:
        """True if the clip is a folder of images."""
        return isinstance(self.reader, FolderReader)

    def pictures(self, span: Span | None = None) -> Iterator[Picture]:
        """Yield the frames of `span`, or all, one at a time in the pixel format of the source.

        Raises MediaError if a frame cannot be read, ValueError for a span outside the clip.
        """
        return self.reader.pictures(self._checked(span or self.span))

    def read(self, span: Span, *, box: Box | None = None) -> Video:
        """Read the frames of `span` as (T, H, W, 3) uint8 RGB, cropped to `box` if given.

        Raises MediaError if a frame cannot be read, ValueError for a span outside the clip.
        """
        span = self._checked(span)
        box = box or self.box
        frames = np.empty((span.length, box.height, box.width, 3), np.uint8)
        for i, picture in enumerate(self.reader.pictures(span)):
            frames[i] = picture.rgb(box)
        return Video(frames)

    def reopen(self) -> Clip:
        """Return the same clip with a decoder of its own, for a second loop or thread.

        Both clips share the cache of decoded frames. Closing this clip also closes the returned
        one.
        """
        if isinstance(self.reader, VideoReader):
            return replace(self, reader=self.reader.reopen())
        return self

    def close(self) -> None:
        """Close the file, and every clip that `reopen` made from this one.

        Reading opens the file again.
        """
        self.reader.close()

    def __enter__(self) -> Clip:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _checked(self, span: Span) -> Span:
        if not 0 <= span.start <= span.stop <= self.frames:
            raise ValueError(f"frames {span.start} to {span.stop} of a clip of {self.frames}")
        return span


def open_clip(path: str | Path, *, fps: float | None = None, trusted: bool = False) -> Clip:
    """Open a video file or a folder of images.

    Args:
        path: The file or folder.
        fps: Frame rate of a folder of images, 24 by default. Ignored for a video file.
        trusted: Probe the file in this process instead of a worker process with limits on time and
            memory, which takes a third of a second longer. Only for files that this program wrote.

    Raises:
        MediaError: the file is missing, damaged, over a limit or not a supported format.
    """
    path = Path(path)
    if path.is_dir():
        return _open_folder(path, fps)
    check_size(path)
    file = path.resolve()
    limits = {"seconds": PROBE_SECONDS, "memory_gb": PROBE_MEMORY_GB}
    try:
        info = probe(file) if trusted else call_in_worker(probe, file, **limits)
    except LimitError as error:
        raise MediaError(
            f"{path.name}: looking into the file took too long or too much memory; "
            "export it again as MP4"
        ) from error
    return Clip(path, info, VideoReader(file, info))


def _open_folder(path: Path, fps: float | None) -> Clip:
    fps = FOLDER_FPS if fps is None else fps
    if not 0.01 <= fps <= 1000:
        raise MediaError(f"{path.name}: {fps} frames a second; a rate lies between 0.01 and 1000")
    files = image_files(path)
    if not files:
        raise MediaError(
            f"{path.name}: the folder holds no images; give numbered PNG or JPEG files"
        )
    width, height = image_size(files[0])
    alpha = any(map(has_alpha, files[:: max(1, len(files) // _ALPHA_SAMPLES)]))
    info = sequence_info(len(files), width, height, fps=fps, alpha=alpha)
    return Clip(path, info, FolderReader(files, width, height))


def clip_of_frames(frames: Frames, *, fps: float = FOLDER_FPS) -> Clip:
    """Return a clip that reads its frames from an array, without a copy.

    Args:
        frames: (T, H, W, 3) uint8 RGB.
        fps: Frame rate, in frames per second.

    Raises:
        ValueError: `frames` has another shape or type, or holds no frame.
    """
    frames = np.asarray(frames)
    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or not len(frames):
        raise ValueError(
            "frames: expected (T, H, W, 3) uint8 RGB with at least one frame, "
            f"received {frames.shape} {frames.dtype}"
        )
    count, height, width = frames.shape[:3]
    info = sequence_info(count, width, height, fps=fps)
    return Clip(Path("frames"), info, ArrayReader(frames))


def file_hash(clip: Clip) -> str:
    """SHA-256 of the file, or of a folder's names and files in order."""
    total = hashlib.sha256()
    files = clip.reader.files if isinstance(clip.reader, FolderReader) else (clip.path,)
    for file in files:
        if len(files) > 1:
            total.update(file.name.encode())
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                total.update(block)
    return total.hexdigest()
