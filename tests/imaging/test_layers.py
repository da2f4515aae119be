"""Test the order statistics of a stack of images against numpy's sort."""

from __future__ import annotations

import numpy as np
import pytest

from vinpaint.imaging.layers import at_rank, sort_layers


@pytest.mark.parametrize("shape", [(5, 7), (5, 7, 3)])
@pytest.mark.parametrize("count", [1, 2, 9])
@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_every_pixel_is_sorted_on_its_own(shape: tuple[int, ...], count: int, kind: type) -> None:
    random = np.random.default_rng(count)
    stack = random.integers(0, 255, (count, *shape)).astype(kind)
    ordered = sort_layers(list(stack))
    assert (np.stack(ordered) == np.sort(stack, axis=0)).all()
    rank = random.integers(0, count, shape[:2])
    index = rank[None] if len(shape) == 2 else np.repeat(rank[None, ..., None], 3, axis=-1)
    assert (at_rank(ordered, rank) == np.take_along_axis(np.sort(stack, axis=0), index, 0)[0]).all()
