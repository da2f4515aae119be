"""What looks like the object: its colours, its motion, its difference from the clean plate."""

from __future__ import annotations

import numpy as np

from tests.quality.leftover.scenes import scene, window_of
from vinpaint.core import Bools
from vinpaint.quality.leftover.object_cues import ObjectCues, object_cues
from vinpaint.quality.leftover.plate_difference import plate_differences

_FRAMES = 24


def cues_of(masks: Bools) -> list[ObjectCues]:
    window = window_of(scene().frames[:_FRAMES], masks[:_FRAMES])
    return object_cues(window, plate_differences(window))


def test_each_cue_tells_the_object_from_its_surroundings() -> None:
    made = scene()
    cues, around = cues_of(made.mask()), made.mask()
    for t in (8, 16):
        near = np.zeros_like(around[t])
        near[20:100, max(0, 10 + 3 * t - 20) : 10 + 3 * t + 60] = True
        for cue in cues[t].enlarged((200, 120)):
            assert cue[made.thing[t]].mean() > cue[near & ~around[t]].mean() + 0.4


def test_colours_say_nothing_where_no_mask_shows_the_object() -> None:
    masks = scene().mask()
    masks[1:] = False
    colour = cues_of(masks)[-1].colour
    assert np.allclose(colour, 0.5, atol=0.01)
