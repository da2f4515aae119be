"""Cuts are found to the frame; pans, flashes and short glitches are none."""

from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.making import pan, texture, write_folder
from tests.masks.making import folder_clip, silence
from vinpaint import backend
from vinpaint.core import Cancelled, Click, Frames, Job, Progress, Span
from vinpaint.media import Clip, find_cuts, open_clip, split_shots
from vinpaint.media.scenes import _breaks

HEIGHT, WIDTH = 54, 96


def shot(seed: int, count: int = 14, *, step: int = 2, tint: tuple[int, int, int]) -> Frames:
    """A pan over a tinted texture."""
    frames = pan(count, HEIGHT, WIDTH, step=(step, 0), seed=seed).astype(np.int16)
    return np.clip(frames + np.array(tint), 0, 255).astype(np.uint8)


FIRST = shot(1, tint=(60, -20, -60))
SECOND = shot(2, tint=(-60, 20, 50))
THIRD = shot(3, tint=(20, 60, -50))


def cuts(tmp_path: Path, *parts: Frames) -> tuple[int, ...]:
    return find_cuts(folder_clip(tmp_path / "in", np.concatenate(parts)), progress=silence)


def test_cuts_are_the_first_frames_of_new_shots(tmp_path: Path) -> None:
    assert cuts(tmp_path, FIRST, SECOND, THIRD) == (14, 28)


@pytest.mark.parametrize("step", [0, 3, 20])
def test_a_pan_is_no_cut(tmp_path: Path, step: int) -> None:
    assert cuts(tmp_path, shot(1, 24, step=step, tint=(0, 0, 0))) == ()


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_a_glitch_within_a_shot_is_no_cut(tmp_path: Path, length: int) -> None:
    assert cuts(tmp_path, FIRST[:7], SECOND[:length], FIRST[7:]) == ()


@pytest.mark.parametrize("value", [0, 255])
@pytest.mark.parametrize("length", [1, 3])
def test_a_glitch_between_two_shots_belongs_to_the_first(
    tmp_path: Path, value: int, length: int
) -> None:
    glitch = np.full((length, HEIGHT, WIDTH, 3), value, np.uint8)
    assert cuts(tmp_path, FIRST, glitch, SECOND) == (14 + length,)


def frozen(frames: Frames, start: int, length: int) -> Frames:
    """One frame shown `length` times more; the camera has moved on when the picture does."""
    return np.concatenate(
        [
            frames[: start + 1],
            frames[start : start + 1].repeat(length, axis=0),
            frames[start + length + 1 :],
        ]
    )


@pytest.mark.parametrize("length", [3, 5, 10])
def test_the_jump_after_frozen_frames_is_no_cut_and_a_cut_after_them_is_one(
    tmp_path: Path, length: int
) -> None:
    moving = pan(36, 120, 200, step=(4, 0), seed=1)
    other = pan(14, 120, 200, step=(4, 0), seed=2)
    jump = folder_clip(tmp_path / "jump", frozen(moving, 14, length))
    assert [one.frame for one in _breaks(jump.reopen(), silence)] == [15 + length]  # as it was
    assert find_cuts(jump, progress=silence) == ()
    ended = np.concatenate([moving[:15], moving[14:15].repeat(length, axis=0), other])
    assert find_cuts(folder_clip(tmp_path / "cut", ended), progress=silence) == (15 + length,)


def test_a_cut_from_one_still_picture_to_another_stays_one(tmp_path: Path) -> None:
    still = [texture(120, 200, seed=seed)[None].repeat(14, axis=0) for seed in (1, 2)]
    assert cuts(tmp_path, *still) == (14,)


def test_a_short_shot_is_a_shot_from_six_frames_on(tmp_path: Path) -> None:
    assert cuts(tmp_path, FIRST, SECOND[:6], THIRD) == (14, 20)


def test_a_clip_too_short_to_judge_has_no_cuts(tmp_path: Path) -> None:
    assert cuts(tmp_path, FIRST[:1]) == ()
    assert cuts(tmp_path, FIRST[:2], SECOND[:2]) == ()


def test_stopping_stops(tmp_path: Path) -> None:
    def stop(fraction: float, words: str) -> None:
        if fraction > 0.4:
            raise Cancelled("stopped")

    clip = folder_clip(tmp_path / "in", texture(HEIGHT, WIDTH)[None].repeat(8, axis=0))
    with pytest.raises(Cancelled):
        find_cuts(clip, progress=stop)


def test_shots_lie_between_the_cuts() -> None:
    assert split_shots((14, 28), 40) == (Span(0, 14), Span(14, 28), Span(28, 40))
    assert split_shots((), 3) == (Span(0, 3),)


@pytest.mark.slow
def test_real_clips_have_none_and_joined_ones_one(clips: Path, tmp_path: Path) -> None:
    names = sorted(path.parent.name for path in clips.glob("*/frames"))
    assert names
    heads = {}
    for name in names:
        clip = open_clip(clips / name / "frames")
        assert find_cuts(clip, progress=silence) == (), name
        heads[name] = ends(clip)
    for first, second in permutations(names, 2):
        joined = np.concatenate([heads[first][-12:], heads[second][:12]])
        folder = tmp_path / f"{first}-{second}"
        assert find_cuts(folder_clip(folder, joined), progress=silence) == (12,), folder.name


def ends(clip: Clip) -> Frames:
    """The first and the last twelve frames, small."""
    spans = (Span(0, 12), Span(clip.frames - 12, clip.frames))
    return np.concatenate([clip.read(span).frames[:, ::5, ::5] for span in spans])


@pytest.mark.parametrize("seed", range(4))
def test_the_breaks_are_those_of_pyscenedetect(tmp_path: Path, seed: int) -> None:
    """On shots, glitches, flashes and stills of random lengths; it is only asked here."""
    from scenedetect import FrameTimecode
    from scenedetect.detectors import AdaptiveDetector, ContentDetector

    rng = np.random.default_rng(seed)
    parts = [
        shot(int(rng.integers(9)), int(rng.integers(1, 16)), step=int(rng.integers(9)), tint=tint)
        for tint in rng.integers(-70, 70, (12, 3)).tolist()
    ]
    clip = folder_clip(tmp_path / "in", np.concatenate(parts))
    detector = AdaptiveDetector(
        adaptive_threshold=2.3,
        min_scene_len=1,
        window_width=4,
        min_content_val=10.0,
        weights=ContentDetector.Components(0.3, 0.5, 1.0, 0.0),
    )
    want = []
    for picture in clip.pictures():
        small = cv2.resize(picture.rgb(), (24, 14), interpolation=cv2.INTER_AREA)
        bgr = np.ascontiguousarray(small[..., ::-1])
        found = detector.process_frame(FrameTimecode(picture.index, 25.0), bgr)
        want += [cut.frame_num for cut in found]
    assert len(want) > 2
    assert [found.frame for found in _breaks(clip, silence)] == want


def test_a_run_looks_for_cuts_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tracker and the plan both need the cuts; a reopened clip shares them."""
    frames = np.concatenate([FIRST, SECOND])
    frames[:, 20:32, 20:32] = 255
    write_folder(tmp_path / "clip", frames)
    calls: list[Clip] = []

    def breaks(clip: Clip, progress: Progress) -> list[Any]:
        calls.append(clip)
        return _breaks(clip, progress)

    monkeypatch.setattr("vinpaint.media.scenes._breaks", breaks)
    job = Job(str(tmp_path / "clip"), (Click(0, 26, 26),), measures="none")
    backend.run(job, [tmp_path / "out.mkv"])
    assert len(calls) == 1
    with open_clip(tmp_path / "clip") as clip:
        assert find_cuts(clip, progress=silence) == (14,)
        assert find_cuts(clip.reopen(), progress=silence) == (14,)
    assert len(calls) == 2
