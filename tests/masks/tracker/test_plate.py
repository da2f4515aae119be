"""The plate: a median per pixel over the views that are not masked there."""

from __future__ import annotations

import numpy as np

from vinpaint.masks.tracker.plate import estimate_plate


def test_the_plate_is_the_median_of_what_is_not_masked() -> None:
    random = np.random.default_rng(5)
    views = random.integers(0, 256, (8, 12, 15, 3), dtype=np.uint8)
    masked = random.random((8, 12, 15)) < 0.5
    plate = estimate_plate(list(views), list(masked))
    for y, x in np.ndindex(12, 15):
        shown = np.sort(views[~masked[:, y, x], y, x], axis=0)
        assert plate.views[y, x] == len(shown)
        if len(shown):
            assert (plate.lab[y, x] == shown[(len(shown) - 1) // 2]).all()


def test_only_views_that_differ_from_one_another_deviate() -> None:
    views = np.full((5, 20, 20, 3), 90, np.uint8)
    views[:, :, 12:] = np.arange(50, 250, 40, dtype=np.uint8)[:, None, None, None]
    plate = estimate_plate(list(views), [np.zeros((20, 20), np.bool_)] * 5)
    assert plate.deviation[:, :10].max() == 0
    assert plate.deviation[:, 14:].min() > 20
