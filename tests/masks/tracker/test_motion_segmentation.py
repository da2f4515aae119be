"""What moves otherwise than the background."""

from __future__ import annotations

import numpy as np

from tests.making import disk_hole, texture
from vinpaint.core import Floats
from vinpaint.imaging import flow
from vinpaint.imaging.morphology import dilate_square
from vinpaint.masks.tracker.colour_models import make_codebook, to_lab
from vinpaint.masks.tracker.frame_context import combine_odds
from vinpaint.masks.tracker.frame_features import extract_features, flow_pairs
from vinpaint.masks.tracker.motion_segmentation import (
    background_layers,
    motion_evidence,
    smooth_flow,
)
from vinpaint.masks.tracker.tracking_step import _combine_neighbours


def zoom(height: int, width: int) -> Floats:
    x, y = flow.grid(height, width)
    return np.stack([0.02 * (x - 40) + 1.5, 0.02 * (y - 20)], axis=-1).astype(np.float32)


def test_a_background_that_zooms_is_one_layer() -> None:
    field = zoom(60, 80)
    hole = disk_hole(1, 60, 80, radius=12, start=(40, 30))[0]
    field[hole] = (9.0, -4.0)
    layers = background_layers(field, np.ones_like(hole))
    assert np.allclose(layers[0], zoom(60, 80), atol=0.1)


def test_two_depths_are_two_layers() -> None:
    field = np.zeros((60, 80, 2), np.float32)
    field[:, :30] = (6.0, 0.0)
    layers = background_layers(field, np.ones((60, 80), np.bool_))
    moves = sorted(float(np.median(layer[..., 0])) for layer in layers[:2])
    assert np.allclose(moves, [0.0, 6.0], atol=0.2)


def test_with_nothing_to_sample_the_background_rests() -> None:
    layers = background_layers(zoom(20, 20), np.zeros((20, 20), np.bool_))
    assert len(layers) == 1
    assert not layers[0].any()


def test_a_spread_field_reaches_past_its_edge() -> None:
    field = np.zeros((40, 40, 2), np.float32)
    weight = np.zeros((40, 40), np.float32)
    weight[15:25, 15:25] = 1.0
    field[15:25, 15:25] = (3.0, -2.0)
    wide = smooth_flow(field, weight, 5.0)
    assert np.allclose(wide[20, 20], (3.0, -2.0), atol=0.05)
    assert np.allclose(wide[2, 2], (3.0, -2.0), atol=0.2)


def test_motion_speaks_for_the_object_and_against_the_rest() -> None:
    back, skin = texture(80, 100, seed=1), texture(80, 100, seed=2)
    hole = disk_hole(2, 80, 100, radius=16, start=(40, 40), step=(5, 0))
    first, second = back.copy(), np.roll(back, 1, axis=1)
    first[hole[0]] = skin[hole[0]]
    second[hole[1]] = np.roll(skin, 5, axis=1)[hole[1]]
    book = make_codebook(to_lab(second), hole[1])
    seen, _ = flow_pairs(extract_features(second, book), extract_features(first, book))
    odds = motion_evidence(extract_features(second, book), seen, hole[1]).odds
    inner = ~dilate_square(~hole[1], 3)
    assert (odds[inner] > 0).mean() > 0.8
    assert (odds[~dilate_square(hole[1], 6)] < 0).mean() > 0.8


def test_a_halo_that_one_neighbour_shows_as_background_speaks_less() -> None:
    past = np.array([[3.0, 3.0, -2.0]], np.float32)
    future = np.array([[3.0, -1.0, -2.0]], np.float32)
    assert np.allclose(_combine_neighbours(past, future), [[6.0, 0.0, -4.0]])


def test_several_sights_agree_halfway_to_the_least() -> None:
    judged = [np.full((2, 2), value, np.float32) for value in (3.0, -1.0)]
    seen = [np.ones((2, 2), np.bool_)] * 2
    assert np.allclose(combine_odds(judged, seen), 0.0)
    assert np.array_equal(combine_odds(judged[:1], seen[:1]), judged[0])


def test_a_single_neighbour_that_lost_a_pixel_does_not_speak_for_the_object() -> None:
    odds = np.array([[3.0, 3.0, -2.0]], np.float32)
    consistent = np.array([[True, False, False]])
    assert np.array_equal(combine_odds([odds], [consistent]), [[3.0, 0.0, -2.0]])
