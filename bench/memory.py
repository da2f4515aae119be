"""How much memory a fill needs, against the length of the clip.

    python -m bench.memory
    python -m bench.memory --seconds 10,60

Made clips as in bench/speed.py, 24 frames a second, a hole of 5 % on every frame. The peak is the
largest resident memory of the command or of any process that it starts.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain, islice, repeat
from pathlib import Path

import numpy as np

from bench.common import EXACT_MASK, Size, run_vinpaint, stamp, write_json
from bench.speed import FPS, made_frames, made_masks
from vinpaint.media import write_frames

SIZE: Size = (432, 240)
SECONDS = (10.0, 60.0, 300.0)
TURN_FRAMES = 96
"""The camera pans there and back in twice as many frames, again and again."""


@dataclass(frozen=True)
class Row:
    """One length."""

    seconds: float
    frames: int
    size: Size
    peak_mb: float
    wall_seconds: float


def measure(seconds: float, size: Size) -> Row:
    """One clip, made and filled."""
    count = round(seconds * FPS)
    there = list(made_frames(size, min(count, TURN_FRAMES)))
    endless = chain.from_iterable(repeat([*there, *there[::-1]]))
    with tempfile.TemporaryDirectory() as held:
        clip, mask = Path(held) / "clip.mp4", Path(held) / "mask.mkv"
        write_frames(clip, islice(endless, count), fps=FPS)
        greys = (values.astype(np.uint8) * 255 for values in made_masks(size, count))
        write_frames(mask, greys, fps=FPS, lossless=True)
        words = [*EXACT_MASK, "--measures", "none"]
        done = run_vinpaint("run", clip, "--mask", mask, *words, "-o", Path(held) / "out.mp4")
    return Row(seconds, count, size, done.peak_mb, done.seconds)


HEADER = f"{'seconds':>8}{'frames':>8}{'peak MB':>9}{'wall s':>9}"


def line(row: Row) -> str:
    """A row for the terminal."""
    return f"{row.seconds:8g}{row.frames:8}{row.peak_mb:9.0f}{row.wall_seconds:9.1f}"


def bench(lengths: Sequence[float] = SECONDS, *, size: Size = SIZE) -> dict[str, object]:
    """Measure and print length by length; what the results file keeps."""
    print(HEADER)
    rows = []
    for seconds in lengths:
        rows.append(measure(seconds, size))
        print(line(rows[-1]), flush=True)
    return {**stamp(), "rows": [asdict(row) for row in rows]}


def main() -> None:
    """Measure, print, and keep the numbers if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seconds", default=",".join(f"{s:g}" for s in SECONDS))
    parser.add_argument("--size", default=f"{SIZE[0]}x{SIZE[1]}")
    parser.add_argument("--json", type=Path, help="keep the numbers here")
    given = parser.parse_args()
    width, height = (int(side) for side in given.size.split("x"))
    lengths = [float(text) for text in given.seconds.split(",")]
    found = bench(lengths, size=(width, height))
    if given.json:
        write_json(given.json, found)


if __name__ == "__main__":
    main()
