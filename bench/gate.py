"""Does the gate agree with the eye? And does it put the truth first?

    VINPAINT_CLIPS=/some/folder python -m bench.gate                # both tables
    VINPAINT_CLIPS=/some/folder python -m bench.gate --sheets out/  # pictures to label by
    VINPAINT_CLIPS=/some/folder python -m bench.gate --only dog --table order

`eye`: each clip's own object is removed by propagate and by OpenCV's Telea (default tuning, the
clip's own masks), the gate judges both, and its verdict stands beside the label in
gate_labels.json, which was given by looking, before the gate had spoken. `order`: holes of known
content, still and moving; the quality of the truth, of propagate, of Telea and of a flat colour.
"""

from __future__ import annotations

import argparse
import json
import resource
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from bench.common import (
    EXACT_MASK,
    HERE,
    Size,
    clip_places,
    hole,
    read_frames,
    run_vinpaint,
    write_images,
)
from bench.fill import RADIUS_PX, noisy
from vinpaint.core import Bools, Frames, GateResult, bounding_box
from vinpaint.media import read_image, write_png
from vinpaint.pipeline.score import Measured, score
from vinpaint.quality.gate import read_gate

LABELS = HERE / "gate_labels.json"
METHODS = ("propagate", "telea")
ORDER = ("truth", "propagate", "telea", "flat")
SIZE: Size = (432, 240)
FRAMES = 50
_TILE_PX = (466, 326)
_AROUND_PX = 60


@dataclass(frozen=True)
class Judged:
    """A verdict of the gate, and what measuring and filling cost in seconds of processor time."""

    gate: GateResult
    measuring: float = 0.0
    filling: float = 0.0


def telea(frames: Frames, holes: Bools) -> Frames:
    """OpenCV's inpainting, frame by frame."""
    pairs = zip(frames, holes.astype(np.uint8), strict=True)
    return np.stack([cv2.inpaint(f, m, RADIUS_PX, cv2.INPAINT_TELEA) for f, m in pairs])


def flat(frames: Frames, holes: Bools) -> Frames:
    """The mean colour of the rim."""
    out = frames.copy()
    for frame, inside in zip(out, holes, strict=True):
        wide = cv2.dilate(inside.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
        if inside.any():
            frame[inside] = frame[wide & ~inside].mean(axis=0)
    return out


def removed(place: Path, root: Path) -> tuple[dict[str, Path], Path, GateResult]:
    """A clip's own object removed by both methods: (folders of frames, of masks, the run's gate).

    The run knows more than its pictures tell: how much of the hole no frame shows.
    """
    masks = place.parent / "masks"
    run_vinpaint("mask", place, "--mask", masks, "-o", root / "mask")
    report = root / "report.json"
    run_vinpaint("run", place, "--mask", masks, "-o", root / "propagate", "--report", report)
    gate = read_gate(json.loads(report.read_text(encoding="utf-8")))
    assert gate is not None
    (root / "telea").mkdir()
    pairs = zip(_images(place), _images(root / "mask"), strict=True)
    for number, (image, mask) in enumerate(pairs):
        frame, level = read_image(image), read_image(mask)[..., 0]
        box = bounding_box(level > 0)
        if box is not None:
            near = box.grow(20, frame.shape[1], frame.shape[0]).slices
            share = level[near][..., None] / 255
            fill = telea(frame[near][None], level[near][None] > 0)[0]
            frame[near] = np.rint(frame[near] * (1 - share) + fill * share)
        write_png(root / "telea" / f"{number:05d}.png", frame)
    return {name: root / name for name in METHODS}, root / "mask", gate


def _images(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in (".png", ".jpg"))


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _own_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def judged(before: Path, after: Path, masks: Path, filling: float = 0.0) -> Judged:
    """The gate's verdict on a repair, as `vinpaint score` gives it."""
    start = _own_seconds()
    scored: Measured = score(str(before), str(after), mask=str(masks), leftovers=False)
    assert scored.gate is not None
    return Judged(scored.gate, _own_seconds() - start, filling)


def against_the_eye(only: Sequence[str], sheets: Path | None) -> None:
    """The table of verdicts beside labels; with `sheets` only the pictures to label by."""
    labels = json.loads(LABELS.read_text(encoding="utf-8"))["labels"]
    agreed = counted = 0
    print(f"{'clip':14}{'method':11}{'eye':6}{'gate':6}{'Q':>6}  reasons")
    for name, place in clip_places(only).items():
        with tempfile.TemporaryDirectory() as held:
            fills, masks, gate = removed(place, Path(held))
            if sheets is not None:
                write_png(sheets / f"{name}.png", sheet(place, list(fills.values()), masks))
                continue
            for method, after in fills.items():
                own = method == "propagate"
                one = Judged(gate) if own else judged(place, after, masks)
                eye = labels[name][method][0]
                agreed, counted = agreed + (eye == one.gate.verdict), counted + 1
                print(line(name, method, eye, one), flush=True)
    if counted:
        print(f"{agreed} of {counted} agree")


def line(name: str, method: str, eye: str, one: Judged) -> str:
    """A row of the table."""
    why = ", ".join(f"{r.kind} {r.strength:.1f}{'' if r.whole else ' (frames)'}"
                    for r in one.gate.reasons)  # fmt: skip
    quality = one.gate.quality or 0.0
    return f"{name:14}{method:11}{eye:6}{one.gate.verdict:6}{quality:6.3f}  {why or '-'}"


def sheet(place: Path, fills: Sequence[Path], masks: Path) -> Frames:
    """Frames at 1/4, 1/2 and 3/4: the source with the hole outlined, and every fill beside it."""
    count = len(_images(place))
    rows = []
    for t in (count // 4, count // 2, 3 * count // 4):
        mask = read_image(_images(masks)[t])[..., 0]
        inside = mask > 127
        outline = cv2.dilate(inside.astype(np.uint8), np.ones((3, 3), np.uint8)) > inside
        box = bounding_box(mask > 0)
        near = box.grow(_AROUND_PX, mask.shape[1], mask.shape[0]).slices if box else np.s_[:, :]
        source = read_image(_images(place)[t])
        source[outline] = (255, 255, 0)
        shown = [source, *(read_image(_images(fill)[t]) for fill in fills)]
        rows.append(np.hstack([_tile(one[near]) for one in shown]))
    return np.vstack(rows)


def _tile(picture: Frames) -> Frames:
    width, height = _TILE_PX
    scale = min(width / picture.shape[1], height / picture.shape[0])
    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    tile = np.zeros((height + 4, width + 4, 3), np.uint8)
    tile[: small.shape[0], : small.shape[1]] = small
    return tile


def ordered(
    only: Sequence[str], kinds: Sequence[str], size: Size = SIZE, frames: int = FRAMES
) -> Iterator[tuple[str, str, dict[str, Judged]]]:
    """(clip, hole, by method) for holes of known content."""
    for name, place in clip_places(only).items():
        truth = read_frames(place, size, frames)
        for kind in kinds:
            masks = hole(name, kind, len(truth), size)
            yield name, kind, compared(truth, noisy(truth, masks), masks)


def compared(truth: Frames, seen: Frames, masks: Bools) -> dict[str, Judged]:
    """Every method's verdict, for a truth and what is seen of it."""
    with tempfile.TemporaryDirectory() as held:
        root = Path(held)
        before, mask = write_images(root / "before", seen), write_images(root / "mask", masks)
        start = _children_seconds()
        words = [*EXACT_MASK, "--measures", "none", "-o", root / "propagate"]
        run_vinpaint("run", before, "--mask", mask, *words)
        filling = _children_seconds() - start
        write_images(root / "truth", truth)
        write_images(root / "telea", telea(seen, masks))
        write_images(root / "flat", flat(seen, masks))
        return {name: judged(before, root / name, mask, filling) for name in ORDER}


def in_order(row: dict[str, Judged]) -> bool:
    """Whether the truth is first, propagate next, and neither Telea nor a flat colour above.

    By two digits, as people are shown it: a fill may be as good as the truth.
    """
    quality = {name: round(one.gate.quality or 0.0, 2) for name, one in row.items()}
    rulings = {name: ("fail", "look", "pass").index(one.gate.verdict) for name, one in row.items()}
    last = max(quality["telea"], quality["flat"])
    worst = max(rulings["telea"], rulings["flat"])
    by_ruling = rulings["truth"] >= rulings["propagate"] >= worst
    return by_ruling and quality["truth"] >= quality["propagate"] > last


def order(only: Sequence[str]) -> None:
    """The table of qualities, and how often the order is right."""
    print(f"{'clip':14}{'hole':8}" + "".join(f"{name:>16}" for name in ORDER))
    right = {"static": 0, "moving": 0}
    total = 0
    for name, kind, row in ordered(only, tuple(right)):
        right[kind] += in_order(row)
        total += 1
        cells = "".join(
            f"{one.gate.quality or 0:8.3f} {one.gate.verdict:7}" for one in row.values()
        )
        cost = row["propagate"]
        print(f"{name:14}{kind:8}{cells} {'' if in_order(row) else 'WRONG'}"
              f"  [{cost.measuring:.1f} s / {cost.filling:.1f} s]", flush=True)  # fmt: skip
    print(", ".join(f"{kind}: {count} of {total // 2} in order" for kind, count in right.items()))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", default="", help="names of clips, parted by commas")
    parser.add_argument("--table", choices=("eye", "order", "both"), default="both")
    parser.add_argument("--sheets", type=Path, help="write pictures to label by, judge nothing")
    options = parser.parse_args()
    only = [name for name in options.only.split(",") if name]
    if options.table != "order" or options.sheets:
        against_the_eye(only, options.sheets)
    if options.table != "eye" and not options.sheets:
        order(only)


if __name__ == "__main__":
    main()
