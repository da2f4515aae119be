"""Test strategy `propagate` on scenes with one difficulty each and known ground truth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.making import disk_hole, mask_of, pan, texture
from vinpaint.core import Bools, Context, FillSettings, Frames, Video, no_op
from vinpaint.strategies.propagation.propagate import Propagate

COUNT, HEIGHT, WIDTH = 14, 96, 128


def filled(truth: Frames, hole: Bools) -> Frames:
    """Fill a clip whose hole contains noise."""
    noise = np.random.default_rng(1).integers(0, 256, truth.shape, np.uint8)
    out = Propagate().fill(
        Video(np.where(hole[..., None], noise, truth)),
        mask_of(hole),
        context=Context(),
        settings=FillSettings(),
        progress=no_op,
    )
    return out.frames


def gap(truth: Frames, hole: Bools) -> float:
    """Return the mean absolute difference from the ground truth in the hole, in levels."""
    return float(np.abs(filled(truth, hole)[hole].astype(int) - truth[hole]).mean())


def moving_hole(radius: int = 10) -> Bools:
    return disk_hole(COUNT, HEIGHT, WIDTH, radius=radius, start=(30, 40), step=(5, 1))


def filmed(degrees: float, scale: float) -> Frames:
    """Film a still picture with a camera that turns and zooms by a fixed amount per frame."""
    picture = texture(HEIGHT, WIDTH, seed=3)
    frames = []
    for t in range(COUNT):
        turn = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), degrees * t, scale**t)
        frames.append(cv2.warpAffine(picture, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT))
    return np.stack(frames).astype(np.uint8)


def test_fast_pan() -> None:
    """Twelve pixels a frame: a tenth of the picture."""
    hole = disk_hole(COUNT, HEIGHT, WIDTH, radius=10, start=(64, 48))
    assert gap(pan(COUNT, HEIGHT, WIDTH, step=(12, 0)), hole) < 2


def test_still_camera() -> None:
    assert gap(np.repeat(pan(1, HEIGHT, WIDTH), COUNT, axis=0), moving_hole()) < 0.5


def test_slow_pan() -> None:
    """A third of a pixel a frame: what one frame hides at the rim another shows."""
    wide = texture(HEIGHT, WIDTH + 40)
    frames = []
    for t in range(COUNT * 3):
        shift = np.array([[1, 0, -t / 3], [0, 1, 0]], np.float64)
        frames.append(cv2.warpAffine(wide, shift, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR))
    hole = disk_hole(COUNT * 3, HEIGHT, WIDTH, radius=4, start=(64, 48))
    assert gap(np.stack(frames).astype(np.uint8), hole) < 4


@pytest.mark.parametrize(("degrees", "scale"), [(0.0, 1.02), (0.0, 0.985), (1.5, 1.0)])
def test_zoom_and_rotation(degrees: float, scale: float) -> None:
    assert gap(filmed(degrees, scale), moving_hole()) < 4


def test_a_thing_beside_the_hole_does_not_pull_what_is_behind() -> None:
    """A textured block with its own motion touches the hole; behind the hole is the pan."""
    truth = pan(24, HEIGHT, WIDTH, step=(3, 0))
    block = texture(HEIGHT, 20, seed=8)
    truth[:, :, 76:96] = block  # stands still on the screen, as what a camera follows does
    hole = np.zeros(truth.shape[:3], np.bool_)
    hole[:, 36:60, 50:76] = True
    away = hole.copy()
    away[:, :, 68:] = False  # what comes out from under the block was never seen
    out = filled(truth, hole)
    away[16:] = False  # nor what the last frames still hide
    assert np.abs(out[away].astype(int) - truth[away]).mean() < 6


def test_occlusion_by_a_thing_that_passes_the_hole() -> None:
    """A red bar runs past a hole in a still scene and must not stain the fill."""
    truth = np.repeat(pan(1, HEIGHT, WIDTH), COUNT, axis=0)
    hole = disk_hole(COUNT, HEIGHT, WIDTH, radius=9, start=(64, 48))
    hole[-1] = False  # the one frame that shows what is behind
    for t in range(COUNT - 1):
        truth[t, 60:66, 6 * t : 6 * t + 30] = (255, 0, 0)
    inner = disk_hole(COUNT, HEIGHT, WIDTH, radius=5, start=(64, 46))
    out = filled(truth, hole)[inner].astype(int)
    assert np.abs(out - truth[inner]).mean() < 4


def test_a_thing_that_the_camera_follows_is_no_source_of_the_background() -> None:
    """The scene passes behind a post that stands on the screen, then reaches a hole beside it."""
    count = 30
    truth = pan(count, HEIGHT, 190, step=(3, 0))
    truth[:, 4:92, 100:116] = texture(88, 16, seed=8) // 4
    hole = np.zeros(truth.shape[:3], np.bool_)
    hole[:, 36:60, 62:86] = True
    out = filled(truth, hole)[22:][hole[22:]].astype(int)
    assert np.abs(out - truth[22:][hole[22:]]).mean() < 6


def test_a_thing_that_moves_through_the_hole_is_led_on_by_its_own_motion() -> None:
    """A block crosses a still scene and passes a hole that stands still."""
    count = 24
    truth = np.repeat(pan(1, HEIGHT, 160), count, axis=0)
    block = texture(40, 44, seed=8)
    for t in range(count):
        x = 4 + 4 * t
        truth[t, 30:70, x : x + 44] = block
    hole = np.zeros(truth.shape[:3], np.bool_)
    hole[:, 40:58, 70:86] = True
    inside = hole.copy()
    for t in range(count):  # where the block covers the hole and stands out on both sides
        inside[t] &= 4 + 4 * t < 62 and 4 + 4 * t + 44 > 94
    assert inside.any()
    out = filled(truth, hole)[inside].astype(int)
    assert np.abs(out - truth[inside]).mean() < 8


@pytest.mark.parametrize("drift", [-3, 4])
def test_exposure_drift(drift: int) -> None:
    """The scene grows darker or brighter by so many levels a frame."""
    still = np.repeat(pan(1, HEIGHT, WIDTH), COUNT, axis=0).astype(int)
    levels = np.arange(COUNT)[:, None, None, None] * drift
    truth = np.clip(still * 0.6 + 50 + levels, 0, 255).astype(np.uint8)
    assert gap(truth, moving_hole()) < 3


def test_a_hole_that_touches_the_corner() -> None:
    truth = pan(COUNT, HEIGHT, WIDTH, step=(4, 2))
    hole = np.zeros(truth.shape[:3], np.bool_)
    hole[:, :16, :18] = True  # what leaves at this corner was seen before
    out = filled(truth, hole)
    assert np.abs(out[6:][hole[6:]].astype(int) - truth[6:][hole[6:]]).mean() < 3


def test_what_the_hole_held_does_not_come_back() -> None:
    """Two clips that differ only inside the hole are filled alike."""
    truth = filmed(0.2, 1.003)
    hole = disk_hole(COUNT, HEIGHT, WIDTH, radius=9, start=(60, 48), step=(1, 0))
    spoiled = [np.where(hole[..., None], np.uint8(level), truth) for level in (0, 255)]
    settings = FillSettings()
    dark, bright = (
        Propagate()
        .fill(Video(s), mask_of(hole), context=Context(), settings=settings, progress=no_op)
        .frames
        for s in spoiled
    )
    assert np.abs(dark.astype(int) - bright).max() <= 2
