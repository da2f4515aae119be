"""Test the compressed masks: what is packed is read back, also in parts and at another size."""

from __future__ import annotations

import numpy as np

from vinpaint.core import Box, Span
from vinpaint.imaging.packed_masks import PackedMask, PackedTrack


def test_a_mask_is_read_back_as_it_was() -> None:
    mask = np.random.default_rng(1).random((9, 13)) > 0.5
    assert (PackedMask.of(mask, Box(4, 5, 17, 14)).read() == mask).all()


def test_a_small_mask_covers_its_box_at_the_size_of_the_clip() -> None:
    mask = np.zeros((4, 4), np.bool_)
    mask[:, 2:] = True
    large = PackedMask.of(mask, Box(0, 0, 40, 40)).read()
    assert large.shape == (40, 40)
    assert large[:, 22:].all()
    assert not large[:, :18].any()


def test_a_track_has_its_masks_at_their_places_and_frames() -> None:
    mask = np.ones((3, 2), np.bool_)
    track = PackedTrack((20, 10), 5, {2: PackedMask.of(mask, Box(6, 4, 8, 7))})
    values = track.read(Span(0, 5)).values
    assert values.shape == (5, 10, 20)
    assert values.sum() == 6
    assert values[2, 4:7, 6:8].all()
    assert track.read(Span(2, 3), box=Box(7, 0, 20, 5)).values.sum() == 1
    assert (track.bounds(1), track.bounds(2)) == (None, Box(6, 4, 8, 7))
