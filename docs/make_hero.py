"""Render docs/before-after.webp: a line wipes between a clip and its repair while both play.

    python docs/make_hero.py

Uses the public Python API and the walker example with its true mask.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

import vinpaint as vp

ROOT = Path(__file__).parents[1]
OUT = ROOT / "docs" / "before-after.webp"

WIDTH_PX = 480
EVERY = 2  # every second frame keeps the file small and the motion smooth enough
MARGIN = 0.06  # the line turns this far outside the picture, so that each side is seen whole
MAX_BYTES = 2_000_000


def wipe(before: vp.Clip, after: vp.Clip) -> Iterator[Image.Image]:
    """Yield the frames of the animation; the repair is to the left of the line."""
    frames = range(0, len(before), EVERY)
    for number, t in enumerate(frames):
        phase = 2 * math.pi * number / len(frames)
        position = 0.5 - (0.5 + MARGIN) * math.cos(phase)
        picture = after[t].copy()
        x = round(position * picture.shape[1])
        picture[:, max(x, 0) :] = before[t][:, max(x, 0) :]
        picture[:, max(x - 1, 0) : max(x + 2, 0)] = np.uint8(255)
        height = round(WIDTH_PX * picture.shape[0] / picture.shape[1])
        yield Image.fromarray(picture).resize((WIDTH_PX, height), Image.Resampling.LANCZOS)


def main() -> None:
    """Repair the example and write the animation."""
    with vp.open(ROOT / "examples" / "walker.mp4") as clip:
        result = vp.repair(clip, ROOT / "examples" / "masks" / "walker.mkv")
        first, *rest = wipe(clip, result.after)
        milliseconds = round(1000 * EVERY / float(clip.fps))
    first.save(
        OUT, save_all=True, append_images=rest, duration=milliseconds, loop=0, quality=60, method=6
    )
    size = OUT.stat().st_size
    if size > MAX_BYTES:
        raise SystemExit(f"{OUT} has {size} bytes; lower quality or WIDTH_PX to stay under 2 MB")
    print(f"{OUT.relative_to(ROOT)}: {size / 1e6:.2f} MB, {len(rest) + 1} frames")


if __name__ == "__main__":
    main()
