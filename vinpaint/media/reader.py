"""Random access to the frames of a video file: seek to a key frame and decode from there."""

from __future__ import annotations

import contextlib
import logging
import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakSet

import numpy as np

from vinpaint.core import MediaError, Span
from vinpaint.media.frame_cache import FrameCache
from vinpaint.media.guard import open_media, picture_stream
from vinpaint.media.planes import Picture, plane_samples
from vinpaint.media.probe import MediaInfo

if TYPE_CHECKING:
    from av import VideoCodecContext, VideoFrame, VideoStream
    from av.container import InputContainer

log = logging.getLogger(__name__)

_MAX_SKIPPED = 64
"""Maximum number of frames to decode and skip; to go further ahead, a seek is faster."""


@dataclass
class Cursor:
    """An open decoder: the number of the next frame it returns, and the last frame it returned."""

    container: InputContainer
    stream: VideoStream
    frames: Iterator[VideoFrame]
    next_index: int = 0
    last: VideoFrame | None = None


@dataclass(eq=False)
class VideoReader:
    """Reads frames of one video file by number. Thread-safe.

    The decoder keeps its position between reads, so sequential reads need no seek. The file is
    opened on the first read. `cache` holds decoded frames, shared by all readers of the file.
    """

    path: Path
    info: MediaInfo
    cache: FrameCache = field(default_factory=FrameCache, repr=False)
    _owner: bool = field(default=True, init=False, repr=False)
    _derived: WeakSet[VideoReader] = field(default_factory=WeakSet, init=False, repr=False)
    _cursor: Cursor | None = field(default=None, init=False, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False, repr=False)

    def __reduce__(self) -> tuple[type[VideoReader], tuple[Path, MediaInfo]]:
        """Pickle the path and the properties only: another process opens the file anew."""
        return VideoReader, (self.path, self.info)

    def reopen(self) -> VideoReader:
        """Return a reader with its own decoder and the same cache.

        Closing the first reader of the file closes it too.
        """
        reader = VideoReader(self.path, self.info, self.cache)
        reader._owner, reader._derived = False, self._derived
        self._derived.add(reader)
        return reader

    def close(self) -> None:
        """Close the file.

        The first reader of the file also closes those that `reopen` returned, and clears the
        cache.
        """
        with self._lock:
            self._close_container()
        if self._owner:
            for reader in list(self._derived):
                reader.close()
            self.cache.clear()

    def pictures(self, span: Span) -> Iterator[Picture]:
        """Yield the frames of `span`, in order.

        A frame that cannot be decoded is replaced by the one before it. Raises MediaError if there
        is none, or if the picture size changes within the file.
        """
        for index in span.frames:
            with self._lock:
                picture = self.cache.get(index)
                if picture is None:
                    picture = self._to_picture(index, self._frame(index))
                    self.cache.put(picture)
            yield picture

    def _frame(self, index: int) -> VideoFrame:
        cursor = self._cursor
        if cursor is None or not cursor.next_index <= index <= cursor.next_index + _MAX_SKIPPED:
            cursor = self._open_at(index)
        while cursor.next_index <= index:
            self._step(cursor, index)
        if cursor.last is None:
            raise MediaError(f"{self.path.name}: frame {index} cannot be decoded; export it again")
        return cursor.last

    def _step(self, cursor: Cursor, index: int) -> None:
        """Decode the next frame; at the end of the stream, reuse the last one for frame `index`."""
        frame = next(cursor.frames, None)
        if frame is None:
            log.warning("%s: frame %d does not decode; the previous one is used", self.path, index)
            cursor.next_index = index + 1
            return
        cursor.last = frame
        cursor.next_index = self._index_of(frame, cursor.next_index) + 1

    def _index_of(self, frame: VideoFrame, expected: int) -> int:
        if not self.info.seekable or frame.pts is None:
            return expected
        return min(bisect_left(self.info.pts, frame.pts), len(self.info.pts) - 1)

    def _open_at(self, index: int) -> Cursor:
        self._close_container()
        cursor = self._cursor = self._new_cursor()
        if not self.info.seekable or index == 0:
            return cursor
        cursor.container.seek(self.info.pts[index], stream=cursor.stream)
        frame = next(cursor.frames, None)
        if frame is None or self._index_of(frame, 0) > index:
            # In some files a seek ends after the frame: decode from the start instead.
            self._close_container()
            cursor = self._cursor = self._new_cursor()
        else:
            cursor.last, cursor.next_index = frame, self._index_of(frame, 0) + 1
        return cursor

    def _new_cursor(self) -> Cursor:
        container = open_media(self.path)
        try:
            stream = picture_stream(container, self.path.name)
        except BaseException:
            container.close()
            raise
        return Cursor(container, stream, decode(container, stream))

    def _close_container(self) -> None:
        if self._cursor is not None:
            self._cursor.container.close()
            self._cursor = None

    def _to_picture(self, index: int, frame: VideoFrame) -> Picture:
        layout, orientation = self.info.layout, self.info.orientation
        stored = layout.transposed().pixel_format if orientation.transpose else layout.pixel_format
        if frame.format.name != stored and not frame.format.name.startswith("yuvj"):
            frame = frame.reformat(format=stored)
        planes = [plane_samples(plane, layout.dtype) for plane in frame.planes]
        if layout.family == "rgb":  # FFmpeg stores G, B, R
            planes = [planes[2], planes[0], planes[1]]
        elif layout.family == "yuv":
            planes = planes[:3]
        upright = tuple(np.ascontiguousarray(orientation.upright(plane)) for plane in planes)
        if upright[0].shape != (self.info.height, self.info.width):
            raise MediaError(
                f"{self.path.name}: the picture's size changes within the clip; "
                "export it at one size"
            )
        return Picture(index, upright, layout)


def decode(
    container: InputContainer, stream: VideoStream, decoder: VideoCodecContext | None = None
) -> Iterator[VideoFrame]:
    """Yield frames in presentation order, skipping packets that cannot be decoded.

    decoder: the decoder to use in place of the stream's own.
    """
    import av

    decoder = decoder or stream.codec_context
    with contextlib.suppress(av.FFmpegError):
        for packet in container.demux(stream):
            try:
                yield from decoder.decode(packet)
            except av.FFmpegError as error:
                log.warning("a packet does not decode: %s", error)
