"""Test that a correct mask is not flagged, and that each planted fault is, on its frames."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.masks.making import folder_clip, moving_disk, silence, stored
from vinpaint.core import Bools, Cancelled, Span
from vinpaint.masks.refine.self_check import MaskWarning, check_mask
from vinpaint.media import Clip, open_clip

COUNT = 30


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, Bools]:
    frames, true = moving_disk(count=COUNT, width=192, start=(30, 48), step=(3, 0))
    return folder_clip(tmp_path_factory.mktemp("in"), frames), true


def flags(clip: Clip, masks: Bools, cuts: tuple[int, ...] = ()) -> tuple[MaskWarning, ...]:
    return check_mask(clip, stored(masks), cuts=cuts, progress=silence)


def only(found: tuple[MaskWarning, ...], kind: str) -> MaskWarning:
    """Return the only flag of a kind."""
    (flag,) = [flag for flag in found if flag.kind == kind]
    assert flag.words.endswith(".")
    assert 0 < flag.severity <= 1
    return flag


def test_a_true_mask_has_no_flags(made: tuple[Clip, Bools]) -> None:
    assert flags(*made) == ()


def test_a_mask_that_takes_in_something_else_jumps(made: tuple[Clip, Bools]) -> None:
    clip, true = made
    masks = true.copy()
    masks[12:16, 40:70, 4:30] = True
    flag = only(flags(clip, masks), "jump")
    assert flag.span == Span(12, 16)
    assert flag.words.startswith("Frames 12 to 15: the mask's area jumps by ")
    assert "took in something else" in flag.words


def test_a_mask_that_loses_a_part_drops(made: tuple[Clip, Bools]) -> None:
    clip, true = made
    masks = true.copy()
    masks[10:, :48] = False
    flag = only(flags(clip, masks), "jump")
    assert flag.span == Span(10, 11)
    assert "Frame 10: the mask's area drops by " in flag.words


@pytest.mark.parametrize("stop", [14, COUNT])
def test_an_object_that_is_lost(made: tuple[Clip, Bools], stop: int) -> None:
    clip, true = made
    masks = true.copy()
    masks[10:stop] = False
    assert only(flags(clip, masks), "lost").span == Span(10, stop)


def test_an_object_that_walks_out_of_the_frame_is_not_lost(tmp_path: Path) -> None:
    frames, true = moving_disk(count=24, start=(90, 48), step=(4, 0))
    found = flags(folder_clip(tmp_path / "in", frames), true)
    assert [flag.kind for flag in found] == ["edge"]
    gone = int(np.argmin(true.any(axis=(1, 2))))
    assert found[0].span.stop == gone
    assert found[0].span.start == next(t for t in range(24) if true[t, :, -1].any())


def test_a_mask_that_drifts_off(made: tuple[Clip, Bools]) -> None:
    clip, true = made
    masks = true.copy()
    for t in range(12, COUNT):
        masks[t] = np.roll(true[t], -min(16, 2 * (t - 12)), axis=1)
    span = only(flags(clip, masks), "drift").span
    assert 13 <= span.start <= 18
    assert span.stop >= COUNT - 3


def test_a_mask_that_flickers(made: tuple[Clip, Bools]) -> None:
    clip, true = made
    masks = true.copy()
    for t in range(8, 20, 2):
        masks[t] = cv2.erode(true[t].astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert only(flags(clip, masks), "flicker").span == Span(8, 19)


def test_cuts_count_where_the_object_is_followed(made: tuple[Clip, Bools]) -> None:
    clip, true = made
    masks = true.copy()
    masks[20:] = False
    found = flags(clip, masks, (9, 25))
    assert only(found, "cut").span == Span(9, 10)
    assert found[0].kind == "cut"
    assert [flag.severity for flag in found] == sorted((f.severity for f in found), reverse=True)


def test_a_change_at_a_cut_is_no_jump(made: tuple[Clip, Bools]) -> None:
    clip, true = made
    masks = true.copy()
    masks[15:, :48] = False
    assert [flag.kind for flag in flags(clip, masks, (15,))] == ["cut"]


def test_an_empty_mask_and_a_single_frame_say_nothing(made: tuple[Clip, Bools]) -> None:
    clip, true = made
    assert flags(clip, np.zeros_like(true)) == ()


def test_stopping_stops(made: tuple[Clip, Bools]) -> None:
    def stop(fraction: float, words: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        check_mask(made[0], stored(made[1]), cuts=(), progress=stop)


@pytest.mark.slow
def test_true_masks_of_real_clips_are_nearly_silent(clips: Path) -> None:
    for folder in sorted(path.parent for path in clips.glob("*/masks")):
        files = sorted((folder / "masks").glob("*.png"))
        true = np.stack([cv2.imread(str(f), cv2.IMREAD_GRAYSCALE) > 127 for f in files])
        clip = open_clip(folder / "frames")
        assert {flag.kind for flag in flags(clip, true)} <= {"edge"}, folder.name
        true[12:16] = False
        lost = [flag.span for flag in flags(clip, true) if flag.kind == "lost"]
        assert lost == [Span(12, 16)], folder.name
