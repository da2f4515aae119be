"""Test that the moving border of a stabilised clip is found, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.making import texture
from tests.masks.making import overlap, silence
from vinpaint.core import Bools, Box, Frames, Span
from vinpaint.masks.detect.borders import BorderSearch, border_mask, find_borders
from vinpaint.media import clip_of_frames, open_clip, write_frames

COUNT, HEIGHT, WIDTH = 16, 240, 320


def steady(*, dark: float = 1.0) -> Frames:
    """(T, H, W, 3): a picture that moves slowly; `dark` scales its levels."""
    wide = texture(HEIGHT, WIDTH + 2 * COUNT, seed=4)
    frames = np.stack([wide[:, 2 * t : 2 * t + WIDTH] for t in range(COUNT)])
    return np.asarray(frames * dark, np.uint8)


def stabilised(
    frames: Frames, *, colour: tuple[int, int, int] = (0, 0, 0), turn: float = 2.0
) -> tuple[Frames, Bools]:
    """Cut the view of a shaking camera out of steady frames; return them and what is missing."""
    out, missing = frames.copy(), np.zeros(frames.shape[:3], np.bool_)
    random = np.random.default_rng(7)
    for t, frame in enumerate(frames):
        shift, angle = random.uniform(-12, 12, 2), random.uniform(-turn, turn)
        matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), angle, 1.0)
        matrix[:, 2] += shift
        whole = np.ones((HEIGHT, WIDTH), np.float32)
        shown = cv2.warpAffine(whole, matrix, (WIDTH, HEIGHT))[..., None]
        out[t] = np.rint(frame * shown + np.array(colour) * (1 - shown))
        missing[t] = shown[..., 0] < 0.999
    return out, missing


def search(frames: Frames, *, shots: tuple[Span, ...] = ()) -> tuple[BorderSearch, Bools]:
    """Search an array of frames; return the result and the mask."""
    clip = clip_of_frames(frames)
    found = find_borders(clip, shots or (clip.span,), silence)
    mask = np.zeros(frames.shape[:3], np.bool_)
    for border in found.shots:
        for t in border.span.frames:
            mask[t] = border_mask(frames[t], border)
    return found, mask


@pytest.mark.parametrize(
    ("colour", "turn"), [((0, 0, 0), 2.0), ((0, 0, 0), 0.0), ((0, 90, 200), 2.0)]
)
def test_the_border_of_a_stabilised_clip_is_found_to_the_pixel(
    colour: tuple[int, int, int], turn: float
) -> None:
    frames, missing = stabilised(steady(), colour=colour, turn=turn)
    assert overlap(search(frames)[1], missing) >= 0.97


def test_compression_does_not_hide_the_border(tmp_path: Path) -> None:
    frames, missing = stabilised(steady())
    write_frames(tmp_path / "clip.mp4", iter(frames), fps=24, lossless=False)
    with open_clip(tmp_path / "clip.mp4") as clip:
        assert overlap(search(clip.read(clip.span).frames)[1], missing) >= 0.95


def test_the_border_of_one_shot_only_is_taken() -> None:
    frames, missing = stabilised(steady())
    both = np.concatenate([steady(), frames])
    found, mask = search(both, shots=(Span(0, COUNT), Span(COUNT, 2 * COUNT)))
    assert [border.span for border in found.shots] == [Span(COUNT, 2 * COUNT)]
    assert not mask[:COUNT].any()
    assert overlap(mask[COUNT:], missing) >= 0.97


def with_bars(frames: Frames) -> Frames:
    barred = frames.copy()
    barred[:, :30] = barred[:, -30:] = 0
    return barred


def test_bars_that_stay_in_place_are_reported_and_not_taken() -> None:
    found, mask = search(with_bars(steady()))
    assert found.bars == (Box(0, 0, WIDTH, 30), Box(0, HEIGHT - 30, WIDTH, HEIGHT))
    assert not mask.any()


def test_a_border_inside_bars_is_taken_without_them() -> None:
    frames, missing = stabilised(steady())
    _, mask = search(with_bars(frames))
    missing[:, :30] = missing[:, -30:] = False
    assert not mask[:, :30].any()
    assert overlap(mask, missing) >= 0.95


def night(frames: Frames) -> Frames:
    """Crush most of the picture to black."""
    return np.asarray(np.clip(frames.astype(np.float32) - 130, 0, 255), np.uint8)


def fade(frames: Frames) -> Frames:
    """Fade from black and back to it."""
    levels = np.clip(np.minimum(np.arange(COUNT), np.arange(COUNT)[::-1]) / 5 - 0.2, 0, 1)
    return np.asarray(frames * levels[:, None, None, None], np.uint8)


def passing_bus(frames: Frames) -> Frames:
    """A black box comes in from the left."""
    out = frames.copy()
    for t, frame in enumerate(out):
        frame[60:200, : 14 * t] = 0
    return out


def silhouette(frames: Frames) -> Frames:
    """A black figure walks along the lower edge."""
    out = frames.copy()
    for t, frame in enumerate(out):
        cv2.circle(frame, (60 + 8 * t, 170), 30, (0, 0, 0), -1)
        cv2.ellipse(frame, (60 + 8 * t, 240), (70, 50), 0, 0, 360, (0, 0, 0), -1)
    return out


def dark_wall(frames: Frames) -> Frames:
    """A black wall with a straight edge that moves with the picture."""
    out = frames.copy()
    for t, frame in enumerate(out):
        frame[:, : max(0, 60 - 2 * t)] = 0
    return out


@pytest.mark.parametrize("change", [np.copy, night, fade, passing_bus, silhouette, dark_wall])
def test_dark_pictures_have_no_border(change: object) -> None:
    assert callable(change)
    found, mask = search(change(steady()))
    assert found.shots == ()
    assert not mask.any()


@pytest.mark.slow
@pytest.mark.parametrize("name", ["blackswan", "breakdance", "camel", "dog"])
def test_real_clips_have_no_border(clips: Path, name: str) -> None:
    with open_clip(clips / name / "frames") as clip:
        assert find_borders(clip, (clip.span,), silence) == BorderSearch()
