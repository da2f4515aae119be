"""Read the transparency (alpha) of a clip, which the frames of `Clip` leave out.

FFmpeg's own decoders of VP8 and VP9 ignore the alpha channel of WebM; those of libvpx read it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from vinpaint.media.clip import Clip
from vinpaint.media.guard import open_media, picture_stream
from vinpaint.media.image_sequence import FolderReader, image_alpha
from vinpaint.media.planes import Layout, Picture, Plane, plane_samples
from vinpaint.media.reader import Cursor, VideoReader, decode
from vinpaint.runtime.parallel import map_ahead

if TYPE_CHECKING:
    from av import VideoFrame

_GREY = Layout("grey", "gray")
_WITH_ALPHA = {"vp8": "libvpx", "vp9": "libvpx-vp9"}
"""Decoders that read alpha, by FFmpeg's name of the codec."""


def read_alpha(clip: Clip) -> Iterator[Plane | None]:
    """Yield the (H, W) uint8 opacity of every frame, 255 = opaque; None for an opaque frame.

    Raises MediaError if a frame cannot be read.
    """
    if isinstance(clip.reader, FolderReader):
        yield from map_ahead(image_alpha, clip.reader.files)
    elif clip.info.alpha and isinstance(clip.reader, VideoReader):
        reader = _AlphaReader(clip.reader.path, clip.info)
        try:
            for picture in reader.pictures(clip.span):
                yield picture.planes[0]
        finally:
            reader.close()
    else:
        yield from (None for _ in range(clip.frames))


class _AlphaReader(VideoReader):
    """Reads the alpha plane of every frame as a grey picture."""

    def _new_cursor(self) -> Cursor:
        import av

        container = open_media(self.path)
        try:
            stream = picture_stream(container, self.path.name)
            decoder: Any = stream.codec_context
            if name := _WITH_ALPHA.get(stream.codec.canonical_name):
                decoder = av.CodecContext.create(name, "r")
                decoder.extradata = stream.codec_context.extradata
        except BaseException:
            container.close()
            raise
        return Cursor(container, stream, decode(container, stream, decoder))

    def _to_picture(self, index: int, frame: VideoFrame) -> Picture:
        """Return the alpha plane; a frame without one is opaque."""
        if not any(part.is_alpha for part in frame.format.components):
            opaque = np.full((self.info.height, self.info.width), 255, np.uint8)
            return Picture(index, (opaque,), _GREY)
        if not frame.format.name.startswith(("yuva", "gbrap")):  # packed, or with a palette
            deep = frame.format.components[0].bits > 8
            frame = frame.reformat(format="gbrap16le" if deep else "gbrap")
        bits = frame.format.components[3].bits
        samples = plane_samples(frame.planes[3], np.uint8 if bits == 8 else np.uint16)
        alpha = (samples >> (bits - 8)).astype(np.uint8)
        return Picture(index, (np.ascontiguousarray(self.info.orientation.upright(alpha)),), _GREY)
