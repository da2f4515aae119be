"""Exactness: what changed outside the mask, counted on the decoded file, sample by sample.

The seed's constraint 1, I'(i, j) = I(i, j) wherever M(i, j) = 0. Files of one layout are compared
in their own planes (a chroma sample counts when all its pixels lie outside the mask); others in
RGB.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from vinpaint.clip import Clip, Layout, Picture, outside_masks
from vinpaint.types import Bools, MaskTrack, Outside, Span

_WINDOW_FRAMES = 16


class KeptPixels:
    """Which pixels of each frame lie outside the mask (it is 0), asked for in order."""

    def __init__(self, track: MaskTrack) -> None:
        self._track = track
        self._span = Span(0, 0)
        self._masks: dict[int, Bools] = {}

    def of(self, frame: int) -> Bools:
        """(H, W) bool."""
        if frame not in self._span.frames:
            self._load(frame)
        return self._masks[frame]

    def _load(self, frame: int) -> None:
        width, height = self._track.size
        self._span = Span(frame, min(self._track.frames, frame + _WINDOW_FRAMES))
        self._masks = {}
        boxes = [self._track.bounds(t) for t in self._span.frames]
        joined = None
        for box in boxes:
            joined = box if joined is None else joined.join(box) if box else joined
        values = None if joined is None else self._track.read(self._span, box=joined).values
        for i, t in enumerate(self._span.frames):
            kept = np.ones((height, width), np.bool_)
            if values is not None and joined is not None:
                kept[joined.slices] = values[i] == 0
            self._masks[t] = kept


def largest_difference(first: Picture, second: Picture, kept: Bools) -> tuple[int, int]:
    """(samples compared, largest absolute difference) over the kept samples of two pictures.

    The second may be larger by a padded row or column. Levels are those of the planes.
    """
    if _alike(first.layout, second.layout):
        pairs = list(
            zip(first.planes, second.planes, outside_masks(kept, first.layout), strict=True)
        )
    else:
        a, b = first.rgb(), second.rgb()
        pairs = [(a[..., i], b[..., i], kept) for i in range(3)]
    compared = worst = 0
    for a, b, where in pairs:
        b = b[: a.shape[0], : a.shape[1]]
        compared += int(where.sum())
        unequal = (a != b) & where
        if unequal.any():
            gap = np.abs(a[unequal].astype(np.int64) - b[unequal].astype(np.int64))
            worst = max(worst, int(gap.max()))
    return compared, worst


def _alike(first: Layout, second: Layout) -> bool:
    return (first.family, first.depth, first.shift_x, first.shift_y) == (
        second.family,
        second.depth,
        second.shift_x,
        second.shift_y,
    )


def outside(
    source: Clip,
    result: Clip,
    track: MaskTrack,
    *,
    before_encoding: int,
    lossless: bool,
    tick: Callable[[int], None],
) -> Outside:
    """Compare every frame of the decoded result with the source; `tick(frame)` tells progress."""
    kept = KeptPixels(track)
    compared = worst = 0
    for first, second in zip(source.pictures(), result.pictures(), strict=True):
        tick(first.index)
        count, gap = largest_difference(first, second, kept.of(first.index))
        compared += count
        worst = max(worst, gap)
    return Outside(compared, worst, before_encoding, lossless)
