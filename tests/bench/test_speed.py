"""The benches of speed and memory, on clips as small as they come."""

from __future__ import annotations

import numpy as np

from bench import memory, speed

SIZE = (96, 64)


def test_the_made_clip_pans_and_its_hole_is_five_per_cent() -> None:
    size = (432, 240)
    frames, masks = list(speed.made_frames(size, 5)), list(speed.made_masks(size, 5))
    assert {frame.shape for frame in frames} == {(240, 432, 3)}
    assert np.array_equal(frames[1][:-1, :-2], frames[0][1:, 2:])
    assert frames[0].std() > 20
    assert all(0.048 < mask.mean() < 0.052 for mask in masks)
    assert (masks[0] != masks[4]).any()


def test_a_size_is_told_in_multiples_of_the_floor() -> None:
    row = speed.measure(SIZE, 6, 1)
    assert row.size == SIZE
    assert row.outside == 0
    assert row.floor > 0
    assert row.multiple == np.divide(row.command, row.floor)
    assert row.peak_mb > 50
    assert {"mask", "repair", "measure"} <= set(row.stages)
    assert sum(row.stages.values()) <= row.command
    assert "96x64" in speed.line(row)


def test_a_length_is_told_with_its_peak() -> None:
    row = memory.measure(0.5, SIZE)
    assert (row.frames, row.size) == (12, SIZE)
    assert row.peak_mb > 50
    assert row.wall_seconds > 0
