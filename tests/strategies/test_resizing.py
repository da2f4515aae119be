"""Test resizing of pictures to a size that a network accepts, and back."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.making import pan
from vinpaint.core import Box
from vinpaint.strategies.resizing import SizeRule, crop_box, paste_into_hole, plan_resizing


@pytest.mark.parametrize("size", [(64, 48), (61, 47), (1, 1), (7, 90)])
def test_what_is_small_enough_keeps_its_pixels(size: tuple[int, int]) -> None:
    frames = pan(2, size[1], size[0])
    way = plan_resizing(size, SizeRule(multiple=8, least_px=16))
    inner = way.resize(frames)
    assert inner.shape[1] % 8 == inner.shape[2] % 8 == 0
    assert min(inner.shape[1:3]) >= 16
    assert np.array_equal(way.restore(inner), frames)


@pytest.mark.parametrize(
    ("rule", "size", "whole"),
    [
        (SizeRule(), (61, 47), (61, 47)),
        (SizeRule(multiple=8, longest_px=32), (61, 47), (32, 24)),
        (SizeRule(multiple=8, longest_px=30), (61, 20), (24, 8)),
        (SizeRule(multiple=16, most_pixels=1024), (64, 64), (32, 32)),
        (SizeRule(fixed=(432, 240)), (100, 240), (432, 240)),
        (SizeRule(fixed=(432, 240)), (1920, 1080), (432, 240)),
        (SizeRule(fixed=(432, 240)), (20, 10), (432, 240)),
    ],
)
def test_each_rule_gives_a_size_that_it_takes(
    rule: SizeRule, size: tuple[int, int], whole: tuple[int, int]
) -> None:
    frames = cv2.GaussianBlur(pan(1, size[1], size[0])[0], (0, 0), 3)[None]
    way = plan_resizing(size, rule)
    assert way.padded_size == whole
    inner = way.resize(frames)
    assert inner.shape == (1, whole[1], whole[0], 3)
    back = way.restore(inner)
    assert back.shape == frames.shape
    assert np.abs(back.astype(int) - frames)[:, 3:-3, 3:-3].mean() < 3


@pytest.mark.parametrize(
    "rule", [SizeRule(fixed=(40, 40)), SizeRule(fixed=(300, 300)), SizeRule(8)]
)
def test_nothing_of_what_is_removed_is_shown_outside_the_scaled_hole(rule: SizeRule) -> None:
    """A white thing on black: outside its hole all stays black."""
    hole = np.zeros((1, 90, 77), np.bool_)
    hole[0, 31:52, 70:77] = True  # at the edge, so that it is mirrored where it is padded
    hole[0, 10, 10] = True
    frames = np.repeat(hole[..., None], 3, axis=3).astype(np.uint8) * 255
    way = plan_resizing((77, 90), rule)
    inner, inside = way.resize(frames), way.resize_mask(hole)
    assert inside.shape == inner.shape[:3]
    assert inner[~inside].max() <= 1
    assert inner[inside].max() > 50


def test_a_crop_holds_all_holes_and_takes_the_aspect_where_there_is_picture() -> None:
    hole = np.zeros((2, 100, 300), np.bool_)
    hole[0, 40:50, 10:20] = hole[1, 45:60, 30:50] = True
    assert crop_box(hole, context_px=5) == Box(5, 35, 55, 65)
    assert crop_box(hole, context_px=5, aspect=2.0) == Box(0, 35, 60, 65)
    assert crop_box(hole, context_px=5, aspect=0.1) == Box(5, 0, 55, 100)
    assert crop_box(np.zeros_like(hole), context_px=5) is None


def test_only_the_hole_is_taken() -> None:
    frames, other = pan(1, 6, 6), np.zeros((1, 6, 6, 3), np.uint8)
    hole = np.zeros((1, 6, 6), np.bool_)
    hole[0, 2, 3] = True
    out = paste_into_hole(frames, other, hole)
    assert (out[hole] == 0).all()
    assert np.array_equal(out[~hole], frames[~hole])


def test_a_rule_without_sense_is_refused() -> None:
    for values in ({"multiple": 0}, {"fixed": (0, 5)}, {"multiple": 64, "longest_px": 32}):
        with pytest.raises(ValueError, match="SizeRule"):
            SizeRule(**values)
