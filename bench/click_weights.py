"""Fit the model that chooses among the regions at a click, and test it by leave-one-out.

    VINPAINT_CLIPS=/some/folder python -m bench.click_weights            # 10 minutes
    VINPAINT_CLIPS=/some/folder python -m bench.click_weights --print    # the weights as well

`vinpaint.masks.tracker.object_candidates` proposes nested regions at a click, and a linear model
predicts the overlap of each with the object. Examples are clicks on three frames of each clip, and
on the first frame of made scenes (`planted_faults.py`); their target is the true overlap. For
leave-one-out, a clip is scored with weights that were fitted without it: the mean J of the prompted
frame, after the outline was refined.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from bench.masks import deepest, depth, one_click, overlap, three_clicks
from bench.planted_faults import sources
from vinpaint.core import Bools, Click, Floats
from vinpaint.masks.tracker import object_candidates
from vinpaint.masks.tracker.object_candidates import candidates_at, measurements
from vinpaint.masks.tracker.scene_cache import scene_of
from vinpaint.masks.tracker.segmentation import segment
from vinpaint.masks.tracker.working_crop import make_crop
from vinpaint.media import Clip, clip_of_frames, open_clip, read_image

Doubles = NDArray[np.float64]
_SHARES = (0.0, 0.4, 0.8)
"""The frames of a clip that examples are taken from."""
_RANDOM_CLICKS = 4
_SCENES = 14
_SCENE_WEIGHT = 0.3
"""Weight of a made scene; that of a clip is 1."""
_RIDGE = 0.03
_MIN_AREA_PX = 60


@dataclass(frozen=True)
class Example:
    """The candidates at a click: (count, features) measurements, (count,) overlaps."""

    name: str
    is_made: bool
    measured: Floats
    overlaps: Floats


def clicks_on(true: Bools, seed: int) -> list[tuple[int, int]]:
    """Return the deepest pixel of a mask and some random ones inside it, (x, y) each."""
    inside = depth(true)
    rows, columns = np.nonzero(inside > min(4.0, 0.5 * float(inside.max())))
    chosen = np.random.default_rng(seed).choice(len(rows), _RANDOM_CLICKS, replace=False)
    return [deepest(true), *((int(columns[i]), int(rows[i])) for i in chosen)]


def examples_of(name: str, clip: Clip, frame: int, true: Bools, *, is_made: bool) -> list[Example]:
    """Return an example for every click on a frame; none if little of the object is seen."""
    crop = make_crop(clip.box, clip.width, clip.height)
    small = cv2.resize(true.astype(np.float32), crop.size, interpolation=cv2.INTER_AREA) > 0.5
    if small.sum() < _MIN_AREA_PX:
        return []
    scene = scene_of(clip, frame, crop)
    covered = scene.graph.mean(small.astype(np.float32))[:, 0] * scene.graph.sizes
    found = []
    for point in clicks_on(true, frame):
        regions = candidates_at(scene, *crop.point_in(*point))
        common, areas = regions @ covered, regions @ scene.graph.sizes
        overlaps = common / (areas + covered.sum() - common)
        found.append(Example(name, is_made, measurements(scene, regions), overlaps))
    return found


def truth_of(folder: Path) -> list[Bools]:
    """Read the true masks of a clip."""
    return [read_image(path)[..., 0] > 127 for path in sorted((folder / "masks").iterdir())]


def collect(folders: Sequence[Path]) -> Iterator[list[Example]]:
    """Yield the examples of every clip and made scene."""
    names = {folder.name for folder in folders}
    for folder in folders:
        clip, truth = open_clip(folder / "frames"), truth_of(folder)
        frames = [int(share * (len(truth) - 1)) for share in _SHARES]
        yield [
            example
            for t in frames
            for example in examples_of(folder.name, clip, t, truth[t], is_made=False)
        ]
    for source in sources(folders[0].parent, [folder.name for folder in folders], _SCENES):
        if source.name in names:
            continue
        clip = clip_of_frames(np.stack(source.frames), fps=24)
        yield examples_of(source.name, clip, 0, source.thing[0], is_made=True)


def fit(some: Sequence[Example]) -> Floats:
    """Fit the weights by ridge regression on differences to the mean candidate of each click."""
    every = np.concatenate([one.measured for one in some]).astype(np.float64)
    mean, spread = every.mean(axis=0), every.std(axis=0) + 1e-6
    mean[0], spread[0] = 0.0, 1.0
    count = {name: sum(one.name == name for one in some) for name in {one.name for one in some}}
    size = every.shape[1]
    normal, target = np.zeros((size, size)), np.zeros(size)
    for one in some:
        weight = (_SCENE_WEIGHT if one.is_made else 1.0) / count[one.name] / len(one.overlaps)
        design = (one.measured - mean) / spread
        design = design - design.mean(axis=0)
        normal += weight * design.T @ design
        target += weight * design.T @ (one.overlaps - one.overlaps.mean())
    ridge = _RIDGE * np.trace(normal) / size
    solution = np.linalg.solve(normal + ridge * np.eye(size), target) / spread
    solution[0] -= float(mean @ solution)
    return solution.astype(np.float32)


def score(folder: Path, weights: Floats) -> tuple[float, float]:
    """Return J of the first frame with one click and with three."""
    object_candidates.WEIGHTS = weights
    clip, truth = open_clip(folder / "frames"), truth_of(folder)
    scores = []
    for prompts in (one_click(truth, folder), three_clicks(truth, folder)):
        clicks = [prompt for prompt in prompts if isinstance(prompt, Click)]
        scores.append(overlap(segment(clip, 0, clicks, [], None), truth[0]))
    return scores[0], scores[1]


def main() -> None:
    """Fit, and print J by leave-one-out and with the weights fitted to all."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--print", action="store_true", help="print the weights fitted to all")
    options = parser.parse_args()
    given = os.environ.get("VINPAINT_CLIPS")
    if not given:
        raise SystemExit("VINPAINT_CLIPS: set it to a folder of clips with frames/ and masks/")
    folders = sorted(path for path in Path(given).iterdir() if (path / "masks").is_dir())
    some: list[Example] = []
    for found in collect(folders):
        some += found
        if found:
            print(f"{found[0].name}: {len(found)} clicks", flush=True)
    some = [one for one in some if len(one.overlaps) > 1]
    whole = fit(some)
    rows = []
    print("\nJ of frame 0: click and click3 without this clip; with all")
    for folder in folders:
        alone = fit([one for one in some if folder.name not in one.name])
        rows.append((*score(folder, alone), *score(folder, whole)))
        print(f"{folder.name:14}" + "".join(f"{value:8.3f}" for value in rows[-1]), flush=True)
    print(f"{'mean':14}" + "".join(f"{value:8.3f}" for value in np.mean(rows, axis=0)))
    if options.print:
        print(np.array2string(whole, precision=4, separator=", ", suppress_small=True))


if __name__ == "__main__":
    main()
