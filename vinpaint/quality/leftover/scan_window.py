"""Small frames of one shot, with the motion of the camera and of the removed object."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames, no_op
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import erode_ellipse, translate
from vinpaint.imaging.motion.background_plate import camera_path
from vinpaint.imaging.motion.camera import Homography

CORE_PX = 4
"""Depth of the core of the hole: the mask is grown by about so much beyond the object."""
_MIN_CORE_PX = 30
_LOST_SHARE, _WHOLE_SHARE = 0.35, 0.5
"""The object is lost on a frame whose hole is smaller than the first share of its typical area. It
is then expected where it was, with its motion, on the nearest frame above the second share."""


@dataclass(frozen=True, repr=False)
class ScanWindow:
    """Consecutive frames of one shot at working size, cropped to the surroundings of the hole.

    source, result: (H, W, 3) uint8 RGB; holes: (H, W) bool; area_px: typical area of the hole,
    above 0; tick: called about five times per frame of work, may raise to stop.
    """

    source: Sequence[Frames]
    result: Sequence[Frames]
    holes: Sequence[Bools]
    area_px: float
    tick: Callable[[], None] = no_op

    def __len__(self) -> int:
        return len(self.holes)

    @cached_property
    def greys(self) -> list[Frames]:
        """(H, W) uint8 luma of the source."""
        return [flow.grey(frame) for frame in self.source]

    @cached_property
    def source_lab(self) -> list[Frames]:
        """(H, W, 3) uint8 CIE L*a*b* of the source."""
        return [_lab(frame) for frame in self.source]

    @cached_property
    def result_lab(self) -> list[Frames]:
        """(H, W, 3) uint8 CIE L*a*b* of the result."""
        return [
            own if before is after else _lab(after)
            for own, before, after in zip(self.source_lab, self.source, self.result, strict=True)
        ]

    @cached_property
    def cameras(self) -> list[Homography]:
        """The homography from every frame to the first."""
        return camera_path(self.greys, self.holes)

    @cached_property
    def flows(self) -> list[tuple[Floats, Floats]]:
        """Optical flow of the source from every frame to the next, and back: (H, W, 2) pixels."""
        flows = []
        for first, second in pairwise(self.greys):
            self.tick()
            flows.append((flow.estimate(first, second), flow.estimate(second, first)))
        return flows

    @cached_property
    def cores(self) -> list[Bools]:
        """The holes without their outer CORE_PX pixels, which are mostly background."""
        return [erode_ellipse(hole, CORE_PX) for hole in self.holes]

    @cached_property
    def positions(self) -> Floats:
        """(frames, 2) float, the path of the object as (x, y): the summed median flow of its core.

        Where there is no hole, the motion is interpolated.
        """
        steps = np.full((max(0, len(self) - 1), 2), np.nan)
        for t, (ahead, _) in enumerate(self.flows):
            core = self.cores[t] if self.cores[t].sum() >= _MIN_CORE_PX else self.holes[t]
            if core.any():
                steps[t] = np.median(ahead[core], axis=0)
        known = ~np.isnan(steps[:, 0])
        times = np.arange(len(steps))
        for axis in (0, 1):
            if known.any():
                steps[:, axis] = np.interp(times, times[known], steps[known, axis])
        path = np.cumsum(np.vstack([np.zeros((1, 2)), np.nan_to_num(steps)]), axis=0)
        return np.asarray(path, np.float32)

    @cached_property
    def lost(self) -> list[bool]:
        """Whether the object is lost on a frame: its hole is missing or far too small."""
        return [bool(hole.sum() < _LOST_SHARE * self.area_px) for hole in self.holes]

    @cached_property
    def expected(self) -> list[Bools]:
        """(H, W) bool, the hole; where the object is lost, also the place where it is expected."""
        least = _WHOLE_SHARE * self.area_px
        whole = [t for t, hole in enumerate(self.holes) if hole.sum() >= least]
        places = []
        for t, hole in enumerate(self.holes):
            if self.lost[t] and whole:
                nearest = min(whole, key=lambda other: abs(other - t))
                offset = self.positions[t] - self.positions[nearest]
                moved = translate(
                    self.holes[nearest].astype(np.float32), offset, border=cv2.BORDER_CONSTANT
                )
                hole = hole | (moved > 0.5)
            places.append(hole)
        return places


def _lab(rgb: Frames) -> Frames:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2LAB), np.uint8)
