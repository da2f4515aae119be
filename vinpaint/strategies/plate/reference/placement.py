"""Align a reference with every frame that is repaired."""

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
from vinpaint.strategies.plate.align import (
    HomographyFit,
    detect_features,
    match_features,
    stable_path,
)
from vinpaint.strategies.plate.reference.placed import PlacedReference, Points
from vinpaint.strategies.plate.reference.scale import reduce, reduced_size, reduction
from vinpaint.strategies.plate.reference.source import (
    ReferenceSource,
    read_source,
    scale_to_picture,
)

_MASK_FRAMES = 12
"""Number of masks read at once."""
_MIN_CORRELATION = 0.5
"""Two pictures of one shape with at least this correlation show the same scene from the same camera
position."""
_PROBES = 200
"""Approximate number of pixels of each hole used to check what the reference shows."""


def place_reference(
    fill: FillSettings,
    clip: Clip,
    track: MaskTrack,
    frames: Sequence[int],
    *,
    cuts: Sequence[int],
    progress: Progress,
) -> PlacedReference:
    """Read the reference and align it with every frame that is repaired.

    Args:
        fill: settings that name the reference.
        clip: the source.
        track: the tuned mask of all frames.
        frames: the frames that are repaired, in ascending order.
        cuts: first frame of each shot after the first.
        progress: called with the share that is done.

    Raises SettingsError if the reference cannot be aligned or shows nothing of the hole, MediaError
    if it cannot be read.
    """
    source = read_source(fill, clip, track, frames[0])
    aligner = _Aligner(clip, track, source)
    homographies: dict[int, Homography] = {}
    probes: dict[int, Points] = {}
    runs = list(_runs(frames, cuts, clip.frames))
    for number, (run, shot) in enumerate(runs):
        run_progress = section(progress, number / len(runs), (number + 1) / len(runs))
        observed = aligner.observe(run, run_progress)
        path = aligner.path(run, shot, observed, run_progress)
        homographies |= dict(zip(run.frames, path, strict=True))
        probes |= dict(zip(run.frames, observed.probes, strict=True))
    return PlacedReference(source, track, homographies).checked(probes)


def _runs(frames: Sequence[int], cuts: Sequence[int], count: int) -> Iterator[tuple[Span, Span]]:
    """Split frames into runs of consecutive frames within one shot; yield each with its shot."""
    wanted = np.zeros(count, np.int8)
    wanted[list(frames)] = 1
    for shot in split_shots(cuts, count):
        edges = np.flatnonzero(np.diff(wanted[shot.start : shot.stop], prepend=0, append=0))
        for start, stop in (edges + shot.start).reshape(-1, 2):
            yield Span(int(start), int(stop)), shot


@dataclass(frozen=True, repr=False)
class _Observed:
    """Measurements on a run of consecutive frames, at the reduced scale used for alignment.

    Args:
        steps: camera motion from each frame to the next.
        fits: for each frame the homography from features to the picture, or None.
        probes: for each frame (n, 2), a sample of the pixels of its hole, at full size.
        correlation: correlation of the first frame with the picture.
    """

    steps: list[Homography]
    fits: list[HomographyFit | None]
    probes: list[Points]
    correlation: float


class _Aligner:
    """Aligns one clip with one picture."""

    def __init__(self, clip: Clip, track: MaskTrack, source: ReferenceSource) -> None:
        self._clip, self._track, self._source = clip, track, source
        self._size = reduced_size((clip.width, clip.height))
        self._reduction = reduction((clip.width, clip.height))
        self._picture_reduction = reduction(source.picture.shape[1::-1])
        self._grey, excluded = reduce(source.picture, ~source.copyable)
        self._features = detect_features(self._grey, excluded)

    def observe(self, run: Span, progress: Progress) -> _Observed:
        """Measure all frames of a run."""
        observed = _Observed([], [], [], 0.0)
        correlation, last = 0.0, None
        for t, picture, mask in self._frames(run):
            progress((t - run.start) / run.length, f"placing the reference on frame {t}")
            grey, excluded = reduce(picture, mask)
            if last is None:
                correlation = self._correlation(grey, excluded)
            else:
                observed.steps.append(_camera_step(last, (grey, excluded)))
            last = grey, excluded
            features = detect_features(grey, excluded)
            observed.fits.append(match_features(features, self._features, self._size))
            y, x = np.nonzero(mask)
            some = slice(None, None, max(1, len(y) // _PROBES))
            observed.probes.append(np.column_stack([x[some], y[some]]).astype(np.float64))
        return _Observed(observed.steps, observed.fits, observed.probes, correlation)

    def path(
        self, run: Span, shot: Span, observed: _Observed, progress: Progress
    ) -> list[Homography]:
        """Return the homography (3, 3) from each frame to the picture, in full-size pixels.

        Raises SettingsError if the reference cannot be aligned.
        """
        anchor, start = self._anchor(run, shot, observed, progress)
        own, picture = self._reduction, self._picture_reduction
        reduced = picture @ start @ invert(own)
        path = stable_path(anchor - run.start, reduced, observed.steps, observed.fits, self._size)
        return [np.asarray(invert(picture) @ homography @ own) for homography in path]

    def _anchor(
        self, run: Span, shot: Span, observed: _Observed, progress: Progress
    ) -> tuple[int, Homography]:
        """Return (a frame of the run, its homography to the picture), the start of the path.

        Tried in this order: the frame that the reference belongs to, the frame with the best match
        of features, the camera motion from the reference's frame, and a still camera. Raises
        SettingsError if none of them applies.
        """
        anchor, start = self._source.anchor, self._source.start
        if anchor is not None and start is not None and anchor in run.frames:
            return anchor, start
        best = int(np.argmax([fit.inliers if fit else 0 for fit in observed.fits]))
        fit = observed.fits[best]
        if fit is not None:
            full = invert(self._picture_reduction) @ fit.homography @ self._reduction
            return run.start + best, np.asarray(full)
        if anchor is not None and start is not None and anchor in shot.frames:
            return self._follow_camera(anchor, start, run, progress)
        if self._source.clone is not None:  # without features, assume a still camera
            return run.start, np.eye(3)
        same = scale_to_picture(self._source.picture, self._clip)
        if same is not None and observed.correlation >= _MIN_CORRELATION:
            return run.start, same
        raise SettingsError(
            f"{self._source.name} cannot be aligned with frames {run.start} to {run.stop - 1}: "
            "too little outside the mask looks alike; give a picture of the same place, or say "
            "which frame it belongs to (--reference-frame N)"
        )

    def _follow_camera(
        self, anchor: int, start: Homography, run: Span, progress: Progress
    ) -> tuple[int, Homography]:
        """Follow the camera from the anchor to the nearest frame of the run.

        Returns (that frame, its homography to the picture).
        """
        near = run.start if anchor < run.start else run.stop - 1
        between = Span(min(anchor, near), max(anchor, near) + 1)
        camera, last = np.eye(3), None
        for t, picture, mask in self._frames(between):
            progress(0.9, f"following the camera on frame {t}")
            current = reduce(picture, mask)
            camera = camera if last is None else _camera_step(last, current) @ camera
            last = current
        back = invert(camera) if anchor < near else camera
        full = start @ invert(self._reduction) @ back @ self._reduction
        return near, np.asarray(full / full[2, 2])

    def _frames(self, span: Span) -> Iterator[tuple[int, Frames, Bools]]:
        """Yield (number, picture (H, W, 3), mask (H, W) bool) of each frame."""
        for some in windows(span, _MASK_FRAMES):
            masks = self._track.read(some).values > 0
            for picture, mask in zip(self._clip.pictures(some), masks, strict=True):
                yield picture.index, picture.rgb(), mask

    def _correlation(self, grey: Frames, excluded: Bools) -> float:
        """Return the correlation, -1 to 1, of a frame and the resized picture outside the hole."""
        other = cv2.resize(self._grey, grey.shape[1::-1], interpolation=cv2.INTER_AREA)
        one, two = grey[~excluded].astype(np.float64), other[~excluded].astype(np.float64)
        if len(one) < _PROBES:
            return 0.0
        one, two = one - one.mean(), two - two.mean()
        spread = float(np.sqrt((one**2).sum() * (two**2).sum()))
        return float((one * two).sum()) / spread if spread > 0 else 0.0


def _camera_step(first: tuple[Frames, Bools], second: tuple[Frames, Bools]) -> Homography:
    """Return the camera motion between two frames, the identity if it cannot be estimated."""
    step = estimate_camera(first[0], second[0], first[1], second[1])
    return np.eye(3) if step is None else step
