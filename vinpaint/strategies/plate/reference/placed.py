"""A reference that has its place on each frame, cut to the windows that strategies see."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Box, MaskTrack, Piece, Reference, SettingsError, Span
from vinpaint.imaging.motion.camera import Homography, invert
from vinpaint.media import Clip
from vinpaint.strategies.plate.align import corners, moved
from vinpaint.strategies.plate.reference.given import ReferenceSource
from vinpaint.strategies.plate.reference.scale import shift

_RING_PX = 24
"""A clone is read so far beyond the bounds of the hole."""
_NOTHING, _ALL = 0.01, 0.995
_CLONE_LOOKS = 12
"""Of a clone so many frames are judged: each wants its own mask."""

Points = NDArray[np.float64]


@dataclass(frozen=True, repr=False)
class PlacedReference:
    """`ways`: (3, 3) by frame, from its pixels to the picture's. `track`: never to be copied.

    A clone is copied from the frame itself; its distance is measured in the picture.
    """

    given: ReferenceSource
    track: MaskTrack
    ways: Mapping[int, Homography]
    notes: tuple[str, ...] = ()

    def of(self, piece: Piece, clip: Clip) -> Reference:
        """What one window may copy from. Raises MediaError."""
        here, none = shift(piece.box.x0, piece.box.y0), np.eye(3)
        frames = piece.span.frames
        camera = np.stack([self.ways.get(t, none) @ here for t in frames])
        if self.given.clone is None:
            return Reference(self.given.picture[None], self.given.shown[None], camera, camera)
        box = self._source_box(piece, clip) or piece.box
        there = shift(-box.x0, -box.y0)
        places = np.stack([there @ self.way(t) @ here for t in frames])
        shown = self.track.read(piece.span, box=box).values == 0
        pictures = clip.read(piece.span, box=box).frames
        return Reference(pictures, shown, places, camera, same_scene=False)

    def way(self, t: int) -> Homography:
        """(3, 3): from frame t's pixels to those that are copied."""
        way = self.ways.get(t, np.eye(3))
        if self.given.clone is None:
            return way
        return np.asarray(invert(way) @ shift(*self.given.clone) @ way)

    def _source_box(self, piece: Piece, clip: Clip) -> Box | None:
        """A box around all that the window's holes are cloned from; None outside the picture."""
        points = []
        for t in piece.span.frames:
            bounds = self.track.bounds(t)
            if bounds is not None and t in self.ways:
                box = bounds.grow(_RING_PX, clip.width, clip.height)
                ends = corners((box.width, box.height)) + np.array([box.x0, box.y0])
                points.append(moved(self.way(t), ends))
        if not points:
            return None
        ends = np.concatenate(points)
        low, high = np.floor(ends.min(axis=0)), np.ceil(ends.max(axis=0)) + 1
        return Box(*(int(v) for v in (*low, *high))).intersection(clip.box)


def judged(placed: PlacedReference, probes: Mapping[int, Points]) -> PlacedReference:
    """With a note where the reference lacks a part. Raises SettingsError where it lacks all.

    `probes`: (n, 2) by frame, some pixels of its hole.
    """
    frames = list(probes)
    if placed.given.clone is not None:
        frames = frames[:: max(1, len(frames) // _CLONE_LOOKS)]
    told = np.concatenate([_shown(placed, t, probes[t]) for t in frames])
    share, name = float(told.mean()) if len(told) else 1.0, placed.given.name
    if share < _NOTHING:
        raise SettingsError(
            f"{name} shows nothing of what lies behind the mask: it is masked there too, or "
            "beyond the picture's edge; choose another frame, picture or place"
        )
    if share >= _ALL:
        return placed
    percent = min(99, max(1, round(100 * share)))
    note = f"{name} shows {percent} % of what the mask covers; propagation filled the rest."
    return dataclasses.replace(placed, notes=(note[0].upper() + note[1:],))


def _shown(placed: PlacedReference, t: int, points: Points) -> Bools:
    """(n,) bool: which of a frame's hole pixels the reference shows."""
    shown = placed.given.shown
    if placed.given.clone is not None:
        shown = placed.track.read(Span(t, t + 1)).values[0] == 0
    at = np.rint(moved(placed.way(t), points)).astype(np.int64)
    most = np.array(shown.shape[::-1]) - 1
    inside = ((at >= 0) & (at <= most)).all(axis=1)
    at = np.clip(at, 0, most)
    return np.asarray(inside & shown[at[:, 1], at[:, 0]])
