"""What burned-in letters look like, whether they are there on a frame, and their shape.

Burned-in letters keep their pixels while the picture below them moves, so a median over frames
shows them sharp, and what changes little over time is theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, Mask, Span
from vinpaint.media import Clip

REACH = 0.25
"""How far beyond the box of a line its outline and shadow may lie, in heights of the box."""
_MOVING = 8.0
"""Deviation over time, in grey levels, from which a picture counts as moving."""
THERE = 0.4
"""Likeness from which letters count as there, however faint."""


@dataclass(frozen=True)
class Cuts:
    """Cuts out of single frames. `beat` is called before each and may raise to stop the work."""

    clip: Clip
    beat: Callable[[], None]

    def read(self, frame: int, box: Box) -> Frames:
        """(h, w, 3) of a box."""
        self.beat()
        return self.clip.read(Span(frame, frame + 1), box=box).frames.squeeze(0)


@dataclass(frozen=True, repr=False)
class Glyphs:
    """The letters of one line. All arrays are (h, w) of `box`.

    `pattern`: their brightness against the surroundings; `core`: where it is compared;
    `shape`: all that belongs to them, outline and soft shadow included.
    """

    box: Box
    pattern: Floats
    core: Bools
    shape: Bools


def look(cuts: Cuts, box: Box, frames: Sequence[int]) -> Glyphs:
    """The letters in `box`, from frames that show them."""
    around = box.grow(round(REACH * box.height) + 3, cuts.clip.width, cuts.clip.height)
    stack = np.stack([cuts.read(t, around) for t in frames])
    median = np.asarray(np.median(stack, axis=0), np.uint8)
    inner = np.zeros(median.shape[:2], np.bool_)
    inner[box.shift(-around.x0, -around.y0).slices] = True
    wobble = np.asarray(stack.mean(axis=-1).std(axis=0), np.float32)
    strokes = _strokes(median, wobble, inner, box.height)
    core = _grown(strokes, 2)
    shape = _whole(strokes, wobble, box.height)
    return Glyphs(around, _relief(median, box.height), core, shape)


def likeness(glyphs: Glyphs, image: Frames) -> float:
    """-1 to 1: how much a cut of `glyphs.box`, (h, w, 3), shows the same letters."""
    here = _relief(image, _line_height(glyphs))[glyphs.core]
    return _correlation(glyphs.pattern[glyphs.core], here)


def drift(glyphs: Glyphs, image: Frames, *, reach_px: int) -> tuple[int, int]:
    """(dx, dy): where the letters went in `image`, (h, w, 3), a cut of their box and a margin.

    (0, 0) unless they are clearly better elsewhere than in their place.
    """
    import cv2

    relief = _relief(image, _line_height(glyphs))
    mask = glyphs.core.astype(np.float32)
    found = cv2.matchTemplate(relief, glyphs.pattern, cv2.TM_CCOEFF_NORMED, mask=mask)
    found = np.nan_to_num(found, nan=-1.0, posinf=-1.0, neginf=-1.0)
    _, best, _, (x, y) = cv2.minMaxLoc(found)
    if best < 0.6 or best < found[reach_px, reach_px] + 0.1:
        return 0, 0
    return x - reach_px, y - reach_px


def _line_height(glyphs: Glyphs) -> int:
    return max(4, round(glyphs.box.height / (1 + 2 * REACH)))


def _relief(image: Frames, height_px: int) -> Floats:
    """(h, w): brightness less that of the surroundings."""
    import cv2

    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    around = cv2.GaussianBlur(grey, (0, 0), max(2.0, height_px / 2))
    return np.asarray(grey - around, np.float32)


def _correlation(a: Floats, b: Floats) -> float:
    if len(a) < 9:
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 1e-3 else 0.0


def _strokes(median: Frames, wobble: Floats, inner: Bools, height_px: int) -> Bools:
    """The letters' strokes: narrow, in contrast to both their sides, and steady.

    White and black top-hats (Serra, 1982), each cut by Otsu's threshold (1979); bright strokes
    with a dark outline count by both.
    """
    import cv2

    side = 2 * max(2, round(0.2 * height_px)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    moves = float(np.median(wobble[~inner])) if not inner.all() else 0.0
    steady = wobble < 0.5 * moves if moves > _MOVING else np.ones_like(inner)
    found = []
    for way in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        contrast = cv2.morphologyEx(median, way, kernel).max(axis=-1)
        level, _ = cv2.threshold(contrast[inner], 0, 255, cv2.THRESH_OTSU)
        strokes = (contrast > max(level, 24)) & inner & steady
        strength = float(contrast[strokes].mean()) if strokes.any() else 0.0
        found.append((strength, strokes))
    best = max(strength for strength, _ in found)
    clear = [strokes for strength, strokes in found if strength >= 0.6 * best]
    return np.asarray(np.logical_or.reduce(clear), np.bool_)


def _whole(strokes: Bools, wobble: Floats, height_px: int) -> Bools:
    """The strokes with their outline: what is near, and as far as it holds still over time."""
    near = _grown(strokes, 2 + round(0.1 * height_px))
    reach = _grown(strokes, 2 + round(REACH * height_px))
    outside = wobble[~reach]
    moves = float(np.median(outside)) if outside.size else 0.0
    if moves <= _MOVING:  # nothing can be told from a still picture, so the margin is wider
        return _grown(strokes, 2 + round(0.12 * height_px))
    held = _grown((wobble < 0.45 * moves) & reach, 1)
    return _touching(near | held, near)


def _touching(mask: Bools, seeds: Bools) -> Bools:
    """The connected parts of a mask that hold a seed."""
    import cv2

    _, labels = cv2.connectedComponents(mask.astype(np.uint8))
    kept = np.unique(labels[seeds & mask])
    return np.isin(labels, kept[kept > 0])


def _grown(mask: Bools, radius_px: int) -> Bools:
    import cv2

    side = 2 * radius_px + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    return np.asarray(cv2.dilate(mask.astype(np.uint8), kernel), np.bool_)


@dataclass(frozen=True, repr=False)
class Mark:
    """One shape, (h, w) bool of `box`, that stands still on the frames of `span`."""

    span: Span
    box: Box
    shape: Bools


@dataclass(frozen=True, repr=False)
class MarkedTrack:
    """Shapes that stand still, each on its own frames. A `MaskTrack`."""

    size: tuple[int, int]
    frames: int
    marks: tuple[Mark, ...]

    def bounds(self, frame: int) -> Box | None:
        """The smallest box around the marks of this frame."""
        joined: Box | None = None
        for mark in self.marks:
            if frame in mark.span.frames:
                joined = mark.box.join(joined) if joined else mark.box
        return joined

    def read(self, span: Span, *, box: Box | None = None) -> Mask:
        """See `MaskTrack.read`."""
        box = box or Box(0, 0, *self.size)
        values = np.zeros((span.length, box.height, box.width), np.float32)
        for mark in self.marks:
            when, where = span.intersection(mark.span), box.intersection(mark.box)
            if not when.length or where is None:
                continue
            shape = mark.shape[where.shift(-mark.box.x0, -mark.box.y0).slices]
            rows, columns = where.shift(-box.x0, -box.y0).slices
            target = values[when.start - span.start : when.stop - span.start, rows, columns]
            np.maximum(target, shape, out=target)
        return Mask(values)
