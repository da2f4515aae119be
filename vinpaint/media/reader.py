"""Frames of a video file by number: seek to the key frame before, decode on from there."""

from __future__ import annotations

import contextlib
import logging
import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vinpaint.core import MediaError, Span
from vinpaint.media.frame_cache import FrameCache
from vinpaint.media.guard import open_media, picture_stream
from vinpaint.media.planes import Picture, Plane
from vinpaint.media.probe import MediaInfo

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame

log = logging.getLogger(__name__)


@dataclass
class _Cursor:
    """An open decoder and the number of the frame that it gives next."""

    container: InputContainer
    frames: Iterator[VideoFrame]
    next_index: int
    last: VideoFrame | None = None


@dataclass
class VideoReader:
    """Reads windows of one file; keeps its decoder where it stopped, so going on is cheap.

    `recent`: the pictures it shares with other readers of the file; of its own if not given.
    """

    path: Path
    info: MediaInfo
    recent: FrameCache | None = field(default=None, repr=False)
    _cursor: _Cursor | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __post_init__(self) -> None:
        self._shares = self.recent is not None
        self._recent = FrameCache() if self.recent is None else self.recent

    def __reduce__(self) -> tuple[type[VideoReader], tuple[Path, MediaInfo]]:
        """Another process opens the file for itself."""
        return VideoReader, (self.path, self.info)

    def another(self) -> VideoReader:
        """A reader with a place of its own in the file, which shares the pictures read so far."""
        return VideoReader(self.path, self.info, self._recent)

    def close(self) -> None:
        """Let go of the file; of the pictures too, unless they are shared by another's leave."""
        with self._lock:
            self._drop()
        if not self._shares:
            self._recent.clear()

    def pictures(self, span: Span) -> Iterator[Picture]:
        """The frames of `span`, in order. A frame that does not decode repeats the one before.

        Raises MediaError where nothing can be decoded.
        """
        for index in span.frames:
            with self._lock:
                picture = self._recent.get(index) or self._read(index)
            yield picture

    def _read(self, index: int) -> Picture:
        """Decode one frame, and keep it a while: windows overlap."""
        picture = self._picture(index, self._frame(index))
        self._recent.put(picture)
        return picture

    def _frame(self, index: int) -> VideoFrame:
        cursor = self._cursor
        if cursor is None or not cursor.next_index <= index <= cursor.next_index + 64:
            cursor = self._open_at(index)
        while cursor.next_index <= index:
            self._step(cursor, index)
        if cursor.last is None:
            raise MediaError(f"{self.path.name}: frame {index} cannot be decoded; export it again")
        return cursor.last

    def _step(self, cursor: _Cursor, index: int) -> None:
        """Decode one frame further; on damage or at the end, the frame before stands in."""
        frame = next(cursor.frames, None)
        if frame is None:
            log.warning("%s: frame %d does not decode; the one before stands in", self.path, index)
            cursor.next_index = index + 1
            return
        cursor.last = frame
        cursor.next_index = self._index_of(frame, cursor.next_index) + 1

    def _index_of(self, frame: VideoFrame, expected: int) -> int:
        if not self.info.seekable or frame.pts is None:
            return expected
        found = bisect_left(self.info.pts, frame.pts)
        return min(found, len(self.info.pts) - 1)

    def _open_at(self, index: int) -> _Cursor:
        self._drop()
        container = open_media(self.path)
        stream = picture_stream(container, self.path.name)
        if self.info.seekable and index > 0:
            container.seek(self.info.pts[index], stream=stream)
        self._cursor = _Cursor(container, _decode(container), 0)
        if self.info.seekable and index > 0:
            self._skip_to(self._cursor, index)
        return self._cursor

    def _skip_to(self, cursor: _Cursor, index: int) -> None:
        """After a seek the first frame's own timestamp says where the decoder stands."""
        frame = next(cursor.frames, None)
        if frame is not None and self._index_of(frame, 0) <= index:
            cursor.last = frame
            cursor.next_index = self._index_of(frame, 0) + 1
            return
        # Some files seek too far: count from the start instead.
        cursor.container.close()
        container = open_media(self.path)
        picture_stream(container, self.path.name)
        cursor.container, cursor.frames, cursor.next_index = container, _decode(container), 0

    def _drop(self) -> None:
        if self._cursor is not None:
            self._cursor.container.close()
            self._cursor = None

    def _picture(self, index: int, frame: VideoFrame) -> Picture:
        layout, turn = self.info.layout, self.info.turn
        stored = layout.transposed().pixel_format if turn.transpose else layout.pixel_format
        if frame.format.name != stored and not frame.format.name.startswith("yuvj"):
            frame = frame.reformat(format=stored)
        planes = [_samples(frame, i, layout.dtype) for i in range(len(frame.planes))]
        if layout.family == "rgb":  # ffmpeg's order is G, B, R
            planes = [planes[2], planes[0], planes[1]]
        elif layout.family == "yuv":
            planes = planes[:3]
        upright = tuple(np.ascontiguousarray(turn.upright(plane)) for plane in planes)
        if upright[0].shape != (self.info.height, self.info.width):
            raise MediaError(
                f"{self.path.name}: the picture's size changes within the clip; "
                "export it at one size"
            )
        return Picture(index, upright, layout)


def _decode(container: InputContainer) -> Iterator[VideoFrame]:
    """Frames in the order they are shown; damaged packets are passed over."""
    import av

    stream = container.streams.video[0]
    with contextlib.suppress(av.FFmpegError):
        for packet in container.demux(stream):
            try:
                yield from packet.decode()
            except av.FFmpegError as error:
                log.warning("a packet does not decode: %s", error)


def _samples(frame: VideoFrame, index: int, dtype: type[np.uint8] | type[np.uint16]) -> Plane:
    plane = frame.planes[index]
    row = plane.line_size // np.dtype(dtype).itemsize
    samples: Plane = np.frombuffer(memoryview(plane), dtype).reshape(-1, row)
    return samples[: plane.height, : plane.width]
