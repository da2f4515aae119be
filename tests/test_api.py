"""The Python API: the calls of the README, as a user writes them."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vinpaint as vp
from tests.making import disk_hole, pan, write_folder
from tests.masks.making import moving_disk, stored
from vinpaint.core import Bools, Frames, SettingsError, Span
from vinpaint.core import Box as PixelBox

FRAMES, HEIGHT, WIDTH = 12, 64, 96


@pytest.fixture(scope="module")
def frames() -> Frames:
    return pan(FRAMES, HEIGHT, WIDTH)


@pytest.fixture(scope="module")
def hole() -> Bools:
    return disk_hole(FRAMES, HEIGHT, WIDTH, radius=8, start=(40, 30), step=(1, 0))


@pytest.fixture(scope="module")
def spoiled(frames: Frames, hole: Bools) -> Frames:
    """A red disk moves over the panning texture."""
    return np.where(hole[..., None], np.array([250, 20, 20], np.uint8), frames)


@pytest.fixture(scope="module")
def source(spoiled: Frames, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clip") / "disk"
    write_folder(folder, spoiled)
    return folder


def test_every_public_name_is_exported_and_documented() -> None:
    for name in vp.__all__:
        assert getattr(vp, name) is not None
        if name != "__version__":
            assert getattr(vp, name).__doc__, name
    assert set(dir(vp)) == set(vp.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = vp.nothing


def test_importing_loads_nothing_heavy() -> None:
    heavy = ("numpy", "cv2", "av", "torch", "gradio", "pydantic")
    code = f"import sys, vinpaint; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_clip_has_length_rate_and_frames(source: Path, spoiled: Frames) -> None:
    with vp.open(source, fps=25) as clip:
        assert (len(clip), clip.fps) == (FRAMES, 25)
        assert np.array_equal(clip[3], spoiled[3])
        assert np.array_equal(clip[-1], spoiled[-1])
        with pytest.raises(IndexError):
            clip[FRAMES]


def test_the_same_calls_take_frames_in_memory(spoiled: Frames, hole: Bools) -> None:
    clip = vp.open(spoiled, fps=30)
    assert (len(clip), clip.fps) == (FRAMES, 30)
    assert np.array_equal(clip[5], spoiled[5])
    mask = vp.track(clip, vp.Click(0, 40, 30), progress=False)
    assert (mask[6] > 0).sum() == pytest.approx(hole[6].sum(), rel=0.3)
    with pytest.raises(ValueError, match="expected"):
        vp.open(spoiled[0])


@pytest.mark.parametrize(
    "prompts",
    [
        [vp.Click(0, 40, 30)],
        [vp.Box(0, 30, 20, 51, 41)],
        [vp.Paint(0, disk_hole(1, HEIGHT, WIDTH, radius=8, start=(40, 30))[0])],
        [vp.Click(0, 40, 30), vp.Click(0, 5, 5, add=False)],
    ],
    ids=["click", "box", "paint", "two clicks"],
)
def test_track_finds_the_disk(source: Path, hole: Bools, prompts: list[vp.Click]) -> None:
    with vp.open(source) as clip:
        mask = vp.track(clip, *prompts, progress=False)
        assert len(mask) == FRAMES
        assert mask[4].shape == (HEIGHT, WIDTH)
        assert mask[4].dtype == np.float32
        both, either = (mask[4] > 0) & hole[4], (mask[4] > 0) | hole[4]
        assert both.sum() / either.sum() > 0.7


def test_check_names_the_frames_on_which_a_part_is_missing() -> None:
    frames, masks = moving_disk(count=20, width=192, start=(30, 48), step=(3, 0))
    masks = masks.copy()
    masks[8:14, 52:] = False
    mask = vp.ClipMask(stored(masks), (vp.Click(0, 30, 48),), vp.open(frames))
    warning = mask.check(progress=False)[0]
    assert (warning.kind, warning.span) == ("part", Span(8, 14))
    assert warning.missing is not None
    region = dataclasses.replace(mask, prompts=(vp.Region(PixelBox(4, 4, 20, 12)),))
    assert region.check(progress=False) == ()


def test_a_region_is_the_same_on_every_frame(source: Path) -> None:
    from vinpaint.core import Box

    with vp.open(source) as clip:
        mask = vp.track(clip, vp.Region(Box(4, 4, 20, 12)), progress=False)
        assert all(mask[t].sum() == 16 * 8 for t in range(len(mask)))


def test_repair_leaves_all_else_and_saves(
    source: Path, frames: Frames, spoiled: Frames, hole: Bools, tmp_path: Path
) -> None:
    seen: list[float] = []
    with vp.open(source) as clip:
        result = vp.repair(
            clip, hole, dilate_px=2, progress=lambda fraction, _: seen.append(fraction)
        )
        assert result.result.outside.largest_difference == 0
        assert result.verdict
        assert result.scores["coverage"] is not None
        repaired = np.stack([result.after[t] for t in range(FRAMES)])
        error = np.abs(repaired.astype(int) - frames)[hole].mean()
        assert error < 0.5 * np.abs(spoiled.astype(int) - frames)[hole].mean()
        for name in ("fixed.mkv", "fixed.mp4", "fixed"):
            saved = result.save(tmp_path / name)
            with vp.open(saved) as again:
                assert len(again) == FRAMES
                if name != "fixed.mp4":
                    assert np.array_equal(again[5], repaired[5])
        with pytest.raises(vp.VinpaintError, match=r"fixed\.mkv"):
            result.save(tmp_path / "fixed.mkv")
        html = result._repr_html_()
        assert html.count("data:image/jpeg") == 2
        assert result.verdict in html
    assert seen == sorted(seen)
    assert seen[-1] <= 1.0


def test_save_writes_what_the_command_line_writes(
    source: Path, hole: Bools, tmp_path: Path
) -> None:
    from vinpaint import backend

    with vp.open(source) as clip:
        result = vp.repair(clip, hole, measures="none", progress=False)
        for name in ("a.mkv", "a.mp4"):
            backend.run(result.result.job, [tmp_path / name])
            assert result.save(tmp_path / f"b{name}").read_bytes() == (tmp_path / name).read_bytes()


def test_cancelling_leaves_nothing_behind(
    source: Path, hole: Bools, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def cancel(fraction: float, message: str) -> None:
        if fraction > 0.3:
            raise vp.Cancelled("stopped")

    with vp.open(source) as clip, pytest.raises(vp.Cancelled):
        vp.repair(clip, hole, progress=cancel)
    assert list(tmp_path.iterdir()) == []


def test_inpaint_takes_and_gives_arrays_and_touches_no_disk(
    frames: Frames, spoiled: Frames, hole: Bools, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = spoiled.copy()
    monkeypatch.setattr("tempfile.mkdtemp", lambda *_, **__: pytest.fail("wrote to disk"))
    filled = vp.inpaint(spoiled, hole, progress=False)
    assert np.array_equal(spoiled, before)
    assert filled.shape == spoiled.shape
    assert filled.dtype == np.uint8
    assert np.array_equal(filled[~hole], spoiled[~hole])
    assert np.abs(filled.astype(int) - frames)[hole].mean() < 12


def test_inpaint_takes_one_mask_for_all_frames_and_automatic(spoiled: Frames) -> None:
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[20:30, 20:40] = 255
    filled = vp.inpaint(spoiled, mask, strategy="auto", progress=False)
    assert np.array_equal(filled[:, mask == 0], spoiled[:, mask == 0])
    assert not np.array_equal(filled, spoiled)


def test_inpaint_gives_what_repair_gives(source: Path, spoiled: Frames, hole: Bools) -> None:
    exact = {"dilate_px": 0.0, "blur_sigma_px": 0.0, "temporal_sigma_frames": 0.0}
    with vp.open(source) as clip:
        result = vp.repair(clip, hole, measures="none", progress=False, **exact)
        repaired = np.stack([result.after[t] for t in range(FRAMES)])
    assert np.array_equal(vp.inpaint(spoiled, hole, progress=False), repaired)


def test_what_is_asked_wrongly_is_said_before_any_work(spoiled: Frames, hole: Bools) -> None:
    with pytest.raises(SettingsError, match=r"no setting 'dilate'.*dilate_px"):
        vp.inpaint(spoiled, hole, dilate=3)
    with pytest.raises(vp.VinpaintError, match=r"shape \(3, 64, 96\)"):
        vp.inpaint(spoiled, hole[:3])
    with pytest.raises(SettingsError, match="seed"):
        vp.inpaint(spoiled, hole, seed=-1)


def test_score_and_advise_and_inspect(source: Path, hole: Bools, tmp_path: Path) -> None:
    with vp.open(source) as clip:
        result = vp.repair(clip, hole, measures="none", progress=False)
        scored = vp.score(clip, result, hole, progress=False)
        assert scored.verdict
        assert {score.name for score in scored.scores} >= {"warp", "boundary"}
        advice = vp.advise(clip, hole, progress=False)
        assert advice.verdict in ("inpaint", "care", "regenerate")
        assert vp.inspect(clip, progress=False) == ()
        assert (
            vp.track(clip, vp.Click(0, 40, 30), progress=False).save(tmp_path / "m.mkv").is_file()
        )
