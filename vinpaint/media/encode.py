"""Encode arrays of frames as a video: previews, examples and masks."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vinpaint.core import Frames, OutputError
from vinpaint.media.audio import AudioMuxer
from vinpaint.media.clip import Clip
from vinpaint.media.writer import CRF, PRESET, safe_output

if TYPE_CHECKING:
    from av import VideoFrame


def write_frames(
    path: Path,
    frames: Iterable[Frames],
    *,
    fps: float | Fraction,
    lossless: bool = False,
    sound_from: Clip | None = None,
) -> None:
    """Write frames to a video file: H.264 in 4:2:0, or lossless FFV1.

    An existing file is replaced. H.264 needs even sizes, so an odd edge is repeated once.

    Args:
        path: The file to write; its suffix selects the container (.mp4, .mkv).
        frames: (H, W, 3) RGB or (H, W) grey, uint8, all of one size.
        fps: Frame rate, in frames per second.
        lossless: Encode with FFV1; give a .mkv path.
        sound_from: A clip whose sound is added.

    Raises:
        OutputError: there is no frame, or the file cannot be written.
    """
    import av

    rate = Fraction(fps).limit_denominator(1001)
    images = iter(frames)
    first = next(images, None)
    if first is None:
        raise OutputError(f"{path.name}: there are no frames to write")
    with safe_output(path) as temporary, av.open(str(temporary), "w") as out:
        stream = _plain_stream(out, first, rate, lossless=lossless)
        with contextlib.closing(AudioMuxer(sound_from, out, any_codec=lossless)) as sound:
            for index, image in enumerate(itertools.chain([first], images)):
                out.mux(stream.encode(_plain_frame(image, stream, index, rate)))
                sound.advance(float(index / rate))
            out.mux(stream.encode(None))
            sound.finish()


def _plain_stream(out: Any, image: Frames, rate: Fraction, *, lossless: bool) -> Any:
    stream = out.add_stream("ffv1" if lossless else "libx264", rate=rate)
    height, width = image.shape[:2]
    even = 0 if lossless else 1
    stream.width, stream.height = width + (width & even), height + (height & even)
    packed = "gray" if image.ndim == 2 else "bgr0"
    stream.pix_fmt = packed if lossless else "yuv420p"
    stream.options = {"level": "3"} if lossless else {"crf": str(CRF), "preset": PRESET}
    stream.codec_context.colorspace = 2 if lossless else 1
    stream.codec_context.color_range = 0 if lossless else 1
    return stream


def _plain_frame(image: Frames, stream: Any, index: int, rate: Fraction) -> VideoFrame:
    import av

    pad = ((0, stream.height - image.shape[0]), (0, stream.width - image.shape[1]), (0, 0))
    image = np.pad(image, pad[: image.ndim], mode="edge")
    frame = av.VideoFrame.from_ndarray(image, "gray" if image.ndim == 2 else "rgb24")
    frame = frame.reformat(format=stream.pix_fmt, dst_colorspace=1, dst_color_range=1)
    frame.pts, frame.time_base = index, 1 / rate
    return frame
