"""Test the motion of the hole's content and of other objects in scenes with known speeds."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from tests.making import Track, disk_hole, pan, texture, write_folder
from vinpaint.advice.forecast import Contact, Forecast, build_facts, forecast_visibility
from vinpaint.advice.forecast.motion import HoleMotion, find_contact
from vinpaint.core import Bools, FillSettings, Frames
from vinpaint.media import open_clip
from vinpaint.pipeline.plan import plan

COUNT, HEIGHT, WIDTH = 16, 96, 128


def look(folder: Path, frames: Frames, hole: Bools) -> Forecast:
    clip = open_clip(write_folder(folder, frames))
    track = Track(hole.astype(np.float32))
    return forecast_visibility(clip, track, plan(clip, track))


def with_thing(frames: Frames, shape: Bools, step: tuple[int, int], *, seed: int) -> Frames:
    """Draw a textured object that moves by `step` pixels per frame into the frames."""
    thing = pan(len(frames), *frames.shape[1:3], step=(-step[0], -step[1]), seed=seed)
    return np.where(shape[..., None], thing, frames)


@pytest.fixture
def still() -> Frames:
    return np.repeat(texture(HEIGHT, WIDTH)[None], COUNT, axis=0)


def test_a_thing_that_crosses_a_still_picture_moves_by_itself(
    tmp_path: Path, still: Frames
) -> None:
    shape = disk_hole(COUNT, HEIGHT, WIDTH, radius=16, start=(24, 48), step=(4, 0))
    seen = look(tmp_path / "clip", with_thing(still, shape, (4, 0), seed=3), shape)
    assert seen.inside_px == pytest.approx(4, abs=0.6)
    assert seen.own_px == pytest.approx(4, abs=0.6)
    assert seen.rest_px == pytest.approx(0, abs=0.3)
    assert seen.contact == Contact(0.0, 0, 0)


def test_what_stays_on_the_screen_while_the_camera_pans_moves_against_what_is_behind(
    tmp_path: Path,
) -> None:
    shape = disk_hole(COUNT, HEIGHT, WIDTH, radius=16, start=(64, 48))
    frames = with_thing(pan(COUNT, HEIGHT, WIDTH, step=(3, 0)), shape, (0, 0), seed=3)
    seen = look(tmp_path / "clip", frames, shape)
    assert seen.inside_px == pytest.approx(0, abs=0.6)
    assert seen.own_px == pytest.approx(3, abs=0.6)
    assert seen.rest_px == pytest.approx(3, abs=0.3)
    assert seen.contact.share == 0.0


def test_something_else_that_passes_behind_the_mask_touches_and_crosses_it(
    tmp_path: Path, still: Frames
) -> None:
    hole = disk_hole(COUNT, HEIGHT, WIDTH, radius=14, start=(64, 48))
    other = disk_hole(COUNT, HEIGHT, WIDTH, radius=18, start=(12, 48), step=(7, 0))
    seen = look(tmp_path / "clip", with_thing(still, other & ~hole, (7, 0), seed=5), hole)
    facts = build_facts(seen, FillSettings())
    assert 0.3 < facts.contact < 1
    assert facts.crossings == 1
    far = disk_hole(COUNT, HEIGHT, WIDTH, radius=8, start=(12, 12), step=(7, 0))
    apart = look(tmp_path / "apart", with_thing(still, far, (7, 0), seed=5), hole)
    assert apart.contact == Contact(0.0, 0, 0)


def test_a_glitch_that_comes_and_goes_touches_nothing(tmp_path: Path, still: Frames) -> None:
    hole = disk_hole(COUNT, HEIGHT, WIDTH, radius=20, start=(64, 48))
    hole[:6] = hole[9:] = False
    noise = np.random.default_rng(1).integers(0, 255, still.shape, np.uint8)
    seen = look(tmp_path / "clip", np.where(hole[..., None], noise, still), hole)
    assert seen.contact == Contact(0.0, 0, 0)
    assert seen.rest_px == pytest.approx(0, abs=0.3)


def test_touches_are_counted_and_a_pause_of_one_pair_is_no_end() -> None:
    left, right = math.pi, 0.0
    sides = [None, left, None, right, None, None, left, left, None]
    moves = [HoleMotion(0, 0, 0, side) for side in sides]
    assert find_contact([None, *moves]) == Contact(4 / 9, 2, 1)
    assert find_contact([None]) == find_contact([]) == Contact()


def test_facts_are_shares_of_the_diagonal_and_seconds() -> None:
    seen = Forecast(
        size=(40, 30),
        hole_px=(0, 300, 300, 0),
        unseen_px=(0, 0, 0, 0),
        inside_px=5.0,
        own_px=2.5,
        rest_px=1.0,
        contact=Contact(0.5, 2, 1),
        fps=25.0,
    )
    facts = build_facts(seen, FillSettings())
    assert (facts.inside_motion, facts.own_motion, facts.rest_motion) == (0.1, 0.05, 0.02)
    assert (facts.contact, facts.contact_times, facts.crossings) == (0.5, 2, 1)
    assert facts.seconds == pytest.approx(0.08)
    assert facts.masked_mpx == pytest.approx(600e-6)
    assert facts.picture_mpx == pytest.approx(4800e-6)
