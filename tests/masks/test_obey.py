"""A mask agrees with its clicks, whatever it was before."""

from __future__ import annotations

import numpy as np
import pytest

from tests.masks.making import HEIGHT, WIDTH, folder_clip
from vinpaint.core import Bools, Click, Frames
from vinpaint.masks.obey import obey
from vinpaint.media import Clip

LEFT, RIGHT = (slice(30, 42), slice(20, 32)), (slice(30, 42), slice(90, 102))


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    """A grey picture with a red square at the left and a blue one at the right."""
    frames: Frames = np.full((1, HEIGHT, WIDTH, 3), 110, np.uint8)
    frames[0][LEFT], frames[0][RIGHT] = (200, 30, 30), (30, 40, 200)
    return folder_clip(tmp_path_factory.mktemp("squares") / "in", frames)


def square(*places: tuple[slice, slice]) -> Bools:
    mask = np.zeros((HEIGHT, WIDTH), np.bool_)
    for place in places:
        mask[place] = True
    return mask


def share(mask: Bools, place: tuple[slice, slice]) -> float:
    return float(mask[place].mean())


def test_a_click_brings_its_piece_however_far_from_the_mask(clip: Clip) -> None:
    found = obey(clip, square(LEFT), [Click(0, 96, 36)])
    assert share(found, RIGHT) > 0.9
    assert found.sum() < 1.4 * square(LEFT, RIGHT).sum()
    assert share(found, LEFT) == 1


def test_a_not_this_click_takes_its_piece_away(clip: Clip) -> None:
    found = obey(clip, square(LEFT, RIGHT), [Click(0, 96, 36, add=False)])
    assert share(found, RIGHT) < 0.1
    assert share(found, LEFT) == 1


def test_clicks_that_agree_change_nothing(clip: Clip) -> None:
    mask = square(LEFT)
    clicks = [Click(0, 26, 36), Click(0, 96, 36, add=False)]
    assert np.array_equal(obey(clip, mask, clicks), mask)


@pytest.mark.parametrize("gap", [1, 2, 5])
def test_two_clicks_close_together_are_both_obeyed(gap: int, clip: Clip) -> None:
    clicks = [Click(0, 26, 36), Click(0, 26 + gap, 36, add=False)]
    for mask in (square(), square(LEFT), np.ones((HEIGHT, WIDTH), np.bool_)):
        found = obey(clip, mask, clicks)
        assert found[36, 26]
        assert not found[36, 26 + gap]
