"""Render the example clips into this folder: `python examples/make_examples.py [NAME ...]`.

Needs scikit-image (requirements-dev.txt) for its pictures, which lie inside its package; nothing
is downloaded. The frames are the same on every run; the encoder's bytes may change with its
version. Tests score repairs against `make(name).truth`.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from skimage import data

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from examples import synthetic  # noqa: E402
from examples.street import PAVEMENT_TOP, street  # noqa: E402
from examples.synthetic import Camera, Lettering, Made  # noqa: E402
from examples.tune import RATE_HZ, Sound, tune  # noqa: E402
from vinpaint.core import Box, Frames, Span  # noqa: E402
from vinpaint.media import write_frames  # noqa: E402

SIZE, FRAMES, FPS = (640, 360), 100, 25
CRF = 16


def walker() -> Made:
    """A passer-by before a street gallery, the camera drifting along."""
    walk = synthetic.Walk(foot=(180.0, PAVEMENT_TOP + 54.0), height_px=196)
    camera = Camera(pan_px=(1.35, 0.06), zoom=0.0004)
    return synthetic.walker(
        street(), walk, camera, size=SIZE, frames=FRAMES, start=(356.0, 214.0), fps=FPS
    )


def logo() -> Made:
    """A channel logo in the corner, over a cup of coffee that slowly turns."""
    picture = _enlarged(data.coffee(), 1.42)
    camera = Camera(pan_px=(-0.75, 0.6), zoom=0.0006, turn_deg=-0.04)
    return synthetic.logo(
        picture, camera, size=SIZE, frames=FRAMES, at=(496, 24), start=(452.0, 244.0), fps=FPS
    )


def glitch() -> Made:
    """Three torn frames in a slow rise along a rocket on its pad."""
    picture = _enlarged(data.rocket(), 1.3)
    camera = Camera(pan_px=(0.5, -0.9), zoom=0.0012)
    return synthetic.glitch(
        picture,
        camera,
        size=SIZE,
        frames=FRAMES,
        box=Box(224, 136, 448, 296),
        when=Span(48, 51),
        start=(392.0, 352.0),
        fps=FPS,
    )


def captions() -> Made:
    """Two captions, one after the other, below a cat that the camera drifts over."""
    picture = _enlarged(data.chelsea(), 1.9)
    camera = Camera(pan_px=(0.8, 0.55), zoom=0.0006, turn_deg=0.02)
    return synthetic.captions(
        picture, camera, CAPTIONS, size=SIZE, frames=FRAMES, start=(372.0, 240.0), fps=FPS
    )


CAPTIONS = (
    Lettering("This is Chelsea.", Span(7, 45), (320.0, 318.0)),
    Lettering("She would like her dinner now.", Span(52, 95), (320.0, 318.0)),
)

CLIPS: dict[str, Callable[[], Made]] = {
    "walker": walker,
    "logo": logo,
    "glitch": glitch,
    "captions": captions,
}
SOUNDS: dict[str, Callable[[], Sound]] = {"walker": tune}


@cache
def make(name: str) -> Made:
    """An example with its truth, as it is before encoding."""
    return CLIPS[name]()


def _enlarged(picture: Frames, scale: float) -> Frames:
    """A sharp enlargement: Lanczos, then a light unsharp mask."""
    large = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_LANCZOS4)
    soft = cv2.GaussianBlur(large, (0, 0), 1.2)
    return np.asarray(cv2.addWeighted(large, 1.25, soft, -0.25, 0), np.uint8)


def encode(path: Path, frames: Frames, fps: float, sound: Sound | None) -> None:
    """Frames (T, H, W, 3), and sound (samples, 2) at 48 kHz, to H.264 and AAC in an .mp4."""
    with av.open(str(path), "w", options={"movflags": "+faststart"}) as out:
        rate = Fraction(fps).limit_denominator(1001)
        picture: Any = out.add_stream("libx264", rate=rate)
        picture.width, picture.height, picture.pix_fmt = frames.shape[2], frames.shape[1], "yuv420p"
        picture.options = {"crf": str(CRF), "preset": "veryslow"}
        picture.codec_context.colorspace = 1  # BT.709, as the frames are converted below
        picture.codec_context.color_range = 1
        voice: Any = None
        if sound is not None:
            voice = out.add_stream("aac", rate=RATE_HZ, layout="stereo")
            voice.bit_rate = 128_000
        for index, image in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(image, "rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=1, dst_color_range=1)
            frame.pts, frame.time_base = index, 1 / rate
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        if voice is not None and sound is not None:
            _encode_sound(out, voice, sound)


def _encode_sound(out: Any, voice: Any, sound: Sound) -> None:
    block = 1024  # what one AAC frame holds
    for first in range(0, len(sound), block):
        piece = np.ascontiguousarray(sound[first : first + block].T, np.float32)
        frame = av.AudioFrame.from_ndarray(piece, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE_HZ, first, Fraction(1, RATE_HZ)
        out.mux(voice.encode(frame))
    out.mux(voice.encode(None))


def save(name: str, folder: Path = HERE) -> None:
    """Write `NAME.mp4`, and its true mask as a lossless grey `masks/NAME.mkv`."""
    made = make(name)
    sound = SOUNDS[name]() if name in SOUNDS else None
    encode(folder / f"{name}.mp4", made.frames, made.fps, sound)
    (folder / "masks").mkdir(exist_ok=True)
    masks = np.asarray(made.mask * 255, np.uint8)
    write_frames(folder / "masks" / f"{name}.mkv", masks, fps=FPS, lossless=True)


def main() -> None:
    """Render what is named on the command line, or all."""
    parser = argparse.ArgumentParser(description="Render the example clips.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {', '.join(CLIPS)}")
    names = parser.parse_args().names or list(CLIPS)
    unknown = sorted(set(names) - set(CLIPS))
    if unknown:
        parser.error(f"no such example: {', '.join(unknown)}; there are: {', '.join(CLIPS)}")
    for name in names:
        save(name)
        size = (HERE / f"{name}.mp4").stat().st_size
        print(f"{name}.mp4: {size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
