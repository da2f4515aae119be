"""Test strategy `propagate` as a whole: it restores content that any frame shows."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.making import disk_hole, mask_of, pan
from vinpaint.core import (
    Bools,
    Cancelled,
    Context,
    FillSettings,
    Frames,
    MaskError,
    Progress,
    Video,
    no_op,
)
from vinpaint.strategies import STRATEGIES, get_strategy
from vinpaint.strategies.propagation.propagate import Propagate

HEIGHT, WIDTH = 72, 96


def filled(
    frames: Frames,
    hole: Bools,
    *,
    context: Context | None = None,
    seed: int = 0,
    progress: Progress = no_op,
) -> Frames:
    spoiled = np.where(
        hole[..., None], np.random.default_rng(1).integers(0, 256, frames.shape, np.uint8), frames
    )
    before = spoiled.copy()
    mask = mask_of(hole)
    out = (
        Propagate()
        .fill(
            Video(spoiled),
            mask,
            context=context or Context(),
            settings=FillSettings(seed=seed),
            progress=progress,
        )
        .frames
    )
    assert np.array_equal(spoiled, before), "the source was written into"
    assert np.array_equal(mask.hole, hole), "the mask was written into"
    assert out.shape == frames.shape
    assert out.dtype == np.uint8
    assert np.array_equal(out[~hole], spoiled[~hole]), "kept pixels were changed"
    return out


def gap(out: Frames, truth: Frames, hole: Bools) -> float:
    """Return the mean absolute difference in the hole, in levels."""
    return float(np.abs(out[hole].astype(int) - truth[hole]).mean())


@pytest.mark.parametrize("lost", [[4], [4, 5]])
def test_frames_that_are_all_hole_come_from_those_on_both_sides(lost: list[int]) -> None:
    frames = pan(10, HEIGHT, WIDTH, step=(1, 0))
    hole = np.zeros(frames.shape[:3], np.bool_)
    hole[lost] = True
    out = filled(frames, hole)
    for t in lost:
        repeated = gap(frames[lost[0] - 1][None], frames[t][None], hole[t][None])
        assert gap(out[t][None], frames[t][None], hole[t][None]) < 0.4 * repeated


@pytest.mark.parametrize("step", [(2, 0), (-3, 1)])
def test_a_hole_that_stands_still_under_a_pan_is_filled_with_the_truth(
    step: tuple[int, int],
) -> None:
    truth = pan(14, HEIGHT, WIDTH, step=step)
    hole = disk_hole(14, HEIGHT, WIDTH, radius=7, start=(48, 36))
    assert gap(filled(truth, hole), truth, hole) < 1.5


def test_a_hole_that_moves_over_a_still_scene_is_filled_with_the_truth() -> None:
    truth = np.repeat(pan(1, HEIGHT, WIDTH), 14, axis=0)
    hole = disk_hole(14, HEIGHT, WIDTH, radius=8, start=(20, 30), step=(4, 1))
    assert gap(filled(truth, hole), truth, hole) < 0.5


def test_a_hole_on_the_edge_is_filled() -> None:
    truth = pan(12, HEIGHT, WIDTH, step=(3, 0))
    hole = np.zeros((12, HEIGHT, WIDTH), np.bool_)
    hole[:, 20:40, :8] = True  # what leaves on this side was seen before
    assert gap(filled(truth, hole)[4:], truth[4:], hole[4:]) < 2.0


def test_a_hole_of_one_pixel_is_filled() -> None:
    truth = pan(6, 40, 40, step=(1, 0))
    hole = np.zeros((6, 40, 40), np.bool_)
    hole[:, 20, 20] = True
    assert gap(filled(truth, hole), truth, hole) < 3


def test_a_frame_that_is_all_hole_between_good_ones_comes_from_its_neighbours() -> None:
    truth = np.repeat(pan(1, 48, 64), 5, axis=0)
    hole = np.zeros((5, 48, 64), np.bool_)
    hole[2] = True
    assert gap(filled(truth, hole), truth, hole) < 0.5


def test_a_clip_of_one_frame_is_filled_by_texture() -> None:
    truth = np.full((1, 48, 64, 3), (90, 140, 40), np.uint8)
    hole = disk_hole(1, 48, 64, radius=6, start=(30, 24))
    assert gap(filled(truth, hole), truth, hole) < 2


def test_nothing_to_fill_gives_the_frames_back() -> None:
    truth = pan(3, 20, 20)
    assert np.array_equal(filled(truth, np.zeros((3, 20, 20), np.bool_)), truth)


@pytest.mark.parametrize("count", [1, 3])
def test_a_mask_over_everything_is_refused_with_advice(count: int) -> None:
    frames = pan(count, 20, 20)
    with pytest.raises(MaskError, match="nothing is left to repair from; make the mask smaller"):
        filled(frames, np.ones((count, 20, 20), np.bool_))


def test_almost_everything_hole_still_ends_and_leaves_no_black() -> None:
    frames = np.full((2, 40, 48, 3), 150, np.uint8)
    hole = np.ones((2, 40, 48), np.bool_)
    hole[:, :, :2] = False
    out = filled(frames, hole)
    assert np.abs(out.astype(int) - 150).max() <= 3


def test_what_the_window_before_repaired_is_a_source_and_stays() -> None:
    """The repaired frames say red where no real pixel is: red is what must come out."""
    frames = np.repeat(pan(1, 48, 64), 8, axis=0)
    hole = np.zeros((8, 48, 64), np.bool_)
    hole[:, 18:30, 24:40] = True
    red = frames[:3].copy()
    red[hole[:3]] = (220, 30, 30)
    left = hole.copy()
    left[:3] = False
    mask = mask_of(left)
    context = Context(repaired=Video(red))
    out = (
        Propagate()
        .fill(Video(frames), mask, context=context, settings=FillSettings(), progress=no_op)
        .frames
    )
    assert np.array_equal(out[:3], red)
    inner = np.zeros_like(hole[0])
    inner[22:26, 29:35] = True  # away from the rim, to which colours are drawn
    for t in range(3, 8):
        got = out[t][inner].astype(int)
        assert np.abs(got - [220, 30, 30]).mean() < 70
        assert (got[:, 0] - got[:, 1]).mean() > 60
        assert np.array_equal(out[t][~hole[t]], frames[t][~hole[t]])


def test_a_frame_before_that_nobody_repaired_gives_nothing_of_its_hole() -> None:
    """A red thing moves over a still scene, and stands in the frames before as well."""
    truth = np.repeat(pan(1, HEIGHT, WIDTH), 10, axis=0)
    hole = disk_hole(10, HEIGHT, WIDTH, radius=8, start=(20, 36), step=(4, 0))
    frames = truth.copy()
    frames[hole] = (255, 0, 0)
    context = Context(repaired=Video(frames[:4]))
    settings = FillSettings()
    out = Propagate().fill(
        Video(frames), mask_of(hole), context=context, settings=settings, progress=no_op
    )
    wanted = hole.copy()
    wanted[:4] = False
    assert gap(out.frames, truth, wanted) < 0.5


def test_frames_ahead_serve_as_sources() -> None:
    """The only frame that shows the truth is one that is there as a source."""
    truth = np.repeat(pan(1, 48, 64), 5, axis=0)
    hole = np.zeros((5, 48, 64), np.bool_)
    hole[:4, 18:30, 24:40] = True
    out = filled(truth, hole, context=Context(ahead_frames=1))
    assert gap(out[:4], truth[:4], hole[:4]) < 0.5


def test_a_step_in_brightness_leaves_no_seam() -> None:
    """The sources are 20 levels brighter: the fill is drawn to its own frame's rim."""
    truth = np.repeat(pan(1, HEIGHT, WIDTH), 9, axis=0)
    shown = truth.copy()
    shown[4] = np.clip(truth[4].astype(int) - 20, 0, 255)
    hole = np.zeros((9, HEIGHT, WIDTH), np.bool_)
    hole[4] = disk_hole(1, HEIGHT, WIDTH, radius=9, start=(48, 36))[0]
    assert gap(filled(shown, hole), shown, hole) < 4


def test_the_same_job_gives_the_same_bytes() -> None:
    truth = pan(5, 48, 64, step=(1, 0))
    hole = disk_hole(5, 48, 64, radius=10, start=(32, 24))  # its core is never seen
    first, second = filled(truth, hole, seed=3), filled(truth, hole, seed=3)
    assert np.array_equal(first, second)


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_any_hole_keeps_shapes_and_everything_outside(data: st.DataObject) -> None:
    count = data.draw(st.integers(1, 4))
    height, width = data.draw(st.integers(1, 30)), data.draw(st.integers(1, 30))
    seed = data.draw(st.integers(0, 1000))
    share = data.draw(st.sampled_from([0.01, 0.2, 0.6]))
    random = np.random.default_rng(seed)
    hole = random.random((count, height, width)) < share
    hole[random.integers(count), random.integers(height), random.integers(width)] = False
    filled(random.integers(0, 256, (count, height, width, 3), np.uint8), hole)


def test_progress_rises_from_0_to_1_and_says_what_is_done() -> None:
    told: list[tuple[float, str]] = []
    truth = pan(5, 48, 64, step=(1, 0))
    hole = disk_hole(5, 48, 64, radius=10, start=(32, 24))
    filled(truth, hole, progress=lambda f, w: told.append((f, w)))
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions), "progress fell back"
    assert 0 <= fractions[0] < 0.1
    assert 0.9 < fractions[-1] <= 1
    said = " ".join(words for _, words in told)
    assert "finding motion" in said
    assert "placing pixels" in said


def test_progress_does_not_fall_back_while_texture_is_made(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[float] = []

    class Slow:
        def __init__(self, *, seed: int) -> None:
            pass

        def warm(self) -> None:
            pass

        def fill(
            self, frame: Frames, hole: Bools, *, keep_out: Bools, heartbeat: Callable[[], None]
        ) -> Frames:
            heartbeat()
            return frame

        def close(self) -> None:
            pass

    monkeypatch.setattr("vinpaint.strategies.propagation.propagate.PatchMatchTexture", Slow)
    monkeypatch.setattr("vinpaint.strategies.propagation.window_fill._SLIVER_PX", 0)
    truth = pan(5, 48, 64, step=(9, 0))
    hole = disk_hole(5, 48, 64, radius=20, start=(32, 24))
    filled(truth, hole, progress=lambda fraction, _: told.append(fraction))
    assert told == sorted(told)


@pytest.mark.parametrize("words", ["finding motion", "placing pixels", "making what no frame"])
def test_a_cancel_at_any_stage_ends_the_work_at_once(words: str) -> None:
    stopped = 0.0

    def progress(fraction: float, said: str) -> None:
        nonlocal stopped
        if said.startswith(words):
            stopped = time.monotonic()
            raise Cancelled("stopped")

    truth = pan(5, 48, 64, step=(1, 0))
    hole = disk_hole(5, 48, 64, radius=10, start=(32, 24))
    with pytest.raises(Cancelled):
        filled(truth, hole, progress=progress)
    assert time.monotonic() - stopped < 1.5


def test_strategies_are_chosen_by_name_and_say_what_they_are() -> None:
    for name, strategy in STRATEGIES.items():
        assert get_strategy(name) is strategy
        assert strategy.title
        assert strategy.best_for.endswith(".")
        assert isinstance(strategy.takes_prompt, bool)


def test_a_strategy_that_is_not_there_is_refused_with_those_that_are() -> None:
    from vinpaint.core import SettingsError

    with pytest.raises(SettingsError, match=r"'magic'.*choose from: .*propagate"):
        get_strategy("magic")


def test_a_strategy_is_a_value() -> None:
    assert replace(Propagate()) == Propagate()
