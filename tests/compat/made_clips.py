"""The small clips that the fixtures are made from: drawn by arithmetic, for `make_fixtures.py`."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
from common import Frames

WIDTH, HEIGHT, COUNT, RATE = 96, 64, 8, 24
RADIUS = 7


def ground(count: int, *, step_px: int, width: int = WIDTH, height: int = HEIGHT) -> Frames:
    """(T, H, W, 3): a soft texture in few levels, which packs well; a camera moves over it."""
    random = np.random.default_rng(3)
    size = (height, width + step_px * count, 3)
    noise = random.standard_normal(size).astype(np.float32)
    soft = np.clip(128 + cv2.GaussianBlur(noise, (0, 0), 5.0) * 450, 40, 220)
    wide = (soft.astype(np.uint8) >> 2) << 2
    return np.stack([wide[:, step_px * t : step_px * t + width] for t in range(count)])


def disk(count: int, *, start: tuple[int, int], step: tuple[int, int]) -> Frames:
    """(T, H, W) uint8, 255 inside: a disk that moves by whole pixels."""
    drawn = np.zeros((count, HEIGHT, WIDTH), np.uint8)
    for t in range(count):
        cv2.circle(drawn[t], (start[0] + step[0] * t, start[1] + step[1] * t), RADIUS, 255, -1)
    return drawn


RED = {"start": (16, 22), "step": (9, 0)}
BLUE = {"start": (84, 50), "step": (-9, 0)}


def scene(count: int, *, step_px: int = 0) -> Frames:
    """A red disk with a shadow below it that goes right, and a blue one that goes left."""
    frames = ground(count, step_px=step_px)
    red, blue = disk(count, **RED), disk(count, **BLUE)
    for t in range(count):
        x, y = RED["start"][0] + RED["step"][0] * t, RED["start"][1]
        dark = np.zeros((HEIGHT, WIDTH), np.uint8)
        cv2.ellipse(dark, (x, y + RADIUS + 1), (RADIUS + 2, 4), 0, 0, 360, 255, -1)
        frames[t][dark > 0] = frames[t][dark > 0] // 2
        frames[t][red[t] > 0] = (228, 44, 40)
        frames[t][blue[t] > 0] = (36, 60, 220)
    return frames


def noisy(count: int) -> Frames:
    """(T, 48, 64, 3): the ground standing still, seen by a grainy sensor."""
    frames = ground(count, step_px=0, width=64, height=48).astype(np.float32)
    grain = np.random.default_rng(4).standard_normal(frames.shape[:3])[..., None] * 7
    return np.asarray((frames + grain).clip(0, 255), np.uint8)


def lit() -> Frames:
    """(48, 64, 3): the same ground without grain, and lighter to the right."""
    light = np.linspace(0, 30, 64)[None, :, None]
    return np.asarray(ground(1, step_px=0, width=64, height=48)[0] + light, np.uint8)


def captioned(count: int) -> Frames:
    """Two words that stand still over a scene that moves."""
    frames = ground(count, step_px=2, width=160, height=96)
    for frame in frames:
        for words, at in (("HELLO", (34, 30)), ("WORLD", (34, 82))):
            for colour, thick in (((8, 8, 8), 5), ((250, 250, 250), 2)):
                cv2.putText(
                    frame, words, at, cv2.FONT_HERSHEY_SIMPLEX, 0.9, colour, thick, cv2.LINE_AA
                )
    return frames


def encode(path: Path, frames: Frames, *, sound: bool = False, crf: int = 18) -> None:
    """An .mp4 as a phone or an editor leaves it: H.264, 4:2:0, perhaps with a tone in AAC."""
    height, width = frames.shape[1:3]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(RATE)]
    tone = ["-f", "lavfi", "-i", f"sine=440:d={len(frames) / RATE:.4f}"] if sound else []
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(), "-loglevel", "error", "-y", *raw, "-i", "-", *tone,
            "-c:v", "libx264", "-pix_fmt", "yuv420p", "-crf", str(crf),
            "-c:a", "aac", "-b:a", "24k",
            "-fflags", "+bitexact", "-flags:v", "+bitexact", "-movflags", "+faststart", str(path),
        ],
        input=frames.tobytes(),
        check=True,
    )  # fmt: skip


def images(folder: Path, frames: Frames) -> None:
    """Numbered PNG files."""
    folder.mkdir(parents=True)
    for number, frame in enumerate(frames):
        write_png(folder / f"{number:05d}.png", frame)


def write_png(path: Path, image: Frames) -> None:
    """An RGB or a grey image."""
    cv2.imwrite(str(path), image[..., ::-1] if image.ndim == 3 else image)
