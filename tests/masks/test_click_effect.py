"""A click that changes nothing is named, on the first marked frame and on further ones."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest

from tests.masks.making import folder_clip, moving_disk, silence
from vinpaint import masks
from vinpaint.core import Bools, Click, Prompt
from vinpaint.masks.base import ObjectPrompt
from vinpaint.masks.click_effect import unchanged_clicks, visibly_differs
from vinpaint.masks.tracker.classical import ClassicalTracker
from vinpaint.media import Clip

FIRST, INSIDE, OUTSIDE = Click(0, 36, 48), Click(0, 40, 50), Click(0, 110, 10, add=False)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Clip:
    frames, _ = moving_disk(count=4)
    return folder_clip(tmp_path_factory.mktemp("disk") / "in", frames)


def notes(clip: Clip, *prompts: Prompt) -> list[str]:
    heard: list[str] = []
    options = masks.TrackerOptions("free", note=heard.append)
    masks.find(clip, prompts, options=options, progress=silence)
    return heard


def test_clicks_that_agree_with_the_mask_are_named(clip: Clip) -> None:
    assert notes(clip, FIRST) == []
    assert notes(clip, FIRST, OUTSIDE, INSIDE) == [
        "The click at 40,50 on frame 0 changed nothing: the place is in the mask already.",
        "The click at 110,10 on frame 0 changed nothing: the place is not in the mask.",
    ]


def test_a_click_on_a_further_frame_is_compared_with_the_mask_that_arrives_there(
    clip: Clip,
) -> None:
    inside = dataclasses.replace(INSIDE, frame=3, x=46)
    beside = Click(3, 110, 80)
    assert notes(clip, FIRST, inside, beside) == [masks.describe_unchanged(inside)]


@dataclasses.dataclass(frozen=True)
class _Counting(ClassicalTracker):
    """Finds a square for each click: at its place, and nowhere else."""

    def segment(
        self, clip: Clip, frame: int, prompts: Sequence[ObjectPrompt], previous: Bools | None
    ) -> Bools:
        mask = np.zeros((clip.height, clip.width), np.bool_) if previous is None else previous
        mask = mask.copy()
        for click in prompts:
            assert isinstance(click, Click)
            mask[click.y - 3 : click.y + 4, click.x - 3 : click.x + 4] = click.add
        return mask


def test_the_order_of_clicks_decides_which_of_two_is_named(clip: Clip) -> None:
    same, twice = Click(1, 20, 20), Click(1, 20, 20, object_id=1)
    other = Click(1, 60, 60)
    tracker = _Counting()
    assert unchanged_clicks(clip, tracker, [same, other, twice], None) == [twice]
    arrived = np.zeros((clip.height, clip.width), np.bool_)
    arrived[50:70, 50:70] = True
    assert unchanged_clicks(clip, tracker, [other, same], arrived) == [other]
    wrong = Click(1, 60, 60, add=False)
    assert unchanged_clicks(clip, tracker, [wrong, other], arrived) == [other]


def test_a_few_pixels_are_not_visible() -> None:
    mask = np.zeros((60, 80), np.bool_)
    changed = mask.copy()
    changed[:2, :5] = True
    assert not visibly_differs(mask, changed)
    changed[2, :2] = True
    assert visibly_differs(mask, changed)


def test_no_time_is_spent_where_nobody_listens(clip: Clip, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "vinpaint.masks.prompted.unchanged_clicks", lambda *_: pytest.fail("compared")
    )
    options = masks.TrackerOptions("free")
    assert masks.find(clip, [FIRST, INSIDE], options=options, progress=silence).frames == 4
