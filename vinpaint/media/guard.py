"""The one door through which media files come in; uploads arrive here.

A file's name says nothing about its content: a playlist or concat script named .mp4 makes a
careless reader open other files. So only demuxers that read nothing but the file itself are
allowed, only the file protocol, and a file is judged by its size, its demuxer, its picture size
and its length before a frame is decoded.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from vinpaint.core import MediaError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

log = logging.getLogger(__name__)

DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,gif,mxf,ivf"
PROTOCOLS = "file"
MAX_FILE_GB = 16.0
MAX_PIXELS = 8192 * 4320
MAX_SIDE_PX = 16384
MAX_SECONDS = 2 * 3600.0
MAX_FRAMES = 500_000


def check_size(path: Path) -> None:
    """Raises MediaError where the file is missing, empty or too large."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise MediaError(f"{path.name}: no such file; check the path") from error
    if size == 0:
        raise MediaError(f"{path.name}: the file is empty; copy or download it again")
    if size > MAX_FILE_GB * 2**30:
        raise MediaError(
            f"{path.name}: {size / 2**30:.1f} GB is over the limit of {MAX_FILE_GB:g} GB; "
            "cut the clip to the part that needs work"
        )


def check_picture(name: str, width: int, height: int) -> None:
    """Raises MediaError for pictures that are too large to work on."""
    if width < 1 or height < 1:
        raise MediaError(f"{name}: the picture has no size ({width}x{height}); use another file")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise MediaError(
            f"{name}: {width}x{height} is over the limit of 8192x4320 pixels; "
            "scale the clip down first"
        )


def open_media(path: Path) -> InputContainer:
    """A container, opened with both lists. Raises MediaError; decodes nothing."""
    import av

    check_size(path)
    options = {"format_whitelist": DEMUXERS, "protocol_whitelist": PROTOCOLS}
    try:
        return av.open(str(path), "r", options=options, metadata_errors="replace")
    except (av.FFmpegError, ValueError) as error:
        log.info("refused %s: %s", path, error)
        raise MediaError(
            f"{path.name}: not a video that can be read (its header is missing, broken or of an "
            "unknown kind); export it again as MP4, MOV, MKV or WebM"
        ) from error


def picture_stream(container: InputContainer, name: str) -> VideoStream:
    """The first moving picture in a container, checked for size and length; raises MediaError."""
    streams = [s for s in container.streams.video if s.codec_context is not None]
    if not streams:
        raise MediaError(
            f"{name}: the file has no picture, only {_kinds(container)}; choose a video"
        )
    stream = streams[0]
    check_picture(name, stream.codec_context.width, stream.codec_context.height)
    length = float(container.duration or 0) / 1e6
    if length > MAX_SECONDS:
        raise MediaError(
            f"{name}: {length / 60:.0f} minutes is over the limit of {MAX_SECONDS / 60:.0f}; "
            "cut the clip to the part that needs work"
        )
    stream.thread_type = "AUTO"
    return stream


def _kinds(container: InputContainer) -> str:
    kinds = sorted({"sound" if s.type == "audio" else s.type for s in container.streams})
    return " and ".join(kinds) or "nothing that can be played"
