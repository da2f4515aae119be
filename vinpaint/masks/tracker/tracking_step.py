"""One step of the tracker: find the mask on a frame, given the mask on the frame before.

The mask is warped by the flow. Then a graph cut combines the predicted position, the memory of
earlier positions, colours and motion. Frames may be processed backwards in time; "before" and
"next" refer to the order in which they are processed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from vinpaint.core import Bools, Floats
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square, signed_distance
from vinpaint.masks.tracker.background import BackgroundEvidence
from vinpaint.masks.tracker.colour_models import ColourModel, fit_colours
from vinpaint.masks.tracker.frame_features import FlowPair, FrameFeatures
from vinpaint.masks.tracker.graph_cut import min_cut
from vinpaint.masks.tracker.local_colour import LocalColourModel, certain_regions, fit_local_colours
from vinpaint.masks.tracker.motion_segmentation import MotionEvidence, motion_evidence
from vinpaint.masks.tracker.occlusion import OccludedTarget, new_target, search_target

BAND_PX = 24
"""Maximum distance between the outline and its predicted position."""
SMOOTHNESS = 1.0
"""Weight of the length of the outline in the graph cut."""
W_PRIOR, W_MEMORY = 0.25, 0.8
W_LOCAL, W_RUNNING, W_FIRST = 0.9, 0.35, 0.5
W_MOTION = 0.9
W_STANDS_OUT, W_MATCHES = 3.0, 3.0
"""Weights of the terms of the log-odds, tuned on real clips."""
CLEAR_SHARE, FREE_PRIOR = 0.5, 0.3
"""Where a pixel stands out from the background by more than CLEAR_SHARE, it may be farther than
BAND_PX from the predicted outline. A prior against it is multiplied by FREE_PRIOR at most."""
PRIOR_REACH_PX = 12.0
"""Distance from the predicted outline at which the prior stops growing."""
RUNNING_RATE, LOCAL_RATE = 0.08, 0.35
"""Update rates of the running and of the local colour model."""
REMEMBER_RATE, FORGET_RATE = 0.4, 0.15
"""Update rates of the memory where the object is found, and where it is not."""
REMEMBERED = 0.3
"""Minimum value of the memory where the object may reappear."""
GLOBAL_FLOOR, LOCAL_FLOOR = 0.004, 0.01
MOTION_VETO = 1.5
"""Pixels whose motion contradicts their label by this much do not update the colour models."""
MOTION_DOUBT, DOUBTED_SHARE = 3.0, 0.3
"""Where motion odds are below -MOTION_DOUBT, a positive prior is multiplied by DOUBTED_SHARE."""
MIN_EXPECTED_SHARE = 0.1
"""Minimum share of a component that lies where the object was expected."""


@dataclass(frozen=True, repr=False)
class TrackerState:
    """The state of the tracker after a frame.

    mask: (H, W) bool; moving: (H, W) bool, the mask without what moves with the background;
    memory: (H, W) float32, 0 to 1, high where the object has been recently; first, running: colour
    models of the prompted frame and of recent frames; local_colours: colour model per place;
    target: the expected state of the object while it is occluded. The memory is warped by the
    object's motion rather than by the flow, so that it persists behind an occluder.
    """

    mask: Bools
    moving: Bools
    memory: Floats
    first: ColourModel
    running: ColourModel
    local_colours: LocalColourModel
    target: OccludedTarget


def start_state(new: FrameFeatures, mask: Bools, count: int) -> TrackerState:
    """Return the state at a prompted frame.

    new: its features; mask: (H, W) bool; count: number of codes in the codebook.
    """
    colours, local = _fit_models(new, mask, count, None)
    return TrackerState(
        mask, mask, mask.astype(np.float32), colours, colours, local, new_target(mask)
    )


def resume_state(
    new: FrameFeatures, mask: Bools, shape: Bools, before: TrackerState, ratio: float
) -> TrackerState:
    """Return the state at the start of another window, in a new working crop.

    new: features of the frame in the new crop; mask, shape: (H, W) bool, the object and its
    occluded target in the new crop; before: the state in the old crop; ratio: scale of the new crop
    over that of the old one.
    """
    _, local = _fit_models(new, mask, len(before.first.front), None)
    target = before.target.rescaled(shape, ratio)
    memory = mask.astype(np.float32)
    return replace(
        before, mask=mask, moving=mask, memory=memory, local_colours=local, target=target
    )


def advance(
    before: TrackerState,
    new: FrameFeatures,
    past: FlowPair,
    future: FlowPair | None,
    background: BackgroundEvidence,
) -> TrackerState:
    """Return the state at the next frame.

    Args:
        before: The state at the frame before.
        new: The features of the next frame.
        past: The flow from the next frame to the frame before.
        future: The flow from the next frame to the frame after it; None at the end of a window.
        background: How the frame compares with the background. Where it differs, motion does not
            count against the object.
    """
    soft = np.asarray(cv2.GaussianBlur(before.mask.astype(np.float32), (0, 0), 1.0), np.float32)
    approximate = flow.warp(soft, past.field) > 0.5
    motion = motion_evidence(new, past, approximate)
    inside = _warp_mask(soft, past, motion) > 0.5
    memory = flow.warp(before.memory, motion.object)
    moving = motion.odds
    if future is not None:
        moving = _combine_neighbours(moving, motion_evidence(new, future, inside).odds)
    moving = np.where(moving < 0, moving * (1 - background.differs), moving)
    local = before.local_colours.warped(motion.object, motion.background)
    distance = signed_distance(inside)
    colour = _colour_odds(before, local, new)
    known = before.first.odds(floor=GLOBAL_FLOOR)[new.codes]
    clear = background.stands_out * _possible(known)
    appearance = colour + W_MOTION * moving + _background_odds(clear, background, known, moving)
    prior = _prior(distance, memory, moving)
    odds = np.where(prior < 0, prior * (1 - (1 - FREE_PRIOR) * clear), prior) + appearance
    near = dilate_square(memory > REMEMBERED, BAND_PX) | (clear >= CLEAR_SHARE)
    found = min_cut(
        odds.astype(np.float32),
        new.axes,
        inside=distance > BAND_PX,
        outside=(distance < -BAND_PX) & ~near,
        smoothness=SMOOTHNESS,
    )
    found = keep_expected_components(found, inside | (memory > REMEMBERED))
    if before.target.is_occluded(found):
        target = before.target.extrapolated(motion.background)
        found = found | search_target(target, new, appearance)
    else:
        target = before.target.updated(found, motion)
    colours, new_local = _fit_models(new, found, len(before.first.front), moving)
    rate = np.where(found, REMEMBER_RATE, FORGET_RATE)
    return TrackerState(
        found,
        found & (moving > -MOTION_VETO),
        np.asarray(memory + rate * (found - memory), np.float32),
        before.first,
        before.running.updated(colours, RUNNING_RATE),
        local.updated(new_local, LOCAL_RATE),
        target,
    )


def _possible(known: Floats) -> Floats:
    """Return whether the object had a colour on its prompted frame, from (H, W) log-odds, 0 to 1.

    An occluder or a wave stands out from the background as the object does, but in other colours.
    """
    return np.asarray(np.clip((known + 1) / 2, 0, 1), np.float32)


def _background_odds(
    clear: Floats, background: BackgroundEvidence, known: Floats, moving: Floats
) -> Floats:
    """Return (H, W) log-odds from the comparison with the background.

    A match does not count where both colour and motion are those of the object.

    clear: (H, W), how clearly a pixel stands out; known, moving: (H, W) log-odds of the
    colour, by the prompted frame, and of the motion.
    """
    agrees = np.clip((1 + moving) / 2, 0, 1) * _possible(known)
    match = background.matches * (1 - agrees)
    return np.asarray(W_STANDS_OUT * clear - W_MATCHES * match, np.float32)


def _combine_neighbours(past: Floats, future: Floats) -> Floats:
    """Combine the (H, W) log-odds of motion to both neighbouring frames.

    Where both are negative, they are added. Elsewhere, the result is the average of the sum and of
    twice the minimum: background that the object covers on one neighbour is visible on the other,
    and the sum alone would leave a halo of such pixels around the object.
    """
    both, least = past + future, 2 * np.minimum(past, future)
    against = (past < 0) & (future < 0)
    return np.where(against, both, (both + least) / 2).astype(np.float32)


def _prior(distance: Floats, memory: Floats, moving: Floats) -> Floats:
    """Return (H, W) log-odds of the predicted position, reduced where the motion contradicts it."""
    reach = W_PRIOR * np.clip(distance, -PRIOR_REACH_PX, PRIOR_REACH_PX)
    prior = reach + W_MEMORY * (2 * memory - 1)
    doubted = (moving < -MOTION_DOUBT) & (prior > 0)
    return np.where(doubted, DOUBTED_SHARE * prior, prior).astype(np.float32)


def _colour_odds(state: TrackerState, local: LocalColourModel, new: FrameFeatures) -> Floats:
    """Return (H, W) log-odds from the global and the local colour models."""
    running, first = (m.odds(floor=GLOBAL_FLOOR) for m in (state.running, state.first))
    overall = W_RUNNING * running + W_FIRST * first
    return np.asarray(
        overall[new.codes] + W_LOCAL * local.odds(new.codes, floor=LOCAL_FLOOR), np.float32
    )


def _warp_mask(soft: Floats, past: FlowPair, motion: MotionEvidence) -> Floats:
    """Warp a soft mask by the flow, or by the object's motion where the flow is inconsistent."""
    smooth = flow.warp(soft, motion.object)
    return np.where(past.consistent, flow.warp(soft, past.field), smooth).astype(np.float32)


def _fit_models(
    new: FrameFeatures, mask: Bools, count: int, moving: Floats | None
) -> tuple[ColourModel, LocalColourModel]:
    front, back = certain_regions(mask)
    if moving is not None:
        front, back = front * (moving > -MOTION_VETO), back * (moving < MOTION_VETO)
    colours = fit_colours(new.codes, front, back, count)
    return colours, fit_local_colours(new.codes, front, back, count)


def keep_expected_components(found: Bools, expected: Bools) -> Bools:
    """Keep the components that lie in the (H, W) mask `expected` by at least MIN_EXPECTED_SHARE."""
    flat = found.astype(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(flat, None, None, 8)
    overlap = np.bincount(labels[expected], minlength=count)
    kept = overlap > MIN_EXPECTED_SHARE * stats[:, cv2.CC_STAT_AREA]
    kept[0] = False
    return np.asarray(kept[labels], np.bool_)
