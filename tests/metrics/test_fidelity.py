"""Fidelity: PSNR in the hole against a known truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.making import Track, pan, write_folder
from vinpaint.clip import Clip, open_clip
from vinpaint.metrics.fidelity import fidelity
from vinpaint.types import Frames, silent


@pytest.fixture
def truth() -> Frames:
    return pan(4, 20, 24)


def track() -> Track:
    values = np.zeros((4, 20, 24), np.float32)
    values[1:3, 5:10, 6:12] = 1.0
    values[1:3, 4, 6:12] = 0.4  # edge, not hole
    return Track(values)


def clip(folder: Path, frames: Frames) -> Clip:
    return open_clip(write_folder(folder, frames))


def measured(tmp_path: Path, truth: Frames, made: Frames, where: Track) -> tuple:
    score = fidelity(clip(tmp_path / "t", truth), clip(tmp_path / "m", made), where, silent)
    assert (score.unit, score.better) == ("dB", "higher")
    return score.value, score.per_frame


@pytest.mark.parametrize("levels", [1, 5, 16])
def test_a_constant_error_has_the_textbook_s_psnr(
    levels: int, tmp_path: Path, truth: Frames
) -> None:
    made = truth.copy()
    made[1:3, 5:10, 6:12] += np.uint8(levels)  # the texture stops at 235
    value, per_frame = measured(tmp_path, truth, made, track())
    want = 20 * np.log10(255 / levels)
    assert value == pytest.approx(want)
    assert per_frame == (None, pytest.approx(want), pytest.approx(want), None)


def test_what_lies_outside_the_hole_does_not_count(tmp_path: Path, truth: Frames) -> None:
    made = truth.copy()
    made[:, :5] = 0
    made[:, 10:] = 0
    made[0] = made[3] = 0
    value, _ = measured(tmp_path, truth, made, track())
    assert value is not None
    assert value > 100  # the truth itself, kept finite


def test_no_hole_is_no_number(tmp_path: Path, truth: Frames) -> None:
    value, per_frame = measured(tmp_path, truth, truth, Track(np.zeros((4, 20, 24), np.float32)))
    assert value is None
    assert per_frame == (None,) * 4


def test_a_worse_frame_lowers_the_mean(tmp_path: Path, truth: Frames) -> None:
    made = truth.copy()
    made[1, 5:10, 6:12] += np.uint8(2)
    made[2, 5:10, 6:12] += np.uint8(20)
    value, per_frame = measured(tmp_path, truth, made, track())
    assert per_frame[1] > per_frame[2]
    assert value == pytest.approx((per_frame[1] + per_frame[2]) / 2)
