"""The regions of a click are listed from small to large, and their levels select them."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import vinpaint as vp
from tests.masks.making import folder_clip, moving_disk
from vinpaint import masks
from vinpaint.core import Bools, Click, MaskError
from vinpaint.masks.click_effect import visibly_differs
from vinpaint.media import Clip

CLICK = Click(1, 39, 42)


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, Bools]:
    """A moving disk whose upper part has another colour."""
    frames, holes = moving_disk(count=4)
    frames, cap = frames.copy(), holes.copy()
    cap[:, 44:] = False
    frames[cap] = (30, 40, 200)
    return folder_clip(tmp_path_factory.mktemp("disk") / "in", frames), holes & ~cap


def test_regions_are_sorted_and_selected_by_their_level(scene: tuple[Clip, Bools]) -> None:
    clip, rest = scene
    found = vp.candidates(clip, dataclasses.replace(CLICK, level=1), tracker="free")
    areas = [int(one.mask.sum()) for one in found]
    assert areas == sorted(areas)
    assert len(areas) >= 2
    assert all(one.mask[CLICK.y, CLICK.x] for one in found)
    assert 0 in {one.level for one in found}
    assert all(
        visibly_differs(one.mask, other.mask) for i, one in enumerate(found) for other in found[:i]
    )
    for one in found:
        click = dataclasses.replace(CLICK, level=one.level)
        mask = masks.segment_frame(clip, [click], 1, options=masks.TrackerOptions("free"))
        assert np.array_equal(mask.hole[0], one.mask)
    covered = [float(one.mask[rest[1]].mean()) for one in found]
    assert min(covered) < 0.2
    assert max(covered) > 0.8


def test_a_click_that_marks_nothing_has_no_regions(scene: tuple[Clip, Bools]) -> None:
    clip, _ = scene
    with pytest.raises(MaskError, match="a 'not this' click has no regions"):
        vp.candidates(clip, dataclasses.replace(CLICK, add=False), tracker="free")
    with pytest.raises(MaskError, match="lies outside the picture"):
        vp.candidates(clip, Click(1, 500, 5), tracker="free")
