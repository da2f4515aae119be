"""Probe a video file: picture size, frame timestamps, orientation, pixel format and sound.

Headers can be wrong, so the packets are counted and the last frames are decoded. If the end cannot
be decoded, or if timestamps are missing or repeated, the whole file is decoded.

`open_clip` runs this in a worker process with limits on time and memory, because it is the first
code that parses an uploaded file.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vinpaint.core import MediaError
from vinpaint.media.guard import MAX_FRAMES, open_media, picture_stream
from vinpaint.media.planes import Layout

if TYPE_CHECKING:
    from av import VideoFrame, VideoStream
    from av.container import InputContainer

PROBE_SECONDS = 120.0
PROBE_MEMORY_GB = 6.0
"""Limits of the worker process that probes a file."""
ALPHA_DROPPED = "The clip's transparency (alpha) is dropped; its colours are kept."
"""Note for a clip with transparency."""
_USUAL_RATES = tuple(
    Fraction(rate * 1000, 1001) if slow else Fraction(rate)
    for rate in (12, 15, 24, 25, 30, 48, 50, 60, 90, 100, 120, 240)
    for slow in (False, True)
)


@dataclass(frozen=True)
class Orientation:
    """How to turn stored pixels upright: transpose, then flip along x and y."""

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    def upright(self, plane: Any) -> Any:
        """Return an (h, w) plane upright, as a player shows it."""
        plane = plane.T if self.transpose else plane
        plane = plane[:, ::-1] if self.flip_x else plane
        return plane[::-1] if self.flip_y else plane


@dataclass(frozen=True)
class AudioInfo:
    """Properties of one sound stream. `codec`: FFmpeg's name."""

    codec: str
    channels: int
    rate_hz: int


@dataclass(frozen=True)
class MediaInfo:
    """Properties of a video file.

    width, height: size of the upright picture in pixels; fps: average frame rate; pts: timestamp of
    every frame in presentation order, in units of `time_base` seconds; seekable: True if every
    frame has a timestamp of its own, so that frames can be found by seeking (otherwise they are
    counted from the start); layout: pixel format of the upright planes; orientation: how to turn
    decoded planes upright; codec: FFmpeg's name; primaries, transfer: FFmpeg's numbers of the
    colour primaries and the transfer function; aspect: pixel aspect ratio of the upright picture;
    sound: the sound streams; notes: sentences for the user about damage or unsupported features;
    alpha: the file stores transparency, which `read_alpha` reads.
    """

    width: int
    height: int
    fps: Fraction
    time_base: Fraction
    pts: tuple[int, ...]
    seekable: bool
    layout: Layout
    orientation: Orientation
    codec: str
    primaries: int
    transfer: int
    aspect: Fraction
    sound: tuple[AudioInfo, ...]
    notes: tuple[str, ...]
    alpha: bool = False


def probe(path: Path) -> MediaInfo:
    """Return the properties of a video file.

    Raises MediaError if the file is damaged, over a limit or not a supported format.
    """
    import av

    try:
        with open_media(path) as container:
            stream = picture_stream(container, path.name)
            return _media_info(path.name, container, stream)
    except av.FFmpegError as error:
        raise MediaError(
            f"{path.name}: the file is damaged and its frames cannot be read; "
            "copy or export it again"
        ) from error


def _media_info(name: str, container: InputContainer, stream: VideoStream) -> MediaInfo:
    listed, seekable = _packet_times(name, container, stream)
    first, decoded = _decode_tail(container, stream, listed if seekable else [])
    notes: list[str] = []
    pts = listed
    if decoded is None or not seekable:
        counted, first = _decode_all(container, stream, first)
        pts = counted if seekable else _even_times(len(counted), stream)
        promised = max(stream.frames, len(listed))
        if len(counted) < promised:
            notes.append(
                f"The file promises {promised} frames, but only {len(counted)} can be decoded; "
                "the rest is damaged and left out."
            )
    if first is None or not pts:
        raise MediaError(f"{name}: no frame could be decoded; export the clip again")
    orientation = _orientation(first, notes)
    layout = _layout(first)
    sound = _sound(container)
    alpha = _has_alpha(first, stream)
    notes += _other_notes(container, layout, alpha=alpha)
    width, height = first.width, first.height
    return MediaInfo(
        width=height if orientation.transpose else width,
        height=width if orientation.transpose else height,
        fps=_fps(stream, pts),
        time_base=stream.time_base or Fraction(1, 1000),
        pts=tuple(pts),
        seekable=seekable,
        layout=layout.transposed() if orientation.transpose else layout,
        orientation=orientation,
        codec=stream.codec.canonical_name,
        primaries=int(first.color_primaries),
        transfer=int(first.color_trc),
        aspect=_aspect(stream, orientation),
        sound=sound,
        notes=tuple(notes),
        alpha=alpha,
    )


def _packet_times(
    name: str, container: InputContainer, stream: VideoStream
) -> tuple[list[int], bool]:
    """Return the sorted timestamps of all displayed packets, and whether each packet has its own.

    Raises MediaError if there are more than MAX_FRAMES packets.
    """
    times: list[int | None] = []
    for packet in container.demux(stream):
        if packet.dts is None and packet.pts is None and not packet.size:
            continue  # the flush packet at the end
        if not getattr(packet, "is_discard", False):
            times.append(packet.pts)
        if len(times) > MAX_FRAMES:
            raise MediaError(
                f"{name}: over {MAX_FRAMES} frames; cut the clip to the part to work on"
            )
    known = sorted(t for t in times if t is not None)
    return known, bool(known) and len(known) == len(times) == len(set(known))


def _decode_tail(
    container: InputContainer, stream: VideoStream, times: list[int]
) -> tuple[VideoFrame | None, list[int] | None]:
    """Decode from the last key frame to the end.

    Returns the last decoded frame, and the timestamps of all of them. Either is None if it could
    not be determined; the timestamps also if the last frame of the file is not among them.
    """
    import av

    if not times:
        return None, None
    frame: VideoFrame | None = None
    seen: list[int] = []
    try:
        container.seek(times[-1], stream=stream)
        for frame in container.decode(stream):
            seen += [] if frame.pts is None else [frame.pts]
    except av.FFmpegError:
        return frame, None
    return frame, seen if times[-1] in seen else None


def _decode_all(
    container: InputContainer, stream: VideoStream, first: VideoFrame | None
) -> tuple[list[int], VideoFrame | None]:
    """Decode from the start to the first error.

    Returns the sorted timestamps (frame numbers where there are none), and `first`, or the first
    decoded frame if `first` is None. Frames after an error are ignored: a decoder may
    conceal damage with invented pixels.
    """
    import av

    container.seek(0)
    times: list[int] = []
    with contextlib.suppress(av.FFmpegError):
        for frame in container.decode(stream):
            first = first or frame
            times.append(frame.pts if frame.pts is not None else len(times))
    return sorted(times), first


def _even_times(count: int, stream: VideoStream) -> list[int]:
    base = stream.time_base or Fraction(1, 1000)
    step = 1 / (_fps(stream, []) * base)
    return [round(i * step) for i in range(count)]


def _fps(stream: VideoStream, pts: list[int]) -> Fraction:
    if len(pts) > 1 and stream.time_base:
        mean = Fraction(len(pts) - 1) / ((pts[-1] - pts[0]) * stream.time_base)
        # Coarse timestamps (1 ms in Matroska) make the mean inexact: choose the nearby usual rate.
        length = (pts[-1] - pts[0]) * stream.time_base
        blur = max(Fraction(1, 4000), 2 * stream.time_base / length) * mean
        for rate in (Fraction(stream.average_rate or 0), *_USUAL_RATES):
            if abs(rate - mean) < blur:
                return rate
        return mean.limit_denominator(1001)
    return Fraction(stream.average_rate or stream.guessed_rate or 25)


def _orientation(frame: VideoFrame, notes: list[str]) -> Orientation:
    """Read the orientation from the display matrix (ISO/IEC 14496-12, 8.2.2.3).

    Only quarter turns and reflections are supported; for others a note is added to `notes`.
    """
    from av.sidedata.sidedata import Type

    data: Any = frame.side_data.get(Type.DISPLAYMATRIX)  # type: ignore[call-overload]
    if data is None:
        return Orientation()
    (a, b), (c, d) = np.frombuffer(bytes(data), np.int32).reshape(3, 3)[:2, :2] / 65536.0
    if abs(b) < 0.01 and abs(c) < 0.01 and a and d:
        return Orientation(False, bool(a < 0), bool(d < 0))
    if abs(a) < 0.01 and abs(d) < 0.01 and b and c:
        return Orientation(True, bool(c < 0), bool(b < 0))
    notes.append("The file's rotation tag makes no sense and is left aside.")
    return Orientation()


def _layout(frame: VideoFrame) -> Layout:
    """Return the planar layout to decode to; samples are converted only if none fits exactly."""
    format_ = frame.format
    parts = format_.components
    depth = max(part.bits for part in parts[:3])
    depth = depth if depth in (8, 9, 10, 12, 14, 16) else 16
    suffix = "" if depth == 8 else f"{depth}le"
    full = int(frame.color_range) == 2 or format_.name.startswith("yuvj")
    if format_.is_rgb or format_.has_palette:
        return Layout("rgb", "gbrp" + suffix, depth)
    if len(parts) < 3:
        return Layout("grey", "gray" + suffix, depth)
    chroma_size = format_.chroma_width(8), format_.chroma_height(8)
    name, shift_x, shift_y = _YUV.get(chroma_size, ("yuv444p", 0, 0))
    matrix = int(frame.colorspace)
    return Layout("yuv", name + suffix, depth, shift_x, shift_y, full, matrix)


_YUV = {(4, 4): ("yuv420p", 1, 1), (4, 8): ("yuv422p", 1, 0), (8, 4): ("yuv440p", 0, 1)}
"""Pixel format, shift_x and shift_y by the size of the chroma of 8 x 8 pixels."""


def _aspect(stream: VideoStream, orientation: Orientation) -> Fraction:
    aspect = Fraction(stream.sample_aspect_ratio or 1)
    if not 0 < aspect < 100:
        return Fraction(1)
    return 1 / aspect if orientation.transpose else aspect


def _sound(container: InputContainer) -> tuple[AudioInfo, ...]:
    return tuple(
        AudioInfo(s.codec.canonical_name, s.codec_context.channels, s.codec_context.sample_rate)
        for s in container.streams.audio
        if s.codec_context is not None
    )


def _has_alpha(frame: VideoFrame, stream: VideoStream) -> bool:
    """Return True if the frames store transparency; VP8 and VP9 store it beside the frames."""
    stored = any(part.is_alpha for part in frame.format.components)
    return stored or stream.metadata.get("alpha_mode") == "1"


def _other_notes(container: InputContainer, layout: Layout, *, alpha: bool) -> list[str]:
    notes = [ALPHA_DROPPED] if alpha else []
    if layout.depth > 8:
        notes.append(
            f"The clip has {layout.depth}-bit samples: repaired pixels are worked out in 8 bits, "
            "all others keep their depth in a lossless master."
        )
    if container.streams.subtitles:
        notes.append("The clip's subtitle tracks are not carried over.")
    return notes
