"""Test PSNR, SSIM and LPIPS in the hole against a known ground truth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.making import Track, pan, write_folder
from vinpaint.core import Frames, Score, no_op
from vinpaint.media import Clip, open_clip
from vinpaint.quality.metrics import optional_weights
from vinpaint.quality.metrics.fidelity import measure_fidelity, ssim


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


def found(tmp_path: Path, truth: Frames, made: Frames, where: Track) -> dict[str, Score]:
    true, result = clip(tmp_path / "t", truth), clip(tmp_path / "m", made)
    return {score.name: score for score in measure_fidelity(true, result, where, no_op)}


def measured(tmp_path: Path, truth: Frames, made: Frames, where: Track) -> tuple:
    score = found(tmp_path, truth, made, where)["fidelity"]
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


def test_ssim_is_that_of_scikit_image_away_from_the_border() -> None:
    metrics = pytest.importorskip("skimage.metrics")
    random = np.random.default_rng(0)
    first = random.integers(0, 256, (40, 50, 3), np.uint8)
    second = np.clip(first + random.normal(0, 30, first.shape), 0, 255).astype(np.uint8)
    _, want = metrics.structural_similarity(
        first, second, channel_axis=2, gaussian_weights=True, sigma=1.5,
        use_sample_covariance=False, data_range=255, full=True,
    )  # fmt: skip
    assert ssim(first, second)[5:-5, 5:-5] == pytest.approx(want[5:-5, 5:-5], abs=1e-9)


def test_ssim_of_flat_pictures_is_the_formula_s() -> None:
    """Computed by hand: without variance only (2ab + C1) / (a^2 + b^2 + C1) remains."""
    a, b, c1 = 100.0, 120.0, (0.01 * 255) ** 2
    first, second = (np.full((20, 20, 3), level, np.uint8) for level in (100, 120))
    want = (2 * a * b + c1) / (a * a + b * b + c1)
    assert ssim(first, second) == pytest.approx(np.full((20, 20, 3), want))


def test_the_truth_itself_has_an_ssim_of_one_and_noise_has_less(
    tmp_path: Path, truth: Frames
) -> None:
    same = found(tmp_path / "a", truth, truth, track())["ssim"]
    assert same.value == pytest.approx(1)
    assert same.per_frame == (None, pytest.approx(1), pytest.approx(1), None)
    noisy = np.random.default_rng(1).integers(0, 256, truth.shape, np.uint8)
    other = found(tmp_path / "b", truth, noisy, track())["ssim"]
    assert other.value is not None
    assert other.value < 0.5


def test_lpips_is_asked_for_and_says_why_it_is_missing(
    tmp_path: Path, truth: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(name: str) -> None:
        raise RuntimeError("operator torchvision::nms does not exist")

    monkeypatch.setattr(optional_weights.importlib, "import_module", broken)
    true, made = clip(tmp_path / "t", truth), clip(tmp_path / "m", truth)
    scores = {one.name: one for one in measure_fidelity(true, made, track(), no_op, learned=True)}
    assert scores["lpips"].value is None
    assert scores["lpips"].missing.startswith("lpips cannot be loaded (pip install")
    assert scores["fidelity"].value is not None
