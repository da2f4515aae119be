"""The quality bench: its holes, its baselines, its numbers, and its rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from bench import common, fill
from tests.making import pan, write_folder
from vinpaint.core import Frames

SIZE = (72, 48)


def still(count: int) -> Frames:
    return np.repeat(pan(1, SIZE[1], SIZE[0]), count, axis=0)


def test_a_hole_is_the_same_in_every_run_and_keeps_within_the_frame() -> None:
    masks = common.hole("dog", "moving", 40, SIZE)
    assert np.array_equal(masks, common.hole("dog", "moving", 40, SIZE))
    assert not np.array_equal(masks, common.hole("goat", "moving", 40, SIZE))
    sizes = masks.sum(axis=(1, 2))
    assert sizes.min() > 0.8 * sizes.max()  # never cut by the edge
    assert 0.03 < masks[0].mean() < 0.2
    assert (masks[0] != masks[20]).any()
    static = common.hole("dog", "static", 5, SIZE)
    assert (static == static[0]).all()


def test_the_hole_is_the_one_whose_numbers_are_published() -> None:
    """The sums of the hole that the first results were measured with."""
    masks = common.hole("dog", "moving", 50, (432, 240))
    assert [int(masks[t].sum()) for t in (0, 49)] == [8134, 8121]
    assert int(common.hole("goat", "static", 1, (432, 240)).sum()) == 4941


def test_what_is_seen_holds_the_truth_outside_only() -> None:
    truth, masks = still(3), common.hole("a", "static", 3, SIZE)
    seen = fill.noisy(truth, masks)
    assert np.array_equal(seen[~masks], truth[~masks])
    assert (seen[masks] != truth[masks]).any(axis=-1).mean() > 0.9


def test_the_median_finds_what_other_frames_show() -> None:
    truth = still(12)
    masks = np.zeros(truth.shape[:3], np.bool_)
    for t in range(12):
        masks[t, 10:20, 4 * t : 4 * t + 12] = True
    filled = fill.temporal_median(fill.noisy(truth, masks), masks)
    assert np.array_equal(filled, truth)
    masks[:, 30:34, 30:34] = True  # never seen: made up, but not left as noise
    seen = fill.noisy(truth, masks)
    filled = fill.temporal_median(seen, masks)
    never = np.s_[:, 30:34, 30:34]
    assert (filled[never] != seen[never]).any()
    filled[never] = truth[never]
    assert np.array_equal(filled, truth)


def test_the_numbers_of_a_known_error() -> None:
    truth = np.full((3, 48, 72, 3), 100, np.uint8)
    masks = np.zeros(truth.shape[:3], np.bool_)
    masks[:, 12:36, 18:54] = True  # a quarter of the picture
    filled = truth.copy()
    filled[1] += 10
    found = fill.numbers(truth, masks, filled)
    levels = [100.0 * share for share in (1, 0.25)]
    inside, whole = (10 * np.log10(255**2 / level) for level in levels)
    perfect = 10 * np.log10(255**2 / 1e-10)
    assert found["psnr_in"] == pytest.approx((2 * perfect + inside) / 3)
    assert found["psnr"] == pytest.approx((2 * perfect + whole) / 3)
    assert 0.9 < found["ssim_in"] < 1
    assert found["ewarp"] == pytest.approx(1000 * 100 / 255**2, rel=0.02)  # both pairs jump by 10
    assert fill.numbers(truth, masks, truth)["ssim_in"] == pytest.approx(1)


def test_a_clip_gets_a_row_a_method_and_one_of_the_truth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path / "pan" / "frames", pan(8, SIZE[1], SIZE[0], step=(2, 1)))
    monkeypatch.setenv("VINPAINT_CLIPS", str(tmp_path))
    methods = ("propagate", "telea", "median")
    held = fill.bench(kinds=("moving",), methods=methods, size=SIZE, frames=8)
    rows = held["rows"]
    assert isinstance(rows, list)
    assert [row["method"] for row in rows] == [*methods, "truth"]
    assert {row["clip"] for row in rows} == {"pan"}
    assert [row["outside"] for row in rows] == [0, 0, 0, None]
    for row in rows[:3]:
        assert 5 < row["psnr_in"] < row["psnr"]
        assert 0 < row["ssim_in"] < 1
        assert row["seconds_per_frame"] > 0
        assert row["times_flow"] > 0
    assert rows[0]["psnr_in"] > rows[1]["psnr_in"]  # a pan shows what is behind
    assert {"date", "commit", "machine", "size", "frames"} <= set(held)


def test_a_method_that_cannot_fill_a_clip_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_words: object) -> common.Done:
        raise common.CommandError("it does not apply here")

    monkeypatch.setattr(fill, "run_vinpaint", refuse)
    row = fill.measure("a", "moving", pan(3, 48, 72), ("plate",))[0]
    assert row.psnr_in is None
    assert fill.line(row).endswith("-  it does not apply here")


def test_an_error_of_the_command_is_its_last_line(tmp_path: Path) -> None:
    words = ("--region", "0,0,9,9", "-o", tmp_path / "out.mp4")
    with pytest.raises(common.CommandError, match=r"none\.mp4: no such file"):
        common.run_vinpaint("run", tmp_path / "none.mp4", *words)


def test_the_examples_serve_where_no_clips_are_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VINPAINT_CLIPS", raising=False)
    assert {"walker", "logo"} <= set(common.clip_places())
    assert list(common.clip_places(["walker"])) == ["walker"]
    with pytest.raises(SystemExit, match="no clip nobody; there are"):
        common.clip_places(["nobody"])
