"""Masks and clips for the tests of masks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import strategies as st

from tests.making import disk_hole, pan, texture, write_folder
from vinpaint.core import Bools, Box, Frames, Span
from vinpaint.masks.mask_tracks import StoredTrack, TrackBuilder
from vinpaint.media import Clip, open_clip

HEIGHT, WIDTH, COUNT = 96, 128, 8


def silence(fraction: float, words: str) -> None:
    """A progress callback that only checks its arguments."""
    assert 0.0 <= fraction <= 1.0
    assert words


def stored(masks: Bools) -> StoredTrack:
    """Store (T, H, W) bool masks as a mask track."""
    count, height, width = masks.shape
    builder = TrackBuilder((width, height), count)
    for t, mask in enumerate(masks):
        builder.put(t, mask)
    return builder.build()


@st.composite
def some_masks(draw: st.DrawFn, *, most: int = 24) -> Bools:
    """Hypothesis strategy for (T, H, W) bool masks: blocks, single pixels, empty and full ones."""
    count, height, width = (draw(st.integers(1, n)) for n in (4, most, most))
    share = draw(st.sampled_from([0.0, 0.02, 0.3, 0.9, 1.0]))
    random = np.random.default_rng(draw(st.integers(0, 2**16)))
    return random.random((count, height, width)) < share


@st.composite
def some_window(draw: st.DrawFn, masks: Bools) -> tuple[Span, Box]:
    """Hypothesis strategy for a non-empty span and box inside (T, H, W) masks."""
    (t0, t1), (y0, y1), (x0, x1) = (_stretch(draw, size) for size in masks.shape)
    return Span(t0, t1), Box(x0, y0, x1, y1)


def _stretch(draw: st.DrawFn, size: int) -> tuple[int, int]:
    start = draw(st.integers(0, size - 1))
    return start, draw(st.integers(start + 1, size))


def moving_disk(
    *,
    count: int = COUNT,
    height: int = HEIGHT,
    width: int = WIDTH,
    radius: float = 16.0,
    start: tuple[float, float] = (36.0, 48.0),
    step: tuple[float, float] = (4.0, 1.0),
) -> tuple[Frames, Bools]:
    """(frames, true masks): a textured orange disk over a textured background that pans slowly."""
    frames = pan(count, height, width, step=(1, 0), seed=3).copy()
    holes = disk_hole(count, height, width, radius=radius, start=start, step=step)
    return lay(frames, holes, step, seed=11, tint=(60, -10, -70)), holes


def lay(
    frames: Frames,
    holes: Bools,
    step: tuple[float, float],
    *,
    seed: int,
    tint: tuple[int, int, int],
) -> Frames:
    """Fill the holes of the frames with a tinted texture that moves by `step` per frame."""
    count, height, width = holes.shape
    wide = texture(height + 4 * count, width + 8 * count, seed=seed).astype(np.int16)
    skin = np.clip(wide + np.array(tint, np.int16), 0, 255).astype(np.uint8)
    laid = frames.copy()
    for t, hole in enumerate(holes):
        dx, dy = round(step[0] * (count - t)), round(step[1] * (count - t))
        dx, dy = dx % (8 * count), dy % (4 * count)
        part = skin[dy : dy + height, dx : dx + width]
        laid[t][hole] = part[hole]
    return laid


def folder_clip(root: Path, frames: Frames) -> Clip:
    """Write the frames as a folder of PNG images and open it as a clip."""
    return open_clip(write_folder(root, frames))


def overlap(found: Bools, true: Bools) -> float:
    """Return the intersection over union, summed over all frames."""
    union = int((found | true).sum())
    return float((found & true).sum() / union) if union else 1.0
