"""Good fills of a moving, grainy scene, and fills with a planted fault of adjustable strength."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from examples.synthetic import Camera, disk, scene, texture
from tests.quality.metrics.scenes import scores
from vinpaint.core import Floats, Frames, GateResult, Score
from vinpaint.quality.gate import judge

SIZE = (176, 132)
FRAMES = 14
BAD = 8
"""The frame that a fault of one frame is planted in."""
_GRAIN = 2.0

Artifact = Callable[[float], Frames]
"""A strength to a fill; 0 is the good one."""


@cache
def _wide() -> Frames:
    """Return a picture larger than the frames, without detail as fine as grain."""
    return np.asarray(cv2.GaussianBlur(texture(220, 280, seed=4, contrast=36), (0, 0), 1.2))


def _drifting(share: float) -> Frames:
    """Return the clean scene, moving at a multiple of its usual speed."""
    pan = Camera((1.7 * share, 0.6 * share))
    return scene(_wide(), pan, size=SIZE, frames=FRAMES, start=(110.0, 90.0))


@cache
def _noise() -> NDArray[np.float64]:
    return np.random.default_rng(1).normal(0, _GRAIN, (FRAMES, SIZE[1], SIZE[0], 1))


@cache
def good() -> Frames:
    """Return the ground truth, (14, 132, 176, 3): a texture with subpixel motion, and grain."""
    return np.clip(np.rint(_drifting(1.0) + _noise()), 20, 235).astype(np.uint8)


@cache
def mask() -> Floats:
    """Return the mask, a disk that moves slightly."""
    return disk(FRAMES, SIZE, radius_px=32, start=(82, 64), step_px=(0.5, 0.2))


@cache
def before() -> Frames:
    """Return the source, with noise in place of the fill."""
    noise = np.random.default_rng(2).integers(0, 256, good().shape, np.uint8)
    return np.where(mask()[..., None] >= 0.5, noise, good())


def _inside(change: NDArray[np.float64]) -> Frames:
    """Add intensity levels to the good fill inside the hole."""
    out = good() + np.where(mask()[..., None] >= 0.5, change, 0.0)
    return np.clip(np.rint(out), 0, 255).astype(np.uint8)


def flicker(levels: float) -> Frames:
    """Brighten every other frame."""
    return _inside(levels * (np.arange(FRAMES) % 2).reshape(-1, 1, 1, 1))


def seam(levels: float) -> Frames:
    """Draw a bright line of two pixels along the edge of the hole."""
    hole = (mask() >= 0.5).astype(np.uint8)
    edge = np.stack([one - cv2.erode(one, np.ones((5, 5), np.uint8)) for one in hole])
    return _inside(levels * edge[..., None])


def blur(sigma_px: float) -> Frames:
    """Apply a Gaussian blur to the fill."""
    if not sigma_px:
        return good()
    soft = np.stack([cv2.GaussianBlur(one, (0, 0), sigma_px) for one in good()])
    return _inside(soft.astype(float) - good())


def colour(levels: float) -> Frames:
    """Change the colour of the light: more red, less blue."""
    return _inside(np.full(good().shape, levels) * (1.0, 0.0, -1.0))


def rough(levels: float) -> Frames:
    """Add too much grain."""
    return _inside(np.random.default_rng(3).normal(0, 1, (*good().shape[:3], 1)) * levels)


def plastic(share: float) -> Frames:
    """Remove a share of the grain."""
    return _inside(-share * _noise())


def frozen(share: float) -> Frames:
    """Let the fill lag behind the camera motion; at 1 it stands still. The grain stays live."""
    return _inside(_drifting(1.0 - share).astype(float) - _drifting(1.0))


def ghost(opacity: float) -> Frames:
    """Add a faint copy of the removed object, with a motion of its own."""
    height, width = SIZE[1], SIZE[0]
    thing = texture(height, width * 2, seed=30, contrast=70)
    shown = np.stack([thing[:, 60 - 4 * t : 60 - 4 * t + width] for t in range(FRAMES)])
    return _inside(opacity * (shown.astype(float) - good()))


def one_bad_frame(levels: float) -> Frames:
    """Brighten one frame."""
    return _inside(levels * (np.arange(FRAMES) == BAD).reshape(-1, 1, 1, 1))


def one_blurred_frame(sigma_px: float) -> Frames:
    """Remove the detail of one frame."""
    out = good().copy()
    out[BAD] = blur(sigma_px)[BAD]
    return out


def other_texture(share: float) -> Frames:
    """Replace the texture by coarse smears."""
    smear = np.stack([cv2.blur(one, (1, 25)) for one in good()])
    return _inside(share * (smear.astype(float) - good()))


def measured(fill: Frames) -> dict[str, Score]:
    """Return all scores of a fill, by name."""
    return scores(before(), fill, mask())


def judged(fill: Frames) -> GateResult:
    """Return the gate's result for a fill."""
    verdict = judge(measured(fill).values())
    assert verdict is not None
    return verdict


STRENGTHS: dict[Artifact, Sequence[float]] = {
    flicker: (0, 3, 8, 20),
    seam: (0, 20, 40, 80),
    blur: (0, 1, 2, 4),
    colour: (0, 12, 25, 50),
    rough: (0, 4, 8, 16),
    plastic: (0, 0.5, 0.8, 1),
    frozen: (0, 0.3, 0.6, 1),
    ghost: (0, 0.08, 0.16, 0.3),
    one_bad_frame: (0, 6, 15, 40),
    one_blurred_frame: (0, 1, 2, 4),
    other_texture: (0, 0.4, 0.7, 1),
}
