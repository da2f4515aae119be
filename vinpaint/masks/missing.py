"""Mask source: what the clip itself lacks.

These are transparent pixels, the border around the picture of a stabilised clip, and blocks that a
decoder lost. The method calls their repair *occlusion filling*.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from vinpaint.core import Bools, Box, Frames, MaskError, MaskTrack, Progress, Prompt, Span, section
from vinpaint.masks.base import TrackerOptions
from vinpaint.masks.detect.block_search import BlockSearch
from vinpaint.masks.detect.borders import BorderSearch, ShotBorder, border_mask, find_borders
from vinpaint.masks.detect.lost_blocks import pixels
from vinpaint.masks.mask_tracks import TrackBuilder, union
from vinpaint.media import Clip, find_cuts, read_alpha, split_shots

MissingKind = Literal["transparent", "border", "block"]

_OPAQUE = 250
"""A pixel with a smaller opacity is missing. Lossy video spreads 255 by a few levels."""


@dataclass(frozen=True)
class MissingArea:
    """One kind of missing pixels. frames: number of frames; share: mean of their area, 0 to 1."""

    kind: MissingKind
    frames: int
    share: float


@dataclass(frozen=True, repr=False)
class MissingPixels:
    """All missing pixels of a clip: the mask, and the kinds that were found."""

    track: MaskTrack
    areas: tuple[MissingArea, ...]


@dataclass(frozen=True)
class MissingSource:
    """Accepts `Missing` prompts."""

    title: str = "Missing pixels"
    kinds: tuple[str, ...] = ("missing",)

    def find(
        self, clip: Clip, prompts: Sequence[Prompt], *, options: TrackerOptions, progress: Progress
    ) -> MaskTrack:
        """Return the mask of all missing pixels. Raises MaskError if there are none."""
        return find_missing(clip, progress=progress).track


def find_missing(clip: Clip, *, progress: Progress) -> MissingPixels:
    """Find transparent pixels, moving borders and lost blocks. The clip is read frame by frame.

    Raises:
        MaskError: nothing is missing, or everything is.
    """
    with clip.reopen() as own:
        cuts = find_cuts(own, progress=section(progress, 0.0, 0.2))
        shots = tuple(split_shots(cuts, own.frames))
        search = find_borders(own, shots, section(progress, 0.2, 0.4))
        scan = _Scan(own, search)
        for shot in shots:
            scan.add_shot(shot, section(progress, 0.4, 1.0))
    if not scan.areas:
        raise MaskError(
            "nothing is missing: no transparent pixels, no border that moves from frame to frame "
            f"and no lost blocks were found{_describe_bars(search.bars)}"
        )
    if scan.empty == clip.frames:
        raise MaskError("the clip is transparent everywhere, so there is nothing to fill it from")
    return MissingPixels(scan.track(), scan.summary())


class _Scan:
    """One pass over the frames of a clip, which collects the mask."""

    def __init__(self, clip: Clip, search: BorderSearch) -> None:
        self.areas: dict[MissingKind, list[float]] = {}
        self.empty = 0
        self._clip = clip
        self._alpha = read_alpha(clip)
        self._borders = {border.span: border for border in search.shots}
        self._tracks = [TrackBuilder((clip.width, clip.height), clip.frames) for _ in range(2)]

    def add_shot(self, shot: Span, progress: Progress) -> None:
        """Read the frames of a shot."""
        border = self._borders.get(shot)
        blocks = BlockSearch((self._clip.width, self._clip.height))
        for t, picture in zip(shot.frames, self._clip.pictures(shot), strict=True):
            progress(t / self._clip.frames, f"looking for missing pixels, frame {t}")
            frame = picture.rgb()
            self._add_frame(t, frame, border)
            blocks.add(t, frame)
        for t, cells in blocks.finish().items():
            self._add(1, t, "block", pixels(cells, blocks.size))

    def _add_frame(self, t: int, frame: Frames, border: ShotBorder | None) -> None:
        alpha = next(self._alpha)
        missing = np.zeros(frame.shape[:2], np.bool_)
        if alpha is not None:
            missing = alpha < _OPAQUE
            self.empty += int(missing.all())
            self._note("transparent", missing)
        if border is not None:
            edge = border_mask(frame, border)
            self._note("border", edge)
            missing |= edge
        self._tracks[0].put(t, missing)

    def _add(self, track: int, t: int, kind: MissingKind, mask: Bools) -> None:
        self._note(kind, mask)
        self._tracks[track].put(t, mask)

    def _note(self, kind: MissingKind, mask: Bools) -> None:
        if mask.any():
            self.areas.setdefault(kind, []).append(float(mask.mean()))

    def track(self) -> MaskTrack:
        """Return the mask of all kinds."""
        return union([builder.build() for builder in self._tracks])

    def summary(self) -> tuple[MissingArea, ...]:
        """Return the kinds that were found."""
        return tuple(
            MissingArea(kind, len(shares), sum(shares) / len(shares))
            for kind, shares in self.areas.items()
        )


def _describe_bars(bars: Sequence[Box]) -> str:
    """Return the end of an error message about bars that stay in place; '' without any."""
    if not bars:
        return "; mark what is meant with a region or a box"
    corners = " and ".join(",".join(map(str, bar)) for bar in bars)
    return (
        f"; the bars at {corners} stay in place, which is a picture format: "
        "to fill them too, mark each as a region"
    )
