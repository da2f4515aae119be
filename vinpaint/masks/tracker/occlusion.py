"""Where a hidden object should be: coasted along, and looked for there until it shows again."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.imaging import flow
from vinpaint.masks.tracker.frame_features import Look
from vinpaint.masks.tracker.graph_cut import cut
from vinpaint.masks.tracker.motion_segmentation import Motion, grown

HIDDEN_SHARE = 0.5
"""With less of its usual area in sight an object counts as hidden."""
WHOLE_SHARE = 0.85
"""With less than this in sight it says nothing of the object's whole shape and speed."""
AREA_SHARE, SPEED_SHARE = 0.1, 0.3
"""How fast the usual area and speed follow the newest frame."""
LONGEST_FRAMES = 40
"""A hidden object is looked for so long; then what is in sight is all there is."""
SEEK_PX = 8
AT_GHOST, OFF_GHOST = 0.5, -1.0
LEAST_ODDS = 0.6
LEAST_SHARE = 0.08
"""What is found again must be this likely, pixel by pixel, and this large."""


@dataclass(frozen=True, repr=False)
class Ghost:
    """What is expected of an object that may be hidden.

    shape: (H, W) float32, 0 to 1, the object when it was last in sight, moved along; area: pixels
    that it usually covers; speed: (2,) pixels against the background, from a frame to the one
    before.
    """

    shape: Floats
    area: float
    speed: Floats
    hidden_frames: int = 0

    @property
    def solid(self) -> Bools:
        """(H, W) bool: the shape."""
        return np.asarray(self.shape > 0.5)

    def met(self, found: Bools, motion: Motion) -> Ghost:
        """After a frame on which the object is in sight, or most of it."""
        in_sight = float(found.sum())
        area = self.area + AREA_SHARE * (in_sight - self.area)
        if in_sight < WHOLE_SHARE * self.area:
            return replace(self.coasted(motion.background), area=area, hidden_frames=0)
        core = found & (motion.odds > 0)
        speed = self.speed
        if core.any():
            seen = (motion.object - motion.background)[core].mean(axis=0)
            share = SPEED_SHARE if speed.any() else 1.0
            speed = speed + np.float32(share) * (seen - speed)
        return Ghost(found.astype(np.float32), area, speed)

    def coasted(self, background: Floats) -> Ghost:
        """After a frame on which it is hidden: it moves on as it did."""
        shape = np.asarray(flow.warp(self.shape, background + self.speed), np.float32)
        return replace(self, shape=shape, hidden_frames=self.hidden_frames + 1)

    def rescaled(self, shape: Bools, ratio: float) -> Ghost:
        """The same on another stage, where the object is `ratio` times as large."""
        solid = shape.astype(np.float32)
        speed = self.speed * np.float32(ratio)
        return replace(self, shape=solid, area=self.area * ratio**2, speed=speed)

    def hides(self, found: Bools) -> bool:
        """Whether so little is in sight that the rest should be looked for."""
        little = float(found.sum()) < HIDDEN_SHARE * self.area
        return little and self.hidden_frames < LONGEST_FRAMES


def ghost_of(mask: Bools) -> Ghost:
    """The ghost of an object that is whole and at rest."""
    return Ghost(mask.astype(np.float32), float(mask.sum()), np.zeros(2, np.float32))


def seek(ghost: Ghost, new: Look, odds: Floats) -> Bools:
    """(H, W) bool: what about the ghost is likely enough to be the object; often nothing.

    odds: (H, W) log-odds from colour and motion alone.
    """
    at = ghost.solid
    reach = SEEK_PX + min(ghost.hidden_frames, SEEK_PX)
    near = grown(at, reach)
    if not near.any():
        return near
    prior = np.where(at, AT_GHOST, OFF_GHOST)
    found = cut((odds + prior).astype(np.float32), new.axes, outside=~near) & near
    count, labels = cv2.connectedComponents(found.astype(np.uint8), None, 8)
    sizes = np.maximum(np.bincount(labels.ravel(), minlength=count), 1)
    mean = np.bincount(labels.ravel(), odds.ravel(), minlength=count) / sizes
    kept = (mean > LEAST_ODDS) & (sizes > LEAST_SHARE * ghost.area)
    kept[0] = False
    return np.asarray(kept[labels], np.bool_)
