"""Small clips made by arithmetic, with every sample known before it is written.

`encode` packs planes losslessly, so what a reader gives back can be compared sample for sample.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, Mask, Span
from vinpaint.media import Layout, open_clip, write_frames

LAYOUTS = {
    "420": Layout("yuv", "yuv420p", 8, 1, 1, full_range=False),
    "422": Layout("yuv", "yuv422p", 8, 1, 0, full_range=False),
    "444": Layout("yuv", "yuv444p", 8, 0, 0, full_range=False),
    "420-10": Layout("yuv", "yuv420p10le", 10, 1, 1, full_range=False),
    "422-10": Layout("yuv", "yuv422p10le", 10, 1, 0, full_range=False),
    "grey": Layout("grey", "gray", 8),
    "rgb": Layout("rgb", "gbrp", 8),
    "rgb-10": Layout("rgb", "gbrp10le", 10),
}
"""One of each kind that the readers and writers tell apart."""

TURNS = {
    "upright": (1, 0, 0, 1),
    "quarter": (0, 1, -1, 0),
    "half": (-1, 0, 0, -1),
    "three-quarters": (0, -1, 1, 0),
    "mirrored": (-1, 0, 0, 1),
}
"""Display matrices (a, b, c, d): a pixel (x, y) is shown at (a x + c y, b x + d y)."""


def texture(height: int, width: int, *, seed: int = 0, soft_px: float = 1.5) -> Frames:
    """(H, W, 3) uint8: smooth noise without any two places alike."""
    random = np.random.default_rng(seed)
    fine = random.standard_normal((height, width, 3)).astype(np.float32)
    coarse = random.standard_normal((height, width, 3)).astype(np.float32)
    mixed = sum(
        cv2.GaussianBlur(values, (0, 0), sigma) * sigma * share
        for values, sigma, share in ((fine, soft_px, 60.0), (coarse, 6.0, 90.0))
    )
    return np.asarray(np.clip(128 + mixed, 16, 235), np.uint8)


def pan(
    count: int, height: int, width: int, *, step: tuple[int, int] = (2, 0), seed: int = 0
) -> Frames:
    """(T, H, W, 3): a window that moves over a texture by whole pixels, `step` = (right, down)."""
    dx, dy = step
    wide = texture(height + abs(dy) * count, width + abs(dx) * count, seed=seed)
    frames = []
    for t in range(count):
        x = dx * t if dx >= 0 else -dx * (count - t)
        y = dy * t if dy >= 0 else -dy * (count - t)
        frames.append(wide[y : y + height, x : x + width])
    return np.stack(frames)


def disk_hole(
    count: int,
    height: int,
    width: int,
    *,
    radius: float,
    start: tuple[float, float],
    step: tuple[float, float] = (0.0, 0.0),
) -> Bools:
    """(T, H, W) bool: a disk whose centre (x, y) moves by `step` each frame."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack(
        [
            (x - start[0] - step[0] * t) ** 2 + (y - start[1] - step[1] * t) ** 2 <= radius**2
            for t in range(count)
        ]
    )


def mask_of(hole: Bools) -> Mask:
    """A binary hole as a mask."""
    return Mask(hole.astype(np.float32))


@dataclass(frozen=True)
class Track:
    """A `MaskTrack` over an array held in memory: (T, H, W) float32."""

    values: Floats

    @property
    def size(self) -> tuple[int, int]:
        return self.values.shape[2], self.values.shape[1]

    @property
    def frames(self) -> int:
        return len(self.values)

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        box = box or Box(0, 0, *self.size)
        return Mask(self.values[span.start : span.stop][(slice(None), *box.slices)].copy())

    def bounds(self, frame: int) -> Box | None:
        rows, columns = np.nonzero(self.values[frame])
        if not len(rows):
            return None
        corner = int(columns.min()), int(rows.min())
        return Box(*corner, int(columns.max()) + 1, int(rows.max()) + 1)


def random_planes(
    layout: Layout, height: int, width: int, *, seed: int = 0
) -> tuple[np.ndarray, ...]:
    """Planes of one picture, smooth with a little noise, in the range that the layout allows."""
    random = np.random.default_rng(seed)
    sizes = [(height, width)]
    if layout.family == "yuv":
        small = -(-height // (1 << layout.shift_y)), -(-width // (1 << layout.shift_x))
        sizes += [small, small]
    elif layout.family == "rgb":
        sizes *= 3
    top = (1 << layout.depth) - 1
    step = 1 << (layout.depth - 8)
    low, high = (0, top) if layout.family != "yuv" else (16 * step, 235 * step)
    planes = []
    for size in sizes:
        noise = random.standard_normal(size).astype(np.float32)
        smooth = cv2.GaussianBlur(noise, (0, 0), 2.0) * 8 + noise * 0.2
        middle = (low + high) / 2
        values = np.clip(middle + smooth * 25 * step, low, high)
        planes.append(np.rint(values).astype(layout.dtype))
    return tuple(planes)


def random_clip(
    layout: Layout, count: int, height: int, width: int, *, seed: int = 0
) -> list[tuple[np.ndarray, ...]]:
    """Planes of `count` pictures, no two alike."""
    return [random_planes(layout, height, width, seed=seed * 1000 + t) for t in range(count)]


def picture_frame(planes: Sequence[np.ndarray], layout: Layout) -> av.VideoFrame:
    """Planes (R, G, B for the rgb family) as PyAV's frame."""
    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, layout.pixel_format)
    order = (planes[1], planes[2], planes[0]) if layout.family == "rgb" else planes
    for target, plane in zip(frame.planes, order, strict=True):
        view = np.frombuffer(memoryview(target), plane.dtype)
        view = view.reshape(-1, target.line_size // plane.itemsize)
        view[: plane.shape[0], : plane.shape[1]] = plane
    return frame


@dataclass(frozen=True)
class SoundSpec:
    """A tone to lay under a clip."""

    codec: str = "aac"
    seconds: float = 1.0
    rate_hz: int = 48_000
    channels: int = 2


def encode(
    path: Path,
    pictures: Iterable[Sequence[np.ndarray]],
    layout: Layout,
    *,
    codec: str | None = None,
    rate: int | Fraction = 25,
    pts: Sequence[int] | None = None,
    time_base: Fraction | None = None,
    sound: SoundSpec | None = None,
    options: dict[str, str] | None = None,
    aspect: Fraction | None = None,
) -> Path:
    """Pictures to a lossless file: FFV1 in .mkv and .avi, H.264 with qp 0 elsewhere."""
    pictures = list(pictures)
    codec = codec or ("ffv1" if path.suffix in (".mkv", ".avi") else "libx264")
    height, width = pictures[0][0].shape
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=rate)
        stream.width, stream.height = width, height
        stream.pix_fmt = _stored(codec, layout)
        base = time_base or 1 / Fraction(rate)
        stream.codec_context.time_base = stream.time_base = base
        if layout.family == "yuv":
            stream.codec_context.color_range = 2 if layout.full_range else 1
        if aspect is not None:
            stream.codec_context.sample_aspect_ratio = aspect
        if options is not None or codec.startswith("libx264"):
            stream.options = options or {"qp": "0", "g": "12", "bf": "2", "preset": "ultrafast"}
        voice = _voice(out, sound) if sound else None
        for index, planes in enumerate(pictures):
            frame = picture_frame(planes, layout)
            if frame.format.name != stream.pix_fmt:
                frame = frame.reformat(format=stream.pix_fmt)
            frame.pts = pts[index] if pts else index
            frame.time_base = base
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
        if voice is not None and sound is not None:
            _sing(out, voice, sound)
    return path


def _stored(codec: str, layout: Layout) -> str:
    if codec == "ffv1" and layout.pixel_format == "gbrp":
        return "bgr0"
    return layout.pixel_format


def _voice(out: Any, sound: SoundSpec) -> Any:
    voice = out.add_stream(sound.codec, rate=sound.rate_hz)
    voice.codec_context.layout = "mono" if sound.channels == 1 else "stereo"
    if sound.codec == "vorbis":
        voice.options = {"strict": "-2"}  # ffmpeg's own encoder calls itself experimental
    return voice


def _sing(out: Any, voice: Any, sound: SoundSpec) -> None:
    count = int(sound.seconds * sound.rate_hz)
    time = np.arange(count) / sound.rate_hz
    wave = 0.4 * np.sin(2 * np.pi * (330 + 110 * time) * time)
    samples = np.rint(wave * 32767).astype(np.int16)
    packed = np.repeat(samples, sound.channels)[None]
    layout = "mono" if sound.channels == 1 else "stereo"
    frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
    frame.sample_rate = sound.rate_hz
    frame.pts = 0
    fit = av.AudioResampler(
        voice.codec_context.format, layout, sound.rate_hz, voice.codec_context.frame_size or 1024
    )
    for piece in (*fit.resample(frame), *fit.resample(None)):
        out.mux(voice.encode(piece))
    out.mux(voice.encode(None))


def encode_rgb(path: Path, frames: Frames, **more: Any) -> Path:
    """(T, H, W, 3) RGB to a lossless file."""
    split = [tuple(np.ascontiguousarray(f[..., c]) for c in range(3)) for f in frames]
    return encode(path, split, LAYOUTS["rgb"], **more)


def turn(path: Path, matrix: tuple[int, int, int, int]) -> Path:
    """Write a display matrix into the first track header of an .mp4 (ISO/IEC 14496-12, 8.3.2)."""
    data = bytearray(path.read_bytes())
    at = data.index(b"tkhd") + 4 + 40
    a, b, c, d = (int(v * 65536) for v in matrix)
    data[at : at + 36] = struct.pack(">9i", a, b, 0, c, d, 0, 0, 0, 1 << 30)
    path.write_bytes(bytes(data))
    return path


def turned(image: np.ndarray, matrix: tuple[int, int, int, int]) -> np.ndarray:
    """An (H, W, ...) image as a player shows it, worked out pixel by pixel."""
    a, b, c, d = matrix
    height, width = image.shape[:2]
    y, x = np.mgrid[0:height, 0:width]
    to_x, to_y = a * x + c * y, b * x + d * y
    to_x, to_y = to_x - to_x.min(), to_y - to_y.min()
    out = np.empty((to_y.max() + 1, to_x.max() + 1, *image.shape[2:]), image.dtype)
    out[to_y, to_x] = image
    return out


def write_folder(folder: Path, frames: Frames, *, first: int = 0, suffix: str = ".png") -> Path:
    """(T, H, W[, 3]) images as numbered files."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, frame in enumerate(frames, first):
        bgr = cv2.cvtColor(frame, cv2.COLOR_RGB2BGR) if frame.ndim == 3 else frame
        cv2.imwrite(str(folder / f"{number:05d}{suffix}"), bgr)
    return folder


def packets(path: Path, kind: str) -> list[bytes]:
    """The bytes of every packet of the first stream of a kind ('audio' or 'video')."""
    with av.open(str(path)) as container:
        stream = next(s for s in container.streams if s.type == kind)
        return [bytes(p) for p in container.demux(stream) if p.size]


def times(path: Path) -> list[float]:
    """The moments, in seconds, at which the frames of a file are shown, rounded to 0.1 ms."""
    with av.open(str(path)) as container:
        return [round(float(f.pts * f.time_base), 4) for f in container.decode(video=0)]


def left_over(folder: Path) -> list[str]:
    """Names of all that lies in a folder, hidden things too."""
    return sorted(p.name for p in folder.iterdir())


def short_walker(path: Path, frames: int) -> Path:
    """The beginning of the walker example, for tests that run the main job as it is documented."""
    with open_clip(Path(__file__).parents[1] / "examples" / "walker.mp4") as clip:
        write_frames(path, clip.read(Span(0, frames)).frames, fps=clip.fps)
    return path
