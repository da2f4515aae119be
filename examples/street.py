"""The street of the first example: a brick wall with framed pictures above a pavement."""

from __future__ import annotations

import cv2
import numpy as np
from skimage import data

from examples.synthetic import noise
from vinpaint.core import Floats, Frames

WIDTH, HEIGHT = 900, 420
PAVEMENT_TOP = 296
_BRICK_W, _BRICK_H, _JOINT = 44, 15, 2
_PICTURES = (  # name, left, top, width, height
    ("coffee", 36, 96, 168, 112),
    ("rocket", 262, 70, 196, 131),
    ("chelsea", 516, 84, 174, 116),
    ("hubble_deep_field", 748, 76, 122, 140),
)


def street() -> Frames:
    """(420, 900, 3): the whole scene. Needs scikit-image for its pictures."""
    picture = _wall()
    for name, left, top, width, height in _PICTURES:
        _hang(picture, getattr(data, name)(), left, top, width, height)
    picture[PAVEMENT_TOP:] = _pavement(HEIGHT - PAVEMENT_TOP)
    _grass(picture)
    light = 1.06 - 0.22 * np.hypot(*np.meshgrid(np.linspace(-1, 1, WIDTH), [0.0])) ** 2
    return _bytes(picture * light[..., None])


def _bytes(values: Floats) -> Frames:
    return np.asarray(np.clip(np.rint(values), 0, 255), np.uint8)


def _wall() -> Floats:
    """Bricks, each of its own colour, in a running bond."""
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    wobble = 0.4 * noise(HEIGHT, WIDTH, sigma_px=3, seed=1)
    row = np.floor((y + wobble) / _BRICK_H).astype(int)
    along = x + wobble + (row % 2) * _BRICK_W / 2
    column = np.floor(along / _BRICK_W).astype(int)
    random = np.random.default_rng(2)
    tone = random.normal(0, 1, (row.max() + 2, column.max() + 2))[row, column]
    warm = random.normal(0, 1, (row.max() + 2, column.max() + 2))[row, column]
    base = np.stack([140 + 14 * tone + 8 * warm, 80 + 10 * tone, 64 + 8 * tone - 5 * warm], -1)
    grain = 7 * noise(HEIGHT, WIDTH, sigma_px=0.7, seed=3) + 6 * noise(
        HEIGHT, WIDTH, sigma_px=2.5, seed=4
    )
    joint = ((y + wobble) % _BRICK_H < _JOINT) | (along % _BRICK_W < _JOINT)
    mortar = np.array([172.0, 164.0, 152.0])
    wall = np.where(cv2.GaussianBlur(joint * 1.0, (0, 0), 0.6)[..., None] > 0.45, mortar, base)
    # The upper edges catch light, the lower ones lie in shade.
    lit = 10 * ((y + wobble) % _BRICK_H < _JOINT + 2) - 16 * ((y + wobble) % _BRICK_H > 13)
    stain = 6 * noise(HEIGHT, WIDTH, sigma_px=30, seed=5)
    wall = wall + (grain + stain + lit * ~joint)[..., None]
    return np.asarray(cv2.GaussianBlur(wall, (0, 0), 0.45), np.float32)


def _hang(wall: Floats, image: Frames, left: int, top: int, width: int, height: int) -> None:
    """A framed picture with a white mount, and its shade on the wall."""
    frame, mount = 5, 7
    edge = frame + mount
    shade = np.zeros(wall.shape[:2], np.float32)
    shade[top - edge + 9 : top + height + edge + 9, left - edge + 6 : left + width + edge + 6] = 1
    wall *= (1 - 0.5 * cv2.GaussianBlur(shade, (0, 0), 5))[..., None]
    wall[top - edge : top + height + edge, left - edge : left + width + edge] = (40, 34, 32)
    wall[top - edge + 1 : top - edge + 2, left - edge : left + width + edge] = (96, 84, 78)
    wall[top - mount : top + height + mount, left - mount : left + width + mount] = (238, 234, 226)
    tall, wide = image.shape[:2]
    cut_w = min(wide, round(tall * width / height))
    cut_h = min(tall, round(wide * height / width))
    y, x = (tall - cut_h) // 2, (wide - cut_w) // 2
    cut = image[y : y + cut_h, x : x + cut_w]
    wall[top : top + height, left : left + width] = cv2.resize(
        cut, (width, height), interpolation=cv2.INTER_AREA
    )


def _pavement(rows: int) -> Floats:
    """Slabs of gravel stone, seen at a low angle; a kerb below."""
    plane_w, plane_h, slab = 2200, 700, 150
    gravel = data.gravel().astype(np.float32)
    stone = np.tile(np.hstack([gravel, gravel[:, ::-1]]), (2, 3))[:plane_h, :plane_w]
    y, x = np.mgrid[0:plane_h, 0:plane_w]
    row, column = y // slab, (x + (y // slab % 2) * slab // 2) // slab
    tone = np.random.default_rng(6).normal(0, 9, (row.max() + 1, column.max() + 1))[row, column]
    grey = 146 + 0.34 * (stone - 110) + tone
    joint = (y % slab < 7) | ((x + (y // slab % 2) * slab // 2) % slab < 7)
    grey = np.where(joint, 84.0, grey)
    plane = np.stack([grey * 1.02, grey * 0.985, grey * 0.93], axis=-1).astype(np.float32)
    plane = cv2.GaussianBlur(plane, (0, 0), 1.2)
    corners = np.array([[0, 0], [plane_w, 0], [plane_w, plane_h], [0, plane_h]], np.float32)
    spread = 0.42 * WIDTH
    seen = np.array(
        [[-20, 0], [WIDTH + 20, 0], [WIDTH + spread, rows], [-spread, rows]], np.float32
    )
    matrix = cv2.getPerspectiveTransform(corners, seen)
    large = cv2.warpPerspective(plane, matrix, (WIDTH, rows), flags=cv2.INTER_AREA)
    shade = np.clip(np.arange(rows) / 14, 0.45, 1)[:, None, None]
    return np.asarray(large * shade, np.float32)


def _grass(picture: Floats) -> None:
    """A strip of grass along the foot of the wall, ragged at its top."""
    grass = data.grass().astype(np.float32)
    rows = 30
    strip = cv2.resize(np.hstack([grass[:120], grass[120:240]]), (WIDTH, rows + 20),
                       interpolation=cv2.INTER_AREA)  # fmt: skip
    tops = (
        np.abs(8 * noise(1, WIDTH, sigma_px=1.2, seed=8)[0])
        + 3 * noise(1, WIDTH, sigma_px=9, seed=9)[0]
    )
    depth = np.arange(rows + 20)[:, None] - (14 - np.clip(tops, -4, 14))[None, :]
    share = np.clip(depth, 0, 1) * np.clip((rows + 8 - np.arange(rows + 20)) / 3, 0, 1)[:, None]
    green = np.stack([strip * 0.62, strip * 0.86, strip * 0.34], axis=-1)
    green *= np.linspace(1.15, 0.7, rows + 20)[:, None, None]
    top = PAVEMENT_TOP - rows - 4
    part = picture[top : top + rows + 20]
    part += share[..., None] * (green - part)
