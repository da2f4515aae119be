"""What belongs to the object is followed with it: a swinging limb, and a return to the picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from tests.making import pan, texture
from tests.masks.making import folder_clip, overlap
from vinpaint.core import Bools, Frames
from vinpaint.masks.tracker import sequence

HEIGHT, WIDTH = 120, 200
BODY, LIMB = (215, 90, 60), (60, 70, 200)


def followed(path: Path, frames: Frames, start: Bools) -> dict[int, Bools]:
    clip = folder_clip(path / "in", frames)
    return dict(sequence.follow(clip, start, range(len(frames)), tick=lambda: None))


def disk(x: float, y: float, radius: int) -> Bools:
    canvas = np.zeros((HEIGHT, WIDTH), np.uint8)
    cv2.circle(canvas, (round(x), round(y)), radius, 1, -1)
    return canvas > 0


def bar(x: float, y: float, angle: float, length: float) -> Bools:
    canvas = np.zeros((HEIGHT, WIDTH), np.uint8)
    tip = round(x + length * np.sin(angle)), round(y + length * np.cos(angle))
    cv2.line(canvas, (round(x), round(y)), tip, 1, 11)
    return canvas > 0


def coloured(frame: Frames, mask: Bools, colour: tuple[int, int, int], at: tuple[int, int]) -> None:
    """Fill the mask with a colour and a texture that moves with the position `at`."""
    skin = texture(2 * HEIGHT, 2 * WIDTH, seed=11).astype(np.int16) // 4
    skin = np.roll(skin, at[::-1], axis=(0, 1))[:HEIGHT, :WIDTH]
    frame[mask] = np.clip(skin + np.array(colour, np.int16) - 32, 0, 255).astype(np.uint8)[mask]


def test_a_limb_that_swings_otherwise_than_the_body_stays(tmp_path: Path) -> None:
    count = 20
    frames = pan(count, HEIGHT, WIDTH, step=(1, 0), seed=3).copy()
    limbs, wholes = [], []
    for t in range(count):
        x, y = 50 + 4 * t, 45
        body, limb = disk(x, y, 20), bar(x, y, 1.1 * np.sin(t * 0.45), 58)
        coloured(frames[t], limb, LIMB, (x, y))
        coloured(frames[t], body, BODY, (x, y))
        limbs.append(limb & ~body)
        wholes.append(limb | body)
    found = followed(tmp_path, frames, wholes[0])
    kept = [float(found[t][limbs[t]].mean()) for t in found]
    assert min(kept) > 0.7
    assert min(overlap(mask, wholes[t]) for t, mask in found.items()) > 0.75


def test_what_leaves_the_picture_is_found_when_it_returns(tmp_path: Path) -> None:
    places = [*range(150, 250, 10), *[250] * 6, *range(250, 140, -10)]
    frames = pan(len(places), HEIGHT, WIDTH, step=(0, 0), seed=3).copy()
    true = [disk(x, 60, 18) for x in places]
    for t, x in enumerate(places):
        coloured(frames[t], true[t], BODY, (x, 60))
    found = followed(tmp_path, frames, true[0])
    assert not any(found[t].any() for t in found if places[t] == 250)
    back = [t for t in found if t > 16 and true[t].sum() > 0.6 * true[0].sum()]
    assert len(back) > 3
    assert min(overlap(found[t], true[t]) for t in back) > 0.8
