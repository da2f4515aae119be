"""Evidence: which file is measured, and what a repair that exists already is worth."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vinpaint import evidence
from vinpaint.clip import write_frames, write_png
from vinpaint.errors import MediaError

SIZE = (48, 32)
HOLE = np.s_[8:20, 10:30]


def frames(count: int) -> list[np.ndarray]:
    """A moving texture."""
    rng = np.random.default_rng(5)
    wide = rng.integers(0, 256, (SIZE[1], SIZE[0] + count, 3), np.uint8)
    return [np.ascontiguousarray(wide[:, t : t + SIZE[0]]) for t in range(count)]


@pytest.fixture
def mask(tmp_path: Path) -> Path:
    image = np.zeros(SIZE[::-1], np.uint8)
    image[HOLE] = 255
    write_png(tmp_path / "mask.png", image)
    return tmp_path / "mask.png"


def written(path: Path, pictures: list[np.ndarray]) -> str:
    write_frames(path, pictures, fps=25, lossless=True)
    return str(path)


def test_a_lossless_result_is_the_one_to_measure() -> None:
    outs = [Path("a.mp4"), Path("b.mkv")]
    assert evidence.most_exact(outs) == Path("b.mkv")
    assert evidence.most_exact(outs[:1]) == Path("a.mp4")


def test_a_perfect_repair_is_exact_and_like_the_truth(tmp_path: Path, mask: Path) -> None:
    truth = frames(4)
    broken = [picture.copy() for picture in truth]
    for picture in broken:
        picture[HOLE] = 0
    before, after = written(tmp_path / "b.mkv", broken), written(tmp_path / "a.mkv", truth)
    scored = evidence.score(before, after, mask=str(mask), truth=after)
    assert scored.outside.largest_difference == 0
    assert scored.outside.pixels_compared == 4 * 3 * (48 * 32 - 12 * 20)
    likeness = {score.name: score for score in scored.scores}["fidelity"]
    assert likeness.value is not None
    assert likeness.value > 90


def test_a_change_outside_the_mask_is_found(tmp_path: Path, mask: Path) -> None:
    truth = frames(3)
    spoiled = [picture.copy() for picture in truth]
    spoiled[1][0, 0, 0] ^= 8
    before, after = written(tmp_path / "b.mkv", truth), written(tmp_path / "a.mkv", spoiled)
    scored = evidence.score(before, after, mask=str(mask))
    assert scored.outside.largest_difference == 8
    assert "differ by up to 8" in scored.verdict


def test_clips_of_other_lengths_are_refused_with_both_named(tmp_path: Path, mask: Path) -> None:
    before, after = written(tmp_path / "b.mkv", frames(4)), written(tmp_path / "a.mkv", frames(3))
    with pytest.raises(MediaError, match=r"3 frames.*4 frames"):
        evidence.score(before, after, mask=str(mask))
