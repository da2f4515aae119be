"""The measures of every frame, from which the warnings are made."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.core import Bools, Floats, MaskTrack, Progress
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square, erode_square
from vinpaint.masks.refine.self_check.frames import MaskedFrame, Window, read_windows
from vinpaint.masks.refine.self_check.parts import (
    ObjectModel,
    Part,
    beside,
    fit_object,
    reappeared,
    vanished,
)
from vinpaint.media import Clip

SHIFTS = tuple(range(-6, 7))
"""The frames, relative to the current one, whose masks are tried on it."""
_BAND_PX = 8
"""Half-width of the band around the outline in which its contrast is measured."""
_GRADIENT_FLOOR = 4.0
"""Added to gradients, so that their logarithm does not depend on noise."""


@dataclass(frozen=True)
class FrameMeasures:
    """The measures of one frame.

    Args:
        area: Area of the mask, in working pixels.
        isolated: Share of the union of the masks in which both neighbours, warped to this frame,
            agree with each other but not with this mask; NaN where undefined.
        disagreement: Share in which the neighbours differ; NaN where undefined.
        contrast: Mean gradient under the outline over that beside it; NaN where undefined.
        border_px: Number of mask pixels along the border of the frame.
        exit_side: Side of the frame with the most of them; '' without any.
        fit: How well the outlines of the masks of the frames `SHIFTS` away fit this picture; NaN
            where there is none.
        dropped: A part that the frame before has and this one has not, though it is visible.
        gained: A part that this frame has not and the next one has, though it is visible.
        beside: What touches the mask and has the object's colours and motion.
        seen: What looks like the object, on a frame without a mask.
    """

    area: float
    isolated: float
    disagreement: float
    contrast: float
    border_px: int
    exit_side: str
    fit: tuple[float, ...]
    dropped: Part | None = None
    gained: Part | None = None
    beside: Part | None = None
    seen: Part | None = None


def measure_frames(
    clip: Clip, track: MaskTrack, cuts: Sequence[int], progress: Progress
) -> Iterator[FrameMeasures]:
    """Yield the measures of every frame in order. One window of frames is in memory at a time."""
    model: ObjectModel | None = None
    for window in read_windows(clip, track, cuts, progress):
        model = fit_object(window.frames) or model
        for position in window.positions:
            yield _measure(window, position, model)


def _measure(window: Window, position: int, model: ObjectModel | None) -> FrameMeasures:
    frame = window.frames[position]
    first, last = position == 0, position == len(window.frames) - 1
    isolated = disagreement = float("nan")
    dropped = gained = outside = seen = None
    if not first and not last:
        isolated, disagreement = _isolation(window, position)
    if model is not None:
        dropped = None if first else vanished(window, position, -1, model)
        gained = None if last else vanished(window, position, 1, model)
        outside = beside(window, position, model)
        seen = None if frame.area else reappeared(window, position, model)
    sides = _border_pixels(frame.mask)
    return FrameMeasures(
        area=float(frame.area),
        isolated=isolated,
        disagreement=disagreement,
        contrast=_contrast(frame),
        border_px=sum(sides.values()),
        exit_side=max(sides, key=lambda side: sides[side]) if any(sides.values()) else "",
        fit=_fit(window, position),
        dropped=dropped,
        gained=gained,
        beside=outside,
        seen=seen,
    )


def _border_pixels(mask: Bools) -> dict[str, int]:
    """Return the number of mask pixels along each side of the frame."""
    edges = {"top": mask[0], "bottom": mask[-1], "left": mask[1:-1, 0], "right": mask[1:-1, -1]}
    return {side: int(pixels.sum()) for side, pixels in edges.items()}


def _isolation(window: Window, position: int) -> tuple[float, float]:
    """Return (isolated, disagreement); see `FrameMeasures`."""
    near = window.frames[position - 1 : position + 2]
    if not all(frame.judged for frame in near):
        return float("nan"), float("nan")
    mask = near[1].mask
    past = _warped(near[0].mask, window.pairs[position - 1].backward)
    future = _warped(near[2].mask, window.pairs[position].forward)
    whole = max(1, int((past | future | mask).sum()))
    isolated = ((past == future) & (past != mask)).sum()
    return float(isolated) / whole, float((past != future).sum()) / whole


def _warped(mask: Bools, field: Floats) -> Bools:
    return np.asarray(flow.warp(mask.astype(np.float32), field) > 0.5)


def _contrast(frame: MaskedFrame) -> float:
    """Return the mean gradient under the outline over the mean beside it; NaN if undefined."""
    under = dilate_square(frame.outline, 1)
    beside = dilate_square(frame.mask, _BAND_PX) & ~erode_square(frame.mask, _BAND_PX) & ~under
    if not frame.judged or not under.any() or not beside.any():
        return float("nan")
    gradient = frame.gradient
    return float(gradient[under].mean() / max(float(gradient[beside].mean()), 1e-3))


def _fit(window: Window, position: int) -> tuple[float, ...]:
    """Return the mean log gradient of this picture under the outlines of nearby masks."""
    gradient = np.log(window.frames[position].gradient + _GRADIENT_FLOOR)
    values: list[float] = []
    for shift in SHIFTS:
        other = position + shift
        inside = 0 <= other < len(window.frames) and window.frames[other].judged
        under = window.frames[other].near_outline if inside else None
        values.append(float(gradient[under].mean()) if under is not None else float("nan"))
    return tuple(values)
