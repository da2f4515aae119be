"""Small moving scenes, with and without planted faults, cut into windows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from examples.synthetic import Camera, disk, scene, texture
from vinpaint.core import Floats, Frames, Mask, Score, Video
from vinpaint.quality.metrics import QUICK, MetricWindow, measure

SIZE = (96, 72)
FRAMES = 8


def moving() -> Frames:
    """Return (8, 72, 96, 3): a texture that moves by whole pixels."""
    return scene(texture(120, 160, seed=2), Camera((2.0, 1.0)), size=SIZE, frames=FRAMES,
                 start=(70.0, 50.0))  # fmt: skip


def disk_mask(frames: int = FRAMES) -> Floats:
    """Return the mask of a disk in the middle that moves slightly."""
    return disk(frames, SIZE, radius_px=14, start=(40, 34), step_px=(1, 0))


def lifted(frames: Frames, mask: Floats, levels: Sequence[int]) -> Frames:
    """Brighten the frames inside the mask by the given levels, one value per frame."""
    out = np.clip(frames.astype(int), 0, 200)
    plus = np.asarray(levels).reshape(-1, 1, 1, 1) * (mask >= 0.5)[..., None]
    return (out + plus).astype(np.uint8)


def cut(
    before: Frames, after: Frames, mask: Floats, starts: Sequence[int] = (0,)
) -> Iterator[MetricWindow]:
    """Cut a clip into windows that begin at `starts`, each with one lead frame except the first."""
    ends = [*starts[1:], len(before)]
    for start, stop in zip(starts, ends, strict=True):
        lead = 1 if start else 0
        part = slice(start - lead, stop)
        videos = Video(before[part]), Video(after[part])
        yield MetricWindow(*videos, Mask(mask[part]), first_frame=start - lead, lead_frames=lead)


def scores(
    before: Frames, after: Frames, mask: Floats, starts: Sequence[int] = (0,)
) -> dict[str, Score]:
    """Return all scores, by name."""
    height, width = mask.shape[1:]
    windows = cut(before, after, mask, starts)
    measured = measure(windows, list(QUICK), frames=len(before), size=(width, height))
    return {score.name: score for score in measured}
