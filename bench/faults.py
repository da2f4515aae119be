"""How well `vinpaint inspect` finds what is wrong: faults planted in real clips, and none planted.

    python -m bench.faults                 # all clips, printed
    python -m bench.faults --only camel    # one of them

A fault counts as found when a proposal has its kind, shares at least half of their frames together
and (frozen frames apart) two fifths of their areas together. Where and when it is planted is drawn
by the clip's and the fault's names, so it is the same in every run and for every strength.
"""

from __future__ import annotations

import argparse
import tempfile
import time
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from bench.common import clip_places, read_frames, stamp, write_images, write_json
from examples.synthetic.broken import PLANTS
from vinpaint.core import Artifact, Box, Frames, Span, no_op
from vinpaint.media import open_clip
from vinpaint.quality.artifacts import find_artifacts

SIZE, FRAMES, EDGE_FRAMES = (480, 270), 48, 8
STRENGTHS = (1.0, 0.5, 0.25)
PLANTED = {
    "torn": ("glitch", (1, 5)),
    "other picture": ("glitch", (1, 4)),
    "flicker": ("flicker", (18, 24)),
    "colour": ("colour", (8, 18)),
    "frozen": ("frozen", (1, 6)),
}
"""What is planted: the kind that must be found, and how many frames it takes (the end excluded)."""
ONE_STRENGTH = ("frozen",)
LEAST_FRAMES, LEAST_AREA = 0.5, 0.4


@dataclass(frozen=True)
class Row:
    """One fault in one clip. `others`: proposals that are not it."""

    clip: str
    planted: str
    strength: float
    found: bool
    others: int


@dataclass(frozen=True)
class Unharmed:
    """One clip as it is."""

    clip: str
    size: tuple[int, int]
    frames: int
    proposals: int
    seconds_per_frame: float


def place(name: str, planted: str, count: int) -> tuple[Box, Span]:
    """Where and when: a box of 15 to 35 % by 20 to 40 %, frames away from the ends."""
    random = np.random.default_rng(zlib.crc32(f"{name}:{planted}".encode()))
    width, height = (
        int(random.uniform(*part) * side) for part, side in zip(_SIDES, SIZE, strict=True)
    )
    x, y = int(random.integers(0, SIZE[0] - width)), int(random.integers(0, SIZE[1] - height))
    length = int(random.integers(*PLANTED[planted][1]))
    start = int(random.integers(EDGE_FRAMES, count - length - EDGE_FRAMES + 1))
    return Box(x, y, x + width, y + height), Span(start, start + length)


_SIDES = ((0.15, 0.35), (0.2, 0.4))


def is_found(fault: Artifact, planted: str, box: Box, span: Span) -> bool:
    """Whether a proposal is what was planted."""
    frames = fault.span.intersection(span).length
    together = fault.span.length + span.length - frames
    if fault.kind != PLANTED[planted][0] or frames < LEAST_FRAMES * together:
        return False
    return planted == "frozen" or _shared_area(fault.box, box) >= LEAST_AREA


def _shared_area(one: Box, other: Box) -> float:
    shared = one.intersection(other)
    area = shared.width * shared.height if shared else 0
    return area / (one.width * one.height + other.width * other.height - area)


def look(frames: Frames) -> tuple[Artifact, ...]:
    """What is proposed for some frames."""
    with tempfile.TemporaryDirectory() as held:
        clip = open_clip(write_images(Path(held) / "clip", frames))
        return find_artifacts(clip, progress=no_op)


def plant(name: str, frames: Frames, planted: str, strength: float) -> Row:
    """One fault planted and looked for."""
    box, span = place(name, planted, len(frames))
    found = look(PLANTS[planted](frames, box, span, strength, zlib.crc32(name.encode())))
    hits = [is_found(one, planted, box, span) for one in found]
    return Row(name, planted, strength, any(hits), len(hits) - sum(hits))


def unharmed(name: str, source: Path) -> Unharmed:
    """A clip as it is: what is proposed, and how long that took."""
    clip = open_clip(source)
    start = time.perf_counter()
    found = find_artifacts(clip, progress=no_op)
    seconds = (time.perf_counter() - start) / clip.frames
    clip.close()
    return Unharmed(name, (clip.width, clip.height), clip.frames, len(found), seconds)


def bench(*, only: Sequence[str] = (), strengths: Sequence[float] = STRENGTHS) -> dict[str, object]:
    """Measure and print clip by clip; what the results file keeps."""
    rows: list[Row] = []
    sound: list[Unharmed] = []
    for name, source in clip_places(only).items():
        sound.append(unharmed(name, source))
        frames = read_frames(source, SIZE, FRAMES)
        for planted in PLANTED:
            mine = strengths[:1] if planted in ONE_STRENGTH else strengths
            rows += [plant(name, frames, planted, strength) for strength in mine]
        told = [row for row in rows if row.clip == name]
        print(
            f"{name:14}{sum(row.found for row in told):4} of {len(told)} found, "
            f"{sum(row.others for row in told)} others; unharmed: {sound[-1].proposals} proposals, "
            f"{sound[-1].seconds_per_frame:.3f} s/frame",
            flush=True,
        )
    held = {"size": list(SIZE), "frames": FRAMES}
    return {**stamp(), **held, "rows": [*map(asdict, rows)], "unharmed": [*map(asdict, sound)]}


def main() -> None:
    """Measure, print, and keep the numbers if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="clips, with commas")
    parser.add_argument("--json", type=Path, help="keep the numbers here")
    given = parser.parse_args()
    found = bench(only=[name for name in given.only.split(",") if name])
    if given.json:
        write_json(given.json, found)


if __name__ == "__main__":
    main()
