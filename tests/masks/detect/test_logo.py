"""Test that a fixed logo is detected, and that nothing is suggested without one."""

from __future__ import annotations

import tracemalloc
from pathlib import Path

import numpy as np
import pytest

from examples.synthetic import badge
from tests.making import pan, texture
from tests.masks.making import folder_clip, silence
from vinpaint.core import Box, Cancelled, Frames, Span, bounding_box
from vinpaint.masks import suggest_regions
from vinpaint.masks.detect.logo import LogoSuggestion
from vinpaint.media import Clip, open_clip

EXAMPLES = Path(__file__).parents[3] / "examples"
COUNT, HEIGHT, WIDTH = 24, 180, 320


def overlap(a: Box, b: Box) -> float:
    """Return the intersection over union of two boxes."""
    shared = a.intersection(b)
    both = shared.width * shared.height if shared else 0
    return both / (a.width * a.height + b.width * b.height - both)


def with_badge(frames: Frames, *corners: tuple[int, int], share: float = 1.0) -> list[Box]:
    """Draw a logo into all frames, in place; where each one lies."""
    drawing, opacity = badge(28)
    boxes = []
    for x, y in corners:
        box = Box(x, y, x + drawing.shape[1], y + drawing.shape[0])
        below = frames[(slice(None), *box.slices)].astype(np.float32)
        mixed = below + share * opacity[..., None] * (drawing - below)
        frames[(slice(None), *box.slices)] = np.rint(mixed).astype(np.uint8)
        boxes.append(box)
    return boxes


def suggested(frames: Frames, folder: Path) -> tuple[LogoSuggestion, ...]:
    return suggest_regions(folder_clip(folder, frames), progress=silence)


def test_the_logo_of_the_example_is_found() -> None:
    mask = open_clip(EXAMPLES / "masks" / "logo.mkv")
    true = bounding_box(mask.read(Span(0, 1)).frames[0, ..., 0] > 127)
    found = suggest_regions(open_clip(EXAMPLES / "logo.mp4"), progress=silence)
    assert true is not None
    assert len(found) == 1
    assert overlap(found[0].box, true) > 0.8
    assert found[0].score > 0.9


@pytest.mark.parametrize("name", ["walker", "glitch"])
def test_a_moving_clip_without_one_gives_no_suggestion(name: str) -> None:
    assert suggest_regions(open_clip(EXAMPLES / f"{name}.mp4"), progress=silence) == ()


@pytest.mark.parametrize("share", [1.0, 0.6])
def test_solid_and_translucent(share: float, tmp_path: Path) -> None:
    frames = pan(COUNT, HEIGHT, WIDTH, step=(6, 2))
    (true,) = with_badge(frames, (20, 14), share=share)
    found = suggested(frames, tmp_path / "in")
    assert overlap(found[0].box, true) > 0.7


def test_several_come_best_first_and_never_more_than_three(tmp_path: Path) -> None:
    frames = pan(COUNT, HEIGHT, WIDTH, step=(6, 2))
    corners = ((10, 10), (230, 10), (10, 140), (230, 140))
    boxes = with_badge(frames, *corners)
    found = suggested(frames, tmp_path / "in")
    assert len(found) == 3
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert all(max(overlap(one.box, box) for box in boxes) > 0.7 for one in found)


def test_a_picture_that_moves_has_none(tmp_path: Path) -> None:
    assert suggested(pan(COUNT, HEIGHT, WIDTH, step=(6, 2)), tmp_path / "in") == ()


def test_in_a_still_picture_nothing_can_be_told(tmp_path: Path) -> None:
    frames = np.repeat(texture(HEIGHT, WIDTH)[None], COUNT, axis=0)
    with_badge(frames, (20, 14))
    assert suggested(frames, tmp_path / "in") == ()


def test_one_frame_and_a_blank_picture_have_none(tmp_path: Path) -> None:
    assert suggested(pan(1, 60, 80), tmp_path / "one") == ()
    assert suggested(np.full((9, 60, 80, 3), 90, np.uint8), tmp_path / "blank") == ()


def test_a_straight_bar_is_no_logo(tmp_path: Path) -> None:
    frames = pan(COUNT, HEIGHT, WIDTH, step=(6, 2))
    frames[:, :20] = 0  # a letterbox
    assert suggested(frames, tmp_path / "in") == ()


def test_it_stops_when_cancelled(tmp_path: Path) -> None:
    told: list[float] = []

    def progress(fraction: float, words: str) -> None:
        told.append(fraction)
        if len(told) == 3:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        suggest_regions(folder_clip(tmp_path / "in", pan(COUNT, 60, 80)), progress=progress)
    assert len(told) == 3


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    def most(clip: Clip) -> int:
        tracemalloc.start()
        suggest_regions(clip, progress=silence)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    frames = pan(160, 96, 128)
    short = most(folder_clip(tmp_path / "short", frames[:41]))
    assert most(folder_clip(tmp_path / "long", frames)) < 1.2 * short
