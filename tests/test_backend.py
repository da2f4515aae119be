"""The whole run: outside is 0, the same job gives the same bytes, and a stop leaves nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.making import (
    LAYOUTS,
    SoundSpec,
    disk_hole,
    encode,
    encode_rgb,
    left_over,
    packets,
    pan,
    random_clip,
    times,
    write_folder,
)
from vinpaint import backend
from vinpaint.core import (
    Box,
    BoxPrompt,
    Cancelled,
    Click,
    FillSettings,
    Frames,
    Job,
    MaskError,
    MaskFile,
    MediaError,
    OutputError,
    Progress,
    Region,
    Result,
    SettingsError,
    Span,
    Tuning,
)
from vinpaint.media import open_clip
from vinpaint.pipeline.plan import MAX_FRAMES

COUNT, HEIGHT, WIDTH = 8, 48, 64
EXACT = Tuning(0, 0, 0)
HOLE = Box(24, 16, 36, 28)


@pytest.fixture(autouse=True)
def probe_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look into clips in this process: a process for each would take most of the time."""
    monkeypatch.setattr("vinpaint.media.clip.call_in_worker", lambda f, *args, **_: f(*args))


@pytest.fixture
def truth() -> Frames:
    return pan(COUNT, HEIGHT, WIDTH, step=(3, 0))


@pytest.fixture
def source(tmp_path: Path, truth: Frames) -> Path:
    """A pan with a white box in it, as a folder of images."""
    frames = truth.copy()
    frames[(slice(None), *HOLE.slices)] = 255
    return write_folder(tmp_path / "source", frames)


def job_for(source: Path, **more: object) -> Job:
    job = Job(str(source), (Region(HOLE),), EXACT, measures="none")
    return replace(job, **more)  # type: ignore[arg-type]


def run(job: Job, *outs: Path, progress: Progress | None = None, **more: bool) -> Result:
    return backend.run(job, list(outs), progress=progress or (lambda *_: None), **more)


def test_what_is_removed_is_no_source_outside_the_job_s_frames_either(tmp_path: Path) -> None:
    """A red thing moves over a still scene through the whole clip; only the middle is mended."""
    count = 16
    still = np.repeat(pan(1, 72, 96), count, axis=0)
    hole = disk_hole(count, 72, 96, radius=8, start=(18, 36), step=(4, 0))
    frames = still.copy()
    frames[hole] = (255, 0, 0)
    write_folder(tmp_path / "in", frames)
    write_folder(tmp_path / "mask", np.repeat(hole[..., None], 3, axis=3) * np.uint8(255))
    job = Job(
        str(tmp_path / "in"),
        (MaskFile(str(tmp_path / "mask")),),
        EXACT,
        frames=Span(7, 9),
        measures="none",
    )
    run(job, tmp_path / "out")
    out = open_clip(tmp_path / "out").read(Span(0, count)).frames
    mended = hole.copy()
    mended[:7] = mended[9:] = False
    assert np.abs(out[mended].astype(int) - still[mended]).mean() < 2
    assert np.array_equal(out[~mended], frames[~mended])


@pytest.mark.parametrize("image", [False, True])
def test_a_place_is_sound_outside_the_job_s_frames(image: bool, tmp_path: Path) -> None:
    """A glitch of two frames on a still scene: the other frames show what is behind."""
    still = np.repeat(pan(1, HEIGHT, WIDTH), COUNT, axis=0)
    frames = still.copy()
    frames[(slice(3, 5), *HOLE.slices)] = 255
    source = write_folder(tmp_path / "in", frames)
    white = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    white[HOLE.slices] = 255
    cv2.imwrite(str(tmp_path / "white.png"), white)
    where = MaskFile(str(tmp_path / "white.png")) if image else Region(HOLE)
    run(job_for(source, where=(where,), frames=Span(3, 5)), tmp_path / "out")
    out = open_clip(tmp_path / "out").read(Span(0, COUNT)).frames
    assert np.abs(out.astype(int) - still).max() <= 3


@pytest.mark.parametrize("name", ["out", "out.mkv", "out.mp4"])
def test_the_region_is_repaired_and_the_rest_is_the_source(
    name: str, source: Path, truth: Frames, tmp_path: Path
) -> None:
    result = run(job_for(source), tmp_path / name)
    assert result.outside.largest_difference_before_encoding == 0
    assert (result.outside.largest_difference == 0) == (name != "out.mp4")
    assert result.outside.lossless == (name != "out.mp4")
    assert result.outside.pixels_compared == 3 * COUNT * (HEIGHT * WIDTH - 12 * 12) or (
        name == "out.mp4"
    )
    again = open_clip(tmp_path / name)
    assert (again.width, again.height, again.frames) == (WIDTH, HEIGHT, COUNT)
    filled = again.read(again.span).frames[(slice(None), *HOLE.slices)].astype(int)
    want = truth[(slice(None), *HOLE.slices)]
    assert np.abs(filled - want).mean() < (3 if name != "out.mp4" else 9)
    if name != "out.mp4":
        kept = np.ones((HEIGHT, WIDTH), np.bool_)
        kept[HOLE.slices] = False
        old = open_clip(source).read(Span(0, COUNT)).frames
        assert np.array_equal(again.read(again.span).frames[:, kept], old[:, kept])


@pytest.mark.parametrize("name", ["420", "422", "444", "420-10", "grey", "rgb"])
def test_a_master_of_every_layout_counts_zero_outside(name: str, tmp_path: Path) -> None:
    layout = LAYOUTS[name]
    path = encode(tmp_path / "in.mkv", random_clip(layout, 4, 37, 51), layout)
    soft = Tuning(2, 1.5, 1)
    job = Job(str(path), (Region(Box(11, 9, 20, 18)),), soft, measures="none")
    result = run(job, tmp_path / "out.mkv")
    assert result.outside.largest_difference == 0
    assert result.outside.pixels_compared > 0
    assert open_clip(tmp_path / "out.mkv").layout.pixel_format == layout.pixel_format


def test_times_and_sound_of_the_source_are_kept(tmp_path: Path) -> None:
    layout = LAYOUTS["420"]
    pts = [0, 40, 100, 120, 333, 350]
    path = encode(
        tmp_path / "in.mp4",
        random_clip(layout, 6, 32, 48),
        layout,
        pts=pts,
        time_base=Fraction(1, 1000),
        sound=SoundSpec("aac", 0.4),
    )
    result = run(Job(str(path), (Region(Box(8, 8, 16, 16)),), EXACT), tmp_path / "out.mp4")
    assert times(tmp_path / "out.mp4") == pytest.approx([p / 1000 for p in pts], abs=0.001)
    assert packets(tmp_path / "out.mp4", "audio") == packets(path, "audio")
    assert "The sound (aac) was copied, not re-encoded." in result.notes


def test_the_source_is_never_changed(source: Path, tmp_path: Path) -> None:
    before = {p.name: p.read_bytes() for p in source.iterdir()}
    run(job_for(source), tmp_path / "out.mkv")
    assert {p.name: p.read_bytes() for p in source.iterdir()} == before
    assert left_over(tmp_path) == ["out.mkv", "source"]


def test_a_result_may_not_take_the_place_of_its_source(source: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="source"):
        run(job_for(source), source, overwrite=True)
    assert len(left_over(source)) == COUNT
    clip = encode_rgb(tmp_path / "clip.mkv", pan(3, 16, 16))
    data = clip.read_bytes()
    link = tmp_path / "link.mkv"
    link.symlink_to(clip)
    for out in (clip, link, tmp_path / "source" / ".." / "clip.mkv"):
        with pytest.raises(OutputError, match="source"):
            run(Job(str(clip), (Region(Box(2, 2, 5, 5)),), EXACT), out)
    assert clip.read_bytes() == data


@pytest.mark.parametrize("name", ["out", "out.mkv", "out.mp4"])
def test_the_same_job_gives_the_same_bytes(name: str, source: Path, tmp_path: Path) -> None:
    job = job_for(source, tuning=Tuning(3, 1, 1), measures="quick")
    contents, scores = [], []
    for number in "12":
        out = tmp_path / number / name
        out.parent.mkdir()
        scores.append(run(job, out).scores)
        files = sorted(out.iterdir()) if out.is_dir() else [out]
        contents.append([file.read_bytes() for file in files])
    assert contents[0] == contents[1]
    assert scores[0] == scores[1]


def test_several_results_of_one_run_agree(source: Path, tmp_path: Path) -> None:
    outs = [tmp_path / "a.mp4", tmp_path / "a.mkv", tmp_path / "a"]
    result = run(job_for(source), *outs)
    assert result.outs == tuple(outs)
    assert result.outside.lossless
    master, folder = (open_clip(out).read(Span(0, COUNT)).frames for out in outs[1:])
    assert np.array_equal(master, folder)


def test_only_the_frames_asked_for_are_touched(source: Path, tmp_path: Path) -> None:
    run(job_for(source, frames=Span(2, 5)), tmp_path / "out")
    old = open_clip(source).read(Span(0, COUNT)).frames
    new = open_clip(tmp_path / "out").read(Span(0, COUNT)).frames
    changed = (old != new).any(axis=(1, 2, 3))
    assert changed.tolist() == [t in (2, 3, 4) for t in range(COUNT)]


def test_invert_replaces_everything_but_the_mask(source: Path, tmp_path: Path) -> None:
    large = Region(Box(4, 4, WIDTH, HEIGHT))
    run(Job(str(source), (large,), EXACT, invert=True, measures="none"), tmp_path / "out")
    old = open_clip(source).read(Span(0, COUNT)).frames
    new = open_clip(tmp_path / "out").read(Span(0, COUNT)).frames
    assert np.array_equal(old[:, 4:, 4:], new[:, 4:, 4:])
    assert (old != new).any()


def test_a_replayed_job_file_gives_the_same_bytes(source: Path, tmp_path: Path) -> None:
    first = run(job_for(source, fps=12.0), tmp_path / "a.mkv")
    again = backend.job_from_json(backend.job_to_json(first.job))
    run(again, tmp_path / "b.mkv")
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_the_report_is_json_with_what_the_contract_names(source: Path, tmp_path: Path) -> None:
    result = run(job_for(source, measures="quick"), tmp_path / "out.mkv")
    plain = json.loads(json.dumps(backend.report(result)))
    assert {"job", "source", "scores", "verdict", "outside", "seconds", "versions"} <= set(plain)
    assert plain["source"]["frames"] == COUNT
    assert (plain["source"]["width"], plain["source"]["height"]) == (WIDTH, HEIGHT)
    assert len(plain["source"]["sha256"]) == 64
    assert plain["outside"]["largest_difference"] == 0
    assert {"mask", "repair", "measure"} <= set(plain["seconds"])
    for score in plain["scores"]:
        assert {"name", "value", "unit", "better", "per_frame"} <= set(score)
        assert score["per_frame"] == [] or len(score["per_frame"]) == COUNT
    assert {s["name"] for s in plain["scores"]} >= {"warp", "boundary", "coverage"}
    gate = plain["gate"]
    assert gate["verdict"] in ("pass", "look", "fail")
    assert 0 <= gate["quality"] <= 1
    assert len(gate["per_frame"]) == COUNT
    assert {"parts", "reasons", "spans"} <= set(gate)


def test_no_measures_leave_the_proof_and_no_scores(source: Path, tmp_path: Path) -> None:
    result = run(job_for(source), tmp_path / "out.mkv")
    assert result.scores == ()
    assert result.gate is None
    assert result.outside.pixels_compared > 0


def test_progress_rises_to_the_end(source: Path, tmp_path: Path) -> None:
    told: list[float] = []
    job = job_for(source, measures="quick")
    run(job, tmp_path / "out.mkv", progress=lambda fraction, _: told.append(fraction))
    assert told == sorted(told)
    assert told[0] < 0.3
    assert 0.9 < told[-1] <= 1


# --- what cannot be done ----------------------------------------------------------------------


REFUSED: dict[str, tuple[Callable[[Job], Job], type[Exception]]] = {
    "no mask at all": (lambda job: replace(job, where=()), MaskError),
    "region outside": (lambda job: replace(job, where=(Region(Box(70, 50, 99, 60)),)), MaskError),
    "region empty": (lambda job: replace(job, where=(Region(Box(9, 9, 9, 20)),)), MaskError),
    "click outside": (lambda job: replace(job, where=(Click(0, 64, 5),)), MaskError),
    "click before": (lambda job: replace(job, where=(Click(0, -1, 5),)), MaskError),
    "click too late": (lambda job: replace(job, where=(Click(COUNT, 5, 5),)), MaskError),
    "box outside": (lambda job: replace(job, where=(BoxPrompt(0, Box(70, 0, 75, 9)),)), MaskError),
    "strategy": (lambda job: replace(job, fill=FillSettings("plate")), SettingsError),
    "frames": (lambda job: replace(job, frames=Span(COUNT, COUNT + 4)), SettingsError),
    "frames before": (lambda job: replace(job, frames=Span(-2, 4)), SettingsError),
    "frames backwards": (lambda job: replace(job, frames=Span(5, 5)), SettingsError),
    "dilate": (lambda job: replace(job, tuning=Tuning(-1, 0, 0)), SettingsError),
    "blur": (lambda job: replace(job, tuning=Tuning(0, float("nan"), 0)), SettingsError),
    "temporal": (lambda job: replace(job, tuning=Tuning(0, 0, -0.5)), SettingsError),
    "source": (lambda job: replace(job, source=job.source + "gone"), MediaError),
    "all hole": (lambda job: replace(job, where=(Region(Box(0, 0, WIDTH, HEIGHT)),)), MaskError),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_done_is_one_sentence_and_leaves_nothing(
    name: str, source: Path, tmp_path: Path
) -> None:
    change, kind = REFUSED[name]
    with pytest.raises(kind) as caught:
        run(change(job_for(source)), tmp_path / "out.mkv")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) > 20
    assert left_over(tmp_path) == ["source"]


def test_a_mask_of_another_size_is_refused_with_both_sizes(source: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "mask.png"), np.full((HEIGHT + 4, WIDTH), 255, np.uint8))
    job = job_for(source, where=(MaskFile(str(tmp_path / "mask.png")),))
    with pytest.raises(MaskError, match=r"64x52.*64x48"):
        run(job, tmp_path / "out.mkv")


def test_an_empty_mask_is_refused(source: Path, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "mask.png"), np.zeros((HEIGHT, WIDTH), np.uint8))
    job = job_for(source, where=(MaskFile(str(tmp_path / "mask.png")),))
    with pytest.raises(MaskError):
        run(job, tmp_path / "out.mkv")
    assert left_over(tmp_path) == ["mask.png", "source"]


def test_a_folder_in_use_is_refused_before_any_work(source: Path, tmp_path: Path) -> None:
    used = write_folder(tmp_path / "used", pan(2, 8, 8))
    with pytest.raises(OutputError, match="not empty"):
        run(job_for(source), used, progress=lambda *_: pytest.fail("work was begun"))
    assert len(left_over(used)) == 2


# --- stopping ---------------------------------------------------------------------------------


def stop_at(share: float) -> tuple[Progress, list[float]]:
    """A progress that cancels once a share of the work is done, and when it did."""
    moments: list[float] = []

    def progress(fraction: float, words: str) -> None:
        if fraction >= share:
            moments.append(time.monotonic())
            raise Cancelled("stopped")

    return progress, moments


@pytest.mark.parametrize("share", [0.0, 0.1, 0.26, 0.4, 0.6, 0.8])
@pytest.mark.parametrize("name", ["out", "out.mkv", "out.mp4"])
def test_a_cancel_ends_soon_and_leaves_nothing(
    name: str, share: float, source: Path, tmp_path: Path
) -> None:
    progress, moments = stop_at(share)
    with pytest.raises(Cancelled):
        run(job_for(source, measures="quick"), tmp_path / name, progress=progress)
    assert time.monotonic() - moments[0] < 1.5
    assert left_over(tmp_path) == ["source"]


@pytest.mark.parametrize("share", [0.86, 0.92])
def test_a_cancel_while_measuring_leaves_nothing_either(
    share: float, source: Path, tmp_path: Path
) -> None:
    progress, _ = stop_at(share)
    with pytest.raises(Cancelled):
        run(job_for(source, measures="quick"), tmp_path / "out.mkv", progress=progress)
    assert left_over(tmp_path) == ["source"]


def test_a_cancel_keeps_an_older_result(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out.mkv").write_text("old")
    progress, _ = stop_at(0.7)
    with pytest.raises(Cancelled):
        run(job_for(source), tmp_path / "out.mkv", progress=progress, overwrite=True)
    assert (tmp_path / "out.mkv").read_text() == "old"


def test_a_full_disk_is_one_sentence_and_leaves_nothing(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.name == "00003.png":
            raise OSError(28, "No space left on device")
        return real(path, data)

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OutputError, match="the disk is full"):
        run(job_for(source), tmp_path / "out")
    assert left_over(tmp_path) == ["source"]


# --- masks and scores -------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["mask", "mask.mkv"])
def test_the_mask_alone_is_written_exactly(name: str, source: Path, tmp_path: Path) -> None:
    backend.write_mask(job_for(source), tmp_path / name)
    clip = open_clip(tmp_path / name)
    want = np.zeros((HEIGHT, WIDTH), np.uint8)
    want[HOLE.slices] = 255
    got = clip.read(clip.span).frames
    assert np.array_equal(got, np.broadcast_to(want[None, :, :, None], got.shape))
    assert clip.frames == COUNT
    reused = job_for(source, where=(MaskFile(str(tmp_path / name)),))
    run(reused, tmp_path / "a.mkv")
    run(job_for(source), tmp_path / "b.mkv")
    assert (tmp_path / "a.mkv").read_bytes() == (tmp_path / "b.mkv").read_bytes()


def test_a_mask_is_not_written_lossily(source: Path, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="must stay exact"):
        backend.write_mask(job_for(source), tmp_path / "mask.mp4")


def test_a_finished_repair_is_scored_against_source_and_truth(
    source: Path, truth: Frames, tmp_path: Path
) -> None:
    run(job_for(source), tmp_path / "out")
    backend.write_mask(job_for(source), tmp_path / "mask")
    write_folder(tmp_path / "truth", truth)
    paths = {"mask": str(tmp_path / "mask"), "truth": str(tmp_path / "truth")}
    good = backend.score(str(source), str(tmp_path / "out"), **paths)
    bad = backend.score(str(source), str(source), **paths)
    of = {
        name: {s.name: s.value for s in scored.scores}
        for name, scored in (("good", good), ("bad", bad))
    }
    assert good.outside.largest_difference == 0
    assert of["good"]["fidelity"] > of["bad"]["fidelity"] + 5


def test_a_repair_that_spilled_over_is_found_out(source: Path, tmp_path: Path) -> None:
    backend.write_mask(job_for(source), tmp_path / "mask")
    frames = open_clip(source).read(Span(0, COUNT)).frames.copy()
    frames[5, 2, 3, 1] += np.uint8(7)
    write_folder(tmp_path / "spilled", frames)
    scored = backend.score(str(source), str(tmp_path / "spilled"), mask=str(tmp_path / "mask"))
    assert scored.outside.largest_difference == 7
    assert "7 levels" in scored.verdict


@pytest.mark.parametrize("other", [(COUNT, HEIGHT, WIDTH + 4), (COUNT - 1, HEIGHT, WIDTH)])
def test_clips_that_do_not_fit_together_are_not_scored(
    other: tuple[int, int, int], source: Path, tmp_path: Path
) -> None:
    write_folder(tmp_path / "other", pan(*other))
    with pytest.raises(MediaError, match="must be the same"):
        backend.score(str(source), str(tmp_path / "other"), mask=str(source))


# --- long clips -------------------------------------------------------------------------------


PEAK = """
import re, sys
from pathlib import Path
from vinpaint import backend
from vinpaint.core import Job, MaskFile
from vinpaint.pipeline import plan
plan.MAX_FRAMES = int(sys.argv[4])
backend.run(Job(sys.argv[1], (MaskFile(sys.argv[2]),)), [Path(sys.argv[3])])
status = Path("/proc/self/status").read_text()
print(int(re.search(r"VmHWM:\\s+(\\d+) kB", status)[1]) / 2**20)
"""
"""Prints the peak in GiB. Not `ru_maxrss`: on Linux a child's begins with its parent's, and the
test's own process is large by then."""


def long_clip(folder: Path, seconds: int) -> tuple[Path, Path]:
    """1080p with a moving hole of 64x64, and its mask; made frame by frame."""
    from vinpaint.media import write_frames

    wide = cv2.resize(pan(1, 270, 600)[0], (2400, 1080), interpolation=cv2.INTER_CUBIC)
    count = seconds * 10

    def corner(t: int) -> tuple[int, int]:
        return 200 + (5 * t) % 1500, 300 + (3 * t) % 400

    def frames() -> object:
        for t in range(count):
            frame = wide[:, t % 400 : t % 400 + 1920].copy()
            x, y = corner(t)
            frame[y : y + 64, x : x + 64] = 255
            yield frame

    def masks() -> object:
        for t in range(count):
            mask = np.zeros((1080, 1920), np.uint8)
            x, y = corner(t)
            mask[y : y + 64, x : x + 64] = 255
            yield mask

    clip, mask = folder / f"{seconds}.mp4", folder / f"{seconds}-mask.mkv"
    if clip.exists():
        return clip, mask
    write_frames(clip, frames(), fps=10)
    write_frames(mask, masks(), fps=10, lossless=True)
    return clip, mask


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="/proc is Linux's")
def test_a_longer_clip_needs_no_more_memory(tmp_path: Path) -> None:
    """Its windows are kept short, so that three of them are soon done; one is measured as it is."""
    peaks = {}
    for seconds, window in ((6, 60), (18, 60), (12, MAX_FRAMES)):
        clip, mask = long_clip(tmp_path, seconds)
        out = tmp_path / f"{seconds}-{window}.mp4"
        done = subprocess.run(
            [sys.executable, "-c", PEAK, str(clip), str(mask), str(out), str(window)],
            capture_output=True,
            text=True,
            env={**os.environ, "OMP_NUM_THREADS": "2"},
        )
        assert done.returncode == 0, done.stderr
        peaks[seconds, window] = float(done.stdout)
    assert max(peaks.values()) < 2.0, f"{peaks} GiB"
    assert peaks[18, 60] < peaks[6, 60] * 1.15 + 0.05, f"{peaks} GiB"


def test_a_hole_through_many_windows_is_repaired_everywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Small windows: every window goes on from the one before."""
    monkeypatch.setattr("vinpaint.pipeline.plan.MAX_FRAMES", 12)
    truth = np.repeat(pan(1, 48, 64), 40, axis=0)
    hole = disk_hole(40, 48, 64, radius=6, start=(12, 24), step=(1, 0))
    frames = np.where(hole[..., None], np.uint8(255), truth)
    source = write_folder(tmp_path / "in", frames)
    mask = write_folder(tmp_path / "mask", hole.astype(np.uint8) * 255)
    job = Job(str(source), (MaskFile(str(mask)),), EXACT, measures="none")
    result = run(job, tmp_path / "out")
    assert result.outside.largest_difference == 0
    out = open_clip(tmp_path / "out").read(Span(0, 40)).frames
    off = [np.abs(out[t][hole[t]].astype(int) - truth[t][hole[t]]).mean() for t in range(40)]
    assert max(off) < 12
    assert np.median(off) < 1.5


def test_a_prompt_that_nothing_would_heed_is_refused(source: Path, tmp_path: Path) -> None:
    job = Job(str(source), (), fill=FillSettings(prompt="a red door"))
    with pytest.raises(SettingsError, match="takes no prompt, received 'a red door'"):
        run(job, tmp_path / "out.mkv")
    assert not (tmp_path / "out.mkv").exists()


def test_auto_chooses_says_why_and_replays_to_the_same_bytes(source: Path, tmp_path: Path) -> None:
    asked = job_for(source, fill=FillSettings(strategy="auto"))
    result = run(asked, tmp_path / "auto.mkv")
    assert result.job == job_for(source)  # what was done, not what was asked
    assert result.notes[0].startswith("Strategy 'propagate': other frames show ")
    assert "of the hole" in result.notes[1]
    assert result.seconds["forecast"] > 0
    assert list(backend.report(result)["notes"][:2]) == list(result.notes[:2])
    run(result.job, tmp_path / "again.mkv")
    assert (tmp_path / "auto.mkv").read_bytes() == (tmp_path / "again.mkv").read_bytes()


def test_auto_without_a_model_leaves_the_prompt_aside_and_says_so_loudly(
    source: Path, tmp_path: Path
) -> None:
    asked = job_for(source, fill=FillSettings("auto", "a pickup truck"))
    result = run(asked, tmp_path / "auto.mkv")
    assert result.job == job_for(source)  # it replays: what was done, not what was asked
    assert result.notes[0].startswith("The prompt 'a pickup truck' is not used, and nothing new")
    assert "vinpaint models fetch stable-diffusion-inpainting" in result.notes[0]
    assert "about 2.7 GB, CreativeML OpenRAIL-M" in result.notes[0]
    assert result.notes[1].startswith("Strategy 'propagate': other frames show ")
    assert result.verdict.startswith("The prompt was not used and nothing new was added")
    report = backend.report(result)
    assert report["advice"]["choice"]["unheard"]["what"] == ("prompt",)
    assert report["advice"]["facts"]["prompt"]


def test_auto_copies_what_is_given_to_copy_from(source: Path, tmp_path: Path) -> None:
    asked = job_for(source, fill=FillSettings(strategy="auto", clone=(16, 0)))
    result = run(asked, tmp_path / "auto.mkv")
    assert result.job.fill == replace(asked.fill, strategy="plate")
    assert result.notes[0] == "Strategy 'plate': what to copy from was given."


def test_auto_takes_a_forecast_that_is_there(source: Path, tmp_path: Path) -> None:
    asked = job_for(source, fill=FillSettings(strategy="auto"))
    seen = replace(backend.forecast_job(asked), unseen_px=(0.0,) * COUNT)
    result = backend.run(asked, [tmp_path / "out.mkv"], known_forecast=seen)
    assert "other frames show 100 %" in result.notes[0]
    assert result.advice is not None
    assert backend.report(result)["advice"]["facts"]["never_seen"] == 0


def test_a_named_strategy_is_not_forecast(source: Path, tmp_path: Path) -> None:
    result = run(job_for(source), tmp_path / "out.mkv")
    assert "forecast" not in result.seconds
    assert not any("Strategy" in note for note in result.notes)
    assert result.advice is None


def test_looking_ahead_finds_the_mask_itself_or_takes_one(source: Path) -> None:
    job = job_for(source)
    seen = backend.forecast_job(job)
    assert seen.hole_px == (HOLE.width * HOLE.height,) * COUNT
    whole = backend.find_mask(job_for(source, where=(Region(Box(0, 0, 8, 8)),)), open_clip(source))
    assert backend.forecast_job(job, mask_track=whole).hole_px == (64,) * COUNT
