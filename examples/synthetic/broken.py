"""Things that go wrong in made clips, planted: where, when and how strongly is known."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import cv2
import numpy as np

from examples.synthetic.made import noise
from vinpaint.core import Box, Floats, Frames, Span

Plant = Callable[[Frames, Box, Span, float, int], Frames]
"""(frames (T, H, W, 3), where, when, strength 0 to 1, seed) to the frames with the fault."""


def torn(frame: Frames, box: Box, random: np.random.Generator) -> Frames:
    """A damaged copy of a box: shifted rows, colour channels apart, and flat blocks of 8 pixels."""
    block = 8
    damaged = frame[box.slices].copy()
    for top in range(0, box.height, block):
        rows = slice(top, top + block)
        shift = int(random.integers(-48, 49))
        damaged[rows] = np.roll(damaged[rows], shift, axis=1)
        damaged[rows, :, 0] = np.roll(damaged[rows, :, 0], int(random.integers(4, 18)), axis=1)
        for left in range(0, box.width, block):
            if random.random() < 0.28:
                colour = damaged[top, left] // 2 + random.integers(0, 128, 3).astype(np.uint8)
                damaged[rows, left : left + block] = colour
    return damaged


def tear(frames: Frames, box: Box, span: Span, strength: float, seed: int) -> Frames:
    """Torn and blocky, laid over the picture with the opacity `strength`."""
    broken = frames.copy()
    for t in span.frames:
        block = torn(frames[t], box, np.random.default_rng((seed, t)))
        mixed = (1 - strength) * frames[t][box.slices] + strength * block.astype(np.float32)
        broken[t][box.slices] = _levels(mixed)
    return broken


def other_picture(frames: Frames, box: Box, span: Span, strength: float, seed: int) -> Frames:
    """Another picture (smooth colours) in the box, with the opacity `strength`."""
    height, width = box.height, box.width
    layers = [noise(height, width, sigma_px=height / 8, seed=seed * 31 + c) for c in range(3)]
    other = np.stack([128 + 50 * layer for layer in layers], axis=-1)
    broken = frames.copy()
    for t in span.frames:
        mixed = (1 - strength) * frames[t][box.slices] + strength * other
        broken[t][box.slices] = _levels(mixed)
    return broken


def flicker(frames: Frames, box: Box, span: Span, strength: float, seed: int) -> Frames:
    """The box gets brighter and darker at random: a deviation of 40 levels at `strength` 1."""
    random, soft = np.random.default_rng(seed), _soft(box)
    broken = frames.copy()
    for t in span.frames:
        level = 40 * strength * float(np.clip(random.standard_normal(), -2, 2))
        broken[t][box.slices] = _levels(frames[t][box.slices] + level * soft)
    return broken


def shift_colour(frames: Frames, box: Box, span: Span, strength: float, seed: int) -> Frames:
    """The box takes on another tint: up to 60 levels a channel at `strength` 1."""
    del seed
    tint = 60 * strength * np.array([1.0, -0.4, -0.8], np.float32)
    broken = frames.copy()
    for t in span.frames:
        broken[t][box.slices] = _levels(frames[t][box.slices] + tint * _soft(box))
    return broken


def freeze(frames: Frames, box: Box, span: Span, strength: float, seed: int) -> Frames:
    """Every frame repeats the last one before; `strength` and the box say nothing here."""
    del box, strength, seed
    broken = frames.copy()
    broken[span.start : span.stop] = frames[span.start - 1]
    return broken


PLANTS: Mapping[str, Plant] = {
    "torn": tear,
    "other picture": other_picture,
    "flicker": flicker,
    "colour": shift_colour,
    "frozen": freeze,
}


def _soft(box: Box) -> Floats:
    """(h, w, 1): 1 inside, falling to 0 over the last 3 pixels or so."""
    inside = np.zeros((box.height, box.width), np.float32)
    inside[3:-3, 3:-3] = 1
    return np.asarray(cv2.blur(inside, (5, 5))[..., None], np.float32)


def _levels(values: Floats) -> Frames:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)
