"""Strategy `plate`: the hole is copied from a reference, aligned, relit and blended.

The reference (a clean frame, a picture, a repaired still, or another place of the same frame)
comes with a homography for each frame. What that leaves, DIS optical flow finds around the hole;
a membrane completes it inside. Then the copy is given the light of the ring around the hole.
Motion and light are evened over neighbouring frames along the camera's motion, so that nothing
boils: every frame shows the same pixels of the same picture. What the reference does not show is
left to propagation, never copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
from vinpaint.imaging.motion.camera import camera_flow, invert
from vinpaint.imaging.motion.completion import grow
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.propagation.propagate import Propagate

_RING_PX = 40
"""Pixels around the hole on which the copy is compared with the frame."""
_LIGHT_PX = 16
"""Of those, so many say what light the copy needs."""
_RIM_PX, _RIM_SMOOTH_PX = 4, 2.0
"""So many say what differs then on the rim, and are evened so much along it."""
_MOST_LEVELS = 60.0
"""Light on the rim differs by no more than this from place to place."""
_OTHER_RIM_PX, _OTHER_SMOOTH_PX, _OTHER_LEVELS = 10, 5.0, 20.0
"""The same for a clone, which shows another place: most of what differs there is no light."""
_MARGINS_PX = (8, 3)
"""So far from the hole a vector is trusted, in the first round and in the second, when what is in
the hole already fits."""
_MOST_SHARE, _MOST_PX = 0.03, 6.0
"""Flow that leads further than this from the homography, or this share of the diagonal, is not of
the same surface."""
_FEWEST = 30
"""Vectors; fewer say nothing."""
_FIELD_SMOOTH_PX = 3.0
_STRAY_PX = 2.0
"""A vector that differs more from the typical one is no part of what lies behind the hole."""
_REACH_FRAMES, _SIGMA_FRAMES = 4, 2.0
"""Motion and light are evened over so many frames before and after, by a Gaussian."""
_SIGMA_LEVELS = 4.0
"""Light that changes by more than this between frames is a flash, not an error, and stays."""
_CUBIC_PX = 2
"""So far sampling reaches around a pixel."""
_SLIVER_PX = 12
"""Fewer missing pixels than this are closed smoothly."""


@dataclass(frozen=True)
class Plate(Strategy):
    """Copy and paste, harmonised. Needs a reference, no weights and no GPU."""

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
        done = len(context.repaired.frames) if context.repaired is not None else 0
        wanted = range(done, len(video.frames) - context.ahead_frames)
        told = section(progress, 0.0, 0.6)
        copies = _copies(video.frames, mask.hole, context.reference, wanted, told)
        frames, left = video.frames.copy(), mask.hole.copy()
        if context.repaired is not None:
            frames[:done] = context.repaired.frames
        for t, copy in copies.items():
            frames[t], left[t] = _pasted(frames[t], left[t], copy)
        if not left[wanted.start : wanted.stop].any():
            for t in wanted:
                context.invented(t, 0)
            return Video(frames)
        return Propagate().fill(
            Video(frames),
            Mask(left.astype(np.float32)),
            context=context.without_reference(),
            settings=settings,
            progress=section(progress, 0.6, 1.0),
        )


@dataclass(frozen=True, repr=False)
class _Copy:
    """What is copied into one frame, on `box`: `colours` (h, w, 3) float32 where `seen` (h, w)."""

    box: Box
    colours: Floats
    seen: Bools


@dataclass(frozen=True, repr=False)
class _Layer:
    """Something of one frame that is evened over time: `values` (h, w, C) on `box`."""

    box: Box
    values: Floats


def _copies(
    frames: Frames, hole: Bools, reference: Reference, wanted: range, progress: Progress
) -> dict[int, _Copy]:
    """What is copied into the wanted frames, with motion and light evened over time."""
    start, stop = wanted.start - _REACH_FRAMES, wanted.stop + _REACH_FRAMES
    near = [t for t in range(max(0, start), min(len(frames), stop)) if hole[t].any()]
    fields: dict[int, _Layer] = {}
    for i, t in enumerate(near):
        progress(0.7 * i / len(near), "aligning the reference")
        fields[t] = _aligned(frames[t], hole[t], reference, t)
    copies: dict[int, _Copy] = {}
    for i, t in enumerate(near):
        progress(0.7 + 0.2 * i / len(near), "copying the reference")
        box = fields[t].box
        colours, seen = _sampled(
            reference, t, box, _evened(fields, t, reference.camera_homographies)
        )
        copies[t] = _Copy(box, colours, seen)
    if reference.same_scene:
        copies = _lit(frames, hole, copies)
    apart = {t: _apart(frames[t], hole[t], copies[t], reference.same_scene) for t in copies}
    even = {t: _evened(apart, t, reference.camera_homographies) for t in copies if t in wanted}
    return {t: _Copy(copies[t].box, copies[t].colours + even[t], copies[t].seen) for t in even}


def _aligned(frame: Frames, hole: Bools, reference: Reference, t: int) -> _Layer:
    """(h, w, 2) pixels: what the homography leaves of the way to the reference."""
    around = bounding_box(hole)
    if around is None:
        raise ValueError("a frame without a hole has nothing to align")
    box = around.grow(_RING_PX, hole.shape[1], hole.shape[0])
    field = np.zeros((box.height, box.width, 2), np.float32)
    if not reference.same_scene:
        return _Layer(box, field)
    cut, inside = frame[box.slices], hole[box.slices]
    for margin in _MARGINS_PX:
        copy, seen = _sampled(reference, t, box, field)
        lit = _levels(_light(cut, inside, copy, seen).apply(copy))
        step = _residual(_closed(cut, inside, lit, seen), lit, seen & ~grow(inside, margin))
        field = step + np.asarray(flow.warp(field, step), np.float32)
    return _Layer(box, field)


def _residual(frame: Frames, copy: Frames, open_: Bools) -> Floats:
    """(h, w, 2): flow from the frame to the copy, where both are alike; a membrane elsewhere.

    Flow is trusted on `open_` only, where forward and backward flow agree and it is small.
    """
    first, second = flow.grey(frame), flow.grey(copy)
    field = flow.estimate(first, second)
    good = flow.forward_backward_error(field, flow.estimate(second, first))[1]
    most = max(_MOST_PX, _MOST_SHARE * float(np.hypot(*open_.shape)))
    trusted = open_ & good & (np.abs(field).max(axis=-1) < most)
    if trusted.sum() < _FEWEST:
        return np.zeros_like(field)
    typical = np.median(field[trusted], axis=0)
    trusted &= np.abs(field - typical).max(axis=-1) < _STRAY_PX
    if trusted.sum() < _FEWEST:
        return np.zeros_like(field)
    weight = trusted.astype(np.float32)
    total = cv2.GaussianBlur(field * weight[..., None], (0, 0), _FIELD_SMOOTH_PX)
    share = np.maximum(cv2.GaussianBlur(weight, (0, 0), _FIELD_SMOOTH_PX), 1e-4)
    return solve_membrane((total / share[..., None]).astype(np.float32), trusted)


def _closed(frame: Frames, inside: Bools, copy: Frames, seen: Bools) -> Frames:
    """The frame with the copy in its hole, and a membrane where there is none."""
    out = np.where((inside & seen)[..., None], copy, frame)
    lost = inside & ~seen
    if lost.any():
        smooth = solve_membrane(out.astype(np.float32), ~lost)
        out = np.where(lost[..., None], _levels(smooth), out)
    return np.asarray(out, np.uint8)


def _sampled(reference: Reference, t: int, box: Box, field: Floats) -> tuple[Floats, Bools]:
    """(colours (h, w, 3) float32, seen (h, w) bool): the reference as frame t would show it."""
    picture, shown = reference.of(t)
    x, y = flow.grid(box.height, box.width)
    x, y = x + field[..., 0] + box.x0, y + field[..., 1] + box.y0
    to = np.stack([x, y, np.ones_like(x)], axis=-1).astype(np.float64) @ reference.homographies[t].T
    depth = np.where(np.abs(to[..., 2]) < 1e-9, 1e-9, to[..., 2])
    at_x, at_y = ((to[..., i] / depth).astype(np.float32) for i in (0, 1))
    square = np.ones((2 * _CUBIC_PX + 1, 2 * _CUBIC_PX + 1), np.uint8)
    may = cv2.erode(shown.view(np.uint8), square).astype(np.float32)
    seen = cv2.remap(may, at_x, at_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT) > 0.99
    colours = cv2.remap(picture, at_x, at_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(colours, np.float32), np.asarray(seen)


def _light(cut: Frames, inside: Bools, copy: Floats, seen: Bools) -> ColourTransfer:
    """What light the copy needs, judged on the ring around the hole."""
    ring = grow(inside, _LIGHT_PX) & ~inside & seen
    return fit_colour_transfer(copy[ring], cut[ring].astype(np.float32))


def _lit(frames: Frames, hole: Bools, copies: Mapping[int, _Copy]) -> dict[int, _Copy]:
    """The copies in the light of their frames."""
    lights = {
        t: _light(frames[t][one.box.slices], hole[t][one.box.slices], one.colours, one.seen)
        for t, one in copies.items()
    }
    middle = {t: one.colours[one.seen].mean(axis=0) for t, one in copies.items() if one.seen.any()}
    out: dict[int, _Copy] = {}
    for t, one in copies.items():
        if t not in middle:
            out[t] = one
            continue
        own = lights[t].apply(middle[t])
        gain, offset, weights = np.zeros(3), np.zeros(3), 0.0
        for s in _near(lights, t):
            change = float(np.abs(lights[s].apply(middle[t]) - own).max())
            weight = _weight(s - t) * np.exp(-0.5 * (change / _SIGMA_LEVELS) ** 2)
            gain += weight * lights[s].gain
            offset += weight * lights[s].offset
            weights += weight
        even = ColourTransfer(
            (gain / weights).astype(np.float32), (offset / weights).astype(np.float32)
        )
        out[t] = _Copy(one.box, even.apply(one.colours), one.seen)
    return out


def _apart(frame: Frames, hole: Bools, copy: _Copy, alike: bool) -> _Layer:
    """(h, w, 3) levels: what the copy still lacks on the rim, spread over the hole."""
    inside = hole[copy.box.slices]
    own = _RIM_PX, _RIM_SMOOTH_PX, _MOST_LEVELS
    wide, smooth, most = own if alike else (_OTHER_RIM_PX, _OTHER_SMOOTH_PX, _OTHER_LEVELS)
    rim = grow(inside, wide) & ~inside & copy.seen
    apart = frame[copy.box.slices].astype(np.float32) - copy.colours
    return _Layer(copy.box, boundary_correction(apart, rim, smooth_px=smooth, most_levels=most))


def _evened(layers: Mapping[int, _Layer], t: int, camera: NDArray[np.float64]) -> Floats:
    """Frame t's layer, averaged with its neighbours' where the camera has led the same place."""
    own = layers[t]
    total, weights = np.zeros_like(own.values), np.zeros(own.values.shape[:2], np.float32)
    for s in _near(layers, t):
        other = layers[s]
        lead = camera_flow(invert(camera[s]) @ camera[t], own.box)
        lead += (own.box.x0 - other.box.x0, own.box.y0 - other.box.y0)
        x, y = flow.grid(own.box.height, own.box.width)
        x, y = x + lead[..., 0], y + lead[..., 1]
        values = cv2.remap(other.values, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        inside = (x > -1) & (y > -1) & (x < other.box.width) & (y < other.box.height)
        weight = np.where(inside, _weight(s - t), 0.0).astype(np.float32)
        total += values * weight[..., None]
        weights += weight
    return np.asarray(total / weights[..., None], np.float32)


def _near(known: Mapping[int, object], t: int) -> list[int]:
    """The frames around t, itself too, of which something is known."""
    return [s for s in range(t - _REACH_FRAMES, t + _REACH_FRAMES + 1) if s in known]


def _weight(apart_frames: int) -> float:
    return float(np.exp(-0.5 * (apart_frames / _SIGMA_FRAMES) ** 2))


def _pasted(frame: Frames, hole: Bools, copy: _Copy) -> tuple[Frames, Bools]:
    """(the frame with the copy in its hole, what of the hole is left)."""
    out, left = frame.copy(), hole.copy()
    here = copy.box.slices
    filled = hole[here] & copy.seen
    out[here][filled] = _levels(copy.colours[filled])
    left[here] &= ~copy.seen
    if 0 < left.sum() < _SLIVER_PX:
        smooth = solve_membrane(out[here].astype(np.float32), ~left[here])
        out[here][left[here]] = _levels(smooth[left[here]])
        left[here] = False
    return out, left


def _levels(colours: Floats) -> Frames:
    return np.clip(np.rint(colours), 0, 255).astype(np.uint8)
