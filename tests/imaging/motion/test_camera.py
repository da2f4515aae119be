"""The camera's motion: the background decides, what moves by itself does not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.making import pan, texture
from vinpaint.core import Bools, Box, Floats, Frames
from vinpaint.imaging.flow import grey
from vinpaint.imaging.motion.camera import Homography, camera_flow, estimate_camera, invert

HEIGHT, WIDTH = 120, 160
WHOLE = Box(0, 0, WIDTH, HEIGHT)


def seen_by(camera: Homography, picture: Frames) -> Frames:
    moved = cv2.warpPerspective(picture, camera, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)


def turned(degrees: float, scale: float) -> Homography:
    flat = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees, scale)
    return np.vstack([flat, [0, 0, 1]])


def nothing() -> Bools:
    return np.zeros((HEIGHT, WIDTH), np.bool_)


def middle(field: Floats) -> Floats:
    return field[20:-20, 20:-20]


@pytest.mark.parametrize(
    "camera",
    [
        np.array([[1, 0, 4.5], [0, 1, -2.25], [0, 0, 1]]),
        turned(3, 1.0),
        turned(0, 1.06),
        np.array([[1, 0.01, 1], [0, 1.01, 2], [1e-4, -5e-5, 1]]),
    ],
    ids=["pan", "rotation", "zoom", "tilt"],
)
def test_the_camera_s_motion_is_found(camera: Homography) -> None:
    picture = texture(HEIGHT, WIDTH)
    found = estimate_camera(grey(picture), grey(seen_by(camera, picture)), nothing(), nothing())
    assert found is not None
    gap = camera_flow(found, WHOLE) - camera_flow(camera, WHOLE)
    assert np.abs(middle(gap)).max() < 0.3


def test_a_thing_with_its_own_motion_is_voted_down() -> None:
    first, second = pan(2, HEIGHT, WIDTH, step=(3, 0))
    thing = pan(2, HEIGHT, WIDTH, step=(-5, 2), seed=9)
    for frame, covered in zip((first, second), thing, strict=True):
        frame[30:90, 50:100] = covered[30:90, 50:100]
    found = estimate_camera(grey(first), grey(second), nothing(), nothing())
    assert found is not None
    assert np.abs(middle(camera_flow(found, WHOLE)) - [-3, 0]).max() < 0.3


def test_what_is_shut_has_no_say() -> None:
    """Nearly all of the picture moves by itself, and is shut off in both frames."""
    first, second = pan(2, HEIGHT, WIDTH, step=(2, 1))
    thing = pan(2, HEIGHT, WIDTH, step=(-6, 0), seed=9)
    shut = nothing()
    shut[:, 60:] = True
    for frame, covered in zip((first, second), thing, strict=True):
        frame[shut] = covered[shut]
    found = estimate_camera(grey(first), grey(second), shut, shut)
    assert found is not None
    assert np.abs(camera_flow(found, Box(10, 20, 50, 100)) - [-2, -1]).max() < 0.3


def test_without_texture_or_without_pixels_there_is_no_answer() -> None:
    plain = np.full((HEIGHT, WIDTH), 90, np.uint8)
    assert estimate_camera(plain, plain, nothing(), nothing()) is None
    busy = grey(texture(HEIGHT, WIDTH))
    assert estimate_camera(busy, busy, ~nothing(), nothing()) is None
    assert estimate_camera(busy, busy, nothing(), ~nothing()) is None


def test_the_flow_of_a_part_is_that_part_of_the_flow() -> None:
    camera = turned(2, 1.03)
    box = Box(30, 10, 90, 70)
    assert np.allclose(camera_flow(camera, box), camera_flow(camera, WHOLE)[box.slices])


def test_there_and_back_again() -> None:
    camera = turned(4, 0.95) @ np.array([[1, 0, 3], [0, 1, 1], [1e-4, 0, 1]])
    there = camera_flow(camera, Box(40, 30, 41, 31))[0, 0]
    at = np.array([40 + there[0], 30 + there[1], 1])
    back = invert(camera) @ at
    assert np.allclose(back[:2] / back[2], [40, 30], atol=1e-3)
