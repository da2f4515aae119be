"""The graph cut follows the log-odds, and the picture's edges where they say little."""

from __future__ import annotations

import numpy as np

from tests.making import texture
from vinpaint.masks.tracker.graph_cut import edge_axes, min_cut

HEIGHT, WIDTH = 40, 60


def _flat() -> np.ndarray:
    return np.full((HEIGHT, WIDTH, 2), 128, np.uint8)


def test_clear_odds_decide_alone() -> None:
    inside = np.zeros((HEIGHT, WIDTH), np.bool_)
    inside[10:30, 15:45] = True
    odds = np.where(inside, 5.0, -5.0).astype(np.float32)
    wrong = min_cut(odds, _flat()) ^ inside
    assert wrong.sum() <= 4, "only the corners may be cut off"


def test_a_lone_doubtful_pixel_is_smoothed_away() -> None:
    odds = np.full((HEIGHT, WIDTH), -1.0, np.float32)
    odds[20, 30] = 1.0
    assert not min_cut(odds, edge_axes(texture(HEIGHT, WIDTH, seed=1))).any()


def test_settled_pixels_stay_settled() -> None:
    odds = np.zeros((HEIGHT, WIDTH), np.float32)
    inside, outside = np.zeros((2, HEIGHT, WIDTH), np.bool_)
    inside[20, 10], outside[20, 50] = True, True
    found = min_cut(odds, _flat(), inside=inside, outside=outside)
    assert found[20, 10]
    assert not found[20, 50]


def test_the_outline_falls_on_an_edge() -> None:
    lab = np.full((HEIGHT, WIDTH, 3), 128, np.uint8)
    lab[:, 33:] = (200, 140, 110)
    odds = np.zeros((HEIGHT, WIDTH), np.float32)
    odds[:, :20], odds[:, 45:] = 4.0, -4.0
    found = min_cut(odds, edge_axes(lab))
    assert np.array_equal(found, np.broadcast_to(np.arange(WIDTH) < 33, found.shape))
