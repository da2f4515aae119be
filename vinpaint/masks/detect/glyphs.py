"""Segment burned-in letters, and test whether a frame shows them.

Burned-in letters do not change while the picture behind them moves. Therefore the median over
several frames shows them sharply, and pixels with a small deviation over time belong to them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Box, Floats, Frames, Span
from vinpaint.imaging.morphology import components_touching, dilate_ellipse
from vinpaint.masks.base import Tick
from vinpaint.media import Clip

OUTLINE_REACH = 0.25
"""Reach of outline and shadow beyond the box of a line, as a share of the height of the box."""
_MOVING = 8.0
"""Minimum deviation over time, in intensity levels, of a picture that moves."""
PRESENT_SIMILARITY = 0.4
"""Minimum correlation at which letters count as present. It does not depend on their contrast."""


@dataclass(frozen=True)
class CropReader:
    """Reads crops of single frames. `tick` is called before each one and may raise to stop."""

    clip: Clip
    tick: Tick

    def read(self, frame: int, box: Box) -> Frames:
        """Return the (h, w, 3) uint8 RGB pixels of a box."""
        self.tick()
        return self.clip.read(Span(frame, frame + 1), box=box).frames.squeeze(0)


@dataclass(frozen=True, repr=False)
class Glyphs:
    """The letters of one line of text. All arrays are (h, w) of `box`.

    pattern: local contrast, in intensity levels; core: bool, the strokes and their immediate
    surroundings, which are compared with other frames; shape: bool, the letters with their outline
    and soft shadow.
    """

    box: Box
    pattern: Floats
    core: Bools
    shape: Bools


def extract_glyphs(crops: CropReader, box: Box, frames: Sequence[int]) -> Glyphs:
    """Segment the letters in `box`. `frames`: numbers of frames that show them."""
    around = box.grow(round(OUTLINE_REACH * box.height) + 3, crops.clip.width, crops.clip.height)
    stack = np.stack([crops.read(t, around) for t in frames])
    median = np.asarray(np.median(stack, axis=0), np.uint8)
    inner = np.zeros(median.shape[:2], np.bool_)
    inner[box.shift(-around.x0, -around.y0).slices] = True
    deviation = np.asarray(stack.mean(axis=-1).std(axis=0), np.float32)
    strokes = _strokes(median, deviation, inner, box.height)
    core = dilate_ellipse(strokes, 2)
    shape = _whole(strokes, deviation, box.height)
    return Glyphs(around, _local_contrast(median, box.height), core, shape)


def similarity(glyphs: Glyphs, image: Frames) -> float:
    """Return the correlation, -1 to 1, of the letters with a frame.

    `image`: (h, w, 3) RGB, the pixels of `glyphs.box`.
    """
    contrast = _local_contrast(image, _line_height(glyphs))
    return _correlation(glyphs.pattern[glyphs.core], contrast[glyphs.core])


def displacement(glyphs: Glyphs, image: Frames, *, reach_px: int) -> tuple[int, int]:
    """Return the translation (dx, dy) of the letters in a frame, in pixels.

    `image`: (h, w, 3) RGB, the pixels of `glyphs.box` and of a margin of `reach_px` around it.
    Returns (0, 0) unless another position matches clearly better than the original one.
    """
    contrast = _local_contrast(image, _line_height(glyphs))
    mask = glyphs.core.astype(np.float32)
    scores = cv2.matchTemplate(contrast, glyphs.pattern, cv2.TM_CCOEFF_NORMED, mask=mask)
    scores = np.nan_to_num(scores, nan=-1.0, posinf=-1.0, neginf=-1.0)
    _, best, _, (x, y) = cv2.minMaxLoc(scores)
    if best < 0.6 or best < scores[reach_px, reach_px] + 0.1:
        return 0, 0
    return x - reach_px, y - reach_px


def _line_height(glyphs: Glyphs) -> int:
    return max(4, round(glyphs.box.height / (1 + 2 * OUTLINE_REACH)))


def _local_contrast(image: Frames, height_px: int) -> Floats:
    """Return the (h, w) grey level minus its local mean."""
    grey = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32)
    mean = cv2.GaussianBlur(grey, (0, 0), max(2.0, height_px / 2))
    return np.asarray(grey - mean, np.float32)


def _correlation(a: Floats, b: Floats) -> float:
    if len(a) < 9:
        return 0.0
    a, b = a - a.mean(), b - b.mean()
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 1e-3 else 0.0


def _strokes(median: Frames, deviation: Floats, inner: Bools, height_px: int) -> Bools:
    """Find the strokes of the letters: narrow, with contrast on both sides, constant over time.

    White and black top-hats (Serra, 1982), each thresholded by Otsu's method (1979); bright
    strokes with a dark outline pass both.
    """
    side = 2 * max(2, round(0.2 * height_px)) + 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
    motion = float(np.median(deviation[~inner])) if not inner.all() else 0.0
    constant = deviation < 0.5 * motion if motion > _MOVING else np.ones_like(inner)
    candidates = []
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        contrast = cv2.morphologyEx(median, operation, kernel).max(axis=-1)
        level, _ = cv2.threshold(contrast[inner], 0, 255, cv2.THRESH_OTSU)
        strokes = (contrast > max(level, 24)) & inner & constant
        strength = float(contrast[strokes].mean()) if strokes.any() else 0.0
        candidates.append((strength, strokes))
    best = max(strength for strength, _ in candidates)
    clear = [strokes for strength, strokes in candidates if strength >= 0.6 * best]
    return np.asarray(np.logical_or.reduce(clear), np.bool_)


def _whole(strokes: Bools, deviation: Floats, height_px: int) -> Bools:
    """Add the outline to the strokes: nearby pixels, and others that are constant over time."""
    near = dilate_ellipse(strokes, 2 + round(0.1 * height_px))
    reach = dilate_ellipse(strokes, 2 + round(OUTLINE_REACH * height_px))
    outside = deviation[~reach]
    motion = float(np.median(outside)) if outside.size else 0.0
    if motion <= _MOVING:  # a static picture does not reveal the outline: use a wider margin
        return dilate_ellipse(strokes, 2 + round(0.12 * height_px))
    constant = dilate_ellipse((deviation < 0.45 * motion) & reach, 1)
    return components_touching(near | constant, near)
