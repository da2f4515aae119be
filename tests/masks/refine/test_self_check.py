"""Test that a correct mask is not flagged, and that each planted fault is, on its frames."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.masks.making import folder_clip, moving_disk, silence, stored
from vinpaint.core import Bools, Cancelled, Click, MaskWarning, Span, no_op
from vinpaint.masks import find
from vinpaint.masks.refine.self_check import check_mask
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


@pytest.mark.parametrize("stop", [18, COUNT])
def test_a_part_that_goes_is_named_and_proposed(made: tuple[Clip, Bools], stop: int) -> None:
    clip, true = made
    masks = true.copy()
    masks[10:stop, 52:] = False
    flag = only(flags(clip, masks), "part")
    assert flag.span == Span(10, stop)
    before_and_after = "before and after" if stop < COUNT else "before"
    assert f"a part below the mask is missing that the frames {before_and_after} have" in flag.words
    assert flag.severity >= 0.5
    assert flag.missing is not None
    assert flag.box == flag.missing.box
    piece, left_out = flag.missing.mask, true[flag.missing.frame] & ~masks[flag.missing.frame]
    assert (piece & left_out).sum() > 0.6 * left_out.sum()
    assert (piece & ~true[flag.missing.frame]).sum() < 0.1 * left_out.sum()


def test_a_part_that_is_missing_at_first_is_named(made: tuple[Clip, Bools]) -> None:
    clip, true = made
    masks = true.copy()
    masks[:12, :, :] &= np.arange(192)[None, None] < (34 + 3 * np.arange(12))[:, None, None]
    flag = only(flags(clip, masks), "part")
    assert flag.span == Span(0, 12)
    assert "a part right of the mask is missing that the frames after have" in flag.words


def test_a_part_that_something_hides_is_not_missed(tmp_path: Path) -> None:
    frames, true = moving_disk(count=COUNT, width=192, start=(30, 48), step=(3, 0))
    frames[10:20, 52:, :] = (40, 60, 90)
    true[10:20, 52:] = False
    found = flags(folder_clip(tmp_path / "in", frames), true)
    assert [flag for flag in found if flag.kind in ("part", "outside")] == []


def test_a_part_that_the_mask_never_has_is_beside_it(made: tuple[Clip, Bools]) -> None:
    clip, true = made
    masks = true.copy()
    masks[:, 54:] = False
    flag = only(flags(clip, masks), "outside")
    assert flag.span.length > COUNT / 2
    assert "below the mask has the object's colours and moves with it" in flag.words
    assert flag.missing is not None
    assert (flag.missing.mask & true[flag.missing.frame]).sum() > 0.7 * flag.missing.mask.sum()


@pytest.mark.parametrize(("shift", "verb"), [(-4, "lags behind"), (4, "runs ahead of")])
def test_a_mask_that_is_late_or_early(made: tuple[Clip, Bools], shift: int, verb: str) -> None:
    clip, true = made
    masks = true[np.clip(np.arange(COUNT) + shift, 0, COUNT - 1)]
    flag = only(flags(clip, masks), "lag")
    assert verb in flag.words
    assert flag.span.length > COUNT / 2


@pytest.mark.parametrize("stop", [14, COUNT])
def test_an_object_that_is_lost(made: tuple[Clip, Bools], stop: int) -> None:
    clip, true = made
    masks = true.copy()
    masks[10:stop] = False
    assert only(flags(clip, masks), "lost").span == Span(10, stop)


def test_an_object_that_is_lost_is_proposed_where_it_is(made: tuple[Clip, Bools]) -> None:
    clip, true = made
    masks = true.copy()
    masks[10:20] = False
    flag = only(flags(clip, masks), "lost")
    assert flag.missing is not None
    assert flag.missing.frame in flag.span.frames
    assert f"it still seems to be there on frame {flag.missing.frame}" in flag.words
    truth = true[flag.missing.frame]
    assert (flag.missing.mask & truth).sum() > 0.5 * truth.sum()


def test_an_object_that_walks_out_of_the_frame_is_not_lost(tmp_path: Path) -> None:
    frames, true = moving_disk(count=24, start=(90, 48), step=(4, 0))
    found = flags(folder_clip(tmp_path / "in", frames), true)
    assert {flag.kind for flag in found} == {"edge", "left"}
    gone = int(np.argmin(true.any(axis=(1, 2))))
    left, edge = only(found, "left"), only(found, "edge")
    assert left.span == Span(gone, 24)
    assert left.severity < 0.5
    assert f"left the frame on the right before frame {gone}" in left.words
    assert edge.span.stop == gone
    assert edge.span.start == next(t for t in range(24) if true[t, :, -1].any())


def test_an_object_that_comes_back_unfollowed_is_named(tmp_path: Path) -> None:
    out, true = moving_disk(count=26, start=(90, 48), step=(4, 0))
    frames, true = np.concatenate([out, out[::-1]]), np.concatenate([true, true[::-1]])
    clip, masks = folder_clip(tmp_path / "in", frames), true.copy()
    masks[20:] = False
    flag = only(flags(clip, masks), "left")
    back = next(t for t in range(26, 52) if true[t].sum() > 0.5 * true[0].sum())
    assert abs(flag.span.start - back) <= 4
    assert flag.span.stop == 52
    assert flag.severity >= 0.5
    assert flag.missing is not None
    truth = true[flag.missing.frame]
    assert (flag.missing.mask & truth).sum() > 0.5 * truth.sum()
    assert f"mark it again on frame {flag.missing.frame}" in flag.words
    followed = flags(clip, true)
    assert max((one.severity for one in followed if one.kind == "left"), default=0) < 0.5


def test_the_rider_who_comes_back_is_found_or_named(bugs: Path) -> None:
    with open_clip(bugs / "BL19" / "leaves-and-returns.mp4") as clip:
        track = find(clip, [Click(0, 325, 188)], progress=no_op)
        back = Span(40, 52)
        covered = [track.read(Span(t, t + 1)).hole.any() for t in back.frames]
        found = check_mask(clip, track, cuts=(), progress=no_op)
    named = [one for one in found if one.kind in ("left", "lost") and one.severity >= 0.5]
    assert all(covered) or any(one.span.intersection(back).length >= 6 for one in named)


def test_windows_join_without_a_seam(tmp_path: Path) -> None:
    frames, true = moving_disk(count=150, width=256, radius=12, start=(14, 48), step=(1.5, 0))
    clip = folder_clip(tmp_path / "in", frames)
    masks = true.copy()
    masks[60:70, 52:] = False  # across the first two windows
    masks[100:110] = False
    found = flags(clip, masks)
    assert only(found, "part").span == Span(60, 70)
    assert only(found, "lost").span == Span(100, 110)


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
    kinds = {flag.kind for flag in flags(clip, masks, (15,))}
    assert "cut" in kinds
    assert kinds <= {"cut", "outside"}


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
        strong = [flag for flag in flags(clip, true) if flag.severity >= 0.5]
        assert strong == [], folder.name
        true[12:16] = False
        lost = [flag.span for flag in flags(clip, true) if flag.kind == "lost"]
        assert lost == [Span(12, 16)], folder.name
