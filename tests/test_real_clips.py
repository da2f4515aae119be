"""Real clips, end to end: one click on the dog; the bicycle from its masks."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.making import left_over
from vinpaint.core import Frames
from vinpaint.media import open_clip, read_image
from vinpaint.media.image_sequence import image_files as numbered

pytestmark = [pytest.mark.clips, pytest.mark.slow, pytest.mark.timeout(1800)]


LENGTH = 30
"""Frames of the dog that are repaired; its mask is checked on all of them."""


def beginning(folder: Path, out: Path) -> Path:
    """The first images of a folder, as links."""
    out.mkdir()
    for image in numbered(folder)[:LENGTH]:
        (out / image.name).symlink_to(image)
    return out


def program(*words: object) -> str:
    command = [sys.executable, "-m", "vinpaint", *map(str, words)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def masks_of(clip: Path) -> Frames:
    """(T, H, W) bool: the object."""
    return np.stack([read_image(p)[..., 0] > 127 for p in numbered(clip / "masks")])


def middle(mask: np.ndarray) -> tuple[int, int]:
    """(x, y) of the object's pixel that lies deepest inside."""
    import cv2

    depth = cv2.distanceTransform(mask.astype(np.uint8), cv2.DIST_L2, 5)
    y, x = np.unravel_index(int(depth.argmax()), depth.shape)
    return int(x), int(y)


def check_outside(source: Path, out: Path, mask: Path) -> None:
    """Counted here once more, from the files alone."""
    before, after = open_clip(source), open_clip(out)
    assert (after.width, after.height, after.frames) == (before.width, before.height, before.frames)
    touched = 0
    for file, old, new in zip(numbered(mask), before.pictures(), after.pictures(), strict=True):
        kept = read_image(file)[..., 0] == 0
        a, b = old.rgb(), new.rgb()
        assert np.array_equal(a[kept], b[kept]), f"{file.name}: a kept pixel changed"
        touched += int((a != b).any(axis=-1).sum())
    assert touched > 0


def test_the_dog_goes_after_one_click(clips: Path, tmp_path: Path) -> None:
    whole, truth = clips / "dog" / "frames", masks_of(clips / "dog")
    frames = beginning(whole, tmp_path / "frames")
    x, y = middle(truth[0])
    out, mask, report = tmp_path / "out", tmp_path / "mask", tmp_path / "report.json"
    where = ("--click", f"0,{x},{y}")
    program("mask", whole, "-o", mask, *where)
    first = beginning(mask, tmp_path / "first")
    said = program(
        "run",
        frames,
        "-o",
        out,
        "--mask",
        first,
        "--dilate-px",
        0,
        "--blur-sigma-px",
        0,
        "--temporal-sigma",
        0,
        "--report",
        report,
    )
    assert "Nothing outside the mask changed" in said
    told = json.loads(report.read_text())
    assert told["outside"]["largest_difference"] == 0
    check_outside(frames, out, first)
    found = np.stack([read_image(p)[..., 0] > 127 for p in numbered(mask)])
    hit = (found & truth).sum() / truth.sum()
    spill = (found & ~truth).sum() / truth.sum()
    assert hit > 0.7, "the click loses the dog"
    assert spill < 1.5, "the click takes far more than the dog"
    assert left_over(tmp_path) == ["first", "frames", "mask", "out", "report.json"]


def test_the_bicycle_goes_by_its_masks(clips: Path, tmp_path: Path) -> None:
    clip = clips / "bmx-trees"
    out, mask, report = tmp_path / "out", tmp_path / "mask", tmp_path / "report.json"
    where = ("--mask", clip / "masks")
    program("mask", clip / "frames", "-o", mask, *where)
    said = program("run", clip / "frames", "-o", out, *where, "--report", report)
    assert "Nothing outside the mask changed" in said
    told = json.loads(report.read_text())
    assert told["outside"]["largest_difference"] == 0
    assert {score["name"] for score in told["scores"]} >= {"warp", "boundary", "coverage"}
    check_outside(clip / "frames", out, mask)
    truth = masks_of(clip)
    before, after = open_clip(clip / "frames"), open_clip(out)
    for t, (old, new) in enumerate(zip(before.pictures(), after.pictures(), strict=True)):
        if truth[t].any():
            changed = (old.rgb() != new.rgb()).any(axis=-1)[truth[t]].mean()
            assert changed > 0.9, f"frame {t}: the object is still there"
