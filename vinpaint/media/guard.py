"""Open media files safely. All video files, including uploads, are opened by this module.

The suffix of a file does not determine its content. FFmpeg would follow a playlist or a concat
script named .mp4 and open other files or URLs. Therefore only the `file` protocol is allowed, and
only demuxers that read a single file. File size, picture size and duration are checked before any
frame is decoded.
"""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from vinpaint.core import MediaError

if TYPE_CHECKING:
    from av import VideoStream
    from av.container import InputContainer

log = logging.getLogger(__name__)

DEMUXERS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,ogg,flv,gif,mxf,ivf"
PROTOCOLS = "file"
MAX_FILE_GB = 16.0
MAX_PIXELS = 8192 * 4320
MAX_SIDE_PX = 16384
MAX_SECONDS = 2 * 3600.0
MAX_FRAMES = 500_000


def check_size(path: Path) -> None:
    """Raise MediaError if the file is missing, empty or larger than MAX_FILE_GB."""
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
    """Raise MediaError if a picture has no pixels, or exceeds MAX_PIXELS or MAX_SIDE_PX.

    `name` identifies the picture in the message.
    """
    if width < 1 or height < 1:
        raise MediaError(f"{name}: the picture has no size ({width}x{height}); use another file")
    if width * height > MAX_PIXELS or max(width, height) > MAX_SIDE_PX:
        raise MediaError(
            f"{name}: {width}x{height} is over the limit of 8192x4320 pixels; "
            "scale the clip down first"
        )


def open_media(path: Path) -> InputContainer:
    """Open a container with the allowed demuxers and protocols; no frame is decoded.

    Raises MediaError if the file cannot be read or its format is not allowed.
    """
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
    """Return the first video stream of a container, set to decode in several threads.

    Raises MediaError, naming `name`, if there is none or if it exceeds the limits on picture size
    and duration.
    """
    streams = [s for s in container.streams.video if s.codec_context is not None]
    if not streams:
        kinds = sorted({"sound" if s.type == "audio" else s.type for s in container.streams})
        content = " and ".join(kinds) or "nothing that can be played"
        raise MediaError(f"{name}: the file has no picture, only {content}; choose a video")
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
