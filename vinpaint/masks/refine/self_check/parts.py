"""Find parts of an object that its mask leaves out, on single frames.

Three measures find them. `vanished` compares the mask with that of a neighbouring frame, warped
along optical flow: a part that is still visible but no longer in the mask was lost. `beside` looks
at what touches the mask: it is a part if it differs from the background that other frames show
there, and has the object's colours and motion. `reappeared` looks, where the mask is empty, for
anything with the object's colours that is not background.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, bounding_box
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square
from vinpaint.masks.refine.self_check.background import compare_background, is_shadow
from vinpaint.masks.refine.self_check.frames import (
    MIN_MASK_PX,
    MaskedFrame,
    Window,
    colour_difference,
)
from vinpaint.masks.tracker.colour_models import Codebook, histogram, log_odds, make_codebook

_SAME_COLOUR = 14.0
"""Median colour difference along the flow, in 8-bit levels, at which a part is still the same."""
_STILL_PX, _STILL_SHARE = 0.4, 0.25
"""Where the object moves faster than the first value against the background, a part that moves
slower than this share of the object's speed is background."""
_NOT_BACKGROUND = 5.0
"""Colour difference from the background of other frames, in 8-bit levels, of a foreground pixel."""
_SAME_MOTION_SHARE, _SAME_MOTION_PX = 0.6, 0.2
"""Difference of two motions that count as one: this share of the faster, plus this."""
_MOVING_PX, _MOVING_SHARE = 0.3, 2.0
"""Motion against the background in pixels per frame, and times its usual error, that counts."""
_OBJECT_ODDS = 0.5
"""Log-odds at which a colour is the object's."""
_NEARBY_PX = 21
"""Side of the square over which the motion of the nearby part of the object is averaged."""
_FAR_PX = 6
"""Pixels farther from the mask are background."""
_MARGIN_PX = 12
"""The neighbourhood of the mask that is searched: this, and half the size of the mask."""
_MIN_BESIDE_PX = 10
"""Smallest piece beside the mask, in working pixels."""
_MIN_CONTACT_PX = 3
"""Minimum number of pixels with which a part touches the mask."""
_MIN_BACK_SHARE = 0.2
"""Smallest part of the object that counts as its return."""
_MODEL_FRAMES = 10
"""Number of frames to which the colours of a window are fitted."""


@dataclass(frozen=True, repr=False, eq=False)
class Part:
    """Pixels of one frame at working size.

    pixels: (h, w) bool, cropped to `box`; share: their number over the object's usual area; side:
    where they lie, seen from the mask: 'above', 'below', 'left' or 'right'; of_object: False if
    they are background or may be the object's shadow.
    """

    box: Box
    pixels: Bools
    share: float
    side: str
    of_object: bool = True


@dataclass(frozen=True, repr=False, eq=False)
class ObjectModel:
    """What the object looks like: its usual area in working pixels, and the odds of its colours."""

    area: float
    book: Codebook
    odds: Floats

    def colour_odds(self, lab: Frames) -> Floats:
        """Return the (H, W) log-odds that the pixels of a Lab picture are the object's."""
        return np.asarray(cv2.GaussianBlur(self.odds[self.book.codes(lab)], (0, 0), 0.8))


def fit_object(frames: Sequence[MaskedFrame]) -> ObjectModel | None:
    """Fit the model to the frames that have a mask; None if there are none."""
    masked = [frame for frame in frames if frame.judged]
    if not masked:
        return None
    chosen = masked[:: max(1, len(masked) // _MODEL_FRAMES)]
    lab = np.concatenate([frame.lab for frame in chosen])
    inside = np.concatenate([frame.mask for frame in chosen])
    outside = np.concatenate([~dilate_square(frame.mask, _FAR_PX) for frame in chosen])
    book = make_codebook(lab, inside)
    codes = book.codes(lab)
    front, back = (histogram(codes, where, book.count) for where in (inside, outside))
    area = float(np.median([frame.area for frame in masked]))
    return ObjectModel(area, book, log_odds(front, back, floor=0.002))


def vanished(window: Window, position: int, step: int, model: ObjectModel) -> Part | None:
    """Return the largest part of the mask of the frame `step` away that is missing from this one.

    It must still be visible: its colours are the same along the flow.
    """
    frame, other = window.frames[position], window.frames[position + step]
    if not other.judged:
        return None
    pair = window.pairs[min(position, position + step)]
    field = pair.backward if step < 0 else pair.forward
    warped = flow.warp(other.mask.astype(np.float32), field) > 0.6
    gone = _opened(warped & ~dilate_square(frame.mask, 1))
    if not gone.any():
        return None
    difference = colour_difference(frame.lab, flow.warp(other.lab, field))
    found: Part | None = None
    for pixels in _components(gone, least=MIN_MASK_PX):
        part = _part(_joined(pixels, frame.mask), warped | frame.mask, model)
        same = float(np.median(difference[pixels])) < _SAME_COLOUR
        if same and not _touches_border(pixels) and (found is None or part.share > found.share):
            found = part
    if found is None:
        return None
    moves = _moves_with(window.motion(position), _full(found, frame.mask), warped | frame.mask)
    return replace(found, of_object=moves)


def beside(window: Window, position: int, model: ObjectModel) -> Part | None:
    """Return what touches the mask and has the object's colours and motion, if anything does."""
    frame = window.frames[position]
    around = bounding_box(frame.mask)
    if around is None or not frame.judged:
        return None
    margin = _MARGIN_PX + max(around.width, around.height) // 2
    box = around.grow(margin, frame.mask.shape[1], frame.mask.shape[0])
    mask, motion = frame.mask[box.slices], window.motion(position)[box.slices]
    far = ~dilate_square(mask, _FAR_PX)
    if not far.any():
        return None
    background = compare_background(window, position, box)
    difference, speed = background.difference, _length(motion)
    like = (
        ~dilate_square(mask, 1)
        & (difference > max(_NOT_BACKGROUND, 2 * float(np.percentile(difference[far], 75))))
        & (speed > max(_MOVING_PX, _MOVING_SHARE * float(np.percentile(speed[far], 60))))
    )
    if like.any():
        like &= _moves_like(motion, speed, mask)
        like &= model.colour_odds(frame.lab[box.slices]) > _OBJECT_ODDS
    touching = np.zeros_like(like)
    ring = dilate_square(mask, 2)
    for pixels in _components(_opened(like), least=_MIN_BESIDE_PX):
        if (pixels & ring).sum() >= _MIN_CONTACT_PX:
            touching |= pixels
    if not touching.any():
        return None
    shadow = is_shadow(frame.lab[box.slices], background, touching)
    part = _part(_joined(touching, mask), mask, model)
    return replace(part, box=part.box.shift(box.x0, box.y0), of_object=not shadow)


def _moves_like(motion: Floats, speed: Floats, mask: Bools) -> Bools:
    """Return where the motion is that of the nearby part of the mask."""
    square = (_NEARBY_PX, _NEARBY_PX)
    weight = cv2.blur(mask.astype(np.float32), square) + 1e-4
    nearby = cv2.blur(motion * mask[..., None], square) / weight[..., None]
    fastest = np.maximum(speed, _length(nearby))
    limit = _SAME_MOTION_SHARE * fastest + _SAME_MOTION_PX
    return np.asarray(_length(motion - nearby) < limit)


def reappeared(window: Window, position: int, model: ObjectModel) -> Part | None:
    """Return what has the object's colours and is not background, on a frame without a mask."""
    frame = window.frames[position]
    whole = Box(0, 0, frame.mask.shape[1], frame.mask.shape[0])
    difference = compare_background(window, position, whole).difference
    limit = max(2 * _NOT_BACKGROUND, 2 * float(np.percentile(difference, 75)))
    like = (difference > limit) & (model.colour_odds(frame.lab) > _OBJECT_ODDS)
    joined = cv2.morphologyEx(_opened(like).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5))) > 0
    parts = _components(joined, least=max(MIN_MASK_PX, round(_MIN_BACK_SHARE * model.area)))
    if not parts:
        return None
    return _part(max(parts, key=np.count_nonzero), np.zeros_like(like), model)


def _joined(pixels: Bools, mask: Bools) -> Bools:
    """Return the pixels with the narrow gap between them and the mask."""
    gap = dilate_square(pixels, 2) & dilate_square(mask, 2) & ~mask
    return np.asarray(pixels | gap)


def _full(part: Part, like: Bools) -> Bools:
    mask = np.zeros_like(like)
    mask[part.box.slices] = part.pixels
    return mask


def _moves_with(motion: Floats, part: Bools, whole: Bools) -> bool:
    """Return False if the object moves against the background and the part does not."""
    rest = whole & ~part
    if not rest.any():
        return True
    speed, own = (float(np.median(_length(motion[pixels]))) for pixels in (rest, part))
    return speed < _STILL_PX or own > _STILL_SHARE * speed


def _part(pixels: Bools, mask: Bools, model: ObjectModel) -> Part:
    box = bounding_box(pixels) or Box(0, 0, 1, 1)
    share = float(pixels.sum()) / max(model.area, 1.0)
    return Part(box, pixels[box.slices].copy(), share, _side(box, bounding_box(mask)))


def _side(part: Box, mask: Box | None) -> str:
    """Return where a part lies, seen from the centre of the mask."""
    if mask is None:
        return "right"
    dx = ((part.x0 + part.x1) - (mask.x0 + mask.x1)) / max(1, mask.width)
    dy = ((part.y0 + part.y1) - (mask.y0 + mask.y1)) / max(1, mask.height)
    if abs(dy) >= abs(dx):
        return "below" if dy > 0 else "above"
    return "right" if dx > 0 else "left"


def _touches_border(pixels: Bools) -> bool:
    border = (pixels[:2], pixels[-2:], pixels[:, :2], pixels[:, -2:])
    return any(bool(edge.any()) for edge in border)


def _opened(mask: Bools) -> Bools:
    opened = cv2.morphologyEx(mask.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    return np.asarray(opened > 0)


def _components(mask: Bools, *, least: int) -> list[Bools]:
    """Return the connected components of at least `least` pixels."""
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), None, None, 8)
    sizes = stats[:, cv2.CC_STAT_AREA]
    return [np.asarray(labels == i) for i in range(1, count) if sizes[i] >= least]


def _length(vectors: Floats) -> Floats:
    return np.asarray(np.hypot(vectors[..., 0], vectors[..., 1]))
