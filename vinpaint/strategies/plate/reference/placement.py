"""Finding the place of a reference on every frame that is repaired."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import (
    Bools,
    FillSettings,
    Frames,
    MaskTrack,
    Progress,
    SettingsError,
    Span,
    section,
    windows,
)
from vinpaint.imaging.motion.camera import Homography, estimate_camera, invert
from vinpaint.media import Clip, split_shots
from vinpaint.strategies.plate.align import Fit, features, lead, steady_path
from vinpaint.strategies.plate.reference.given import ReferenceSource, read, scaled
from vinpaint.strategies.plate.reference.placed import PlacedReference, Points, judged
from vinpaint.strategies.plate.reference.scale import seen, shrink, small_size

_MASK_FRAMES = 12
_ALIKE = 0.5
"""Two pictures of one shape that correlate so much show the same from the same place."""
_PROBES = 200
"""So many pixels of each hole are kept, to tell what of it the reference shows."""


def place(
    fill: FillSettings,
    clip: Clip,
    track: MaskTrack,
    frames: Sequence[int],
    *,
    cuts: Sequence[int],
    progress: Progress,
) -> PlacedReference:
    """Read the reference and find its place on `frames`, those that are repaired, in order.

    `track`: the tuned mask of all frames. Raises SettingsError where the reference cannot be
    aligned or shows nothing of what is wanted, MediaError where it cannot be read.
    """
    given = read(fill, clip, track, frames[0])
    placer = _Placer(clip, track, given)
    ways: dict[int, Homography] = {}
    probes: dict[int, Points] = {}
    runs = list(_runs(frames, cuts, clip.frames))
    for number, (run, shot) in enumerate(runs):
        told = section(progress, number / len(runs), (number + 1) / len(runs))
        sight = placer.look(run, told)
        ways |= dict(zip(run.frames, placer.extend_chain(run, shot, sight, told), strict=True))
        probes |= dict(zip(run.frames, sight.probes, strict=True))
    return judged(PlacedReference(given, track, ways), probes)


def _runs(frames: Sequence[int], cuts: Sequence[int], count: int) -> Iterator[tuple[Span, Span]]:
    """Stretches of frames side by side within one shot, each with its shot."""
    wanted = np.zeros(count, np.int8)
    wanted[list(frames)] = 1
    for shot in split_shots(cuts, count):
        edges = np.flatnonzero(np.diff(wanted[shot.start : shot.stop], prepend=0, append=0))
        for start, stop in (edges + shot.start).reshape(-1, 2):
            yield Span(int(start), int(stop)), shot


@dataclass(frozen=True, repr=False)
class _Sight:
    """What a run of frames showed, at the scale of alignment.

    `steps`: to the next frame; `fits`: to the picture; `probes`: (n, 2) full-size pixels of each
    frame's hole; `likeness`: of the first frame with the picture, as if seen from the same place.
    """

    steps: list[Homography]
    fits: list[Fit | None]
    probes: list[Points]
    likeness: float


class _Placer:
    """Aligns one clip with one picture."""

    def __init__(self, clip: Clip, track: MaskTrack, given: ReferenceSource) -> None:
        self._clip, self._track, self._given = clip, track, given
        self._size = small_size((clip.width, clip.height))
        self._small = shrink((clip.width, clip.height))
        self._picture_small = shrink(given.picture.shape[1::-1])
        self._grey, shut = seen(given.picture, ~given.shown)
        self._features = features(self._grey, shut)

    def look(self, run: Span, progress: Progress) -> _Sight:
        """See all frames of a run."""
        fits: list[Fit | None] = []
        probes: list[Points] = []
        steps: list[Homography] = []
        likeness, last = 0.0, None
        for t, picture, mask in self._frames(run):
            progress((t - run.start) / run.length, f"placing the reference on frame {t}")
            grey, shut = seen(picture, mask)
            if last is None:
                likeness = self._likeness(grey, shut)
            else:
                steps.append(_step(last, (grey, shut)))
            last = grey, shut
            fits.append(lead(features(grey, shut), self._features, self._size))
            probes.append(_probed(mask))
        return _Sight(steps, fits, probes, likeness)

    def extend_chain(
        self, run: Span, shot: Span, sight: _Sight, progress: Progress
    ) -> list[Homography]:
        """(3, 3) for each frame of the run, in full-size pixels. Raises SettingsError."""
        anchor, start = self._anchor(run, shot, sight, progress)
        here, there = self._small, self._picture_small
        begun = there @ start @ invert(here)
        ways = steady_path(anchor - run.start, begun, sight.steps, sight.fits, self._size)
        return [np.asarray(invert(there) @ way @ here) for way in ways]

    def _anchor(
        self, run: Span, shot: Span, sight: _Sight, progress: Progress
    ) -> tuple[int, Homography]:
        """A frame of the run, and where it lies in the picture."""
        anchor, start = self._given.anchor, self._given.start
        if anchor is not None and start is not None and anchor in run.frames:
            return anchor, start
        best = int(np.argmax([fit.points if fit else 0 for fit in sight.fits]))
        fit = sight.fits[best]
        if fit is not None:
            full = invert(self._picture_small) @ fit.way @ self._small
            return run.start + best, np.asarray(full)
        if anchor is not None and start is not None and anchor in shot.frames:
            return self._led_on(anchor, start, run, progress)
        if self._given.clone is not None:  # where nothing tells of the camera it is taken plainly
            return run.start, np.eye(3)
        alike = scaled(self._given.picture, self._clip)
        if alike is not None and sight.likeness >= _ALIKE:
            return run.start, alike
        raise SettingsError(
            f"{self._given.name} cannot be aligned with frames {run.start} to {run.stop - 1}: too "
            "little outside the mask looks alike; give a picture of the same place, or say which "
            "frame it belongs to (--reference-frame N)"
        )

    def _led_on(
        self, anchor: int, start: Homography, run: Span, progress: Progress
    ) -> tuple[int, Homography]:
        """From the anchor through the frames between to the run's nearest frame."""
        near = run.start if anchor < run.start else run.stop - 1
        between = Span(min(anchor, near), max(anchor, near) + 1)
        way, last = np.eye(3), None
        for t, picture, mask in self._frames(between):
            progress(0.9, f"following the camera on frame {t}")
            now = seen(picture, mask)
            way = way if last is None else _step(last, now) @ way
            last = now
        back = invert(way) if anchor < near else way
        full = start @ invert(self._small) @ back @ self._small
        return near, np.asarray(full / full[2, 2])

    def _frames(self, span: Span) -> Iterator[tuple[int, Frames, Bools]]:
        """(number, picture (H, W, 3), mask (H, W) bool) of each frame."""
        for some in windows(span, _MASK_FRAMES):
            masks = self._track.read(some).values > 0
            for picture, mask in zip(self._clip.pictures(some), masks, strict=True):
                yield picture.index, picture.rgb(), mask

    def _likeness(self, grey: Frames, shut: Bools) -> float:
        """Correlation outside the hole with the picture, brought to the same size."""
        other = cv2.resize(self._grey, grey.shape[1::-1], interpolation=cv2.INTER_AREA)
        one, two = grey[~shut].astype(np.float64), other[~shut].astype(np.float64)
        if len(one) < _PROBES:
            return 0.0
        one, two = one - one.mean(), two - two.mean()
        spread = float(np.sqrt((one**2).sum() * (two**2).sum()))
        return float((one * two).sum()) / spread if spread > 0 else 0.0


def _step(first: tuple[Frames, Bools], second: tuple[Frames, Bools]) -> Homography:
    """What the camera did between two frames; nothing, where too little tells."""
    step = estimate_camera(first[0], second[0], first[1], second[1])
    return np.eye(3) if step is None else step


def _probed(mask: Bools) -> Points:
    """(n, 2): some pixels of a hole, evenly chosen."""
    y, x = np.nonzero(mask)
    some = slice(None, None, max(1, len(y) // _PROBES))
    return np.column_stack([x[some], y[some]]).astype(np.float64)
