"""A reference with a homography for each frame, cut to the windows that strategies fill."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vinpaint.core import Bools, Box, MaskTrack, Piece, Reference, SettingsError, Span
from vinpaint.imaging.motion.camera import Homography, invert
from vinpaint.media import Clip
from vinpaint.strategies.plate.align import corners, transform
from vinpaint.strategies.plate.reference.scale import translation
from vinpaint.strategies.plate.reference.source import ReferenceSource

_RING_PX = 24
"""Margin around the hole that is read for a clone."""
_NOTHING, _ALL = 0.01, 0.995
"""Share of the hole below which a reference counts as showing none of it, and from which all of
it."""
_CLONE_FRAMES = 12
"""Number of frames on which a clone is checked: each needs its own mask."""

Points = NDArray[np.float64]
"""(N, 2) positions, pixels."""


@dataclass(frozen=True, repr=False)
class PlacedReference:
    """A reference that is aligned with the frames of a clip.

    Args:
        source: the reference. A clone is copied from the frame itself; its distance is measured in
            the pixels of the picture.
        track: the mask; masked pixels are never copied.
        homographies: for each frame the homography (3, 3) from its pixels to the picture.
        notes: sentences for the result's notes.
    """

    source: ReferenceSource
    track: MaskTrack
    homographies: Mapping[int, Homography]
    notes: tuple[str, ...] = ()

    def crop(self, piece: Piece, clip: Clip) -> Reference:
        """Return the reference for one window. Raises MediaError if the clip cannot be read."""
        to_frame, identity = translation(piece.box.x0, piece.box.y0), np.eye(3)
        frames = piece.span.frames
        camera = np.stack([self.homographies.get(t, identity) @ to_frame for t in frames])
        if self.source.clone is None:
            picture, copyable = self.source.picture[None], self.source.copyable[None]
            return Reference(picture, copyable, camera, camera)
        box = self._source_box(piece, clip) or piece.box
        to_box = translation(-box.x0, -box.y0)
        homographies = np.stack([to_box @ self.to_source(t) @ to_frame for t in frames])
        copyable = self.track.read(piece.span, box=box).values == 0
        pictures = clip.read(piece.span, box=box).frames
        return Reference(pictures, copyable, homographies, camera, same_scene=False)

    def to_source(self, t: int) -> Homography:
        """Return the homography (3, 3) from the pixels of frame t to the pixels to copy from."""
        homography = self.homographies.get(t, np.eye(3))
        if self.source.clone is None:
            return homography
        return np.asarray(invert(homography) @ translation(*self.source.clone) @ homography)

    def _source_box(self, piece: Piece, clip: Clip) -> Box | None:
        """Return a box around all pixels that a clone is copied from.

        Returns None if they lie outside the frame, or no frame has a hole.
        """
        points = []
        for t in piece.span.frames:
            bounds = self.track.bounds(t)
            if bounds is not None and t in self.homographies:
                box = bounds.grow(_RING_PX, clip.width, clip.height)
                ends = corners((box.width, box.height)) + np.array([box.x0, box.y0])
                points.append(transform(self.to_source(t), ends))
        if not points:
            return None
        ends = np.concatenate(points)
        low, high = np.floor(ends.min(axis=0)), np.ceil(ends.max(axis=0)) + 1
        return Box(*(int(v) for v in (*low, *high))).intersection(clip.box)

    def _shows(self, t: int, points: Points) -> Bools:
        """Return (n,) bool: which `points` of frame t the reference shows."""
        copyable = self.source.copyable
        if self.source.clone is not None:
            copyable = self.track.read(Span(t, t + 1)).values[0] == 0
        at = np.rint(transform(self.to_source(t), points)).astype(np.int64)
        last = np.array(copyable.shape[::-1]) - 1
        inside = ((at >= 0) & (at <= last)).all(axis=1)
        at = np.clip(at, 0, last)
        return np.asarray(inside & copyable[at[:, 1], at[:, 0]])

    def checked(self, probes: Mapping[int, Points]) -> PlacedReference:
        """Return the reference, with a note if it shows only a part of the hole.

        probes: for each frame (n, 2), a sample of the pixels of its hole. Raises SettingsError if
        the reference shows none of them.
        """
        frames = list(probes)
        if self.source.clone is not None:
            frames = frames[:: max(1, len(frames) // _CLONE_FRAMES)]
        shown = np.concatenate([self._shows(t, probes[t]) for t in frames])
        share, name = float(shown.mean()) if len(shown) else 1.0, self.source.name
        if share < _NOTHING:
            raise SettingsError(
                f"{name} shows nothing of what lies behind the mask: it is masked there too, or "
                "beyond the picture's edge; choose another frame, picture or place"
            )
        if share >= _ALL:
            return self
        percent = min(99, max(1, round(100 * share)))
        note = f"{name} shows {percent} % of what the mask covers; propagation filled the rest."
        return dataclasses.replace(self, notes=(note[0].upper() + note[1:],))
