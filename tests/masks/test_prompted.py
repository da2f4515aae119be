"""Test that clicks, boxes and paintings become masks, and that every prompt is respected."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.making import disk_hole
from tests.masks.making import COUNT, HEIGHT, WIDTH, folder_clip, lay, moving_disk, overlap, silence
from vinpaint import masks
from vinpaint.core import (
    Bools,
    Box,
    BoxPrompt,
    Cancelled,
    Click,
    MaskError,
    Painting,
    Prompt,
    Span,
    bounding_box,
)
from vinpaint.masks.tracker import classical
from vinpaint.media import Clip, open_clip, read_image, write_png


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, Bools]:
    """Return a moving disk and its true masks."""
    frames, holes = moving_disk()
    return folder_clip(tmp_path_factory.mktemp("disk") / "in", frames), holes


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[Clip, Bools, Bools]:
    """Return two disks of different colours that move apart."""
    frames, first = moving_disk(radius=13, start=(34, 30), step=(2, 2))
    second = disk_hole(COUNT, HEIGHT, WIDTH, radius=12, start=(95, 62), step=(-2, 0))
    frames = lay(frames, second, (-2, 0), seed=21, tint=(-70, -20, 70))
    return folder_clip(tmp_path_factory.mktemp("pair") / "in", frames), first, second


def found(clip: Clip, *prompts: Prompt) -> Bools:
    return (
        masks.find(clip, prompts, options=masks.TrackerOptions("free"), progress=silence)
        .read(clip.span)
        .hole
    )


def test_not_this_where_the_mask_is_empty_leaves_it_empty(scene: tuple[Clip, Bools]) -> None:
    clip, holes = scene
    empty = np.zeros_like(holes[1])
    wrong = Click(1, 10, 10, add=False)
    assert not classical.ClassicalTracker().segment(clip, 1, [wrong], empty).any()
    assert found(clip, Click(0, 36, 48), wrong)[1].any()


def painted(root: Path, frame: int, mask: Bools, object_id: int = 1) -> Painting:
    path = root / f"painted-{object_id}-{frame}.png"
    write_png(path, np.repeat(mask[..., None].astype(np.uint8) * 255, 3, axis=-1))
    return Painting(frame, str(path), object_id)


def around(frame: int, mask: Bools, object_id: int = 1) -> BoxPrompt:
    box = bounding_box(mask)
    assert box is not None
    return BoxPrompt(frame, box, object_id)


def middle(frame: int, mask: Bools, object_id: int = 1) -> Click:
    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return Click(frame, int(x), int(y), object_id=object_id)


@pytest.mark.parametrize("mark", [middle, around])
@pytest.mark.parametrize("frame", [0, 4])
def test_a_moving_disk_is_found_and_followed(
    mark: type[Click], frame: int, scene: tuple[Clip, Bools]
) -> None:
    clip, holes = scene
    result = found(clip, mark(frame, holes[frame]))
    assert result.shape == holes.shape
    assert min(overlap(a, b) for a, b in zip(result, holes, strict=True)) > 0.8


def test_painted_frames_come_out_exactly_as_painted(
    scene: tuple[Clip, Bools], tmp_path: Path
) -> None:
    clip, holes = scene
    patched = holes[5].copy()
    patched[70:78, 90:99] = True
    where = [painted(tmp_path, 5, patched), painted(tmp_path, 1, holes[1])]
    result = found(clip, *where)
    assert np.array_equal(result[5], patched)
    assert np.array_equal(result[1], holes[1])
    assert min(overlap(a, b) for a, b in zip(result, holes, strict=True)) > 0.7


def test_two_objects_are_followed_each_for_itself(pair: tuple[Clip, Bools, Bools]) -> None:
    clip, first, second = pair
    one, other = around(0, first[0], 1), around(0, second[0], 2)
    assert overlap(found(clip, one), first) > 0.8
    assert overlap(found(clip, other), second) > 0.8
    both = found(clip, one, other)
    assert np.array_equal(both, found(clip, one) | found(clip, other))


def test_a_painting_of_several_frames_is_one_object(
    pair: tuple[Clip, Bools, Bools], tmp_path: Path
) -> None:
    clip, first, second = pair
    where = [painted(tmp_path, 0, first[0]), painted(tmp_path, 7, second[7], 2)]
    assert overlap(found(clip, *where), first | second) > 0.8


def test_a_click_on_a_later_frame_takes_a_wrong_part_out(
    pair: tuple[Clip, Bools, Bools], tmp_path: Path
) -> None:
    clip, first, second = pair
    wrong = painted(tmp_path, 0, first[0] | second[0])
    assert overlap(found(clip, wrong), first | second) > 0.8
    there = middle(5, second[5])
    mended = found(clip, wrong, Click(5, there.x, there.y, add=False))
    assert np.array_equal(mended[0], first[0] | second[0])
    assert overlap(mended[5:], first[5:]) > 0.75


def test_a_click_on_a_later_frame_adds_a_part(
    pair: tuple[Clip, Bools, Bools], tmp_path: Path
) -> None:
    clip, first, second = pair
    mended = found(clip, painted(tmp_path, 0, first[0]), middle(5, second[5]))
    assert np.array_equal(mended[0], first[0])
    assert overlap(mended[5:], first[5:] | second[5:]) > 0.7


def joined(root: Path) -> tuple[Clip, Bools, int]:
    """Return two shots with the disk in both, and the frame of the hard cut."""
    first, holes = moving_disk()
    second, others = moving_disk(start=(80, 40), step=(-4, 1))
    frames = np.concatenate([first, 255 - second])
    return folder_clip(root / "in", frames), np.concatenate([holes, others]), COUNT


def test_nothing_is_followed_across_a_cut(tmp_path: Path) -> None:
    clip, holes, cut = joined(tmp_path)
    mark = painted(tmp_path, 3, holes[3])
    follow = classical.ClassicalTracker().follow
    result = follow(clip, [mark], progress=silence, cuts=(cut,)).read(clip.span).hole
    assert overlap(result[:cut], holes[:cut]) > 0.85
    assert not result[cut:].any()
    last = follow(clip, [around(cut, holes[cut])], progress=silence, cuts=(cut,))
    result = last.read(clip.span).hole
    assert not result[:cut].any()
    assert overlap(result[cut:], holes[cut:]) > 0.85


def test_a_mark_in_each_shot_is_followed_within_it(tmp_path: Path) -> None:
    clip, holes, cut = joined(tmp_path)
    marks = [painted(tmp_path, t, holes[t]) for t in (cut + 2, cut - 1)]
    told: list[float] = []
    both = classical.ClassicalTracker().follow(
        clip, marks, progress=lambda fraction, words: told.append(fraction), cuts=(cut,)
    )
    alone = classical.ClassicalTracker().follow(clip, marks[1:], progress=silence, cuts=(cut,))
    result = both.read(clip.span).hole
    assert np.array_equal(result[:cut], alone.read(clip.span).hole[:cut])
    assert min(overlap(a, b) for a, b in zip(result, holes, strict=True)) > 0.8
    assert told == sorted(told)
    assert told[-1] <= 1.0


def test_a_shot_with_only_not_this_stays_empty(tmp_path: Path) -> None:
    clip, holes, cut = joined(tmp_path)
    marks = [painted(tmp_path, 0, holes[0]), Click(cut + 1, 80, 40, add=False)]
    track = classical.ClassicalTracker().follow(clip, marks, progress=silence, cuts=(cut,))
    assert not track.read(Span(cut, clip.frames)).hole.any()


@pytest.mark.parametrize("kind", ["click", "box", "paint"])
def test_a_far_correction_spares_what_was_right_and_is_undone_whole(
    kind: str, tmp_path: Path
) -> None:
    frames, holes = moving_disk(count=16, width=192, step=(6, 0))
    clip = folder_clip(tmp_path / "in", frames)
    first, far = painted(tmp_path, 0, holes[0]), 14
    mend = {
        "click": Click(far, 30, 20, add=False),
        "box": around(far, holes[far]),
        "paint": painted(tmp_path, far, holes[far]),
    }[kind]
    before = found(clip, first)
    after = found(clip, first, mend)
    assert np.array_equal(after[0], before[0])
    assert min(overlap(after[t], before[t]) for t in range(1, 5)) > 0.9
    assert overlap(after[far], holes[far]) > 0.8
    assert np.array_equal(found(clip, first), before)


def test_one_frame_is_shown_at_once(scene: tuple[Clip, Bools], tmp_path: Path) -> None:
    clip, holes = scene
    shown = masks.segment_frame(clip, [around(2, holes[2]), middle(6, holes[6])], 2)
    assert shown.values.shape == (1, HEIGHT, WIDTH)
    assert overlap(shown.hole[0], holes[2]) > 0.8
    exact = masks.segment_frame(clip, [painted(tmp_path, 3, holes[3])], 3)
    assert np.array_equal(exact.hole[0], holes[3])
    assert not masks.segment_frame(clip, [middle(6, holes[6])], 2).values.any()


def test_progress_is_told_at_least_once_a_frame(scene: tuple[Clip, Bools]) -> None:
    clip, holes = scene
    told: list[float] = []
    masks.find(clip, [around(3, holes[3])], progress=lambda fraction, words: told.append(fraction))
    assert len(told) >= clip.frames
    assert told == sorted(told)
    assert told[-1] <= 1.0


def test_it_stops_when_cancelled(scene: tuple[Clip, Bools]) -> None:
    clip, holes = scene

    def stop(fraction: float, words: str) -> None:
        if fraction > 0.3:
            raise Cancelled

    with pytest.raises(Cancelled):
        masks.find(clip, [around(0, holes[0])], progress=stop)


def test_a_clip_of_one_frame_has_one_mask(tmp_path: Path) -> None:
    frames, holes = moving_disk(count=1)
    result = found(folder_clip(tmp_path / "in", frames), around(0, holes[0]))
    assert overlap(result, holes) > 0.8


@pytest.mark.parametrize(
    ("prompt", "words"),
    [
        (Click(COUNT, 5, 5), f"the click is on frame {COUNT}, but the clip has frames 0 to 7"),
        (Click(-1, 5, 5), "the click is on frame -1"),
        (Click(0, WIDTH, 5), r"the click at 128,5 lies outside the picture, which is 128x96"),
        (Click(0, 5, -1), "lies outside the picture"),
        (Click(0, 5, 5, add=False), "has only 'not this' clicks"),
        (BoxPrompt(9, Box(0, 0, 5, 5)), "the box is on frame 9"),
        (BoxPrompt(0, Box(5, 5, 5, 9)), "the box 5,5,5,9 is empty"),
        (BoxPrompt(0, Box(WIDTH, 0, WIDTH + 9, 9)), "lies outside the picture"),
        (Painting(99, "painted.png"), "the paint is on frame 99"),
    ],
)
def test_prompts_that_do_not_fit_are_refused(
    prompt: Prompt, words: str, scene: tuple[Clip, Bools]
) -> None:
    with pytest.raises(MaskError, match=words) as caught:
        found(scene[0], prompt)
    assert "\n" not in str(caught.value)


def test_a_mark_on_nothing_is_refused(
    scene: tuple[Clip, Bools], monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = scene[0]
    nothing = np.zeros((HEIGHT, WIDTH), np.bool_)
    monkeypatch.setattr(classical, "segment", lambda *_: nothing)
    with pytest.raises(MaskError, match="nothing was found at the mark on frame 1"):
        found(clip, Click(1, 60, 40))


@pytest.mark.slow
@pytest.mark.parametrize(("mark", "floor"), [(middle, 0.8), (around, 0.8)])
def test_a_real_dog_is_followed_to_the_end(mark: type[Click], floor: float, clips: Path) -> None:
    clip = open_clip(clips / "dog" / "frames")
    paths = sorted((clips / "dog" / "masks").glob("*.png"))
    true = np.stack([read_image(path)[..., 0] > 127 for path in paths])
    track = masks.find(clip, [mark(0, true[0])], progress=silence)
    hits = [overlap(track.read(Span(t, t + 1)).hole[0], true[t]) for t in range(clip.frames)]
    assert float(np.mean(hits[1:-1])) > floor
    assert hits[-1] > 0.5
