"""One step of the tracker: the object's mask in one frame, from its mask in the frame beside."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint import flow
from vinpaint.masks.colour import Codebook, Codes, histogram, log_odds, to_lab
from vinpaint.masks.cut import cut, edge_axes
from vinpaint.masks.motion import background_motion, spread
from vinpaint.masks.places import Places, count_places, sure_parts
from vinpaint.types import Bools, Floats, Frames

W_PRIOR, W_LOCAL, W_GLOBAL, W_MOTION, W_FIRST = 0.25, 0.9, 0.35, 0.5, 0.5
BAND_PX, SMOOTH, SHARE, FORGET = 24, 1.0, 0.35, 0.15
MOTION_CLIP = 3.0
NOISE = 0.6
BIAS = 0.0


@dataclass(frozen=True, repr=False)
class Look:
    """One frame as the tracker sees it. All (H, W, ...) at working size."""

    grey: Frames
    codes: Codes
    axes: Frames


def look(rgb: Frames, book: Codebook) -> Look:
    """Prepare a frame."""
    lab = to_lab(cv2.GaussianBlur(rgb, (3, 3), 0.6))
    return Look(flow.grey(rgb), book.codes(lab), edge_axes(lab))


@dataclass(frozen=True, repr=False)
class Knowledge:
    """What is known of the object's and the background's colours."""

    front: Floats
    back: Floats
    first_front: Floats
    first_back: Floats
    places: Places


def learn(seen: Look, mask: Bools, count: int, before: Knowledge | None = None) -> Knowledge:
    sure_front, sure_back = sure_parts(mask)
    front = histogram(seen.codes, sure_front, count)
    back = histogram(seen.codes, sure_back, count)
    places = count_places(seen.codes, mask, count)
    if before is None:
        return Knowledge(front, back, front, back, places)
    return Knowledge(
        before.front + FORGET * (front - before.front),
        before.back + FORGET * (back - before.back),
        before.first_front, before.first_back,
        before.places.mixed(places, SHARE),
    )


def step(old: Look, mask: Bools, known: Knowledge, new: Look) -> tuple[Bools, Knowledge, dict]:
    count = len(known.front)
    ahead = flow.estimate(old.grey, new.grey)
    back = flow.estimate(new.grey, old.grey)
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 1.0)
    # where the two flows contradict each other, take the object's own mean motion
    _, good = flow.disagreement(back, ahead)
    carried = np.asarray(flow.warp(soft, back), np.float32)
    inside = carried > 0.5
    behind = ~cv2.dilate(inside.astype(np.uint8), np.ones((9, 9), np.uint8)).astype(bool)
    bg = background_motion(back, behind & good)
    core = cv2.erode(inside.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.float32)
    if core.sum() < 20:
        core = inside.astype(np.float32)
    fg = spread(back, core * (0.1 + good), 10.0)
    places = known.places.moved(fg, bg)
    distance = signed(inside)
    prior = np.clip(distance, -12, 12) * W_PRIOR
    local = places.odds(new.codes, floor=0.01) 
    glob = log_odds(known.front, known.back, floor=0.004)[new.codes]
    first = log_odds(known.first_front, known.first_back, floor=0.004)[new.codes]
    err_b = ((back - bg) ** 2).sum(-1)
    err_f = ((back - fg) ** 2).sum(-1)
    moving = np.clip((err_b - err_f) / (2 * NOISE**2 + 0.1 * ((bg - fg) ** 2).sum(-1)), -MOTION_CLIP, MOTION_CLIP)
    odds = prior + W_LOCAL * local + W_GLOBAL * glob + W_FIRST*first + W_MOTION * moving + BIAS
    found = cut(odds, new.axes, outside=distance < -BAND_PX, inside=distance > BAND_PX, smoothness=SMOOTH)
    found = keep(found, inside)
    known = Knowledge(known.front, known.back, known.first_front, known.first_back, places)
    return found, learn(new, found, count, known), dict(prior=prior, local=local, glob=glob, first=first, moving=moving, odds=odds, carried=carried)


def keep(found: Bools, carried: Bools) -> Bools:
    """Only parts that touch where the object was expected; small holes closed."""
    n, labels, stats, _ = cv2.connectedComponentsWithStats(found.astype(np.uint8), connectivity=8)
    if n > 1:
        touch = np.bincount(labels[carried], minlength=n)
        ok = touch > 0.1 * stats[:, cv2.CC_STAT_AREA]
        ok[0] = False
        found = ok[labels]
    return found


def signed(mask: Bools) -> Floats:
    """(H, W) distance to the outline, above 0 inside."""
    if not mask.any():
        return np.full(mask.shape, -1e3, np.float32)
    depth = cv2.distanceTransform(np.pad(mask, 1,mode='edge').astype(np.uint8), cv2.DIST_L2, 5)[1:-1, 1:-1]
    gap = cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(depth - gap, np.float32)
