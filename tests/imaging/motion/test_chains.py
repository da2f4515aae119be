"""Chains of coordinates: where each hole pixel's content comes from."""

from __future__ import annotations

import numpy as np
import pytest

from tests.making import disk_hole, pan, texture
from vinpaint.core import Bools, Box
from vinpaint.imaging.motion.chains import Chain, PixelSet, blend_directions, extend_chain, sample
from vinpaint.imaging.motion.completion import PairMotion
from vinpaint.imaging.motion.sampling import CpuSampler


def steady(height: int, width: int, dx: float, dy: float, *, good: bool = True) -> PairMotion:
    """Motion of (dx, dy) pixels from a frame to the next, everywhere."""
    forward = np.broadcast_to(np.array([dx, dy], np.float32), (height, width, 2)).copy()
    error = np.full((height, width), 0.25, np.float32)
    passed = np.full((height, width), good)
    return PairMotion(Box(0, 0, width, height), forward, -forward, error, error, passed, passed)


def chained(
    hole: Bools, motion: list[PairMotion | None], *, ahead: bool
) -> tuple[Chain, list[PixelSet]]:
    pixels = [PixelSet.of(h) for h in hole]
    chain = Chain.empty(pixels)
    extend_chain(chain, pixels, motion, hole, ahead=ahead)
    return chain, pixels


def test_pixels_are_those_of_the_area() -> None:
    area = np.zeros((4, 6), np.bool_)
    area[1, 2] = area[3, 5] = True
    pixels = PixelSet.of(area)
    assert list(zip(pixels.y, pixels.x, strict=True)) == [(1, 2), (3, 5)]


@pytest.mark.parametrize("ahead", [False, True])
@pytest.mark.parametrize("step", [(3, 0), (-2, 1), (0, -4)])
def test_every_pixel_finds_the_frame_and_place_where_it_is_real(
    step: tuple[int, int], ahead: bool
) -> None:
    """A still hole of 9x9 under a pan: content at (x, y) of t stands at (x - k dx, ...) of t+k."""
    count, height, width = 8, 40, 50
    hole = np.zeros((count, height, width), np.bool_)
    hole[:, 15:24, 20:29] = True
    motion: list[PairMotion | None] = [steady(height, width, -step[0], -step[1])] * (count - 1)
    chain, pixels = chained(hole, motion, ahead=ahead)
    sign = 1 if ahead else -1
    for t in range(count):
        for n, (y, x) in enumerate(zip(pixels[t].y, pixels[t].x, strict=True)):
            want = None
            for k in range(1, count):
                near = t + sign * k
                at_x, at_y = x - sign * k * step[0], y - sign * k * step[1]
                if not (0 <= near < count and 0 <= at_x < width and 0 <= at_y < height):
                    break
                if not hole[near, at_y, at_x]:
                    want = near, at_x, at_y, k
                    break
            if want is None:
                assert chain.frame[t][n] == -1
            else:
                found = chain.frame[t][n], chain.x[t][n], chain.y[t][n]
                assert found == want[:3]
                assert chain.error[t][n] == pytest.approx(0.25 * want[3])


def test_a_step_that_fails_the_consistency_test_is_not_taken() -> None:
    hole = np.zeros((3, 20, 20), np.bool_)
    hole[1, 8:12, 8:12] = True
    chain, _ = chained(hole, [steady(20, 20, 0, 0, good=False)] * 2, ahead=True)
    assert (chain.frame[1] == -1).all()


def test_a_broken_chain_stays_broken_behind_the_break() -> None:
    hole = np.zeros((4, 20, 20), np.bool_)
    hole[:3, 8:12, 8:12] = True
    motion: list[PairMotion | None] = [
        steady(20, 20, 0, 0, good=False),
        steady(20, 20, 0, 0),
        steady(20, 20, 0, 0),
    ]
    chain, _ = chained(hole, motion, ahead=True)
    assert (chain.frame[0] == -1).all()
    assert (chain.frame[1] == 3).all()
    assert (chain.frame[2] == 3).all()


def test_subpixel_steps_add_up_along_the_chain() -> None:
    hole = np.zeros((4, 20, 40), np.bool_)
    hole[:3, 10, 10:14] = True
    chain, pixels = chained(hole, [steady(20, 40, 0.25, 0)] * 3, ahead=True)
    assert chain.frame[0].tolist() == [3, 3, 3, 2], "the last is past the rim after two steps"
    assert np.allclose(chain.x[0][:3], pixels[0].x[:3] + 0.75)
    assert np.allclose(chain.y[0], 10)


@pytest.mark.parametrize("speed", [0.4, 0.6])
@pytest.mark.parametrize("ahead", [False, True])
def test_slow_content_leaves_the_hole_and_is_met_where_it_is_real(
    speed: float, ahead: bool
) -> None:
    """Rounded at each step, 0.4 pixels a frame would stand still and 0.6 end inside the hole."""
    count, height, width = 30, 20, 40
    hole = np.zeros((count, height, width), np.bool_)
    hole[:, 8:12, 16:24] = True
    motion: list[PairMotion | None] = [steady(height, width, speed, 0)] * (count - 1)
    chain, pixels = chained(hole, motion, ahead=ahead)
    t = 0 if ahead else count - 1
    sign = 1 if ahead else -1
    assert (chain.frame[t] >= 0).all()
    steps = np.abs(chain.frame[t] - t)
    assert np.allclose(chain.x[t], pixels[t].x + sign * speed * steps, atol=1e-4)
    y, x = np.rint(chain.y[t]).astype(int), np.rint(chain.x[t]).astype(int)
    assert not hole[chain.frame[t], y, x].any(), "a source lies in the hole"


def test_only_the_pixels_that_are_asked_for_are_followed() -> None:
    hole = np.zeros((2, 10, 10), np.bool_)
    hole[0, 4, 4:7] = True
    pixels = [PixelSet.of(h) for h in hole]
    chain = Chain.empty(pixels)
    only = [np.array([True, False, True]), np.zeros(0, np.bool_)]
    extend_chain(chain, pixels, [steady(10, 10, 0, 0)], hole, ahead=True, only=only)
    assert chain.frame[0].tolist() == [1, -1, 1]


def test_content_that_leaves_the_picture_has_no_source() -> None:
    hole = np.zeros((2, 10, 10), np.bool_)
    hole[0, 4, 7:10] = True
    chain, _ = chained(hole, [steady(10, 10, 1.75, 0)], ahead=True)
    assert chain.frame[0].tolist() == [1, -1, -1]


def test_half_a_pixel_beyond_the_last_one_s_middle_is_still_on_it() -> None:
    hole = np.zeros((2, 10, 10), np.bool_)
    hole[0, 4, 7:10] = True
    chain, _ = chained(hole, [steady(10, 10, 0.25, 0)], ahead=True)
    assert chain.frame[0].tolist() == [1, 1, 1]


def test_a_pixel_that_was_settled_keeps_its_address() -> None:
    hole = np.zeros((2, 10, 10), np.bool_)
    hole[0, 4, 4:7] = True
    pixels = [PixelSet.of(h) for h in hole]
    chain = Chain.empty(pixels)
    chain.mark_known(0, np.array([1]), pixels[0])
    extend_chain(chain, pixels, [steady(10, 10, 1, 0)], hole, ahead=True)
    assert chain.frame[0].tolist() == [1, 0, 1]
    assert chain.x[0].tolist() == [5, 5, 7]


def test_what_is_settled_serves_the_frames_before_it() -> None:
    hole = np.zeros((3, 10, 10), np.bool_)
    hole[:, 4, 4] = True
    pixels = [PixelSet.of(h) for h in hole]
    chain = Chain.empty(pixels)
    motion: list[PairMotion | None] = [steady(10, 10, 0, 0)] * 2
    extend_chain(chain, pixels, motion, hole, ahead=True)
    assert [f.tolist() for f in chain.frame] == [[-1], [-1], [-1]]
    chain.mark_known(2, np.array([0]), pixels[2])
    hole[2] = False
    extend_chain(chain, pixels, motion, hole, ahead=True)
    assert [f.tolist() for f in chain.frame] == [[2], [2], [2]]


def test_without_motion_nothing_is_followed() -> None:
    hole = disk_hole(3, 20, 20, radius=3, start=(9, 9))
    chain, _ = chained(hole, [None, None], ahead=True)
    assert all((frame == -1).all() for frame in chain.frame)


def test_sampling_at_whole_pixels_gives_their_very_colours() -> None:
    frames = pan(3, 30, 40)
    pixels = [PixelSet.of(np.ones((30, 40), np.bool_))] * 3
    chain = Chain.empty(pixels)
    count = len(pixels[0].y)
    random = np.random.default_rng(0)
    chain.frame[1][:] = random.integers(0, 3, count)
    chain.x[1][:] = random.integers(0, 40, count)
    chain.y[1][:] = random.integers(0, 30, count)
    chain.frame[1][:5] = -1
    colours = sample(CpuSampler(frames), chain.addresses(range(1, 2)))
    x, y = chain.x[1].astype(int), chain.y[1].astype(int)
    assert np.array_equal(colours[5:], frames[chain.frame[1], y, x][5:])
    assert not colours[:5].any()


def test_a_very_large_hole_is_sampled_in_parts() -> None:
    frames = texture(200, 400)[None]
    pixels = [PixelSet.of(np.ones((200, 400), np.bool_))]
    chain = Chain.empty(pixels)
    chain.mark_known(0, np.arange(80_000), pixels[0])
    colours = sample(CpuSampler(frames), chain.addresses(range(1)))
    assert np.array_equal(colours.reshape(200, 400, 3), frames[0])


def two_sources(error_behind: float, far_ahead: int) -> float:
    """The share of the source behind (255) in a mix with one ahead (0)."""
    frames = np.zeros((8, 4, 4, 3), np.uint8)
    frames[2] = 255
    pixels = [PixelSet.of(np.zeros((4, 4), np.bool_)) for _ in range(8)]
    pixels[3] = PixelSet(np.array([1], np.int32), np.array([1], np.int32))
    behind, ahead = Chain.empty(pixels), Chain.empty(pixels)
    for chain, frame in ((behind, 2), (ahead, 3 + far_ahead)):
        chain.frame[3][:] = frame
        chain.x[3][:] = chain.y[3][:] = 1
    behind.error[3][:] = error_behind
    colours, found = blend_directions(CpuSampler(frames), behind, ahead, range(3, 4))
    assert found.all()
    return float(colours[0, 0]) / 255


def test_sources_alike_weigh_alike() -> None:
    assert two_sources(0.0, 1) == pytest.approx(0.5, abs=1e-4)


def test_a_source_weighs_less_the_farther_it_lies() -> None:
    assert two_sources(0.0, 4) == pytest.approx(0.8, abs=1e-3)


def test_a_source_weighs_less_the_more_its_chain_erred() -> None:
    assert two_sources(1.0, 1) == pytest.approx(np.exp(-1) / (1 + np.exp(-1)), abs=1e-3)


def test_one_source_is_enough_and_none_is_said() -> None:
    frames = np.full((2, 4, 4, 3), 70, np.uint8)
    pixels = [PixelSet.of(np.ones((4, 4), np.bool_))] * 2
    behind, ahead = Chain.empty(pixels), Chain.empty(pixels)
    ahead.frame[0][:8] = 1
    colours, found = blend_directions(CpuSampler(frames), behind, ahead, range(1))
    assert found.tolist() == [True] * 8 + [False] * 8
    assert (colours[:8] == 70).all()
    assert not colours[8:].any()
