"""The fill put back: the source's own bytes where the mask is 0, the fill's where it is 1."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from vinpaint.core import Mask, Video
from vinpaint.pipeline.composite import composite, match_grain

shapes = st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9))
levels = st.one_of(st.just(0.0), st.just(1.0), st.floats(0, 1, width=32))


@st.composite
def cases(draw: st.DrawFn) -> tuple[Video, Video, Mask]:
    shape = draw(shapes)
    frames = hnp.arrays(np.uint8, (*shape, 3))
    return (
        Video(draw(frames)),
        Video(draw(frames)),
        Mask(draw(hnp.arrays(np.float32, shape, elements=levels))),
    )


@settings(max_examples=150, deadline=None)
@given(cases())
def test_alpha_keeps_the_source_where_the_mask_is_zero(case: tuple[Video, Video, Mask]) -> None:
    video, fill, mask = case
    before = video.frames.copy(), fill.frames.copy(), mask.values.copy()
    out = composite(video, fill, mask).frames
    assert out.shape == video.frames.shape
    kept, replaced = mask.values == 0, mask.values == 1
    assert np.array_equal(out[kept], video.frames[kept])
    assert np.array_equal(out[replaced], fill.frames[replaced])
    low = np.minimum(video.frames, fill.frames)
    high = np.maximum(video.frames, fill.frames)
    assert (out >= low).all()
    assert (out <= high).all()
    for old, now in zip(before, (video.frames, fill.frames, mask.values), strict=True):
        assert np.array_equal(old, now), "an argument was written into"


def test_half_a_mask_is_half_of_each() -> None:
    video = Video(np.full((1, 1, 1, 3), 100, np.uint8))
    fill = Video(np.full((1, 1, 1, 3), 201, np.uint8))
    quarter = composite(video, fill, Mask(np.full((1, 1, 1), 0.25, np.float32)))
    assert quarter.frames[0, 0, 0].tolist() == [125, 125, 125]


@pytest.mark.parametrize("shape", [(2, 4, 5), (1, 5, 5), (1, 4, 4)])
def test_parts_of_two_windows_are_refused_with_their_shapes(shape: tuple[int, int, int]) -> None:
    video = Video(np.zeros((1, 4, 5, 3), np.uint8))
    with pytest.raises(ValueError, match="not of one window"):
        composite(video, video, Mask(np.zeros(shape, np.float32)))
    with pytest.raises(ValueError, match="not of one window"):
        composite(video, Video(np.zeros((*shape, 3), np.uint8)), Mask(np.zeros((1, 4, 5), "f4")))


@settings(max_examples=60, deadline=None)
@given(cases())
def test_poisson_and_grain_keep_the_source_where_the_mask_is_zero(
    case: tuple[Video, Video, Mask],
) -> None:
    video, fill, mask = case
    blended = composite(video, fill, mask, blend="poisson")
    grained = match_grain(video, blended, mask, frames=range(9), seed=(0, 0))
    kept = mask.values == 0
    assert np.array_equal(blended.frames[kept], video.frames[kept])
    assert np.array_equal(grained.frames[kept], video.frames[kept])


def test_the_fill_of_a_grainy_clip_is_as_grainy_as_the_clip() -> None:
    random = np.random.default_rng(1)
    noise = random.normal(0, 6, (4, 96, 128, 1))
    video = Video(np.clip(120 + noise, 0, 255).repeat(3, axis=3).astype(np.uint8))
    values = np.zeros((4, 96, 128), np.float32)
    values[:, 30:70, 40:90] = 1
    smooth = Video(np.full_like(video.frames, 120))
    plain = composite(video, smooth, Mask(values))
    grained = match_grain(video, plain, Mask(values), frames=range(4), seed=(0, 10))
    inside = values > 0
    assert plain.frames[inside].std() == 0
    assert grained.frames[inside].std() == pytest.approx(6, rel=0.15)
    frames = grained.frames[:, 30:70, 40:90].astype(int)
    assert np.abs(frames[0] - frames[1]).mean() > 3, "grain that stands still is a dirty lens"
    again = match_grain(video, plain, Mask(values), frames=range(4), seed=(0, 10))
    assert np.array_equal(again.frames, grained.frames)
    nothing = match_grain(video, plain, Mask(np.zeros_like(values)), frames=range(4), seed=(0, 0))
    assert np.array_equal(nothing.frames, plain.frames)


def test_texture_that_moves_along_is_no_grain() -> None:
    wide = np.random.default_rng(2).normal(120, 14, (96, 148)).clip(0, 255).astype(np.uint8)
    wide = cv2.GaussianBlur(wide, (0, 0), 0.8)
    frames = np.stack([wide[:, t : t + 128] for t in range(6)])[..., None].repeat(3, axis=3)
    values = np.zeros(frames.shape[:3], np.float32)
    values[:, 30:70, 40:90] = 1
    smooth = composite(Video(frames), Video(np.full_like(frames, 120)), Mask(values))
    grained = match_grain(Video(frames), smooth, Mask(values), frames=range(6), seed=(0, 0))
    assert grained.frames[values > 0].std() < 1.5


def test_what_the_frames_ahead_still_hold_is_not_taken_for_the_fill_s_grain() -> None:
    random = np.random.default_rng(1)
    plate = np.clip(120 + random.normal(0, 5, (3, 96, 128, 1)), 0, 255).repeat(3, axis=3)
    values = np.zeros((3, 96, 128), np.float32)
    values[:, 30:70, 40:90] = 1
    held = plate.copy()
    held[0][values[0] > 0] = 120
    held[1:, 30:70, 40:90] = random.integers(0, 256, (2, 40, 50, 1))
    video, repaired = Video(plate.astype(np.uint8)), Video(held.astype(np.uint8))
    grained = match_grain(video, repaired, Mask(values), frames=range(1), seed=(0, 0))
    assert grained.frames[0][values[0] > 0].std() == pytest.approx(5, rel=0.2)
    assert np.array_equal(grained.frames[1:], repaired.frames[1:])
