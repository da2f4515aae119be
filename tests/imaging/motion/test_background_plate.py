"""Test the clean plate: what moves is not in it, and a moving camera does not matter."""

from __future__ import annotations

import numpy as np
import pytest

from tests.quality.leftover.scenes import FRAMES, HEIGHT, WIDTH, scene
from vinpaint.core import Box
from vinpaint.imaging import flow
from vinpaint.imaging.motion.background_plate import background_plate, camera_path

WHOLE = Box(0, 0, WIDTH, HEIGHT)


@pytest.mark.parametrize("excluded", [True, False])
def test_a_thing_that_moves_is_not_in_the_plate(excluded: bool) -> None:
    """With its mask it never enters; without, it is on too few of the frames for the median."""
    made = scene()
    none = np.zeros_like(made.thing)
    holes = list(made.mask() if excluded else none)
    path = camera_path([flow.grey(frame) for frame in made.frames], list(made.mask()))
    plate = background_plate(list(made.frames), holes, path, 20, WHOLE)
    background = plate.seen & ~made.mask()[20]
    error = np.abs(plate.median.astype(int) - made.frames[20]).max(axis=-1)
    assert background.mean() > 0.6
    assert np.quantile(error[background], 0.99) <= 6
    behind = made.thing[20] & plate.seen
    assert behind.any()
    assert plate.median[behind].mean() > 100 > made.frames[20][behind].mean()


def test_a_part_of_the_plate_is_the_same_as_in_the_whole() -> None:
    made = scene()
    path = camera_path([flow.grey(frame) for frame in made.frames], list(made.mask()))
    frames, holes = list(made.frames), list(made.mask())
    box = Box(60, 20, 140, 100)
    part = background_plate(frames, holes, path, 10, box)
    whole = background_plate(frames, holes, path, 10, WHOLE)
    assert (part.seen == whole.seen[box.slices]).mean() > 0.99
    both = part.seen & whole.seen[box.slices]
    assert np.abs(part.median[both].astype(int) - whole.median[box.slices][both]).max() <= 1


def test_too_few_frames_show_nothing() -> None:
    made = scene()
    path = [np.eye(3)] * 3
    plate = background_plate(list(made.frames[:3]), list(made.mask()[:3]), path, 1, WHOLE)
    assert not plate.seen.any()
    assert FRAMES > 3
