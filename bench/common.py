"""What the benches share: clips, holes, the program as users start it, the machine's name."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline

from vinpaint.core import Bools, Floats, Frames, Span
from vinpaint.media import open_clip, write_png

ROOT = Path(__file__).parents[1]
EXAMPLES = ROOT / "examples"
HERE = Path(__file__).parent
EXACT_MASK = ("--dilate-px", "0", "--blur-sigma-px", "0", "--temporal-sigma", "0")
"""The mask as it is given, so that a hole has the size that it says."""

Size = tuple[int, int]
"""(width, height) in pixels."""


@dataclass(frozen=True)
class Done:
    """A finished command. `peak_mb`: the largest resident memory of it or of any child of its."""

    seconds: float
    peak_mb: float


class CommandError(Exception):
    """A command that ended with an error; the text is what it said."""


def run_vinpaint(*words: str | Path) -> Done:
    """`python -m vinpaint ...` in a process of its own, measured. Raises CommandError."""
    command = [sys.executable, "-m", "vinpaint", *map(str, words)]
    place = {**os.environ, "PYTHONPATH": str(ROOT)}
    place.pop("PYTHONDONTWRITEBYTECODE", None)  # users' modules are compiled once, not every time
    with tempfile.TemporaryFile("w+") as told:
        start = time.perf_counter()
        process = subprocess.Popen(command, env=place, stdout=subprocess.DEVNULL, stderr=told)
        try:
            _, status, usage = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            raise
        seconds = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            told.seek(0)
            said = told.read().strip().splitlines()
            raise CommandError(said[-1] if said else f"exit code {process.returncode}")
    unit = 2**20 if sys.platform == "darwin" else 2**10
    return Done(seconds, usage.ru_maxrss / unit)


def clip_places(only: Sequence[str] = ()) -> dict[str, Path]:
    """The clips to fill by name: those of VINPAINT_CLIPS, or the project's own examples."""
    given = os.environ.get("VINPAINT_CLIPS")
    if given:
        found = {path.parent.name: path for path in sorted(Path(given).glob("*/frames"))}
    else:
        found = {path.stem: path for path in sorted(EXAMPLES.glob("*.mp4"))}
    wanted = {name: path for name, path in found.items() if not only or name in only}
    if not wanted:
        raise SystemExit(f"no clip {', '.join(only)}; there are {', '.join(found) or 'none'}")
    return wanted


def read_frames(place: Path, size: Size, count: int) -> Frames:
    """The first frames of a clip, (T, H, W, 3), brought to one size."""
    clip = open_clip(place)
    pictures = clip.pictures(Span(0, min(count, clip.frames)))
    frames = np.stack(
        [cv2.resize(p.rgb(), size, interpolation=cv2.INTER_AREA) for p in pictures]
    ).astype(np.uint8)
    clip.close()
    return frames


def hole(name: str, kind: str, frames: int, size: Size) -> Bools:
    """(T, H, W) bool: a smooth blob that is 'static', or 'moving' and bounces off the edges.

    A closed spline through ten random radii, inside a box of 22 to 38 % of the width and 30 to
    50 % of the height. The name and the kind seed it, so a clip has the same hole in every run.
    """
    width, height = size
    random = np.random.default_rng(zlib.crc32(f"{name}:{kind}:0".encode()))
    extent = np.array([random.uniform(0.22, 0.38) * width, random.uniform(0.30, 0.50) * height])
    radii = random.uniform(0.6, 1.0, 10)
    least, most = extent / 2, np.array(size) - extent / 2
    centre = random.uniform(least, most)
    step = random.uniform(1, 3, 2) * random.choice([-1, 1], 2) * width / 432
    if kind == "static":
        step = np.zeros(2)
    outline = _blob(radii) * extent / 2
    masks = np.zeros((frames, height, width), np.uint8)
    for mask in masks:
        cv2.fillPoly(mask, [np.round(outline + centre).astype(np.int32)], 1)
        centre = centre + step
        left = (centre < least) | (centre > most)
        step = np.where(left, -step, step)
        centre = np.clip(centre, least, most)
    return masks > 0


def _blob(radii: NDArray[np.float64]) -> NDArray[np.float64]:
    """(200, 2): an outline around 0, through `radii` at even angles."""
    knots = np.linspace(0, 2 * np.pi, len(radii) + 1)
    spline = CubicSpline(knots, np.append(radii, radii[0]), bc_type="periodic")
    angles = np.linspace(0, 2 * np.pi, 200, endpoint=False)
    radius = np.clip(spline(angles), 0.3, 1.0)
    outline: NDArray[np.float64] = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    return np.asarray(radius[:, None] * outline)


def write_images(folder: Path, images: Iterable[Frames | Bools]) -> Path:
    """RGB pictures or masks as numbered PNG files."""
    folder.mkdir()
    for number, image in enumerate(images):
        levels = image.astype(np.uint8) * (255 if image.dtype == np.bool_ else 1)
        write_png(folder / f"{number:05d}.png", levels)
    return folder


def flow_between(first: Frames, second: Frames) -> Floats:
    """DIS optical flow, medium preset, of two RGB pictures: (H, W, 2) pixels."""
    dis = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY) for frame in (first, second)]
    return np.asarray(dis.calc(grey[0], grey[1], None), np.float32)


def flow_seconds(frames: Frames) -> float:
    """How long the flow of a clip takes, there and back: the unit in which speed is told."""
    start = time.perf_counter()
    for first, second in pairwise(frames):
        flow_between(first, second)
        flow_between(second, first)
    return time.perf_counter() - start


def stamp() -> dict[str, str]:
    """Which day, which commit and which machine a result is of."""
    git = ["git", "-C", str(ROOT), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)
    return {
        "date": datetime.date.today().isoformat(),
        "commit": done.stdout.strip() or "unknown",
        "machine": f"{_processor()}, {os.cpu_count()} cores",
        "python": platform.python_version(),
        "opencv": cv2.__version__,
    }


def _processor() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def write_json(path: Path, held: object) -> None:
    """Results as JSON that reads well in a diff."""
    path.write_text(json.dumps(held, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
