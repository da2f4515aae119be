"""Segment an object on one frame: from clicks, from a box, or by correcting a mask.

Starting from an initial mask, the colour models and the mask are estimated alternately (Rother,
Kolmogorov and Blake, "GrabCut", 2004), with motion as additional evidence. A box gives one initial
mask. A click gives initial masks of several radii, and the result that fits the picture best is
kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Click, Floats, bounding_box
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import (
    components_touching,
    dilate_square,
    erode_square,
    signed_distance,
)
from vinpaint.masks.tracker.colour_models import fit_colours
from vinpaint.masks.tracker.frame_context import FrameContext, combine_odds, read_context
from vinpaint.masks.tracker.frame_features import FrameFeatures
from vinpaint.masks.tracker.graph_cut import min_cut
from vinpaint.masks.tracker.local_colour import certain_regions, fit_local_colours
from vinpaint.masks.tracker.motion_segmentation import motion_evidence
from vinpaint.masks.tracker.working_crop import WorkingCrop, crop_around, make_crop
from vinpaint.media import Clip

Point = tuple[int, int]
"""(x, y) in working pixels."""
Shape = tuple[int, ...]
"""(height, width) of the working crop."""

ROUNDS = 3
"""Default number of alternations between colour models and mask."""
RADII_PX = (12, 20, 32, 50, 75)
"""Radii of the initial masks around a click, in working pixels."""
REACH = 3.5
"""Maximum extent of an object from its click, as a multiple of the radius."""
TIP_PX, LINK_PX = 7, 15
"""Initial radius around a further click, and half-width of its connection to the first click."""
W_NOT, NOT_PX, NOT_SHARE = 4.0, 12.0, 0.3
"""Weight of a 'not this' click, its reach in pixels, and its maximum reach as a share of the
distance to the nearest click on the object."""
W_HEED, HEED_PX = 2.0, 6
"""Penalty of a mask that covers the surroundings of a 'not this' click, and their radius."""
ABOUT_PX = 50
"""Radius around a click that is assumed to be the object when the codebook is fitted."""
HOLD_PX = 3
"""Pixels this close to a click have a fixed label."""
W_CENTRE, W_COLOUR, W_LOCAL, W_MOTION = 1.5, 0.7, 0.4, 0.6
"""Weights of the log-odds: position, global colours, local colours, and motion."""
GLOBAL_FLOOR, LOCAL_FLOOR = 0.004, 0.02
AGREE_COLOUR, AGREE_SIZE, AGREE_MOTION = 1.5, 0.3, 1.0
"""Weights in the score of a mask; see `agreement`."""
W_CORRECTION, CORRECTION_PX = 5.0, 25.0
"""Weight and reach of a click that removes a part of an existing mask."""


def segment(
    clip: Clip, frame: int, clicks: Sequence[Click], boxes: Sequence[Box], previous: Bools | None
) -> Bools:
    """Segment the object that the prompts mark on one frame; return (H, W) bool.

    A small object in a large frame is segmented twice: first in the whole frame, to find it, and
    then in a closer crop.

    Args:
        clip: The clip to read.
        frame: The frame number.
        clicks: Clicks on the object, and 'not this' clicks.
        boxes: Boxes around parts of the object.
        previous: (H, W) bool, an existing mask that the clicks correct. Ignored if there are boxes.
    """
    width, height = clip.width, clip.height
    if boxes:
        marked = np.zeros((height, width), np.bool_)
        for box in boxes:
            marked[box.grow(0, width, height).slices] = True
        return _segment_crop(clip, frame, crop_around(marked), clicks, boxes, previous)
    whole = make_crop(clip.box, width, height)
    found = _segment_crop(clip, frame, whole, clicks, boxes, previous)
    closer = crop_around(found)
    larger = previous is None and found.any() and closer.scale > whole.scale
    if larger and all(closer.box.contains(click.x, click.y) for click in clicks):
        return _segment_crop(clip, frame, closer, clicks, boxes, previous)
    return found


def _segment_crop(
    clip: Clip,
    frame: int,
    crop: WorkingCrop,
    clicks: Sequence[Click],
    boxes: Sequence[Box],
    previous: Bools | None,
) -> Bools:
    """Segment the object within a crop; return (H, W) bool. Clicks outside of it are ignored."""
    inside = [click for click in clicks if crop.box.contains(click.x, click.y)]
    adds = [crop.point_in(c.x, c.y) for c in inside if c.add]
    nots = [crop.point_in(c.x, c.y) for c in inside if not c.add]
    small_boxes = [crop.box_in(box) for box in boxes]
    region = _distance(crop.size[::-1], adds) <= ABOUT_PX
    for box in small_boxes:
        region[box.slices] = True
    if previous is not None:
        region |= crop.to_crop(previous)
    context = read_context(clip, frame, crop, region)
    if small_boxes:
        mask = from_boxes(context, small_boxes, adds, nots)
    elif previous is not None:
        mask = correct(context, crop.to_crop(previous), adds, nots)
    else:
        mask = from_clicks(context, adds, nots)
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
    prior = (W_CENTRE * (0.9 - np.minimum(centre, 3.0))).astype(np.float32)
    hold, bar = _fixed_pixels(shape, adds, nots)
    start = (centre < 0.8) & inside
    return _fit(context, start, prior, hold, bar | ~inside, rounds=ROUNDS + 2)


def from_clicks(context: FrameContext, adds: Sequence[Point], nots: Sequence[Point]) -> Bools:
    """Segment the object at the clicks; return (H, W) bool in working pixels.

    All radii are tried for the first click, with a small radius for the further ones. Then all
    radii up to that of the first click are tried for each further click. The result of the highest
    `agreement` is refined and returned.

    adds: clicks on the object, at least one; nots: 'not this' clicks.
    """
    shape = context.drift.shape
    best, best_mask = -np.inf, np.zeros(shape, np.bool_)
    radii: tuple[float, ...] = (TIP_PX,) * len(adds)
    for i in range(len(adds)):
        base, most = radii, max(RADII_PX) if i == 0 else radii[0]
        for radius in (r for r in RADII_PX[: None if i == 0 else -2] if r <= most):
            tried = (*base[:i], radius, *base[i + 1 :])
            mask = try_radii(context, adds, nots, tried)
            score = agreement(context, mask) - W_HEED * _share_near(mask, nots)
            if score > best:
                best, best_mask, radii = score, mask, tried
    prior = np.clip(0.25 * signed_distance(best_mask), -2.0, 2.0)
    prior += _not_odds(shape, adds, nots)
    hold, bar = _fixed_pixels(shape, adds, nots)
    bar |= ~dilate_square(best_mask, RADII_PX[0])
    mask = _fit(context, best_mask, prior.astype(np.float32), hold, bar, rounds=2)
    return components_touching(mask, _at(mask, adds))


def try_radii(
    context: FrameContext, adds: Sequence[Point], nots: Sequence[Point], radii: Sequence[float]
) -> Bools:
    """Segment the object at the clicks, assuming a radius of the part at each one.

    `radii`: one per click in `adds`, in working pixels. Returns (H, W) bool.
    """
    shape = context.drift.shape
    distances = [_distance(shape, [p]) / r for p, r in zip(adds, radii, strict=True)]
    near = np.minimum.reduce(distances)
    for p in adds[1:]:
        near = np.minimum(near, 1.0 + _line_distance(shape, adds[0], p) / LINK_PX)
    limit = near > REACH
    box = bounding_box(~limit) or Box(0, 0, shape[1], shape[0])
    prior = W_CENTRE * np.clip(1.0 - near, -2.5, 1.0) + _not_odds(shape, adds, nots)
    hold, bar = _fixed_pixels(shape, adds, nots)
    bar |= limit
    found = np.zeros(shape, np.bool_)
    c = box.slices
    start, prior = near <= 1.0, prior.astype(np.float32)
    found[c] = _fit(context.cropped(box), start[c], prior[c], hold[c], bar[c])
    return components_touching(found, _at(found, adds))


def _line_distance(shape: Shape, first: Point, second: Point) -> Floats:
    """Return the (H, W) distance to the line segment between two points, in pixels."""
    x, y = flow.grid(*shape)
    dx, dy = second[0] - first[0], second[1] - first[1]
    along = ((x - first[0]) * dx + (y - first[1]) * dy) / max(dx * dx + dy * dy, 1)
    along = np.clip(along, 0.0, 1.0)
    return np.asarray(np.hypot(x - first[0] - along * dx, y - first[1] - along * dy), np.float32)


def _not_odds(shape: Shape, adds: Sequence[Point], nots: Sequence[Point]) -> Floats:
    """Return (H, W) log-odds around the 'not this' clicks, 0 or negative.

    Such clicks are often just outside the outline, so the reach of each is limited to a share of
    its distance to the nearest click on the object.
    """
    odds = np.zeros(shape, np.float32)
    for x, y in nots:
        gap = min(float(np.hypot(x - px, y - py)) for px, py in adds)
        reach = max(1.0, min(NOT_PX, NOT_SHARE * gap))
        near = np.exp(-((_distance(shape, [(x, y)]) / reach) ** 2))
        odds = np.minimum(odds, -W_NOT * near).astype(np.float32)
    return odds


def _share_near(mask: Bools, points: Sequence[Point]) -> float:
    """Return the share of the pixels within HEED_PX of the points that lie in the mask."""
    return float(mask[_distance(mask.shape, points) <= HEED_PX].mean()) if points else 0.0


def correct(
    context: FrameContext, previous: Bools, adds: Sequence[Point], nots: Sequence[Point]
) -> Bools:
    """Correct an existing mask by clicks; return (H, W) bool in working pixels.

    Parts at `nots` inside the mask are removed, and parts at `adds` outside of it are added. Clicks
    that agree with the mask only limit what the other clicks change.
    """
    missed = [p for p in adds if not previous[p[1], p[0]]]
    wrong = [p for p in nots if previous[p[1], p[0]]]
    kept = _without(context, previous, adds, wrong) if wrong else previous
    return kept | from_clicks(context, missed, nots) if missed else kept


def _without(
    context: FrameContext, previous: Bools, adds: Sequence[Point], wrong: Sequence[Point]
) -> Bools:
    """Return the mask without the regions at the `wrong` clicks, within their reach."""
    near = _distance(previous.shape, wrong)
    prior = np.clip(0.4 * signed_distance(previous), -4.0, 4.0)
    prior -= W_CORRECTION * np.exp(-((near / CORRECTION_PX) ** 2))
    hold, bar = _fixed_pixels(previous.shape, adds, wrong)
    start = previous & (near > HOLD_PX)
    found = _fit(context, start, prior.astype(np.float32), hold, bar | ~previous)
    return np.where(near <= 2 * CORRECTION_PX, found, previous) & previous


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


def _at(mask: Bools, points: Sequence[Point]) -> Bools:
    """Return an (H, W) bool mask that is True at the points only."""
    seeds = np.zeros_like(mask)
    for x, y in points:
        seeds[y, x] = True
    return seeds


def _fit(
    context: FrameContext,
    start: Bools,
    prior: Floats,
    hold: Bools,
    bar: Bools,
    *,
    rounds: int = ROUNDS,
) -> Bools:
    """Estimate colour models and mask alternately, until the mask no longer changes.

    start: (H, W) bool, initial mask; prior: (H, W) log-odds of the position; hold, bar: (H, W)
    bool, pixels that are fixed as object and as background; rounds: maximum number of alternations.
    """
    mask = start
    for _ in range(rounds):
        odds = prior + _colour_odds(context, mask) + W_MOTION * _motion_odds(context, mask)
        found = min_cut(odds.astype(np.float32), context.new.axes, inside=hold, outside=bar)
        if not found.any() or (found == mask).all():
            break
        mask = found
    return mask


def _colour_odds(context: FrameContext, mask: Bools) -> Floats:
    codes = context.new.codes
    front, back = certain_regions(mask)
    colours = fit_colours(codes, front, back, context.codes)
    local = fit_local_colours(codes, front, back, context.codes)
    overall = W_COLOUR * colours.odds(floor=GLOBAL_FLOOR)
    return np.asarray(overall[codes] + W_LOCAL * local.odds(codes, floor=LOCAL_FLOOR), np.float32)


def _motion_odds(context: FrameContext, mask: Bools) -> Floats:
    """Return (H, W) log-odds that pixels move with the object.

    Without neighbouring frames, those of any motion independent of the background.
    """
    if not context.neighbours:
        return context.drift
    pairs = context.neighbours
    return 2 * combine_odds([motion_evidence(context.new, pair, mask).odds for pair in pairs])


def agreement(context: FrameContext, mask: Bools) -> float:
    """Return a score of how well a mask fits the picture, to compare masks of one frame.

    The score is the weighted sum of four terms: image edges under the outline, difference in colour
    across it, difference in motion across it, and log of the area. The last one favours the whole
    object over its parts, which have outlines too. Tiny masks, and those of more than 60 % of the
    picture, get a large negative score.
    """
    area = int(mask.sum())
    if area < HOLD_PX**2 * 4 or area > 0.6 * mask.size:
        return -1e3 - abs(area - 0.3 * mask.size)
    ring = dilate_square(mask, 12) & ~dilate_square(mask, 2)
    colours = fit_colours(context.new.codes, mask, ring, context.codes)
    contrast = 1.0 - float(np.sqrt(colours.front * colours.back).sum())
    drift = np.clip(context.drift, -1.0, 1.0)
    moving = float(drift[mask].mean() - drift[ring].mean()) if ring.any() else 0.0
    size = AGREE_SIZE * float(np.log(area))
    return _edge(context.new, mask) + AGREE_COLOUR * contrast + AGREE_MOTION * moving + size


def _edge(new: FrameFeatures, mask: Bools) -> float:
    """Return the mean gradient under the outline, relative to that of the whole picture."""
    smooth = cv2.GaussianBlur(new.lab, (0, 0), 1.0).astype(np.float32)
    across, down = (cv2.Scharr(smooth, cv2.CV_32F, dx, 1 - dx) for dx in (1, 0))
    gradient = np.sqrt((across**2 + down**2).sum(axis=-1)).astype(np.float32)
    outline = mask & ~erode_square(mask, 1)
    outline[[0, -1]], outline[:, [0, -1]] = False, False
    if not outline.any():
        return 0.0
    near = np.asarray(cv2.dilate(gradient, np.ones((3, 3), np.uint8)))
    usual = gradient.mean() + np.percentile(gradient, 90)
    return float(near[outline].mean() / max(float(usual), 1e-3))
