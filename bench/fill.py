"""How good a fill is where the truth is known, against named baselines.

    VINPAINT_CLIPS=/some/folder python -m bench.fill
    python -m bench.fill --only walker --kinds moving --frames 20

A clean clip gets a hole of known shape, whose pixels are noise in what the method sees. Without
VINPAINT_CLIPS (a folder of `<clip>/frames`) the project's own examples serve.

Columns, the means over all frames: psnr_in and ssim_in inside the hole (SSIM: 11 pixel Gaussian
window of sigma 1.5, Wang et al. 2004); psnr on the whole frame; ewarp: 1000 times the mean squared
difference, inside the hole, from the frame before, led there by the flow of the true clip (less
than the truth's own is not better); s/frame: wall time, for vinpaint that of the whole command;
x flow: that time over the time of DIS flow, there and back, on the same frames in the same run
(median of three); outside: the largest difference outside the hole.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.common import (
    EXACT_MASK,
    CommandError,
    Size,
    clip_places,
    flow_between,
    flow_seconds,
    hole,
    read_frames,
    run_vinpaint,
    stamp,
    write_images,
    write_json,
)
from vinpaint.core import Bools, Floats, Frames
from vinpaint.media import read_image, write_png
from vinpaint.strategies import STRATEGIES

Doubles = NDArray[np.float64]
SIZE: Size = (432, 240)
FRAMES = 50
KINDS = ("static", "moving")
FLOORS = 3
"""So often the flow of the clip is timed."""
RADIUS_PX = 5
"""Of OpenCV's inpainting."""
TRUTH = "truth"
"""The row that says what the true clip's own numbers are."""

Plain = Callable[[Frames, Bools], Frames]
"""(seen, hole) to filled: (T, H, W, 3), (T, H, W) and (T, H, W, 3)."""
Fill = Callable[[Frames, Bools, Frames], tuple[Frames, float]]
"""(seen, hole, truth) to (filled, seconds); the truth is there for a reference picture only."""


@dataclass(frozen=True)
class Row:
    """One clip, one hole, one method; None where there is nothing to measure."""

    clip: str
    hole: str
    method: str
    psnr_in: float | None = None
    ssim_in: float | None = None
    psnr: float | None = None
    ewarp: float | None = None
    seconds_per_frame: float | None = None
    times_flow: float | None = None
    outside: int | None = None
    error: str = ""


def by_command(strategy: str) -> Fill:
    """A strategy of vinpaint, as the command line runs it: PNG images in, PNG images out."""

    def fill(seen: Frames, masks: Bools, truth: Frames) -> tuple[Frames, float]:
        with tempfile.TemporaryDirectory() as held:
            root = Path(held)
            more: list[str | Path] = []
            if strategy == "plate":  # the clean plate that a user would have taken first
                write_png(root / "plate.png", truth[0])
                more = ["--reference", root / "plate.png", "--reference-frame", "0"]
            frames, mask = write_images(root / "frames", seen), write_images(root / "masks", masks)
            words = ["--strategy", strategy, *EXACT_MASK, "--measures", "none", *more]
            done = run_vinpaint("run", frames, "--mask", mask, *words, "-o", root / "out")
            filled = [read_image(path) for path in sorted((root / "out").iterdir())]
            return np.stack(filled), done.seconds

    return fill


def here(plain: Plain) -> Fill:
    """A method that runs in this process, timed."""

    def fill(seen: Frames, masks: Bools, _truth: Frames) -> tuple[Frames, float]:
        start = time.perf_counter()
        return plain(seen, masks), time.perf_counter() - start

    return fill


def inpaint(way: int) -> Plain:
    """OpenCV's inpainting, frame by frame."""

    def fill(seen: Frames, masks: Bools) -> Frames:
        pairs = zip(seen, masks.astype(np.uint8), strict=True)
        return np.stack([cv2.inpaint(frame, mask, RADIUS_PX, way) for frame, mask in pairs])

    return fill


def temporal_median(seen: Frames, masks: Bools) -> Frames:
    """Each hole pixel the median of the frames that show that place; Telea where none does."""
    rows, columns = np.nonzero(masks.any(axis=0))
    values = seen[:, rows, columns].astype(np.float32)
    inside = masks[:, rows, columns]
    values[inside] = np.nan
    known = ~inside.all(axis=0)
    plate = np.zeros((*masks.shape[1:], 3), np.uint8)
    plate[rows[known], columns[known]] = np.rint(np.nanmedian(values[:, known], axis=0))
    never = np.zeros(masks.shape[1:], np.bool_)
    never[rows[~known], columns[~known]] = True
    filled = np.where(masks[..., None], plate, seen)
    if not never.any():
        return filled
    left = never & masks
    return inpaint(cv2.INPAINT_TELEA)(filled, left)


METHODS: dict[str, Fill] = {
    "propagate": by_command("propagate"),
    "plate": by_command("plate"),
    "telea": here(inpaint(cv2.INPAINT_TELEA)),
    "navier-stokes": here(inpaint(cv2.INPAINT_NS)),
    "median": here(temporal_median),
}
OURS = ("propagate", "plate")


def psnr(mean_square: float) -> float:
    """Decibels of a mean squared difference of 8-bit levels; equal pictures count as 1e-10."""
    return float(10 * np.log10(255.0**2 / max(mean_square, 1e-10)))


def ssim(first: Frames, second: Frames) -> Doubles:
    """(H, W, 3): the structural likeness around every pixel (Wang et al. 2004)."""
    x, y = first.astype(np.float64), second.astype(np.float64)

    def blur(values: Doubles) -> Doubles:
        return np.asarray(cv2.GaussianBlur(values, (11, 11), 1.5))

    mean_x, mean_y = blur(x), blur(y)
    var_x, var_y = blur(x * x) - mean_x**2, blur(y * y) - mean_y**2
    both = blur(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    above = (2 * mean_x * mean_y + c1) * (2 * both + c2)
    likeness: Doubles = above / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    return likeness


def led(image: NDArray[Any], field: Floats) -> NDArray[Any]:
    """`image` looked up where `field` points from every pixel; 0 beyond its edge."""
    rows, columns = np.indices(field.shape[:2], np.float32)
    across, down = columns + field[..., 0], rows + field[..., 1]
    return np.asarray(cv2.remap(image, across, down, cv2.INTER_LINEAR))


def warping(truth: Frames, shown: Frames, masks: Bools) -> list[float]:
    """For each frame but the first, how far it is from the one before, led by the true motion.

    Only where the true flow there and back agrees within a pixel, and inside the hole.
    """
    found = []
    for t in range(1, len(truth)):
        back, ahead = flow_between(truth[t], truth[t - 1]), flow_between(truth[t - 1], truth[t])
        agrees = np.abs(back + led(ahead, back)).max(axis=-1) < 1
        within = led(np.ones(masks.shape[1:], np.float32), back) > 0.99
        counted = masks[t] & agrees & within
        if counted.any():
            gap = shown[t].astype(np.float64) - led(shown[t - 1], back)
            found.append(float(1000 * (gap[counted] ** 2).mean() / 255**2))
    return found


def numbers(truth: Frames, masks: Bools, filled: Frames) -> dict[str, float]:
    """The quality columns. What lies outside the hole is taken from the truth."""
    shown = np.where(masks[..., None], filled, truth)
    each: dict[str, list[float]] = {"psnr_in": [], "ssim_in": [], "psnr": []}
    for image, true, mask in zip(shown, truth, masks, strict=True):
        square = (image.astype(np.float64) - true) ** 2
        each["psnr_in"].append(psnr(square[mask].mean()))
        each["ssim_in"].append(float(ssim(image, true)[mask].mean()))
        each["psnr"].append(psnr(square.mean()))
    each["ewarp"] = warping(truth, shown, masks)
    return {name: float(np.mean(values)) for name, values in each.items() if values}


def noisy(truth: Frames, masks: Bools) -> Frames:
    """The clip as the method sees it: noise in the hole, so that the truth is not there."""
    random = np.random.default_rng(1)
    noise = [random.integers(0, 256, frame.shape, np.uint8) for frame in truth]
    return np.where(masks[..., None], np.stack(noise), truth)


def measure(name: str, kind: str, truth: Frames, methods: Sequence[str]) -> list[Row]:
    """All methods on one clip with one kind of hole, and the truth's own row."""
    masks = hole(name, kind, len(truth), (truth.shape[2], truth.shape[1]))
    seen = noisy(truth, masks)
    floor = float(np.median([flow_seconds(truth) for _ in range(FLOORS)]))
    timed: dict[str, tuple[Frames, float] | str] = {}
    for method in methods:
        try:
            timed[method] = METHODS[method](seen, masks, truth)
        except CommandError as error:
            timed[method] = str(error)
    rows = []
    for method, done in timed.items():
        if isinstance(done, str):
            rows.append(Row(name, kind, method, error=done))
            continue
        filled, seconds = done
        outside = int(np.abs(filled.astype(int) - truth)[~masks].max())
        found: dict[str, Any] = {**numbers(truth, masks, filled), "outside": outside}
        found |= {"seconds_per_frame": seconds / len(truth), "times_flow": seconds / floor}
        rows.append(Row(name, kind, method, **found))
    steady = warping(truth, truth, masks)
    return [*rows, Row(name, kind, TRUTH, ewarp=float(np.mean(steady)) if steady else None)]


def bench(
    *,
    only: Sequence[str] = (),
    kinds: Sequence[str] = KINDS,
    methods: Sequence[str] = (),
    size: Size = SIZE,
    frames: int = FRAMES,
) -> dict[str, object]:
    """Measure and print row by row; what the results file keeps."""
    methods = methods or [name for name in METHODS if name in STRATEGIES or name not in OURS]
    rows: list[Row] = []
    print(HEADER)
    for name, place in clip_places(only).items():
        truth = read_frames(place, size, frames)
        for kind in kinds:
            rows += measure(name, kind, truth, methods)
            print("\n".join(map(line, rows[-len(methods) - 1 :])), flush=True)
    return {**stamp(), "size": list(size), "frames": frames, "rows": [asdict(row) for row in rows]}


COLUMNS = {
    "psnr_in": ".2f",
    "ssim_in": ".3f",
    "psnr": ".2f",
    "ewarp": ".2f",
    "seconds_per_frame": ".3f",
    "times_flow": ".1f",
    "outside": "d",
}
HEADER = f"{'clip':16}{'hole':8}{'method':15}" + "".join(
    f"{name:>9}" for name in ("psnr_in", "ssim_in", "psnr", "ewarp", "s/frame", "x flow", "outside")
)


def line(row: Row) -> str:
    """A row for the terminal."""
    held = asdict(row)
    cells = ["-" if held[key] is None else format(held[key], form) for key, form in COLUMNS.items()]
    words = f"{row.clip:16}{row.hole:8}{row.method:15}" + "".join(f"{cell:>9}" for cell in cells)
    return f"{words}  {row.error}" if row.error else words


def main() -> None:
    """Measure, print, and keep the numbers if asked to."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="names of clips, parted by commas")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--methods", default="", help=f"of {', '.join(METHODS)}")
    parser.add_argument("--frames", type=int, default=FRAMES)
    parser.add_argument("--json", type=Path, help="keep the numbers here")
    given = parser.parse_args()
    chosen = [name for name in given.methods.split(",") if name]
    if wrong := set(chosen) - set(METHODS):
        parser.error(f"no method {', '.join(sorted(wrong))}; there are {', '.join(METHODS)}")
    found = bench(
        only=[name for name in given.only.split(",") if name],
        kinds=given.kinds.split(","),
        methods=chosen,
        frames=given.frames,
    )
    if given.json:
        write_json(given.json, found)


if __name__ == "__main__":
    main()
