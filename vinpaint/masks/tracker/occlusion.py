"""Occlusion: extrapolate the position of a hidden object, and search for it until it reappears."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square
from vinpaint.masks.tracker.frame_features import FrameFeatures
from vinpaint.masks.tracker.graph_cut import min_cut
from vinpaint.masks.tracker.motion_segmentation import MotionEvidence

HIDDEN_SHARE = 0.5
"""An object is occluded while less than this share of its usual area is visible."""
WHOLE_SHARE = 0.85
"""Minimum visible share of an object on frames that update its shape and speed."""
AREA_RATE, SPEED_RATE = 0.1, 0.3
"""Update rates of the usual area and of the speed."""
MAX_HIDDEN_FRAMES = 40
"""After this many frames an occluded object is no longer searched for."""
SEARCH_PX, SEARCH_RATE_PX, MAX_SEARCH_PX = 8, 2, 48
"""Distance around the expected shape that is searched, its growth per frame, and its maximum."""
LEFT_SHARE = 0.15
"""An object of which less than this share is expected in the picture waits where it left it."""
INSIDE_PRIOR, OUTSIDE_PRIOR = 0.5, -1.0
"""Log-odds inside the expected shape, and around it."""
MIN_ODDS, MIN_AREA_SHARE = 0.6, 0.08
"""Minimum mean log-odds and minimum share of the usual area of a component that reappears."""


@dataclass(frozen=True, repr=False)
class OccludedTarget:
    """The expected state of an object that may be occluded.

    shape: (H, W) float32, 0 to 1, the last complete mask, moved to the current frame; area: usual
    area in pixels; speed: (2,) displacement in pixels relative to the background, from a frame to
    the one before; hidden_frames: number of frames since the last update.
    """

    shape: Floats
    area: float
    speed: Floats
    hidden_frames: int = 0

    @property
    def solid(self) -> Bools:
        """The expected shape as (H, W) bool."""
        return np.asarray(self.shape > 0.5)

    def updated(self, found: Bools, motion: MotionEvidence) -> OccludedTarget:
        """Return the state after a frame on which the object is not occluded.

        `found`: (H, W) bool, its mask. If it is incomplete, shape and speed are extrapolated.
        """
        visible = float(found.sum())
        area = self.area + AREA_RATE * (visible - self.area)
        if visible < WHOLE_SHARE * self.area:
            return replace(self.extrapolated(motion.background), area=area, hidden_frames=0)
        core = found & (motion.odds > 0)
        speed = self.speed
        if core.any():
            observed = (motion.object - motion.background)[core].mean(axis=0)
            rate = SPEED_RATE if speed.any() else 1.0
            speed = speed + np.float32(rate) * (observed - speed)
        return OccludedTarget(found.astype(np.float32), area, speed)

    def extrapolated(self, background: Floats) -> OccludedTarget:
        """Return the state after a frame on which the object is hidden, assuming constant speed.

        One that left the picture is expected where it left.

        `background`: (H, W, 2) flow of the background, from this frame to the one before.
        """
        shape = flow.warp(self.shape, background + self.speed)
        if float(shape.sum()) < LEFT_SHARE * self.area:
            shape = self.shape
        return replace(self, shape=shape, hidden_frames=self.hidden_frames + 1)

    def rescaled(self, shape: Bools, ratio: float) -> OccludedTarget:
        """Return the state in another working crop.

        shape: (H, W) bool, the expected shape in it; ratio: its scale over that of the old crop.
        """
        solid = shape.astype(np.float32)
        speed = self.speed * np.float32(ratio)
        return replace(self, shape=solid, area=self.area * ratio**2, speed=speed)

    def is_occluded(self, found: Bools) -> bool:
        """Return True if the mask `found` is so small that the rest should be searched for."""
        little = float(found.sum()) < HIDDEN_SHARE * self.area
        return little and self.hidden_frames < MAX_HIDDEN_FRAMES


def new_target(mask: Bools) -> OccludedTarget:
    """Return the state of an object that is fully visible and at rest."""
    return OccludedTarget(mask.astype(np.float32), float(mask.sum()), np.zeros(2, np.float32))


def search_target(target: OccludedTarget, new: FrameFeatures, odds: Floats) -> Bools:
    """Search for an occluded object; return the parts that are visible again, (H, W) bool.

    target: its expected state; new: features of the frame; odds: (H, W) log-odds from colour and
    motion, without those of the predicted position.
    """
    solid = target.solid
    reach = min(SEARCH_PX + SEARCH_RATE_PX * target.hidden_frames, MAX_SEARCH_PX)
    near = dilate_square(solid, reach)
    if not near.any():
        return near
    prior = np.where(solid, INSIDE_PRIOR, OUTSIDE_PRIOR)
    found = min_cut((odds + prior).astype(np.float32), new.axes, outside=~near) & near
    count, labels = cv2.connectedComponents(found.astype(np.uint8), None, 8)
    sizes = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    mean = np.bincount(labels.ravel(), odds.ravel(), minlength=count) / sizes
    kept = (mean > MIN_ODDS) & (sizes > MIN_AREA_SHARE * target.area)
    kept[0] = False
    return np.asarray(kept[labels], np.bool_)
