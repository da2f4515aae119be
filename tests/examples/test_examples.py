"""The example clips: well made, as described, and repaired close to their known truth."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import cv2
import numpy as np
import pytest

from examples.synthetic import Made
from vinpaint import masks
from vinpaint.backend import run
from vinpaint.cli import parse
from vinpaint.cli.flags import MaskFlags
from vinpaint.core import Box, Job, MaskFile, Span, Tuning, bounding_box, no_op
from vinpaint.media import open_clip, write_frames
from vinpaint.ui.examples import read_examples

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "examples"
ENTRIES = {
    Path(one["file"]).stem: one
    for one in json.loads((FOLDER / "examples.json").read_text(encoding="utf-8"))
}
NAMES = ("walker", "logo", "glitch", "captions")
SMALLEST_GAIN_DB = {"walker": 9.0, "logo": 2.0, "glitch": 7.0, "captions": 4.0}
"""How much nearer to the truth a repair must come than OpenCV's inpainting, frame by frame."""


@pytest.fixture(scope="session")
def recipes() -> ModuleType:
    """`examples/make_examples.py` as a module."""
    sys.path.insert(0, str(FOLDER))
    try:
        import make_examples
    finally:
        sys.path.remove(str(FOLDER))
    return make_examples


def test_every_example_is_described_and_the_walker_comes_first() -> None:
    assert tuple(ENTRIES) == NAMES
    for one in ENTRIES.values():
        assert all(one[key] for key in ("title", "sentence", "suggested", "where", "credit"))


@pytest.mark.parametrize("name", NAMES)
def test_is_small_and_plays_everywhere(name: str) -> None:
    path = FOLDER / f"{name}.mp4"
    assert path.stat().st_size < 2_000_000
    clip = open_clip(path)
    assert (clip.width, clip.height, clip.frames, clip.fps) == (640, 360, 100, 25)
    assert clip.layout.pixel_format == "yuv420p"
    assert [sound.codec for sound in clip.sound] == (["aac"] if name == "walker" else [])
    assert not clip.notes


@pytest.mark.parametrize("name", NAMES)
def test_shows_what_its_recipe_makes(name: str, recipes: ModuleType) -> None:
    made: Made = recipes.make(name)
    for t in (0, 49, 99):
        shown = open_clip(FOLDER / f"{name}.mp4").read(Span(t, t + 1)).frames[0]
        assert cv2.PSNR(shown, made.frames[t]) > 32


@pytest.mark.parametrize("name", NAMES)
def test_its_mask_is_the_true_one(name: str, recipes: ModuleType) -> None:
    made: Made = recipes.make(name)
    stored = open_clip(FOLDER / ENTRIES[name]["mask"])
    assert stored.frames == len(made.mask)
    values = stored.read(stored.span).frames[..., 0]
    assert np.array_equal(values, np.asarray(made.mask * 255, np.uint8))


def test_what_is_suggested_points_at_the_fault(recipes: ModuleType) -> None:
    frame, x, y = map(int, ENTRIES["walker"]["where"][1].split(","))
    assert recipes.make("walker").mask[frame, y, x] == 1
    for name in ("logo", "glitch"):
        region = Box(*map(int, ENTRIES[name]["where"][1].split(",")))
        fault = bounding_box(recipes.make(name).mask.any(axis=0))
        assert fault is not None
        assert region.join(fault) == region
    start, stop = map(int, ENTRIES["glitch"]["where"][3].split(":"))
    assert np.flatnonzero(recipes.make("glitch").mask.any(axis=(1, 2))).tolist() == [
        *range(start, stop)
    ]


def test_the_captions_are_found_to_the_frame_and_nothing_of_them_is_left_out(
    recipes: ModuleType,
) -> None:
    clip = open_clip(FOLDER / "captions.mp4")
    found = masks.find_captions(clip, progress=no_op)
    lines = recipes.CAPTIONS
    assert [(one.text, one.span) for one in found] == [(line.text, line.when) for line in lines]
    mask = masks.mask_captions(clip, found, progress=no_op).read(clip.span).values > 0
    true = recipes.make("captions").mask > 0
    assert not (true & ~mask).any()
    assert mask.sum() < 2.5 * true.sum()


def test_words_name_the_walker() -> None:
    assert read_examples(FOLDER)["walker"].words == ENTRIES["walker"]["words"] != ""
    assert read_examples(FOLDER)["logo"].words == ""


@pytest.mark.parametrize("name", NAMES)
def test_the_app_marks_what_the_command_line_does(name: str) -> None:
    shown = read_examples(FOLDER)[name]
    words = dict(zip(ENTRIES[name]["where"][::2], ENTRIES[name]["where"][1::2], strict=False))
    want = MaskFlags(
        click=[words["--click"]] if "--click" in words else [],
        region=[words["--region"]] if "--region" in words else [],
        captions="--captions" in ENTRIES[name]["where"],
    ).prompts()
    assert shown.where == want
    assert shown.tuning == Tuning(dilate_px=float(words.get("--dilate-px", Tuning().dilate_px)))
    assert shown.frames == (parse.parse_frames(words["--frames"]) if "--frames" in words else None)


@pytest.mark.parametrize("name", NAMES)
def test_the_readme_gives_the_command_that_is_suggested(name: str) -> None:
    words = (FOLDER / "README.md").read_text(encoding="utf-8")
    where = shlex.join(ENTRIES[name]["where"])
    assert f"python -m vinpaint run examples/{name}.mp4 {where} -o " in words


def test_the_tune_is_as_long_as_the_clip_and_never_clips(recipes: ModuleType) -> None:
    sound = recipes.tune()
    assert sound.shape == (4 * recipes.RATE_HZ, 2)
    assert 0.1 < np.abs(sound).max() < 0.99
    assert np.abs(sound[0]).max() == 0
    assert np.abs(sound[-100:]).max() < 0.01


def test_an_unknown_example_is_refused() -> None:
    command = [sys.executable, str(FOLDER / "make_examples.py"), "walkr"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "no such example: walkr; there are: walker, logo, glitch, captions" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_a_repair_comes_close_to_the_truth(name: str, recipes: ModuleType, tmp_path: Path) -> None:
    """Scored inside the true mask on a lossless result, on a stretch of the clip."""
    made: Made = recipes.make(name)
    span = Span(30, 62)
    cut = Made(*(part[span.start : span.stop] for part in (made.frames, made.truth, made.mask)))
    source, mask, out = (tmp_path / f"{word}.mkv" for word in ("source", "mask", "out"))
    write_frames(source, cut.frames, fps=25, lossless=True)
    write_frames(mask, np.asarray(cut.mask * 255, np.uint8), fps=25, lossless=True)
    result = run(Job(str(source), (MaskFile(str(mask)),), measures="none"), [out])
    repaired = open_clip(out).read(Span(0, span.length)).frames
    assert result.outside.largest_difference == 0
    assert cut.error_inside(repaired) > cut.error_inside(_telea(cut)) + SMALLEST_GAIN_DB[name]


def _telea(made: Made) -> np.ndarray:
    """OpenCV's inpainting (Telea, 2004), each frame for itself."""
    holes = np.asarray(made.mask * 255, np.uint8)
    pairs = zip(made.frames, holes, strict=True)
    return np.stack([cv2.inpaint(f, hole, 5, cv2.INPAINT_TELEA) for f, hole in pairs])
