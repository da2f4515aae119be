"""Between two prompted frames a mask goes over from one to the other."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from tests.making import disk_hole
from tests.masks.making import some_masks
from vinpaint.core import Bools
from vinpaint.masks.tracker.bidirectional import blend


@given(some_masks(), st.integers(0, 2**16), st.floats(0, 1))
def test_a_blend_keeps_what_both_hold_and_adds_nothing(
    masks: Bools, seed: int, share: float
) -> None:
    first, second = masks[0], np.random.default_rng(seed).random(masks.shape[1:]) < 0.4
    mixed = blend(first, second, share)
    assert ((first & second) <= mixed).all()
    assert (mixed <= (first | second)).all()


@given(some_masks(), st.integers(0, 2**16))
def test_its_ends_are_the_two_masks(masks: Bools, seed: int) -> None:
    first, second = masks[0], np.random.default_rng(seed).random(masks.shape[1:]) < 0.4
    assert np.array_equal(blend(first, second, 0.0), first)
    assert np.array_equal(blend(first, second, 1.0), second)


def test_a_disk_between_two_sizes_is_of_middle_size() -> None:
    small, large = (disk_hole(1, 80, 80, radius=r, start=(40, 40))[0] for r in (10, 30))
    areas = [int(blend(small, large, share).sum()) for share in (0.25, 0.5, 0.75)]
    wanted = [int(disk_hole(1, 80, 80, radius=r, start=(40, 40)).sum()) for r in (15, 20, 25)]
    assert np.allclose(areas, wanted, rtol=0.1)


def test_a_part_that_only_one_knows_is_there_from_the_middle_on() -> None:
    first = disk_hole(1, 40, 80, radius=10, start=(20, 20))[0]
    other = disk_hole(1, 40, 80, radius=10, start=(60, 20))[0]
    second = first | other
    assert np.array_equal(blend(first, second, 0.4), first)
    assert np.array_equal(blend(first, second, 0.6), second)
