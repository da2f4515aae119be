"""Made scenes: a camera pans over textured ground, and a disc that shades or mirrors crosses it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from vinpaint.core import Bools, Floats, Frames

FRAMES, HEIGHT, WIDTH = 28, 90, 160
RADIUS_PX, FOOT = 12, 52
_PAN_PX, _STEP_PX = 1, 4
_DARK, _SHINE = 0.5, 0.4


@dataclass(frozen=True)
class Scene:
    """frames, clean: with and without what is cast; cast: its soft cover, 0 to 1."""

    frames: list[Frames]
    clean: list[Frames]
    masks: list[Bools]
    cast: list[Floats]


def scene(
    kind: str = "",
    *,
    gap_px: int = 0,
    cloud: bool = False,
    flicker: float = 0.0,
    other: bool = False,
    still: bool = False,
) -> Scene:
    """A disc that casts a 'shadow', a 'reflection' or nothing.

    gap_px: distance of the cast from the disc; cloud: a dark front crosses the ground; flicker:
    standard deviation of the log light of a frame; other: another disc with a shadow comes to meet
    it; still: neither disc nor camera moves.
    """
    random = np.random.default_rng(4)
    ground = _ground(random)
    made = Scene([], [], [], [])
    for t in range(FRAMES):
        pan, x = (0, 80.0) if still else (_PAN_PX * t, 24.0 + _STEP_PX * t)
        light = ground[:, pan : pan + WIDTH].copy()
        if cloud:
            light *= _cloud(4.0 * t)
        if other:
            shape = _ellipse(140.0 - 3 * t, FOOT - RADIUS_PX, RADIUS_PX, RADIUS_PX)
            light = _shaded(light, _below(140.0 - 3 * t, 0))
            light = _painted(light, shape, np.array([0.1, 0.5, 0.1]))
        shape, colour = _ellipse(x, FOOT - RADIUS_PX, RADIUS_PX, RADIUS_PX), _disc_colour(x)
        clean, cast = light, np.zeros_like(shape)
        if kind == "shadow":
            cast = _below(x, gap_px)
            light = _shaded(light, cast)
        if kind == "reflection":
            cast = _SHINE * _ellipse(x, FOOT + gap_px + RADIUS_PX, RADIUS_PX, RADIUS_PX)
            light = _painted(light, cast, colour[::-1][_mirror_rows(gap_px)])
        factor = np.exp(random.normal(0, flicker))
        noise = random.normal(0, 0.8, light.shape)
        for frames, one in ((made.frames, light), (made.clean, clean)):
            whole = _painted(one, shape, colour) * factor
            levels = 255 * np.clip(whole, 0, 1) ** (1 / 2.2) + noise
            frames.append(np.clip(np.rint(levels), 0, 255).astype(np.uint8))
        mask = shape > 0.1
        made.masks.append(mask)
        made.cast.append(np.where(mask, 0, cast).astype(np.float32))
    return made


def _ground(random: np.random.Generator) -> Floats:
    texture = random.random((HEIGHT, WIDTH + _PAN_PX * FRAMES, 3)).astype(np.float32)
    texture = cv2.GaussianBlur(texture, (0, 0), 1.5)
    texture = (texture - texture.mean()) / texture.std()
    return np.asarray(np.clip(0.3 + 0.07 * texture, 0.05, 1), np.float32)


def _ellipse(x: float, y: float, a: float, b: float) -> Floats:
    row, column = np.mgrid[0:HEIGHT, 0:WIDTH]
    depth = 1 - np.hypot((column - x) / a, (row - y) / b)
    return np.asarray(np.clip(depth * min(a, b), 0, 1), np.float32)


def _below(x: float, gap_px: int) -> Floats:
    """The soft cover of a shadow on the ground, half as high as the disc."""
    cast = _ellipse(x, FOOT + gap_px + RADIUS_PX / 2, RADIUS_PX, RADIUS_PX / 2)
    return np.asarray(cv2.GaussianBlur(cast, (0, 0), 1.5), np.float32)


def _disc_colour(x: float) -> Floats:
    """Stripes and a bright upper half that move with the disc, (H, W, 3) linear light."""
    row, column = np.mgrid[0:HEIGHT, 0:WIDTH]
    stripes = 0.5 + 0.5 * np.sin((column - x) / 2.5)
    upper = row < FOOT - RADIUS_PX
    return np.stack([0.9 * stripes, 0.8 * upper, 0.1 + 0 * stripes], axis=-1).astype(np.float32)


def _mirror_rows(gap_px: int) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Rows of the flipped picture that show the disc mirrored below its foot."""
    rows = 2 * FOOT + gap_px - np.arange(HEIGHT)
    return (HEIGHT - 1 - np.clip(rows, 0, HEIGHT - 1)).astype(np.intp)


def _cloud(x: float) -> Floats:
    column = np.arange(WIDTH, dtype=np.float32)
    front = 1 / (1 + np.exp((column - x) / 4))
    return np.asarray(1 - 0.4 * front, np.float32)[None, :, None]


def _shaded(light: Floats, cast: Floats) -> Floats:
    return np.asarray(light * (1 - _DARK * cast[..., None]), np.float32)


def _painted(light: Floats, cover: Floats, colour: Floats) -> Floats:
    return np.asarray((1 - cover[..., None]) * light + cover[..., None] * colour, np.float32)
