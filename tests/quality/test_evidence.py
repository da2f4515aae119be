"""Test the measurement of a written result, and which output is measured."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests.making import texture
from vinpaint.backend import run
from vinpaint.core import Box, Job, MediaError, Region, Score
from vinpaint.media import write_frames, write_png
from vinpaint.pipeline import score as score_repair
from vinpaint.quality import evidence
from vinpaint.quality.evidence import add_invented_share

SIZE = (48, 32)
HOLE = np.s_[8:20, 10:30]


def frames(count: int) -> list[np.ndarray]:
    """Return frames of a moving texture."""
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
    assert evidence.output_to_measure(outs) == Path("b.mkv")
    assert evidence.output_to_measure(outs[:1]) == Path("a.mp4")


def test_a_perfect_repair_is_exact_and_like_the_truth(tmp_path: Path, mask: Path) -> None:
    truth = frames(4)
    broken = [picture.copy() for picture in truth]
    for picture in broken:
        picture[HOLE] = 0
    before, after = written(tmp_path / "b.mkv", broken), written(tmp_path / "a.mkv", truth)
    scored = score_repair.score(before, after, mask=str(mask), truth=after)
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
    scored = score_repair.score(before, after, mask=str(mask))
    assert scored.outside.largest_difference == 8
    assert "differ by up to 8" in scored.verdict


def test_clips_of_other_lengths_are_refused_with_both_named(tmp_path: Path, mask: Path) -> None:
    before, after = written(tmp_path / "b.mkv", frames(4)), written(tmp_path / "a.mkv", frames(3))
    with pytest.raises(MediaError, match=r"3 frames.*4 frames"):
        score_repair.score(before, after, mask=str(mask))


def test_what_was_invented_is_a_share_of_the_hole() -> None:
    coverage = Score("coverage", "", 5.0, "%", "neither", "", per_frame=(None, 4.0, 6.0, None))
    (_, invented) = add_invented_share((coverage,), {1: 10, 2: 30, 3: 7}, (100, 10))
    assert invented.per_frame == (None, 25.0, 50.0, None)
    assert invented.value == pytest.approx(40.0)  # 40 of 100 pixels
    assert add_invented_share((coverage,), {}, (100, 10)) == (coverage,)
    assert add_invented_share((), {1: 10}, (100, 10)) == ()


def test_a_hole_that_no_frame_shows_asks_for_a_look(tmp_path: Path) -> None:
    source = tmp_path / "still.mkv"
    picture = texture(60, 80)
    write_frames(source, [picture] * 4, fps=25, lossless=True)
    result = run(Job(str(source), (Region(Box(30, 20, 50, 40)),)), [tmp_path / "out.mkv"])
    invented = next(one for one in result.scores if one.name == "invented")
    assert invented.value == pytest.approx(100.0)
    assert result.gate is not None
    assert result.gate.verdict != "pass"
    assert "invented" in {reason.kind for reason in result.gate.reasons}
