"""One frame: the object under clicks, in a box, or mended by clicks.

From a first guess, the colour models and the outline are found in turn (Rother, Kolmogorov and
Blake, "GrabCut", 2004), with motion as a further witness. A box is one guess; a click is tried as
several sizes, and the outline that the picture agrees with best is kept.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Click, Floats, bounding_box
from vinpaint.imaging import flow
from vinpaint.masks.tracker.colour_models import histogram, log_odds
from vinpaint.masks.tracker.frame_features import Look
from vinpaint.masks.tracker.graph_cut import cut
from vinpaint.masks.tracker.local_colour import count_places, sure_parts
from vinpaint.masks.tracker.motion_segmentation import grown, judge_motion
from vinpaint.masks.tracker.segmentation_input import Scene, agreed, read_scene
from vinpaint.masks.tracker.tracking_step import signed
from vinpaint.masks.tracker.working_crop import Stage, stage_for, stage_of
from vinpaint.media import Clip

Point = tuple[int, int]

ROUNDS = 3
RADII_PX = (12, 20, 32, 50, 75)
"""The sizes that a click is tried as, at working size."""
REACH = 3.5
"""So many radii from its click can an object extend."""
TIP_PX, LINK_PX = 7, 15
"""A further click may lie on a mere tip; what links it to the first is about so wide."""
W_NOT, NOT_PX, NOT_SHARE = 4.0, 12.0, 0.3
"""How strongly 'not this' speaks, how far, and for what share of the way to the object."""
W_HEED, HEED_PX = 2.0, 6
"""A mask that surrounds a 'not this' click is a poor one."""
ABOUT_PX = 50
HOLD_PX = 3
"""A click settles the pixels this near."""
W_CENTRE, W_COLOUR, W_LOCAL, W_MOTION = 1.5, 0.7, 0.4, 0.6
GLOBAL_FLOOR, LOCAL_FLOOR = 0.004, 0.02
AGREE_APART, AGREE_SIZE, AGREE_MOTION = 1.5, 0.3, 1.0
W_MEND = 5.0
MEND_PX = 25.0
"""How strongly, and how far, a correcting click speaks."""


def segment(
    clip: Clip, frame: int, clicks: Sequence[Click], boxes: Sequence[Box], before: Bools | None
) -> Bools:
    """(H, W) bool. `before`, (H, W): a mask of this frame that the prompts are to mend.

    A small object in a large frame is looked at again, closer, once it is known where it lies.
    """
    width, height = clip.width, clip.height
    whole = stage_of(clip.box, width, height)
    if boxes:
        return _on_stage(clip, frame, _stage_of_boxes(clip, boxes), clicks, boxes, before)
    found = _on_stage(clip, frame, whole, clicks, boxes, before)
    closer = stage_for(found)
    if before is None and found.any() and closer.scale > whole.scale and _holds(closer, clicks):
        return _on_stage(clip, frame, closer, clicks, boxes, before)
    return found


def _stage_of_boxes(clip: Clip, boxes: Sequence[Box]) -> Stage:
    """As close to the boxes as the tracker goes."""
    marked = np.zeros((clip.height, clip.width), np.bool_)
    for box in boxes:
        marked[box.grow(0, clip.width, clip.height).slices] = True
    return stage_for(marked)


def _holds(stage: Stage, clicks: Sequence[Click]) -> bool:
    """Whether all clicks lie in the stage."""
    x0, y0, x1, y1 = stage.box
    return all(x0 <= click.x < x1 and y0 <= click.y < y1 for click in clicks)


def _on_stage(
    clip: Clip,
    frame: int,
    stage: Stage,
    clicks: Sequence[Click],
    boxes: Sequence[Box],
    before: Bools | None,
) -> Bools:
    """(H, W) bool, worked out at the stage's size; clicks beyond it are left aside."""
    clicks = [click for click in clicks if _holds(stage, [click])]
    adds = [stage.point_in(c.x, c.y) for c in clicks if c.add]
    nots = [stage.point_in(c.x, c.y) for c in clicks if not c.add]
    frames = [stage.box_in(box) for box in boxes]
    about = _about(stage, adds, frames)
    if before is not None:
        about |= stage.mask_in(before)
    scene = read_scene(clip, frame, stage, about)
    if frames:
        mask = from_boxes(scene, frames, adds, nots)
    elif before is not None:
        mask = mend(scene, stage.mask_in(before), adds, nots)
    else:
        mask = from_clicks(scene, adds, nots)
    return stage.mask_out(mask, clip.width, clip.height)


def _about(stage: Stage, adds: Sequence[Point], boxes: Sequence[Box]) -> Bools:
    """(H, W) bool at working size: where the object is, as far as prompts tell."""
    width, height = stage.size
    about = _distance(width, height, adds) <= ABOUT_PX
    for box in boxes:
        about[box.slices] = True
    return about


def from_boxes(
    scene: Scene, boxes: Sequence[Box], adds: Sequence[Point], nots: Sequence[Point]
) -> Bools:
    """(H, W) bool: the object that fills each box; nothing outside the boxes."""
    height, width = scene.drift.shape
    x, y = flow.grid(height, width)
    centre = np.full((height, width), np.inf, np.float32)
    inside = np.zeros((height, width), np.bool_)
    for box in boxes:
        across = (x + 0.5 - (box.x0 + box.x1) / 2) / (box.width / 2)
        down = (y + 0.5 - (box.y0 + box.y1) / 2) / (box.height / 2)
        inside[box.slices] = True
        centre = np.minimum(centre, np.hypot(across, down))
    prior = (W_CENTRE * (0.9 - np.minimum(centre, 3.0))).astype(np.float32)
    hold, bar = _settled(width, height, adds, nots)
    return _fit(scene, (centre < 0.8) & inside, prior, hold, bar | ~inside, rounds=ROUNDS + 2)


def from_clicks(scene: Scene, adds: Sequence[Point], nots: Sequence[Point]) -> Bools:
    """(H, W) bool: the object under the clicks, of the sizes that fit the picture best.

    The first click is tried as every size with the further ones as tips; then each of those is
    tried as every size up to the first one's.
    """
    height, width = scene.drift.shape
    best, best_mask = -np.inf, np.zeros((height, width), np.bool_)
    sizes: tuple[float, ...] = (TIP_PX,) * len(adds)
    for i in range(len(adds)):
        before, most = sizes, max(RADII_PX) if i == 0 else sizes[0]
        for radius in (r for r in RADII_PX[: None if i == 0 else -2] if r <= most):
            tried = (*before[:i], radius, *before[i + 1 :])
            mask = try_sizes(scene, adds, nots, tried)
            score = agreement(scene, mask) - W_HEED * _share_at(mask, nots)
            if score > best:
                best, best_mask, sizes = score, mask, tried
    distance = np.clip(0.25 * signed(best_mask), -2.0, 2.0) + _against(scene, adds, nots)
    hold, bar = _settled(width, height, adds, nots)
    bar |= ~grown(best_mask, RADII_PX[0])
    mask = _fit(scene, best_mask, distance.astype(np.float32), hold, bar, rounds=2)
    return _under(mask, adds)


def try_sizes(
    scene: Scene, adds: Sequence[Point], nots: Sequence[Point], sizes: Sequence[float]
) -> Bools:
    """(H, W) bool: the object under the clicks if its parts there were about this large."""
    height, width = scene.drift.shape
    every = [_distance(width, height, [p]) / r for p, r in zip(adds, sizes, strict=True)]
    near = np.minimum.reduce(every)
    for p in adds[1:]:
        near = np.minimum(near, 1.0 + _beside(width, height, adds[0], p) / LINK_PX)
    limit = near > REACH
    box = bounding_box(~limit) or Box(0, 0, width, height)
    prior = W_CENTRE * np.clip(1.0 - near, -2.5, 1.0) + _against(scene, adds, nots)
    hold, bar = _settled(width, height, adds, nots)
    bar |= limit
    found = np.zeros((height, width), np.bool_)
    c = box.slices
    start, prior = near <= 1.0, prior.astype(np.float32)
    found[c] = _fit(scene.cut_out(box), start[c], prior[c], hold[c], bar[c])
    return _under(found, adds)


def _beside(width: int, height: int, first: Point, second: Point) -> Floats:
    """(H, W) pixels to the line between two points."""
    x, y = flow.grid(height, width)
    dx, dy = second[0] - first[0], second[1] - first[1]
    along = ((x - first[0]) * dx + (y - first[1]) * dy) / max(dx * dx + dy * dy, 1)
    along = np.clip(along, 0.0, 1.0)
    return np.asarray(np.hypot(x - first[0] - along * dx, y - first[1] - along * dy), np.float32)


def _against(scene: Scene, adds: Sequence[Point], nots: Sequence[Point]) -> Floats:
    """(H, W) log-odds, 0 and below, of what lies about the 'not this' points.

    They often lie just outside the outline, so each reaches only a part of the way to the object.
    """
    height, width = scene.drift.shape
    odds = np.zeros((height, width), np.float32)
    for x, y in nots:
        gap = min(float(np.hypot(x - px, y - py)) for px, py in adds)
        reach = max(1.0, min(NOT_PX, NOT_SHARE * gap))
        near = np.exp(-((_distance(width, height, [(x, y)]) / reach) ** 2))
        odds = np.minimum(odds, -W_NOT * near).astype(np.float32)
    return odds


def _share_at(mask: Bools, points: Sequence[Point]) -> float:
    """How much of the surroundings of the points lies in the mask."""
    height, width = mask.shape
    return float(mask[_distance(width, height, points) <= HEED_PX].mean()) if points else 0.0


def mend(scene: Scene, before: Bools, adds: Sequence[Point], nots: Sequence[Point]) -> Bools:
    """(H, W) bool: the mask with what the clicks add and take away.

    Clicks that it agrees with already only keep the others in bounds.
    """
    missed = [p for p in adds if not before[p[1], p[0]]]
    wrong = [p for p in nots if before[p[1], p[0]]]
    kept = _without(scene, before, adds, wrong) if wrong else before
    return kept | from_clicks(scene, missed, nots) if missed else kept


def _without(scene: Scene, before: Bools, adds: Sequence[Point], wrong: Sequence[Point]) -> Bools:
    """The mask less what lies about the wrong points, as far as they reach."""
    height, width = before.shape
    near = _distance(width, height, wrong)
    prior = np.clip(0.4 * signed(before), -4.0, 4.0) - W_MEND * np.exp(-((near / MEND_PX) ** 2))
    hold, bar = _settled(width, height, adds, wrong)
    found = _fit(scene, before & (near > HOLD_PX), prior.astype(np.float32), hold, bar | ~before)
    return np.where(near <= 2 * MEND_PX, found, before) & before


def _settled(
    width: int, height: int, adds: Sequence[Point], nots: Sequence[Point]
) -> tuple[Bools, Bools]:
    """Pixels that the clicks settle: object, background."""
    to_add, to_drop = _distance(width, height, adds), _distance(width, height, nots)
    hold, bar = to_add <= HOLD_PX, to_drop <= HOLD_PX
    return hold & (to_add <= to_drop), bar & (to_drop < to_add)


def _distance(width: int, height: int, points: Sequence[Point]) -> Floats:
    """(H, W) pixels to the nearest point; very far where there is none."""
    x, y = flow.grid(height, width)
    every = [np.hypot(x - px, y - py) for px, py in points]
    far = np.full((height, width), 1e6, np.float32)
    return np.asarray(np.minimum.reduce([far, *every]), np.float32)


def _under(mask: Bools, points: Sequence[Point]) -> Bools:
    """The parts of the mask that the points lie on."""
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), None, 8)
    return np.isin(labels, [labels[y, x] for x, y in points]) & mask


def _fit(
    scene: Scene, start: Bools, prior: Floats, hold: Bools, bar: Bools, *, rounds: int = ROUNDS
) -> Bools:
    """Models from the mask, mask from the models; stops when nothing changes."""
    mask = start
    for _ in range(rounds):
        odds = prior + _colour_odds(scene, mask) + W_MOTION * _motion_odds(scene, mask)
        found = cut(odds.astype(np.float32), scene.new.axes, inside=hold, outside=bar)
        if not found.any() or (found == mask).all():
            break
        mask = found
    return mask


def _colour_odds(scene: Scene, mask: Bools) -> Floats:
    new, count = scene.new, scene.codes
    front, back = sure_parts(mask)
    seen = histogram(new.codes, front, count), histogram(new.codes, back, count)
    places = count_places(new.codes, front, back, count)
    overall = W_COLOUR * log_odds(*seen, floor=GLOBAL_FLOOR)
    local = W_LOCAL * places.odds(new.codes, floor=LOCAL_FLOOR)
    return np.asarray(overall[new.codes] + local, np.float32)


def _motion_odds(scene: Scene, mask: Bools) -> Floats:
    """Of the object's own motion where neighbours are at hand; else of moving at all."""
    if not scene.beside:
        return scene.drift
    judged = [judge_motion(scene.new, seen, mask).odds for seen in scene.beside]
    return 2 * agreed(judged)


def agreement(scene: Scene, mask: Bools) -> float:
    """How well an outline fits the picture; compared between masks of one frame.

    Edges under the outline, colours and motion that differ across it, and size, since the parts
    of an object have outlines too.
    """
    area = int(mask.sum())
    if area < HOLD_PX**2 * 4 or area > 0.6 * mask.size:
        return -1e3 - abs(area - 0.3 * mask.size)
    ring = grown(mask, 12) & ~grown(mask, 2)
    codes = scene.new.codes
    front = histogram(codes, mask.astype(np.float32), scene.codes)
    back = histogram(codes, ring.astype(np.float32), scene.codes)
    apart = 1.0 - float(np.sqrt(front * back).sum())
    drift = np.clip(scene.drift, -1.0, 1.0)
    moving = float(drift[mask].mean() - drift[ring].mean()) if ring.any() else 0.0
    size = AGREE_SIZE * float(np.log(area))
    return _edge(scene.new, mask) + AGREE_APART * apart + AGREE_MOTION * moving + size


def _edge(new: Look, mask: Bools) -> float:
    """The picture's mean gradient under the outline, against what it is elsewhere."""
    smooth = cv2.GaussianBlur(new.lab, (0, 0), 1.0).astype(np.float32)
    across, down = (cv2.Scharr(smooth, cv2.CV_32F, dx, 1 - dx) for dx in (1, 0))
    gradient = np.sqrt((across**2 + down**2).sum(axis=-1)).astype(np.float32)
    rim = mask & ~(np.asarray(cv2.erode(mask.astype(np.uint8), np.ones((3, 3), np.uint8))) > 0)
    rim[[0, -1]], rim[:, [0, -1]] = False, False
    if not rim.any():
        return 0.0
    near = np.asarray(cv2.dilate(gradient, np.ones((3, 3), np.uint8)))
    usual = gradient.mean() + np.percentile(gradient, 90)
    return float(near[rim].mean() / max(float(usual), 1e-3))
