"""One step of the tracker: the object's mask in one frame, from its mask in the frame beside."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.imaging import flow
from vinpaint.masks.tracker.colour_models import histogram, log_odds
from vinpaint.masks.tracker.frame_features import Look, Sight
from vinpaint.masks.tracker.graph_cut import cut
from vinpaint.masks.tracker.local_colour import Places, count_places, sure_parts
from vinpaint.masks.tracker.motion_segmentation import Motion, grown, judge_motion
from vinpaint.masks.tracker.occlusion import Ghost, ghost_of, seek

BAND_PX = 24
"""So far from where it was carried to may the outline move."""
SMOOTHNESS = 1.0
W_PRIOR, W_MEMORY = 0.25, 0.8
W_LOCAL, W_RUNNING, W_FIRST = 0.9, 0.35, 0.5
W_MOTION = 0.9
"""What the parts of the log-odds count, tuned on real clips."""
PRIOR_REACH_PX = 12.0
RUNNING_SHARE = 0.08
PLACES_SHARE = 0.35
MEMORY_SHARE = 0.4
"""How fast what is known follows the newest frame."""
FORGET_SHARE = 0.15
"""How fast it is forgotten that the object was where it is not seen now."""
REMEMBERED = 0.3
"""From here on a memory is a place where the object may show again."""
GLOBAL_FLOOR, LOCAL_FLOOR = 0.004, 0.01
MOTION_VETO = 1.5
"""Pixels whose motion speaks against their label by this much teach nothing."""
MOTION_DOUBT = 3.0
DOUBTED_SHARE = 0.3
"""What moves with the background by this much keeps only a share of having been object before."""
STRAY_SHARE = 0.1


@dataclass(frozen=True, repr=False)
class Colours:
    """How often each colour is seen, (codes,) float32 each, summing to 1."""

    front: Floats
    back: Floats

    def odds(self) -> Floats:
        """(codes,) log-odds of a colour."""
        return log_odds(self.front, self.back, floor=GLOBAL_FLOOR)

    def mixed(self, new: Colours, share: float) -> Colours:
        """`share` of the new and the rest of the old."""
        return Colours(
            self.front + share * (new.front - self.front),
            self.back + share * (new.back - self.back),
        )


@dataclass(frozen=True, repr=False)
class State:
    """What is known after a frame.

    mask: (H, W) bool; memory: (H, W) float32, 0 to 1, where the object has been of late. It moves
    with the object, not with what is seen there: what an occluder hides is remembered behind it.
    """

    mask: Bools
    memory: Floats
    first: Colours
    running: Colours
    places: Places
    ghost: Ghost


def begin(new: Look, mask: Bools, count: int) -> State:
    """The state at a prompted frame; `count`: codes in the codebook."""
    colours, places = _learn(new, mask, count, None)
    return State(mask, mask.astype(np.float32), colours, colours, places, ghost_of(mask))


def resume(new: Look, mask: Bools, shape: Bools, before: State, ratio: float) -> State:
    """The state at the start of another window, seen by another stage.

    mask, shape: (H, W) bool, the object and its ghost as the new stage shows them; `ratio`: its
    scale over the old one's.
    """
    _, places = _learn(new, mask, len(before.first.front), None)
    ghost = before.ghost.rescaled(shape, ratio)
    memory = mask.astype(np.float32)
    return replace(before, mask=mask, memory=memory, places=places, ghost=ghost)


def step(
    before: State, new: Look, past: Sight, future: Sight | None, unlike: Floats | None = None
) -> State:
    """The state at `new`. `past`: it against the frame before; `future`: against the one after.

    `unlike`: (H, W) 0 to 1, how surely a pixel is not the background's colour at its place; what
    moves with the background and yet is not its colour is no longer held to be background.
    """
    soft = np.asarray(cv2.GaussianBlur(before.mask.astype(np.float32), (0, 0), 1.0), np.float32)
    about = np.asarray(flow.warp(soft, past.field), np.float32) > 0.5
    motion = judge_motion(new, past, about)
    inside = _carry(soft, past, motion) > 0.5
    memory = np.asarray(flow.warp(before.memory, motion.object), np.float32)
    moving = motion.odds
    if future is not None:
        moving = _together(moving, judge_motion(new, future, inside).odds)
    if unlike is not None:
        moving = np.where(moving < 0, moving * (1 - unlike), moving)
    before = replace(before, places=before.places.moved(motion.object, motion.background))
    distance = signed(inside)
    seen = colour_odds(before, new) + W_MOTION * moving
    odds = _prior(distance, memory, moving) + seen
    found = cut(
        odds.astype(np.float32),
        new.axes,
        inside=distance > BAND_PX,
        outside=(distance < -BAND_PX) & ~grown(memory > REMEMBERED, BAND_PX),
        smoothness=SMOOTHNESS,
    )
    found = without_strays(found, inside | (memory > REMEMBERED))
    if before.ghost.hides(found):
        ghost = before.ghost.coasted(motion.background)
        found = found | seek(ghost, new, seen)
    else:
        ghost = before.ghost.met(found, motion)
    colours, places = _learn(new, found, len(before.first.front), moving)
    return State(
        found,
        _remember(memory, found),
        before.first,
        before.running.mixed(colours, RUNNING_SHARE),
        before.places.mixed(places, PLACES_SHARE),
        ghost,
    )


def _together(past: Floats, future: Floats) -> Floats:
    """(H, W) log-odds of a frame seen against both neighbours; for the object, with caution.

    What the object covers on one neighbour is seen on the other, and the background explains it
    there: the sum alone leaves a halo of such pixels on the object.
    """
    both, least = past + future, 2 * np.minimum(past, future)
    against = (past < 0) & (future < 0)
    return np.where(against, both, (both + least) / 2).astype(np.float32)


def _prior(distance: Floats, memory: Floats, moving: Floats) -> Floats:
    """(H, W) log-odds of having been object before; less where the motion contradicts it."""
    reach = W_PRIOR * np.clip(distance, -PRIOR_REACH_PX, PRIOR_REACH_PX)
    prior = reach + W_MEMORY * (2 * memory - 1)
    doubted = (moving < -MOTION_DOUBT) & (prior > 0)
    return np.where(doubted, DOUBTED_SHARE * prior, prior).astype(np.float32)


def _remember(memory: Floats, found: Bools) -> Floats:
    share = np.where(found, MEMORY_SHARE, FORGET_SHARE)
    return np.asarray(memory + share * (found - memory), np.float32)


def colour_odds(known: State, new: Look) -> Floats:
    """(H, W) log-odds of what is known of colours, in all and place by place."""
    overall = W_RUNNING * known.running.odds() + W_FIRST * known.first.odds()
    local = W_LOCAL * known.places.odds(new.codes, floor=LOCAL_FLOOR)
    return np.asarray(overall[new.codes] + local, np.float32)


def _carry(values: Floats, past: Sight, motion: Motion) -> Floats:
    """(H, W) values of the frame before: by the flow, or where it fails by the object's motion."""
    steady = flow.warp(values, motion.object)
    return np.where(past.good, flow.warp(values, past.field), steady).astype(np.float32)


def _learn(new: Look, mask: Bools, count: int, moving: Floats | None) -> tuple[Colours, Places]:
    front, back = sure_parts(mask)
    if moving is not None:
        front, back = front * (moving > -MOTION_VETO), back * (moving < MOTION_VETO)
    colours = Colours(histogram(new.codes, front, count), histogram(new.codes, back, count))
    return colours, count_places(new.codes, front, back, count)


def without_strays(found: Bools, expected: Bools) -> Bools:
    """Only the parts that lie at least a little where the object was expected."""
    flat = found.astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(flat, None, None, 8)
    touching = np.bincount(labels[expected], minlength=count)
    kept = touching > STRAY_SHARE * stats[:, cv2.CC_STAT_AREA]
    kept[0] = False
    return np.asarray(kept[labels], np.bool_)


def signed(mask: Bools) -> Floats:
    """(H, W) pixels to the outline, above 0 inside."""
    if not mask.any():
        return np.full(mask.shape, -1e3, np.float32)
    depth = cv2.distanceTransform(np.pad(mask, 1, mode="edge").astype(np.uint8), cv2.DIST_L2, 5)
    gap = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(depth[1:-1, 1:-1] - gap, np.float32)
