"""Strategy `plate`: copy the hole from a reference, aligned, colour-matched and blended.

The reference (a clean frame, a picture, a repaired still, or another place of the same frame)
comes with a homography for each frame. The residual motion around the hole is estimated with DIS
optical flow and interpolated into the hole with a membrane. Then the colours of the copy are
matched to the ring around the hole. Residual motion and colour transfer are averaged over
neighbouring frames along the camera's motion, so that the copy does not flicker. Pixels that the
reference does not show are filled by propagation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from vinpaint.core import (
    Bools,
    Box,
    Context,
    FillSettings,
    Floats,
    Frames,
    Mask,
    Progress,
    Reference,
    SettingsError,
    Video,
    bounding_box,
    section,
)
from vinpaint.imaging import flow
from vinpaint.imaging.colour_transfer import (
    ColourTransfer,
    boundary_correction,
    fit_colour_transfer,
)
from vinpaint.imaging.membrane import solve_membrane
from vinpaint.imaging.morphology import dilate_ellipse, erode_square
from vinpaint.imaging.motion.camera import camera_flow, invert
from vinpaint.strategies.base import Strategy, start_frames
from vinpaint.strategies.propagation.propagate import Propagate

_RING_PX = 40
"""Width of the ring around the hole on which the copy is compared with the frame."""
_COLOUR_RING_PX = 16
"""Width of the ring that determines the colour transfer."""
_BORDER = (4, 2.0, 60.0)
"""Correction at the border: ring width (pixels), smoothing along it (pixels), and largest
deviation (intensity levels)."""
_CLONE_BORDER = (10, 5.0, 20.0)
"""The same for a clone. It shows another place, so most of the difference is not a change of
light."""
_TRUST_MARGINS_PX = (8, 3)
"""Minimum distance from the hole at which flow vectors are trusted, in each pass. It is smaller in
the second pass, because the content of the hole is then already aligned."""
_MAX_FLOW_SHARE, _MAX_FLOW_PX = 0.03, 6.0
"""Largest residual flow, as a share of the diagonal and in pixels; the larger of the two applies.
Larger vectors belong to another surface."""
_MIN_VECTORS = 30
"""With fewer trusted vectors, the residual motion is assumed to be 0."""
_FLOW_SMOOTH_PX = 3.0
_OUTLIER_PX = 2.0
"""A vector that differs from the median by more than this is not part of the background."""
_REACH_FRAMES, _SIGMA_FRAMES = 4, 2.0
"""Temporal averaging: number of frames before and after, and sigma of the Gaussian."""
_SIGMA_LEVELS = 4.0
"""Sigma of the colour weight. Colour changes between frames well above it are real changes of
light, and are kept."""
_CUBIC_PX = 2
"""Support of bicubic sampling around a pixel."""
_SLIVER_PX = 12
"""Fewer missing pixels than this in a frame are interpolated instead of propagated."""


@dataclass(frozen=True)
class Plate(Strategy):
    """Copy from a reference, matched to each frame. Needs no weights and no GPU."""

    title = "Plate"
    best_for = (
        "When you know what belongs there: a clean frame, a picture of the place, a frame that you "
        "painted, or a part of the picture to clone."
    )
    takes_reference = True
    needs_reference = True

    def fill(
        self,
        video: Video,
        mask: Mask,
        *,
        context: Context,
        settings: FillSettings,
        progress: Progress,
    ) -> Video:
        """See `Strategy.fill`. Raises SettingsError without a reference."""
        if context.reference is None:
            raise SettingsError(
                "the strategy 'plate' was given nothing to copy from; give a picture, a clean "
                "frame or a place to clone"
            )
        frames, done = start_frames(video, context)
        wanted = range(done, len(video.frames) - context.ahead_frames)
        copy_progress = section(progress, 0.0, 0.6)
        copies = _copies(video.frames, mask.hole, context.reference, wanted, copy_progress)
        missing = mask.hole.copy()
        for t, copy in copies.items():
            frames[t], missing[t] = _paste(frames[t], missing[t], copy)
        if not missing[wanted.start : wanted.stop].any():
            for t in wanted:
                context.invented(t, 0)
            return Video(frames)
        return Propagate().fill(
            Video(frames),
            Mask(missing.astype(np.float32)),
            context=context.without_reference(),
            settings=settings,
            progress=section(progress, 0.6, 1.0),
        )


@dataclass(frozen=True, repr=False)
class _Copy:
    """The copy for one frame, on `box`: colours (h, w, 3) float32, valid (h, w) bool."""

    box: Box
    colours: Floats
    valid: Bools


@dataclass(frozen=True, repr=False)
class _Layer:
    """Values (h, w, C) on the `box` of one frame, to be averaged over time."""

    box: Box
    values: Floats


def _copies(
    frames: Frames, hole: Bools, reference: Reference, wanted: range, progress: Progress
) -> dict[int, _Copy]:
    """Return a copy of the reference for each wanted frame that has a hole.

    Residual motion and colours are averaged over time.
    """
    start, stop = wanted.start - _REACH_FRAMES, wanted.stop + _REACH_FRAMES
    near = [t for t in range(max(0, start), min(len(frames), stop)) if hole[t].any()]
    camera = reference.camera_homographies
    fields: dict[int, _Layer] = {}
    for i, t in enumerate(near):
        progress(0.7 * i / len(near), "aligning the reference")
        fields[t] = _residual_motion(frames[t], hole[t], reference, t)
    copies: dict[int, _Copy] = {}
    for i, t in enumerate(near):
        progress(0.7 + 0.2 * i / len(near), "copying the reference")
        box = fields[t].box
        copies[t] = _Copy(box, *_sample(reference, t, box, _average(fields, t, camera)))
    if reference.same_scene:
        copies = _transfer_colours(frames, hole, copies)
    border = _BORDER if reference.same_scene else _CLONE_BORDER
    corrections = {t: _correction(frames[t], hole[t], copies[t], *border) for t in copies}
    return {
        t: replace(copy, colours=copy.colours + _average(corrections, t, camera))
        for t, copy in copies.items()
        if t in wanted
    }


def _residual_motion(frame: Frames, hole: Bools, reference: Reference, t: int) -> _Layer:
    """Estimate the motion (h, w, 2), in pixels, that remains after the homography.

    Raises ValueError if the frame has no hole.
    """
    around = bounding_box(hole)
    if around is None:
        raise ValueError("a frame without a hole has nothing to align")
    box = around.grow(_RING_PX, hole.shape[1], hole.shape[0])
    field = np.zeros((box.height, box.width, 2), np.float32)
    if not reference.same_scene:
        return _Layer(box, field)
    cut, inside = frame[box.slices], hole[box.slices]
    for margin in _TRUST_MARGINS_PX:
        copy, valid = _sample(reference, t, box, field)
        matched = _to_levels(_fit_colours(cut, inside, copy, valid).apply(copy))
        closed = _close_hole(cut, inside, matched, valid)
        step = _flow_to_copy(closed, matched, valid & ~dilate_ellipse(inside, margin))
        field = step + np.asarray(flow.warp(field, step), np.float32)
    return _Layer(box, field)


def _flow_to_copy(frame: Frames, copy: Frames, comparable: Bools) -> Floats:
    """Estimate the flow (h, w, 2) from the frame to the copy, completed with a membrane.

    Flow is trusted only where `comparable`, consistent forwards and backwards, and small.
    """
    first, second = flow.grey(frame), flow.grey(copy)
    field = flow.estimate(first, second)
    consistent = flow.forward_backward_error(field, flow.estimate(second, first))[1]
    largest = max(_MAX_FLOW_PX, _MAX_FLOW_SHARE * float(np.hypot(*comparable.shape)))
    trusted = comparable & consistent & (np.abs(field).max(axis=-1) < largest)
    if trusted.sum() >= _MIN_VECTORS:
        typical = np.median(field[trusted], axis=0)
        trusted &= np.abs(field - typical).max(axis=-1) < _OUTLIER_PX
    if trusted.sum() < _MIN_VECTORS:
        return np.zeros_like(field)
    weight = trusted.astype(np.float32)
    total = cv2.GaussianBlur(field * weight[..., None], (0, 0), _FLOW_SMOOTH_PX)
    share = np.maximum(cv2.GaussianBlur(weight, (0, 0), _FLOW_SMOOTH_PX), 1e-4)
    return solve_membrane((total / share[..., None]).astype(np.float32), trusted)


def _close_hole(frame: Frames, inside: Bools, copy: Frames, valid: Bools) -> Frames:
    """Return the frame with the copy in its hole, and a membrane where the copy is not valid."""
    out = np.where((inside & valid)[..., None], copy, frame)
    missing = inside & ~valid
    if missing.any():
        smooth = solve_membrane(out.astype(np.float32), ~missing)
        out = np.where(missing[..., None], _to_levels(smooth), out)
    return np.asarray(out, np.uint8)


def _sample(reference: Reference, t: int, box: Box, field: Floats) -> tuple[Floats, Bools]:
    """Warp the reference to frame t: (colours (h, w, 3) float32, valid (h, w) bool)."""
    picture, copyable = reference.of(t)
    x, y = flow.grid(box.height, box.width)
    x, y = x + field[..., 0] + box.x0, y + field[..., 1] + box.y0
    points = np.stack([x, y, np.ones_like(x)], axis=-1).astype(np.float64)
    to = points @ reference.homographies[t].T
    depth = np.where(np.abs(to[..., 2]) < 1e-9, 1e-9, to[..., 2])
    at_x, at_y = ((to[..., i] / depth).astype(np.float32) for i in (0, 1))
    safe = erode_square(copyable, _CUBIC_PX).astype(np.float32)
    valid = cv2.remap(safe, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT) > 0.99
    colours = cv2.remap(picture, at_x, at_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(colours, np.float32), np.asarray(valid)


def _fit_colours(cut: Frames, inside: Bools, copy: Floats, valid: Bools) -> ColourTransfer:
    """Fit the colour transfer from the copy to the frame, on the ring around the hole."""
    ring = dilate_ellipse(inside, _COLOUR_RING_PX) & ~inside & valid
    return fit_colour_transfer(copy[ring], cut[ring].astype(np.float32))


def _transfer_colours(frames: Frames, hole: Bools, copies: Mapping[int, _Copy]) -> dict[int, _Copy]:
    """Apply to each copy its colour transfer, averaged over neighbours with a similar one."""
    transfers = {
        t: _fit_colours(frames[t][c.box.slices], hole[t][c.box.slices], c.colours, c.valid)
        for t, c in copies.items()
    }
    out: dict[int, _Copy] = {}
    for t, copy in copies.items():
        if not copy.valid.any():
            out[t] = copy
            continue
        mean = copy.colours[copy.valid].mean(axis=0)
        own = transfers[t].apply(mean)
        gain, offset, weights = np.zeros(3), np.zeros(3), 0.0
        for s in _neighbours(transfers, t):
            change = float(np.abs(transfers[s].apply(mean) - own).max())
            weight = _weight(s - t) * np.exp(-0.5 * (change / _SIGMA_LEVELS) ** 2)
            gain += weight * transfers[s].gain
            offset += weight * transfers[s].offset
            weights += weight
        average = ColourTransfer(
            (gain / weights).astype(np.float32), (offset / weights).astype(np.float32)
        )
        out[t] = replace(copy, colours=average.apply(copy.colours))
    return out


def _correction(
    frame: Frames, hole: Bools, copy: _Copy, ring_px: int, smooth_px: float, most_levels: float
) -> _Layer:
    """Return the correction (h, w, 3), in levels, that fits the copy to the border of the hole."""
    inside = hole[copy.box.slices]
    ring = dilate_ellipse(inside, ring_px) & ~inside & copy.valid
    difference = frame[copy.box.slices].astype(np.float32) - copy.colours
    return _Layer(
        copy.box,
        boundary_correction(difference, ring, smooth_px=smooth_px, most_levels=most_levels),
    )


def _average(layers: Mapping[int, _Layer], t: int, camera: NDArray[np.float64]) -> Floats:
    """Average frame t's layer with its neighbours', warped along the camera's motion."""
    own = layers[t]
    total, weights = np.zeros_like(own.values), np.zeros(own.values.shape[:2], np.float32)
    for s in _neighbours(layers, t):
        other = layers[s]
        field = camera_flow(invert(camera[s]) @ camera[t], own.box)
        field += (own.box.x0 - other.box.x0, own.box.y0 - other.box.y0)
        x, y = flow.grid(own.box.height, own.box.width)
        x, y = x + field[..., 0], y + field[..., 1]
        values = cv2.remap(other.values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        inside = (x > -1) & (y > -1) & (x < other.box.width) & (y < other.box.height)
        weight = np.where(inside, _weight(s - t), 0.0).astype(np.float32)
        total += values * weight[..., None]
        weights += weight
    return np.asarray(total / weights[..., None], np.float32)


def _neighbours(available: Mapping[int, object], t: int) -> list[int]:
    """Return the available frames within `_REACH_FRAMES` of t, including t itself."""
    return [s for s in range(t - _REACH_FRAMES, t + _REACH_FRAMES + 1) if s in available]


def _weight(distance_frames: int) -> float:
    return float(np.exp(-0.5 * (distance_frames / _SIGMA_FRAMES) ** 2))


def _paste(frame: Frames, hole: Bools, copy: _Copy) -> tuple[Frames, Bools]:
    """Return (the frame with the copy in its hole, the part of the hole that is still missing)."""
    out, missing = frame.copy(), hole.copy()
    box = copy.box.slices
    filled = hole[box] & copy.valid
    out[box][filled] = _to_levels(copy.colours[filled])
    missing[box] &= ~copy.valid
    if 0 < missing.sum() < _SLIVER_PX:
        smooth = solve_membrane(out[box].astype(np.float32), ~missing[box])
        out[box][missing[box]] = _to_levels(smooth[missing[box]])
        missing[box] = False
    return out, missing


def _to_levels(colours: Floats) -> Frames:
    return np.clip(np.rint(colours), 0, 255).astype(np.uint8)
