"""Copy the sound of a clip to an output file, re-encoded as AAC if the container requires it."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from vinpaint.media.clip import Clip
from vinpaint.media.guard import open_media

if TYPE_CHECKING:
    from av import AudioStream, Packet
    from av.container import InputContainer, OutputContainer

log = logging.getLogger(__name__)

AAC_BITS_PER_SECOND = 192_000
_MP4_TAKES = frozenset({"aac", "mp3", "ac3", "eac3", "alac", "opus", "flac"})
_AAC_RATES_HZ = frozenset({8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000})


class AudioMuxer:
    """Muxes all sound streams of a clip into an output container.

    Call `advance` after every frame, to interleave sound and video, `finish` at the end, and
    `close` in any case.

    Args:
        clip: Source of the sound; None, a silent clip or a folder of images adds no stream.
        out: The container to write to. Its video stream is the caller's.
        any_codec: Copy every stream. If False, streams whose codec MP4 does not hold are re-encoded
            as AAC.

    Attributes:
        notes: Sentences for the user that say what was copied, re-encoded or damaged.
    """

    def __init__(self, clip: Clip | None, out: OutputContainer, *, any_codec: bool) -> None:
        self.notes: list[str] = []
        self._out = out
        self._source: InputContainer | None = None
        self._packets: Iterator[Packet[Any]] = iter(())
        self._waiting: Packet[Any] | None = None
        self._targets: dict[int, Any] = {}
        self._resamplers: dict[int, Any] = {}
        if clip is None or not clip.sound or clip.is_folder:
            return
        self._source = open_media(clip.path.resolve())
        try:
            self._start(self._source, any_codec=any_codec)
        except BaseException:
            self.close()
            raise

    def _start(self, source: InputContainer, *, any_codec: bool) -> None:
        streams = [s for s in source.streams.audio if s.codec_context is not None]
        for stream in streams:
            self._add(stream, copy=any_codec or stream.codec.canonical_name in _MP4_TAKES)
        self._packets = source.demux(streams)
        self._waiting = next(self._packets, None)

    def _add(self, stream: AudioStream, *, copy: bool) -> None:
        import av

        name = stream.codec.canonical_name
        if copy:
            self._targets[stream.index] = self._out.add_stream_from_template(stream)
            self.notes.append(f"The sound ({name}) was copied, not re-encoded.")
            return
        rate = stream.codec_context.sample_rate
        rate = rate if rate in _AAC_RATES_HZ else 48000
        target: Any = self._out.add_stream("aac", rate=rate)
        target.codec_context.bit_rate = AAC_BITS_PER_SECOND
        layout = "mono" if stream.codec_context.channels == 1 else "stereo"
        target.codec_context.layout = layout
        self._targets[stream.index] = target
        self._resamplers[stream.index] = av.AudioResampler("fltp", layout, rate)
        self.notes.append(
            f"The sound ({name}) was re-encoded as AAC at 192 kbit/s, "
            "because an .mp4 does not take it as it is."
        )

    def advance(self, seconds: float) -> None:
        """Write all sound packets that start at or before `seconds`."""
        while self._waiting is not None:
            packet = self._waiting
            if packet.pts is not None and packet.time_base is not None:
                if float(packet.pts * packet.time_base) > seconds:
                    return
                self._write(packet)
            self._waiting = self._next()

    def finish(self) -> None:
        """Write the remaining sound and flush the encoders."""
        self.advance(float("inf"))
        for index, resampler in self._resamplers.items():
            target = self._targets[index]
            for frame in resampler.resample(None):
                self._out.mux(target.encode(frame))
            self._out.mux(target.encode(None))

    def close(self) -> None:
        """Close the source file."""
        if self._source is not None:
            self._source.close()

    def _next(self) -> Packet[Any] | None:
        import av

        try:
            return next(self._packets, None)
        except av.FFmpegError as error:
            log.warning("the sound breaks off: %s", error)
            self.notes.append("The source's sound is damaged; it breaks off where the damage is.")
            return None

    def _write(self, packet: Packet[Any]) -> None:
        import av

        index = packet.stream.index
        target = self._targets[index]
        if index not in self._resamplers:
            packet.stream = target
            self._out.mux(packet)
            return
        try:
            frames = packet.decode()
        except av.FFmpegError as error:
            log.warning("a sound packet does not decode: %s", error)
            return
        for frame in frames:
            for resampled in self._resamplers[index].resample(frame):
                self._out.mux(target.encode(resampled))
