"""How long a fill takes, in multiples of what no fill can do without.

    python -m bench.speed
    python -m bench.speed --sizes 432x240,1920x1080 --pairs 1

The floor is: decode the clip, take the optical flow of all its frames there and back (DIS, medium),
encode them again. Both see the same made clip: a camera pans over a texture while a round hole of
5 % of the picture moves on. Floor and command take turns; the multiple is the median of the pairs.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np

from bench.common import EXACT_MASK, Size, flow_seconds, run_vinpaint, stamp, write_json
from vinpaint.core import Bools, Frames
from vinpaint.media import open_clip, write_frames

CASES: tuple[tuple[Size, int], ...] = (
    ((432, 240), 48),
    ((854, 480), 48),
    ((1920, 1080), 24),
    ((3840, 2160), 12),
)
"""Each size and how many frames of it."""
PAIRS = 3
HOLE_SHARE = 0.05
FPS = 24
PAN_SHARE = 0.004
"""Of the width, the camera moves so much from frame to frame."""


@dataclass(frozen=True)
class Row:
    """One size: seconds a frame of both, medians over the pairs."""

    size: Size
    frames: int
    floor: float
    command: float
    multiple: float
    peak_mb: float
    stages: dict[str, float]
    outside: int


def made_frames(size: Size, frames: int) -> Iterator[Frames]:
    """A pan over grain, blotches and lines: something to hold on to at every scale."""
    width, height = size
    step = max(1, round(PAN_SHARE * width))
    random = np.random.default_rng(1)
    wide = (height + frames, width + step * frames)
    scene = np.full((*wide, 3), 118, np.float32)
    for blur_px, strength in ((1.2, 24.0), (height / 60, 30.0), (height / 12, 34.0)):
        small = max(1.0, blur_px / 2)  # wide blotches are drawn small: a 4K blur takes seconds
        shape = (math.ceil(wide[0] / small), math.ceil(wide[1] / small), 3)
        noise = random.normal(size=shape).astype(np.float32)
        noise = cv2.GaussianBlur(noise, (0, 0), blur_px / small)
        scene += cv2.resize(noise / noise.std(), wide[::-1]) * strength
    picture = np.clip(scene, 0, 255).astype(np.uint8)
    for _ in range(40):
        start, stop = random.integers(0, wide[::-1], (2, 2)).tolist()
        colour = random.integers(0, 256, 3).tolist()
        cv2.line(picture, start, stop, colour, max(1, height // 200), cv2.LINE_AA)
    for t in range(frames):
        yield picture[t : t + height, step * t : step * t + width].copy()


def made_masks(size: Size, frames: int) -> Iterator[Bools]:
    """A disk of 5 % of the picture that crosses a third of it, to and fro."""
    width, height = size
    radius = math.sqrt(HOLE_SHARE * width * height / math.pi)
    rows, columns = np.ogrid[:height, :width]
    for t in range(frames):
        swing = math.sin(2 * math.pi * t / 96)
        x, y = width * (0.5 + swing / 6), height * (0.5 + swing / 20)
        yield (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def write_case(root: Path, size: Size, frames: int) -> tuple[Path, Path]:
    """(clip, mask): H.264 and lossless grey."""
    clip, mask = root / "clip.mp4", root / "mask.mkv"
    write_frames(clip, made_frames(size, frames), fps=FPS)
    greys = (values.astype(np.uint8) * 255 for values in made_masks(size, frames))
    write_frames(mask, greys, fps=FPS, lossless=True)
    return clip, mask


def floor_seconds(clip: Path, out: Path) -> float:
    """Decode, flow there and back, encode."""
    start = time.perf_counter()
    source = open_clip(clip, trusted=True)
    frames = source.read(source.span).frames
    source.close()
    decoded = time.perf_counter() - start
    flow = flow_seconds(frames)
    start = time.perf_counter()
    write_frames(out, frames, fps=FPS)
    return decoded + flow + time.perf_counter() - start


def measure(size: Size, frames: int, pairs: int) -> Row:
    """Floor and command by turns on one size."""
    with tempfile.TemporaryDirectory() as held:
        root = Path(held)
        clip, mask = write_case(root, size, frames)
        floors, commands, peaks, stages = [], [], [], []
        told: dict[str, dict[str, float]] = {}
        for turn in range(pairs):
            floors.append(floor_seconds(clip, root / "floor.mp4") / frames)
            report = root / f"{turn}.json"
            words = [*EXACT_MASK, "--measures", "none", "--report", str(report)]
            done = run_vinpaint("run", clip, "--mask", mask, *words, "-o", root / f"{turn}.mp4")
            commands.append(done.seconds / frames)
            peaks.append(done.peak_mb)
            told = json.loads(report.read_text(encoding="utf-8"))
            stages.append(told["seconds"])
    return Row(
        size=size,
        frames=frames,
        floor=float(np.median(floors)),
        command=float(np.median(commands)),
        multiple=float(np.median(np.divide(commands, floors))),
        peak_mb=max(peaks),
        stages={name: float(np.median([s[name] for s in stages])) / frames for name in stages[0]},
        outside=int(told["outside"]["largest_difference_before_encoding"]),
    )


HEADER = (
    f"{'size':12}{'frames':>7}{'floor s/frame':>15}{'command':>9}{'x floor':>9}"
    f"{'peak MB':>9}{'outside':>9}"
)


def line(row: Row) -> str:
    """A row for the terminal."""
    size = f"{row.size[0]}x{row.size[1]}"
    return (
        f"{size:12}{row.frames:7}{row.floor:15.3f}{row.command:9.3f}{row.multiple:9.2f}"
        f"{row.peak_mb:9.0f}{row.outside:9}"
    )


def bench(cases: Sequence[tuple[Size, int]] = CASES, *, pairs: int = PAIRS) -> dict[str, object]:
    """Measure and print size by size; what the results file keeps."""
    print(HEADER)
    rows = []
    for size, frames in cases:
        rows.append(measure(size, frames, pairs))
        print(line(rows[-1]), flush=True)
    return {**stamp(), "pairs": pairs, "rows": [asdict(row) for row in rows]}


def main() -> None:
    """Measure, print, and keep the numbers if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--sizes", default=",".join(f"{w}x{h}" for (w, h), _ in CASES))
    parser.add_argument("--pairs", type=int, default=PAIRS)
    parser.add_argument("--json", type=Path, help="keep the numbers here")
    given = parser.parse_args()
    known = {f"{w}x{h}": ((w, h), frames) for (w, h), frames in CASES}
    sizes = given.sizes.split(",")
    if wrong := set(sizes) - set(known):
        parser.error(f"no size {', '.join(sorted(wrong))}; there are {', '.join(known)}")
    found = bench([known[size] for size in sizes], pairs=given.pairs)
    if given.json:
        write_json(given.json, found)


if __name__ == "__main__":
    main()
