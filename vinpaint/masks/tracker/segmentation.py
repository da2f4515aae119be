"""Segment an object on one frame: from clicks, from a box, or by correcting a mask.

Starting from an initial mask, the colour models and the mask are estimated alternately (Rother,
Kolmogorov and Blake, "GrabCut", 2004), with motion as additional evidence. A box gives the initial
mask itself; clicks choose it among nested candidates (`object_selection.py`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vinpaint.core import Bools, Box, Click, Floats
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import (
    components_touching,
    dilate_square,
    erode_square,
    signed_distance,
)
from vinpaint.masks.tracker.colour_models import fit_colours
from vinpaint.masks.tracker.frame_context import FrameContext, combine_odds, read_context
from vinpaint.masks.tracker.graph_cut import min_cut
from vinpaint.masks.tracker.local_colour import certain_regions, fit_local_colours
from vinpaint.masks.tracker.motion_segmentation import motion_evidence
from vinpaint.masks.tracker.object_selection import Mark, choose_region, correct_region
from vinpaint.masks.tracker.scene_cache import scene_of
from vinpaint.masks.tracker.working_crop import WorkingCrop, crop_around, make_crop
from vinpaint.media import Clip

Point = tuple[int, int]
"""(x, y) in working pixels."""
Shape = tuple[int, ...]
"""(height, width) of the working crop."""

ROUNDS = 3
"""Default number of alternations between colour models and mask."""
REFINE_PX, REFINE_ROUNDS = 15, 4
"""Maximum distance of a refined outline from that of the region, and number of alternations."""
W_START, START_SLOPE = 0.4, 0.05
"""Weight of the region when its outline is refined, and its growth per pixel of depth."""
W_REFINE_LOCAL, W_REFINE_MOTION = 0.6, 0.3
"""Weights of local colours and motion when an outline is refined."""
W_REFINE_BACKGROUND = 1.5
"""Weight of the comparison with the background when an outline is refined."""
W_NOT, NOT_PX, NOT_SHARE = 4.0, 12.0, 0.3
"""Weight of a 'not this' click, its reach in pixels, and its maximum reach as a share of the
distance to the nearest click on the object."""
ABOUT_PX = 50
"""Radius around a click that is assumed to be the object when the codebook is fitted."""
HOLD_PX = 3
"""Pixels this close to a click have a fixed label."""
W_CENTRE, W_COLOUR, W_LOCAL, W_MOTION = 1.5, 0.7, 0.4, 0.6
"""Weights of the log-odds: position, global colours, local colours, and motion."""
GLOBAL_FLOOR, LOCAL_FLOOR = 0.004, 0.02
_FEW_SUPERPIXELS = 24
"""Regions of fewer superpixels are chosen again in a closer crop."""


def segment(
    clip: Clip, frame: int, clicks: Sequence[Click], boxes: Sequence[Box], previous: Bools | None
) -> Bools:
    """Segment the object that the prompts mark on one frame; return (H, W) bool.

    The region is chosen on the whole frame, and again in a closer crop if it is small there. Then
    its outline is refined in a crop around it.

    Args:
        clip: The clip to read.
        frame: The frame number.
        clicks: Clicks on the object, and 'not this' clicks.
        boxes: Boxes around parts of the object.
        previous: (H, W) bool, an existing mask that the clicks correct. Ignored if there are boxes.
    """
    if boxes:
        marked = np.zeros((clip.height, clip.width), np.bool_)
        for box in boxes:
            marked[box.grow(0, clip.width, clip.height).slices] = True
        return _segment_boxes(clip, frame, crop_around(marked), clicks, boxes)
    adds, nots = ([c for c in clicks if c.add == add] for add in (True, False))
    whole = make_crop(clip.box, clip.width, clip.height)
    if previous is not None and previous.any():
        return _correct(clip, frame, whole, adds, nots, previous)
    found, superpixels = _choose(clip, frame, whole, adds, nots)
    closer = crop_around(found)
    fits = all(closer.box.contains(click.x, click.y) for click in adds)
    if superpixels < _FEW_SUPERPIXELS and closer.scale > whole.scale and fits:
        inside = [click for click in nots if closer.box.contains(click.x, click.y)]
        found, _ = _choose(clip, frame, closer, adds, inside)
    return _refine(clip, frame, found, adds, nots)


def _choose(
    clip: Clip, frame: int, crop: WorkingCrop, adds: Sequence[Click], nots: Sequence[Click]
) -> tuple[Bools, int]:
    """Choose the region of the clicks; return its (H, W) bool mask and number of superpixels."""
    scene = scene_of(clip, frame, crop)
    region = choose_region(scene, _marks(crop, adds), _marks(crop, nots))
    mask = crop.to_frame(region[scene.graph.labels], clip.width, clip.height)
    return mask, int(region.sum())


def _marks(crop: WorkingCrop, clicks: Sequence[Click]) -> list[Mark]:
    return [Mark(*crop.point_in(click.x, click.y), click.level) for click in clicks]


def _correct(
    clip: Clip,
    frame: int,
    crop: WorkingCrop,
    adds: Sequence[Click],
    nots: Sequence[Click],
    previous: Bools,
) -> Bools:
    """Correct an existing mask by clicks; return (H, W) bool.

    Only the parts that the clicks add and remove change.
    """
    missed = [click for click in adds if not previous[click.y, click.x] or click.level]
    wrong = [click for click in nots if previous[click.y, click.x]]
    if not missed and not wrong:
        return previous
    scene = scene_of(clip, frame, crop)
    before = scene.graph.majority(crop.to_crop(previous))
    marks = [_marks(crop, clicks) for clicks in (missed, wrong, adds, nots)]
    after = correct_region(scene, before, marks[0], marks[1], marks[2], marks[3])
    gained, lost = (
        crop.to_frame(part[scene.graph.labels], clip.width, clip.height)
        for part in (after & ~before, before & ~after)
    )
    mask = previous.copy()
    if gained.any():
        mask |= _refine(clip, frame, gained, missed, nots)
    if lost.any():
        mask &= ~_refine(clip, frame, lost, wrong, adds)
    return mask


def _refine(
    clip: Clip, frame: int, found: Bools, adds: Sequence[Click], nots: Sequence[Click]
) -> Bools:
    """Refine the outline of a region in a crop around it; return (H, W) bool."""
    crop = crop_around(found)
    start = crop.to_crop(found)
    if not start.any():
        return found
    context = read_context(clip, frame, crop, start)
    inside = [click for click in (*adds, *nots) if crop.box.contains(click.x, click.y)]
    to_hold = [crop.point_in(click.x, click.y) for click in inside if click in adds]
    to_bar = [crop.point_in(click.x, click.y) for click in inside if click not in adds]
    hold, bar = _fixed_pixels(start.shape, to_hold, to_bar)
    prior = np.clip(START_SLOPE * signed_distance(start), -W_START, W_START)
    prior += _not_odds(start.shape, to_hold, to_bar) + W_REFINE_BACKGROUND * context.foreign
    bar |= ~dilate_square(start, REFINE_PX)
    mask = _fit(
        context,
        start,
        prior.astype(np.float32),
        hold,
        bar,
        rounds=REFINE_ROUNDS,
        local=W_REFINE_LOCAL,
        motion=W_REFINE_MOTION,
    )
    core = erode_square(start, 1)
    mask = components_touching(mask, (core if core.any() else start) | hold)
    return crop.to_frame(mask, clip.width, clip.height)


def _segment_boxes(
    clip: Clip, frame: int, crop: WorkingCrop, clicks: Sequence[Click], boxes: Sequence[Box]
) -> Bools:
    """Segment the object in the boxes; return (H, W) bool. Clicks outside the crop are ignored."""
    inside = [click for click in clicks if crop.box.contains(click.x, click.y)]
    adds = [crop.point_in(c.x, c.y) for c in inside if c.add]
    nots = [crop.point_in(c.x, c.y) for c in inside if not c.add]
    small_boxes = [crop.box_in(box) for box in boxes]
    region = _distance(crop.size[::-1], adds) <= ABOUT_PX
    for box in small_boxes:
        region[box.slices] = True
    context = read_context(clip, frame, crop, region)
    mask = from_boxes(context, small_boxes, adds, nots)
    return crop.to_frame(mask, clip.width, clip.height)


def from_boxes(
    context: FrameContext, boxes: Sequence[Box], adds: Sequence[Point], nots: Sequence[Point]
) -> Bools:
    """Segment the object that fills the boxes; return (H, W) bool, False outside of all boxes.

    All arrays and positions are in working pixels. adds: clicks on the object; nots: 'not this'
    clicks.
    """
    shape = context.drift.shape
    x, y = flow.grid(*shape)
    centre = np.full(shape, np.inf, np.float32)
    inside = np.zeros(shape, np.bool_)
    for box in boxes:
        across = (x + 0.5 - (box.x0 + box.x1) / 2) / (box.width / 2)
        down = (y + 0.5 - (box.y0 + box.y1) / 2) / (box.height / 2)
        inside[box.slices] = True
        centre = np.minimum(centre, np.hypot(across, down))
    prior = W_CENTRE * (0.9 - np.minimum(centre, 3.0)) + context.foreign
    hold, bar = _fixed_pixels(shape, adds, nots)
    start = (centre < 0.8) & inside
    return _fit(context, start, prior.astype(np.float32), hold, bar | ~inside, rounds=ROUNDS + 2)


def _not_odds(shape: Shape, adds: Sequence[Point], nots: Sequence[Point]) -> Floats:
    """Return (H, W) log-odds around the 'not this' clicks, 0 or negative.

    Such clicks are often just outside the outline, so the reach of each is limited to a share of
    its distance to the nearest click on the object.
    """
    odds = np.zeros(shape, np.float32)
    for x, y in nots:
        gap = min((float(np.hypot(x - px, y - py)) for px, py in adds), default=np.inf)
        reach = max(1.0, min(NOT_PX, NOT_SHARE * gap))
        near = np.exp(-((_distance(shape, [(x, y)]) / reach) ** 2))
        odds = np.minimum(odds, -W_NOT * near).astype(np.float32)
    return odds


def _fixed_pixels(
    shape: Shape, adds: Sequence[Point], nots: Sequence[Point]
) -> tuple[Bools, Bools]:
    """Return the pixels next to clicks, whose labels are fixed.

    The first mask is object, the second background, (H, W) bool each.
    """
    to_add, to_drop = _distance(shape, adds), _distance(shape, nots)
    hold, bar = to_add <= HOLD_PX, to_drop <= HOLD_PX
    return hold & (to_add <= to_drop), bar & (to_drop < to_add)


def _distance(shape: Shape, points: Sequence[Point]) -> Floats:
    """Return the (H, W) distance to the nearest point in pixels; 1e6 if there is none."""
    x, y = flow.grid(*shape)
    distances = [np.hypot(x - px, y - py) for px, py in points]
    far = np.full(shape, 1e6, np.float32)
    return np.asarray(np.minimum.reduce([far, *distances]), np.float32)


def _fit(
    context: FrameContext,
    start: Bools,
    prior: Floats,
    hold: Bools,
    bar: Bools,
    *,
    rounds: int = ROUNDS,
    local: float = W_LOCAL,
    motion: float = W_MOTION,
) -> Bools:
    """Estimate colour models and mask alternately, until the mask no longer changes.

    start: (H, W) bool, initial mask; prior: (H, W) log-odds of the position; hold, bar: (H, W)
    bool, pixels that are fixed as object and as background; rounds: maximum number of alternations;
    local, motion: weights of local colours and of motion.
    """
    mask = start
    for _ in range(rounds):
        odds = prior + _colour_odds(context, mask, local) + motion * _motion_odds(context, mask)
        found = min_cut(odds.astype(np.float32), context.new.axes, inside=hold, outside=bar)
        if not found.any() or (found == mask).all():
            break
        mask = found
    return mask


def _colour_odds(context: FrameContext, mask: Bools, weight: float) -> Floats:
    codes = context.new.codes
    front, back = certain_regions(mask)
    colours = fit_colours(codes, front, back, context.codes)
    local = fit_local_colours(codes, front, back, context.codes)
    overall = W_COLOUR * colours.odds(floor=GLOBAL_FLOOR)
    return np.asarray(overall[codes] + weight * local.odds(codes, floor=LOCAL_FLOOR), np.float32)


def _motion_odds(context: FrameContext, mask: Bools) -> Floats:
    """Return (H, W) log-odds that pixels move with the object.

    Without neighbouring frames, those of any motion independent of the background.
    """
    if not context.neighbours:
        return context.drift
    pairs = context.neighbours
    odds = [motion_evidence(context.new, pair, mask).odds for pair in pairs]
    return 2 * combine_odds(odds, [pair.consistent for pair in pairs])
