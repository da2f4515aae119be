"""Test PatchMatch: only the hole changes, and results are reproducible."""

from __future__ import annotations

import time

import numpy as np
import pytest

from tests.making import disk_hole, texture
from vinpaint.core import Bools, Cancelled, Frames
from vinpaint.strategies.propagation import patchmatch as module
from vinpaint.strategies.propagation.patchmatch import PatchMatchTexture, has_patchmatch, match_tone

wants_patchmatch = pytest.mark.skipif(
    not has_patchmatch(), reason="PatchMatch has no build for this machine"
)


def nothing() -> None:
    return


def made(frame: Frames, hole: Bools, seed: int = 0) -> Frames:
    engine = PatchMatchTexture(seed=seed)
    try:
        return engine.fill(frame, hole, keep_out=np.zeros_like(hole), heartbeat=nothing)
    finally:
        engine.close()


def stripes(height: int, width: int) -> Frames:
    y, x = np.mgrid[0:height, 0:width]
    values = np.where((x + y) // 4 % 2, 200, 50).astype(np.uint8)
    return np.repeat(values[..., None], 3, axis=-1)


@wants_patchmatch
def test_only_the_hole_changes_and_nothing_of_it_stays() -> None:
    frame = texture(90, 120)
    hole = disk_hole(1, 90, 120, radius=12, start=(60, 40))[0]
    spoiled = np.where(hole[..., None], np.uint8(255), frame)
    before = spoiled.copy()
    filled = made(spoiled, hole)
    assert np.array_equal(spoiled, before)
    assert np.array_equal(filled[~hole], frame[~hole])
    assert (filled[hole] == 255).mean() < 0.05


@wants_patchmatch
def test_a_pattern_is_continued_and_not_smeared() -> None:
    frame = stripes(80, 100)
    hole = disk_hole(1, 80, 100, radius=9, start=(50, 40))[0]
    filled = made(np.where(hole[..., None], np.uint8(0), frame), hole)
    gap = np.abs(filled[hole].astype(int) - frame[hole]).mean()
    grey = np.abs(128 - frame[hole].astype(int)).mean()
    assert gap < 0.6 * grey


@wants_patchmatch
def test_the_same_seed_gives_the_same_pixels_in_a_new_process() -> None:
    frame = texture(60, 80)
    hole = disk_hole(1, 60, 80, radius=8, start=(40, 30))[0]
    assert np.array_equal(made(frame, hole, seed=4), made(frame, hole, seed=4))


@wants_patchmatch
@pytest.mark.parametrize(
    "place", [np.s_[0:1, 0:1], np.s_[:, 0:5], np.s_[50:, :], np.s_[:, 1:], np.s_[:, :-1]]
)
def test_holes_of_every_place_are_filled(place: tuple[slice, slice]) -> None:
    frame = np.full((60, 40, 3), 90, np.uint8)
    hole = np.zeros((60, 40), np.bool_)
    hole[place] = True
    filled = made(np.where(hole[..., None], np.uint8(255), frame), hole)
    assert np.array_equal(filled[~hole], frame[~hole])
    assert np.abs(filled[hole].astype(int) - 90).max() <= 2


def test_no_hole_is_no_work() -> None:
    frame = texture(10, 10)
    assert made(frame, np.zeros((10, 10), np.bool_)) is frame


@wants_patchmatch
def test_a_beat_that_raises_stops_patchmatch_within_a_second() -> None:
    frame = texture(700, 1000)
    hole = disk_hole(1, 700, 1000, radius=250, start=(500, 350))[0]
    stopped = 0.0

    def heartbeat() -> None:
        nonlocal stopped
        if time.monotonic() > begun + 1.5:
            stopped = time.monotonic()
            raise Cancelled("stopped")

    engine = PatchMatchTexture(seed=0)
    begun = time.monotonic()
    with pytest.raises(Cancelled):
        engine.fill(frame, hole, keep_out=np.zeros_like(hole), heartbeat=heartbeat)
    assert time.monotonic() - stopped < 1.5
    engine.close()


def test_without_patchmatch_another_way_fills_the_hole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "has_patchmatch", lambda: False)
    frame = np.full((40, 50, 3), 120, np.uint8)
    hole = disk_hole(1, 40, 50, radius=6, start=(25, 20))[0]
    filled = made(np.where(hole[..., None], np.uint8(0), frame), hole)
    assert np.abs(filled.astype(int) - 120).max() <= 2


@wants_patchmatch
def test_a_warmed_engine_fills_alike_and_closes_at_once() -> None:
    frame = texture(60, 80)
    hole = disk_hole(1, 60, 80, radius=8, start=(40, 30))[0]
    engine = PatchMatchTexture(seed=0)
    engine.warm()
    warmed = engine.fill(frame, hole, keep_out=np.zeros_like(hole), heartbeat=nothing)
    engine.close()
    assert np.array_equal(warmed, made(frame, hole))


@pytest.mark.parametrize("seconds", [0.0, 0.05, 0.3, 1.0])
@wants_patchmatch
def test_an_engine_closes_at_once_however_warm_it_is(seconds: float) -> None:
    engine = PatchMatchTexture(seed=0)
    engine.warm()
    time.sleep(seconds)
    begun = time.monotonic()
    engine.close()
    assert time.monotonic() - begun < 1.5


def test_a_dark_copy_in_a_light_place_is_brought_to_its_tone_and_keeps_its_texture() -> None:
    frame = np.full((80, 80, 3), 180, np.uint8)
    hole = disk_hole(1, 80, 80, radius=24, start=(40, 40))[0]
    grain = np.random.default_rng(0).integers(-20, 21, hole.shape)[..., None]
    made = frame.copy()
    made[hole] = (60 + np.broadcast_to(grain, made.shape))[hole]
    inner = disk_hole(1, 80, 80, radius=12, start=(40, 40))[0]
    out = match_tone(made, hole, ~hole)
    assert np.array_equal(out[~hole], frame[~hole])
    assert out[inner].mean() == pytest.approx(180 - module._TONE_LEVELS, abs=4)
    assert out[inner].std() == pytest.approx(made[inner].std(), abs=1)


def test_a_tone_that_is_near_the_rim_s_stays() -> None:
    frame = texture(80, 80) // 4 + 90
    hole = disk_hole(1, 80, 80, radius=20, start=(40, 40))[0]
    made = frame + np.uint8(5)
    made[~hole] = frame[~hole]
    assert np.array_equal(match_tone(made, hole, ~hole), made)
    assert match_tone(made, hole, np.zeros_like(hole)) is made
