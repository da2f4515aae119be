"""A late or early mask fits the object better if it is moved in time; a whole one does not."""

from __future__ import annotations

import numpy as np
import pytest

from tests.quality.leftover.scenes import scene, window_of
from vinpaint.core import Bools, Frames
from vinpaint.quality.leftover.mask_delay import MaskDelay, mask_delays
from vinpaint.quality.leftover.object_cues import object_cues
from vinpaint.quality.leftover.plate_difference import plate_differences

_FRAMES = 24


def delays(frames: Frames, masks: Bools) -> list[MaskDelay]:
    window = window_of(frames[:_FRAMES], masks[:_FRAMES])
    return mask_delays(window, object_cues(window, plate_differences(window)))


@pytest.mark.parametrize("late", [4, -3])
def test_the_frames_by_which_a_mask_is_late_are_found(late: int) -> None:
    made = scene()
    masks = np.roll(made.mask(), late, axis=0)
    masks[: max(0, late)] = made.mask()[0]
    found = delays(made.frames, masks)[6:-6]
    assert {delay.frames for delay in found} == {late}
    assert min(delay.gain for delay in found) > 0.05


def test_a_mask_in_time_fits_best_as_it_is() -> None:
    made = scene(passer_by=True)
    assert max(delay.gain for delay in delays(made.frames, made.mask())) < 0.02


def test_a_thing_at_rest_has_no_delay() -> None:
    made = scene()
    still = np.repeat(made.frames[:1], _FRAMES, axis=0)
    masks = np.repeat(made.mask()[:1], _FRAMES, axis=0)
    assert max(delay.gain for delay in delays(still, masks)) < 1e-6


def test_a_mask_without_a_hole_has_no_delay() -> None:
    made = scene()
    masks = made.mask()
    masks[4:] = False
    assert delays(made.frames, masks)[-1] == MaskDelay(0, 0.0)
