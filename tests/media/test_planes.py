"""Planes to RGB and back: a box alone equals the cut, and what is not touched stays."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.making import LAYOUTS, random_planes
from vinpaint.core import Bools, Box
from vinpaint.media import Layout, Picture, outside_masks

names = st.sampled_from(sorted(LAYOUTS))


@st.composite
def pictures(draw: st.DrawFn) -> Picture:
    layout = LAYOUTS[draw(names)]
    height, width = draw(st.integers(1, 21)), draw(st.integers(1, 21))
    planes = random_planes(layout, height, width, seed=draw(st.integers(0, 9)))
    return Picture(0, planes, layout)


@st.composite
def boxes_in(draw: st.DrawFn, picture: Picture) -> Box:
    x0, y0 = draw(st.integers(0, picture.width - 1)), draw(st.integers(0, picture.height - 1))
    x1, y1 = draw(st.integers(x0 + 1, picture.width)), draw(st.integers(y0 + 1, picture.height))
    return Box(x0, y0, x1, y1)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_a_box_read_alone_equals_the_cut_of_the_whole(data: st.DataObject) -> None:
    picture = data.draw(pictures())
    box = data.draw(boxes_in(picture))
    cut = picture.rgb(box)
    assert cut.dtype == np.uint8
    assert np.array_equal(cut, picture.rgb()[box.slices])


def chroma_touched(touched: Bools, layout: Layout, shape: tuple[int, int]) -> Bools:
    """Which chroma samples stand for a touched pixel, counted one by one."""
    out = np.zeros(shape, np.bool_)
    for y, x in zip(*np.nonzero(touched), strict=True):
        out[y >> layout.shift_y, x >> layout.shift_x] = True
    return out


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_paste_changes_only_touched_samples_and_the_chroma_of_touched_blocks(
    data: st.DataObject,
) -> None:
    picture = data.draw(pictures())
    box = data.draw(boxes_in(picture))
    random = np.random.default_rng(data.draw(st.integers(0, 99)))
    touched = random.random((box.height, box.width)) < data.draw(st.floats(0, 1))
    rgb = random.integers(0, 256, (box.height, box.width, 3), np.uint8)
    before = [plane.copy() for plane in picture.planes]
    pasted = picture.paste(box, rgb, touched)
    whole = np.zeros((picture.height, picture.width), np.bool_)
    whole[box.slices] = touched
    for number, (old, new, mine) in enumerate(
        zip(before, pasted.planes, picture.planes, strict=True)
    ):
        assert np.array_equal(old, mine), "the picture itself was written into"
        assert new.dtype == old.dtype
        may = whole
        if picture.layout.family == "yuv" and number:
            may = chroma_touched(whole, picture.layout, old.shape)
        assert np.array_equal(new[~may], old[~may])


@pytest.mark.parametrize("name", [n for n in LAYOUTS if n != "grey"])
def test_what_was_pasted_is_read_back(name: str) -> None:
    """A whole block of one colour comes back to within the rounding of its planes."""
    picture = Picture(0, random_planes(LAYOUTS[name], 24, 32), LAYOUTS[name])
    box = Box(4, 6, 20, 18)
    rgb = np.empty((12, 16, 3), np.uint8)
    rgb[:] = (180, 60, 90)
    touched = np.ones((12, 16), np.bool_)
    again = picture.paste(box, rgb, touched).rgb(box)
    assert np.abs(again.astype(int) - rgb).max() <= (0 if name.startswith("rgb") else 2)


def test_a_grey_picture_takes_the_luma() -> None:
    picture = Picture(0, random_planes(LAYOUTS["grey"], 8, 8), LAYOUTS["grey"])
    rgb = np.zeros((8, 8, 3), np.uint8)
    rgb[..., 1] = 200
    again = picture.paste(Box(0, 0, 8, 8), rgb, np.ones((8, 8), np.bool_))
    assert (again.planes[0] == round(0.587 * 200)).all()


@pytest.mark.parametrize("name", LAYOUTS)
def test_pasting_nothing_gives_the_very_same_picture(name: str) -> None:
    picture = Picture(0, random_planes(LAYOUTS[name], 8, 8), LAYOUTS[name])
    box = Box(2, 2, 6, 6)
    rgb = np.zeros((4, 4, 3), np.uint8)
    assert picture.paste(box, rgb, np.zeros((4, 4), np.bool_)) is picture


@settings(max_examples=100, deadline=None)
@given(names, st.integers(1, 13), st.integers(1, 13), st.integers(0, 99))
def test_outside_masks_count_a_chroma_sample_only_when_all_its_pixels_are_kept(
    name: str, height: int, width: int, seed: int
) -> None:
    layout = LAYOUTS[name]
    kept = np.random.default_rng(seed).random((height, width)) < 0.6
    masks = outside_masks(kept, layout)
    planes = random_planes(layout, height, width)
    assert len(masks) == len(planes)
    assert np.array_equal(masks[0], kept)
    if layout.family == "yuv":
        for mask, plane in zip(masks[1:], planes[1:], strict=True):
            assert np.array_equal(mask, ~chroma_touched(~kept, layout, plane.shape))


CODES = [  # ITU-R BT.601 and BT.709, 8 bits, limited range: (matrix, Y, U, V, RGB)
    (5, 235, 128, 128, (255, 255, 255)),
    (5, 16, 128, 128, (0, 0, 0)),
    (5, 81, 90, 240, (255, 0, 0)),
    (5, 145, 54, 34, (0, 255, 0)),
    (5, 41, 240, 110, (0, 0, 255)),
    (1, 63, 102, 240, (255, 0, 0)),
    (1, 173, 42, 26, (0, 255, 0)),
    (1, 32, 240, 118, (0, 0, 255)),
]


@pytest.mark.parametrize(("matrix", "y", "u", "v", "rgb"), CODES)
def test_the_standard_s_colour_bars(
    matrix: int, y: int, u: int, v: int, rgb: tuple[int, int, int]
) -> None:
    layout = Layout("yuv", "yuv444p", 8, 0, 0, False, matrix)
    planes = tuple(np.full((2, 2), value, np.uint8) for value in (y, u, v))
    got = Picture(0, planes, layout).rgb()[0, 0].astype(int)
    assert np.abs(got - np.array(rgb)).max() <= 2
    black = Picture(0, tuple(np.full((2, 2), c, np.uint8) for c in (16, 128, 128)), layout)
    whole = np.broadcast_to(np.array(rgb, np.uint8), (2, 2, 3))
    back = black.paste(Box(0, 0, 2, 2), whole, np.ones((2, 2), np.bool_))
    assert np.abs(np.array([p[0, 0] for p in back.planes]).astype(int) - [y, u, v]).max() <= 1


def test_full_range_is_not_stretched() -> None:
    layout = Layout("yuv", "yuv444p", 8, 0, 0, True, 5)
    planes = tuple(np.full((1, 1), value, np.uint8) for value in (77, 128, 128))
    assert Picture(0, planes, layout).rgb().tolist() == [[[77, 77, 77]]]


def test_an_unknown_matrix_is_taken_by_size() -> None:
    """As players do: BT.601 for small pictures, BT.709 for large ones."""
    layout = Layout("yuv", "yuv444p", 8, 0, 0, False, 2)

    def red(height: int, width: int, y: int, u: int, v: int) -> int:
        planes = tuple(np.full((height, width), value, np.uint8) for value in (y, u, v))
        return int(Picture(0, planes, layout).rgb(Box(0, 0, 1, 1))[0, 0].max())

    assert red(480, 640, 81, 90, 240) >= 253
    assert red(720, 1280, 63, 102, 240) >= 253


@pytest.mark.parametrize("name", ["420", "422"])
def test_transposing_twice_is_the_same_layout(name: str) -> None:
    layout = LAYOUTS[name]
    turned = layout.transposed()
    assert (turned.shift_x, turned.shift_y) == (layout.shift_y, layout.shift_x)
    assert turned.transposed() == layout
