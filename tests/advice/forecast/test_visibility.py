"""Test the visibility forecast on scenes with known ground truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.making import Track, disk_hole, pan, texture, write_folder
from vinpaint.advice.forecast import Forecast, build_facts, forecast_visibility
from vinpaint.core import Bools, Cancelled, FillSettings, Frames, Progress, Span, no_op
from vinpaint.media import open_clip
from vinpaint.pipeline.plan import plan

COUNT, HEIGHT, WIDTH = 20, 80, 128
MIDDLE = disk_hole(COUNT, HEIGHT, WIDTH, radius=12, start=(64, 40))
CROSSING = disk_hole(COUNT, HEIGHT, WIDTH, radius=9, start=(20, 24), step=(4, 0))


@pytest.fixture
def still() -> Frames:
    return np.repeat(texture(HEIGHT, WIDTH)[None], COUNT, axis=0)


def look(
    folder: Path,
    frames: Frames,
    hole: Bools,
    *,
    cuts: tuple[int, ...] = (),
    progress: Progress = no_op,
) -> Forecast:
    clip = open_clip(write_folder(folder, frames))
    track = Track(hole.astype(np.float32))
    return forecast_visibility(clip, track, plan(clip, track, cuts=cuts), progress=progress)


def test_a_still_hole_under_a_still_camera_is_never_seen(tmp_path: Path, still: Frames) -> None:
    seen = look(tmp_path / "clip", still, MIDDLE)
    assert seen.never_seen == 1.0
    assert seen.distance_frames is None
    assert seen.per_frame == (1.0,) * COUNT


def test_what_crosses_a_still_camera_hides_nothing_for_good(tmp_path: Path, still: Frames) -> None:
    seen = look(tmp_path / "clip", still, CROSSING)
    assert seen.never_seen == 0.0
    assert seen.distance_frames is not None
    assert 1 <= seen.distance_frames <= 5  # 18 pixels wide, 4 a frame
    assert seen.motion_px == pytest.approx(0, abs=0.2)


def test_a_camera_that_pans_past_shows_all(tmp_path: Path) -> None:
    seen = look(tmp_path / "clip", pan(COUNT, HEIGHT, WIDTH, step=(4, 0)), MIDDLE)
    assert seen.never_seen < 0.01
    assert seen.motion_px == pytest.approx(4, abs=0.5)


def test_a_large_picture_is_looked_at_small_and_told_in_its_own_pixels(tmp_path: Path) -> None:
    hole = disk_hole(6, 240, 320, radius=20, start=(160, 120))
    seen = look(tmp_path / "clip", pan(6, 240, 320, step=(8, 0)), hole)
    assert seen.motion_px == pytest.approx(8, abs=1)
    assert seen.hole_px == (int(hole[0].sum()),) * 6


def test_the_nearer_side_in_time_counts(tmp_path: Path, still: Frames) -> None:
    hole = MIDDLE.copy()
    hole[:5] = hole[15:] = False
    seen = look(tmp_path / "clip", still, hole)
    assert seen.never_seen == 0.0
    assert seen.distance_frames == 3  # 1 to 5 frames from either end


def test_a_hole_that_moves_with_the_camera_is_never_seen(tmp_path: Path) -> None:
    riding = disk_hole(COUNT, HEIGHT, WIDTH, radius=10, start=(110, 40), step=(-3, 0))
    seen = look(tmp_path / "clip", pan(COUNT, HEIGHT, WIDTH, step=(3, 0)), riding)
    assert seen.never_seen > 0.95


def test_the_part_that_is_never_uncovered_is_told_in_share_and_place(
    tmp_path: Path, still: Frames
) -> None:
    corner = np.zeros_like(CROSSING)
    corner[:, 56:, 104:] = True
    seen = look(tmp_path / "clip", still, CROSSING | corner)
    share = corner.sum() / (CROSSING | corner).sum()
    assert seen.never_seen == pytest.approx(share, abs=0.03)
    lost = seen.unseen(5)
    assert (lost & corner[5]).sum() > 0.98 * corner[5].sum()
    assert not (lost & CROSSING[5]).any()
    assert build_facts(seen, FillSettings()).place == pytest.approx((116 / 128, 68 / 80), abs=0.03)


def test_the_share_is_told_by_frame(tmp_path: Path, still: Frames) -> None:
    corner = np.zeros_like(CROSSING)
    corner[:, 50:74, 90:122] = True
    hole = CROSSING.copy()
    hole[:8] |= corner[:8]  # uncovered from frame 8 on
    hole[12] = hole[13] = False
    seen = look(tmp_path / "clip", still, hole | corner)
    assert seen.per_frame[5] == pytest.approx(corner[5].sum() / (hole | corner)[5].sum(), abs=0.03)
    seen = look(tmp_path / "other", still, hole)
    assert seen.never_seen == 0.0
    assert seen.per_frame[12:14] == (None, None)
    assert seen.hole_px == tuple(int(one.sum()) for one in hole)


def test_nothing_is_looked_for_beyond_a_cut(tmp_path: Path, still: Frames) -> None:
    hole = MIDDLE.copy()
    hole[10:] = False  # uncovered, but in another shot
    assert look(tmp_path / "one", still, hole).never_seen == 0.0
    assert look(tmp_path / "two", still, hole, cuts=(10,)).never_seen == 1.0


def test_what_an_earlier_window_saw_counts_and_what_it_made_does_not(
    tmp_path: Path, still: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vinpaint.pipeline.plan.MAX_FRAMES", 12)
    monkeypatch.setattr("vinpaint.pipeline.plan.MIN_FRAMES", 4)
    hole = MIDDLE.copy()
    hole[:2, :, :64] = False  # the left half is uncovered once, at the start
    clip = open_clip(write_folder(tmp_path / "clip", still))
    track = Track(hole.astype(np.float32))
    pieces = plan(clip, track)
    assert len(pieces) > 2
    seen = forecast_visibility(clip, track, pieces)
    last = seen.unseen(COUNT - 1)
    assert not last[:, :60].any()
    assert last[40, 68:74].all()
    assert seen.distance_frames is not None
    assert seen.distance_frames == pytest.approx(COUNT / 2, abs=3)  # not to the repaired frame


def test_a_frame_that_is_all_hole_is_found_beside_it(tmp_path: Path, still: Frames) -> None:
    flash = np.zeros_like(MIDDLE)
    flash[9] = True
    assert look(tmp_path / "clip", still, flash).never_seen == 0.0


def test_a_clip_that_is_all_hole_is_never_seen(tmp_path: Path, still: Frames) -> None:
    seen = look(tmp_path / "clip", still, np.ones_like(MIDDLE))
    assert seen.never_seen == 1.0
    assert seen.unseen(3).all()


def test_a_thin_hole_on_a_large_frame_is_not_lost(tmp_path: Path) -> None:
    frames = np.repeat(texture(360, 640)[None], 3, axis=0)
    wire = np.zeros(frames.shape[:3], np.bool_)
    wire[:, 180, 20:620] = True
    assert look(tmp_path / "clip", frames, wire).never_seen == 1.0


def test_the_same_clip_gives_the_same_forecast(tmp_path: Path) -> None:
    frames = pan(COUNT, HEIGHT, WIDTH, step=(1, 0))
    one, two = (look(tmp_path / name, frames, MIDDLE) for name in "ab")
    assert one == two
    assert 0 < one.never_seen < 1


def test_a_stop_stops_it(tmp_path: Path, still: Frames) -> None:
    heard: list[float] = []

    def stop(fraction: float, words: str) -> None:
        heard.append(fraction)
        if fraction > 0.5:
            raise Cancelled("enough")

    with pytest.raises(Cancelled):
        look(tmp_path / "clip", still, MIDDLE, progress=stop)
    assert heard == sorted(heard)


def test_it_keeps_little_of_each_frame(tmp_path: Path) -> None:
    frames = np.repeat(texture(HEIGHT, WIDTH)[None], 60, axis=0)
    hole = disk_hole(60, HEIGHT, WIDTH, radius=12, start=(64, 40))
    seen = look(tmp_path / "clip", frames, hole)
    assert len(seen.unseen_masks) == 60
    assert max(len(patch.packed) for patch in seen.unseen_masks.values()) < 400


def test_facts_name_the_worst_frames_and_shares_of_the_frame() -> None:
    seen = Forecast(
        size=(100, 50),
        hole_px=(0, 500, 500, 1000, 500, 0),
        unseen_px=(0, 0, 250, 450, 50, 0),
        motion_px=5.0,
    )
    facts = build_facts(seen, FillSettings(prompt="a door"))
    assert (facts.frames, facts.masked_frames) == (6, 4)
    assert facts.share == pytest.approx(0.125)
    assert facts.largest_share == pytest.approx(0.2)
    assert facts.never_seen == pytest.approx(0.3)
    assert (facts.worst, facts.worst_share) == (Span(2, 4), 0.5)
    assert facts.motion == pytest.approx(5 / np.hypot(100, 50))
    assert facts.prompt
