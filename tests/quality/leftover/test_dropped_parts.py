"""A part that the mask drops and takes up again is missed; one that the object loses is not."""

from __future__ import annotations

import numpy as np

from tests.quality.leftover.scenes import FRAMES, scene, window_of
from vinpaint.core import Bools, Frames
from vinpaint.quality.leftover.continuity import continuing_pixels
from vinpaint.quality.leftover.dropped_parts import (
    MissingParts,
    PartChange,
    PartChanges,
    missing_parts,
    part_changes,
)
from vinpaint.quality.leftover.object_cues import object_cues
from vinpaint.quality.leftover.plate_difference import plate_differences

_LEGS_Y = 68
_SPAN = slice(12, 24)


def missing(frames: Frames, masks: Bools) -> MissingParts:
    window = window_of(frames, masks)
    cues = object_cues(window, plate_differences(window))
    return missing_parts(part_changes(window, cues, continuing_pixels(window)))


def test_legs_that_the_mask_drops_are_missing_until_it_takes_them_up() -> None:
    made = scene()
    masks = made.mask()
    masks[_SPAN, _LEGS_Y:] = False
    found = missing(made.frames, masks)
    others = np.delete(found.strength, np.r_[_SPAN])
    assert found.strength[_SPAN].min() > 0.05
    assert found.distinct[_SPAN].min() > 2
    assert others.max() < 0.01


def test_a_whole_mask_misses_no_part() -> None:
    made = scene(passer_by=True)
    assert missing(made.frames, made.mask()).strength.max() < 0.01


def test_legs_that_are_hidden_are_not_missing() -> None:
    """They go behind the wall, and the mask is right to leave them out."""
    made = scene()
    masks = made.mask()
    masks[_SPAN, _LEGS_Y:] = False
    frames = made.frames.copy()
    wall = np.median(np.concatenate([frames[:, :20], frames[:, 100:]], axis=1))
    frames[_SPAN, _LEGS_Y:] = np.where(
        made.thing[_SPAN, _LEGS_Y:, :, None], np.uint8(wall), frames[_SPAN, _LEGS_Y:]
    )
    assert missing(frames, masks).strength.max() < 0.01


def changes(dropped: PartChange, taken_up: PartChange) -> list[PartChanges]:
    found = [PartChanges()] * FRAMES
    found[_SPAN.start] = PartChanges(dropped=dropped)
    found[_SPAN.stop] = PartChanges(taken_up=taken_up)
    return found


def test_another_part_than_was_dropped_is_no_pair() -> None:
    foot, head = PartChange(0.1, (0.0, 0.7)), PartChange(0.1, (0.0, -0.7))
    assert missing_parts(changes(foot, foot)).strength[_SPAN].min() == 0.1
    assert missing_parts(changes(foot, head)).strength.max() < 0.01


def test_what_is_taken_up_first_was_never_dropped() -> None:
    foot = PartChange(0.1, (0.0, 0.7))
    assert missing_parts(changes(foot, foot)[::-1]).strength.max() == 0
