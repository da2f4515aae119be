"""Test that foreground is detected, excluded from the background, and propagated by itself."""

from __future__ import annotations

import numpy as np
import pytest

from tests.making import pan, texture
from vinpaint.core import Bools, Frames, no_op
from vinpaint.imaging.flow import Dis
from vinpaint.imaging.motion.chains import Chain, PixelSet
from vinpaint.imaging.motion.completion import estimate_motion
from vinpaint.imaging.motion.sampling import CpuSampler
from vinpaint.strategies.compute_backend import ComputeBackend
from vinpaint.strategies.propagation.foreground import (
    BorderAgreement,
    add_margin,
    border_agreement,
    consistent_pixels,
    foreground_masks,
)
from vinpaint.strategies.propagation.window_fill import WindowFill

COUNT, HEIGHT, WIDTH = 10, 96, 160
POST = slice(100, 130)


@pytest.fixture
def scene() -> tuple[Frames, Bools]:
    """Return a pan behind a post that is fixed on the screen, and a hole that touches the post."""
    frames = pan(COUNT, HEIGHT, WIDTH, step=(3, 0))
    frames[:, 4:92, POST] = texture(88, 30, seed=8) // 4
    hole = np.zeros(frames.shape[:3], np.bool_)
    hole[:, 36:60, 70:100] = True
    return frames, hole


def test_the_front_is_found_and_the_flow_behind_it_is_the_camera_s(
    scene: tuple[Frames, Bools],
) -> None:
    frames, hole = scene
    # the hole holds the truth, as after a good first fill
    motion = estimate_motion(frames, hole, visible=hole, progress=no_op)
    front = foreground_masks(motion, hole.shape)
    assert front[4, 20:76, 116:126].mean() > 0.9, "the post is not found"
    assert front[4, 20:76, 40:66].mean() < 0.02, "the background is taken for a front"
    pair = motion[4]
    assert pair is not None
    assert pair.front is not None
    assert pair.front.motion is not None
    behind = pair.forward[20:76, 116 - pair.box.x0 : 126 - pair.box.x0]
    own = pair.front.motion.forward[20:76, 116 - pair.box.x0 : 126 - pair.box.x0]
    assert np.abs(behind - [-3, 0]).mean() < 0.8
    assert np.abs(own).mean() < 0.3


def test_no_background_is_taken_from_the_front(scene: tuple[Frames, Bools]) -> None:
    frames, hole = scene
    window = WindowFill(
        frames,
        hole,
        estimate_motion(frames, hole, progress=no_op),
        ComputeBackend(Dis(), Dis(), CpuSampler),
    )
    assert window.occluded.any()
    for chain in (window.behind, window.ahead):
        frame, x, y, _ = chain.whole
        met = frame >= 0
        at = np.rint(y[met]).astype(int), np.rint(x[met]).astype(int)
        assert met.any()
        assert not window.occluded[(frame[met], *at)].any()


def test_edges_are_added_where_there_is_a_front_only() -> None:
    front = np.zeros((2, 20, 20), np.bool_)
    front[0, 10, 10] = True
    edged = add_margin(front)
    assert edged[0, 10, 7:14].all()
    assert edged[0].sum() < 49
    assert not edged[1].any()


def offered(*, front_is_right: bool) -> tuple[list[BorderAgreement | None], Bools, PixelSet]:
    """The next frame offers two guesses: one looks like the rim, the other does not."""
    frames = np.full((2, 20, 40, 3), 50, np.uint8)
    frames[:, :, :20] = 200
    area = np.zeros((20, 40), np.bool_)
    area[6:14, 4:14] = True  # rim and hole, on the bright side
    pixels = [PixelSet.of(area), PixelSet.of(np.zeros_like(area))]
    inside = [(pixels[0].x > 5) & (pixels[0].x < 12) & (pixels[0].y > 7) & (pixels[0].y < 12)]
    inside.append(np.zeros(0, np.bool_))
    none, bright, dark = (Chain.empty(pixels) for _ in range(3))
    for chain, shift in ((bright, 0), (dark, 22)):
        chain.frame[0][:] = 1
        chain.x[0][:] = pixels[0].x + shift
        chain.y[0][:] = pixels[0].y
    front, background = (bright, dark) if front_is_right else (dark, bright)
    says = border_agreement(CpuSampler(frames), pixels, inside, (none, background), (none, front))
    return says, inside[0], pixels[0]


def test_a_piece_of_the_front_that_fits_the_rim_is_believed_as_a_whole() -> None:
    says, inside, pixels = offered(front_is_right=True)
    assert says[0] is not None
    assert says[1] is None
    everything = np.ones(len(inside), np.bool_)
    assert consistent_pixels(says[0], pixels, everything).all()
    # a piece that does not reach the rim has nothing to speak for it
    apart = inside & (pixels.x > 8) & (pixels.x < 11) & (pixels.y == 10)
    piece = (~inside & (pixels.x < 6)) | apart
    on_it = BorderAgreement(
        np.flatnonzero(piece & ~inside), says[0].excess[: int((piece & ~inside).sum())]
    )
    assert np.array_equal(consistent_pixels(on_it, pixels, piece), piece & ~inside)


def test_a_front_that_does_not_fit_the_rim_is_not_led_in_at_all() -> None:
    says, _, _ = offered(front_is_right=False)
    assert says == [None, None]
