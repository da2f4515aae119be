"""How well an object is found and followed, on clips with a true mask of every frame.

    VINPAINT_CLIPS=/some/folder python bench/masks.py
    python bench/masks.py --clips /some/folder --prompts click,box --only dog --results

The folder holds one folder a clip, each with `frames/` and `masks/` (images, white is the object),
as DAVIS 2016 has them. Every prompt is made from the true masks. The score J is the intersection
over union with the true mask, the mean over all frames but the first, the last and those given.
"""

from __future__ import annotations

import argparse
import datetime
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from vinpaint import masks
from vinpaint.core import (
    Bools,
    BoxPrompt,
    Click,
    Keyframe,
    Painting,
    Prompt,
    Span,
    bounding_box,
    no_op,
)
from vinpaint.media import open_clip, read_image, write_png

RESULTS = Path(__file__).parent / "MASKS.md"
KEYFRAME_STEP = 10
RIM_PX = 2
"""A point inside keeps this far from the outline."""
OUTSIDE_PX = (10, 15)
"""A 'not this' point lies this far outside the outline."""

Truth = list[Bools]
Make = Callable[[Truth, Path], list[Prompt]]


@dataclass(frozen=True)
class Row:
    """One clip and one kind of prompt."""

    clip: str
    prompt: str
    j: float
    first: float
    last: float
    seconds_per_frame: float


def overlap(found: Bools, true: Bools) -> float:
    """Intersection over union; 1 where both are empty."""
    union = int((found | true).sum())
    return float((found & true).sum() / union) if union else 1.0


def depth(inside: Bools) -> np.ndarray:
    """(H, W) pixels to the nearest pixel outside; what lies beyond the frame is outside."""
    padded = np.pad(inside, 1).astype(np.uint8)
    return cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]


def deepest(true: Bools) -> tuple[int, int]:
    """(x, y) of the pixel farthest from the outline."""
    row, column = np.unravel_index(int(depth(true).argmax()), true.shape)
    return int(column), int(row)


def one_click(truth: Truth, _root: Path) -> list[Prompt]:
    """The deepest point of frame 0."""
    return [Click(0, *deepest(truth[0]))]


def three_clicks(truth: Truth, _root: Path) -> list[Prompt]:
    """The deepest point, the one inside farthest from it, and the nearest one just outside."""
    true = truth[0]
    x, y = deepest(true)
    rows, columns = np.indices(true.shape)
    away = np.hypot(columns - x, rows - y)
    inside = depth(true) > RIM_PX
    far = np.where(inside if inside.any() else true, away, -1.0).argmax()
    gap = cv2.distanceTransform((~true).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    ring = (gap > OUTSIDE_PX[0]) & (gap <= OUTSIDE_PX[1])
    near = np.where(ring, away, np.inf).argmin()
    (y2, x2), (y3, x3) = (np.unravel_index(int(at), true.shape) for at in (far, near))
    return [Click(0, x, y), Click(0, int(x2), int(y2)), Click(0, int(x3), int(y3), add=False)]


def one_box(truth: Truth, _root: Path) -> list[Prompt]:
    """The bounding box on frame 0."""
    box = bounding_box(truth[0])
    assert box is not None, "the first true mask is empty"
    return [BoxPrompt(0, box)]


def painted(
    kind: type[Painting] | type[Keyframe], frames: Sequence[int], truth: Truth, root: Path
) -> list[Prompt]:
    """The true masks of some frames."""
    prompts: list[Prompt] = []
    for t in frames:
        path = root / f"{t:05d}.png"
        write_png(path, np.repeat(truth[t][..., None].astype(np.uint8) * 255, 3, axis=-1))
        prompts.append(kind(t, str(path)))
    return prompts


def keyframes(truth: Truth, root: Path) -> list[Prompt]:
    """The true mask of every tenth frame and of the last."""
    last = len(truth) - 1
    return painted(Keyframe, [*range(0, last, KEYFRAME_STEP), last], truth, root)


PROMPTS: dict[str, Make] = {
    "click": one_click,
    "click3": three_clicks,
    "box": one_box,
    "paint": lambda truth, root: painted(Painting, [0], truth, root),
    "paint2": lambda truth, root: painted(Painting, [0, len(truth) // 2], truth, root),
    "keyframes": keyframes,
}
STILL = "still"
"""No tracker: the true mask of frame 0 stays where it was."""


def scored(
    name: str, kind: str, found: Truth, truth: Truth, given: set[int], seconds: float
) -> Row:
    """The row of one clip."""
    each = [overlap(a, b) for a, b in zip(found, truth, strict=True)]
    counted = [j for t, j in enumerate(each) if 0 < t < len(each) - 1 and t not in given]
    return Row(name, kind, float(np.mean(counted)), each[0], each[-1], seconds / len(each))


def measure(folder: Path, kind: str, tracker: str) -> Row:
    """One clip and one kind of prompt, in this process."""
    truth = [read_image(path)[..., 0] > 127 for path in sorted((folder / "masks").iterdir())]
    if kind == STILL:
        return scored(folder.name, kind, [truth[0]] * len(truth), truth, set(), 0.0)
    clip = open_clip(folder / "frames")
    with tempfile.TemporaryDirectory() as root:
        prompts = PROMPTS[kind](truth, Path(root))
        start = time.process_time()
        track = masks.find(clip, prompts, options=masks.TrackerOptions(tracker), progress=no_op)
        seconds = time.process_time() - start
    found = [track.read(Span(t, t + 1)).hole[0] for t in range(clip.frames)]
    given = {p.frame for p in prompts if isinstance(p, Painting | Keyframe)}
    return scored(folder.name, kind, found, truth, given, seconds)


def table(rows: Sequence[Row], kinds: Sequence[str]) -> str:
    """Markdown: a line a clip, a column a prompt; the means below."""
    names = sorted({row.clip for row in rows})
    cell = {(row.clip, row.prompt): row for row in rows}
    lines = ["| clip | " + " | ".join(kinds) + " |", "|---" * (len(kinds) + 1) + "|"]
    for name in names:
        lines.append(f"| {name} | " + " | ".join(f"{cell[name, k].j:.3f}" for k in kinds) + " |")
    for title, take in (
        ("**mean J**", lambda row: row.j),
        ("J of frame 0", lambda row: row.first),
        ("J of the last frame", lambda row: row.last),
        ("CPU s a frame", lambda row: row.seconds_per_frame),
    ):
        means = [float(np.mean([take(row) for row in rows if row.prompt == k])) for k in kinds]
        lines.append(f"| {title} | " + " | ".join(f"{mean:.3f}" for mean in means) + " |")
    return "\n".join(lines)


def commit_now() -> str:
    """The commit that is measured; asked before the measuring, which takes minutes."""
    root = Path(__file__).parents[1]
    git = ["git", "-C", str(root), "rev-parse", "--short", "HEAD"]
    done = subprocess.run(git, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def report(rows: Sequence[Row], kinds: Sequence[str], tracker: str, commit: str) -> str:
    """The file of results."""
    return f"""# Masks against the truth

{datetime.date.today().isoformat()}, commit {commit}, tracker `{tracker}`, measured by
`python bench/masks.py --results` on {len({row.clip for row in rows})} clips of DAVIS 2016 at
their own size, one CPU process.

J is the intersection over union with the true mask, 1 at best: the mean over all frames but the
first, the last and those that were given.

- click: one point on frame 0, the deepest inside the object
- click3: two more on frame 0, one inside and far from the first, one just outside: 'not this'
- box: the bounding box on frame 0
- paint: the true mask of frame 0; paint2: of the middle frame as well
- keyframes: the true mask of every tenth frame and of the last, the shape interpolated
- still: the true mask of frame 0, left where it is

{table(rows, kinds)}

To compare, from the true mask of frame 0 and without learning: BVS 0.600 and ObjFlow 0.680
(published, over all of DAVIS 2016's validation set, which these clips are only a part of). A
naive grabCut-and-flow tracker on these clips: 0.52 from paint, 0.32 from box.

The weights that choose the region at a click are fitted to these clips. `python -m
bench.click_weights` fits them and tests them by leave-one-out.
"""


def main() -> None:
    """Measure, print, and write if asked to."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=Path, default=os.environ.get("VINPAINT_CLIPS"))
    parser.add_argument("--prompts", default=",".join((*PROMPTS, STILL)))
    parser.add_argument("--only", default="", help="names of clips, parted by commas")
    parser.add_argument("--tracker", default="free")
    parser.add_argument("--results", action="store_true", help=f"write {RESULTS.name}")
    options = parser.parse_args()
    kinds = options.prompts.split(",")
    if wrong := set(kinds) - {*PROMPTS, STILL}:
        parser.error(f"no prompt {', '.join(wrong)}; there are {', '.join((*PROMPTS, STILL))}")
    if options.clips is None:
        parser.error("say where the clips are: --clips or VINPAINT_CLIPS")
    wanted = set(filter(None, options.only.split(",")))
    folders = sorted(path.parent for path in options.clips.glob("*/masks"))
    folders = [folder for folder in folders if not wanted or folder.name in wanted]
    if not folders:
        parser.error(f"no clip with frames/ and masks/ in {options.clips}")
    commit = commit_now()
    rows = []
    for kind in kinds:
        for folder in folders:
            rows.append(measure(folder, kind, options.tracker))
            row = rows[-1]
            print(f"{kind:10} {row.clip:14} {row.j:.3f}  {row.seconds_per_frame:.3f} s", flush=True)
    print(table(rows, kinds))
    if options.results:
        RESULTS.write_text(report(rows, kinds, options.tracker, commit), encoding="utf-8")


if __name__ == "__main__":
    main()
