"""Test that a soft matte is closer to the true alpha than a hard mask."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.making import texture
from tests.masks.making import folder_clip, stored
from vinpaint import masks
from vinpaint.backend import tuned_mask
from vinpaint.core import Bools, Box, Floats, Frames, Job, SettingsError, Span, Tuning
from vinpaint.masks.refine.matte import alpha_of, apply_matte, tuning_after_matte

HEIGHT, WIDTH, RADIUS = 120, 170, 12


def hairy(seed: int, *, shift: int = 0) -> tuple[Frames, Floats, Bools]:
    """Return (frame, true alpha, hard mask without the hairs) of a hairy disk over a texture."""
    random = np.random.default_rng(seed)
    fine = np.zeros((HEIGHT * 4, WIDTH * 4), np.uint8)
    centre = (WIDTH * 2 + 4 * shift, HEIGHT * 2)
    cv2.circle(fine, centre, 30 * 4, 255, -1)
    for _ in range(100):
        angle, reach = random.uniform(0, 2 * np.pi), random.uniform(30, 41)
        away = np.array([np.cos(angle), np.sin(angle)]) * reach * 4
        tip = tuple(int(v) for v in np.array(centre) + away)
        cv2.line(fine, centre, tip, 255, 3, cv2.LINE_AA)
    alpha = cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    alpha = cv2.GaussianBlur(alpha.astype(np.float32) / 255, (0, 0), 0.8)
    frame, hard = over(alpha, seed), (alpha >= 0.5).astype(np.uint8)
    opened = cv2.morphologyEx(hard, cv2.MORPH_OPEN, np.ones((5, 5), np.uint8))
    return frame, alpha, opened > 0


def over(alpha: Floats, seed: int) -> Frames:
    """Composite an orange texture over a grey one by alpha: (H, W, 3)."""
    height, width = alpha.shape
    ground = 128 + (texture(height, width, seed=seed + 1).astype(np.float32) - 128) * 0.5
    skin = 128 + (texture(height, width, seed=seed + 2).astype(np.float32) - 128) * 0.4
    share = alpha[..., None]
    mixed = share * (skin + np.array([70, -10, -70], np.float32)) + (1 - share) * ground
    return np.clip(mixed, 0, 255).astype(np.uint8)


def error(found: Floats | Bools, true: Floats, hard: Bools) -> float:
    """Return the mean absolute error of alpha within the band."""
    edge = cv2.morphologyEx(
        hard.astype(np.uint8), cv2.MORPH_GRADIENT, np.ones((2 * RADIUS + 1,) * 2, np.uint8)
    )
    return float(np.abs(found.astype(np.float32) - true)[edge > 0].mean())


@pytest.mark.parametrize("seed", [1, 2])
def test_hair_comes_much_nearer_than_with_a_hard_or_a_gaussian_edge(seed: int) -> None:
    frame, true, hard = hairy(seed)
    matte = error(alpha_of(frame, hard, radius_px=RADIUS), true, hard)
    values = hard.astype(np.float32)
    blurs = [error(cv2.GaussianBlur(values, (0, 0), s), true, hard) for s in (1, 2, 3, 4)]
    assert matte < 0.5 * error(hard, true, hard)
    assert matte < 0.6 * min(blurs)


def test_a_blurred_edge_is_found_too() -> None:
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    true = np.clip((36 - np.hypot(x - 85, y - 60)) / 12, 0, 1).astype(np.float32)
    hard = true >= 0.5
    found = alpha_of(over(true, 5), hard, radius_px=RADIUS)
    assert error(found, true, hard) < 0.6 * error(hard, true, hard)


def test_a_large_radius_is_worked_small_and_keeps_the_hairs() -> None:
    frame, true, hard = hairy(1)
    large = cv2.resize(frame, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    truth = cv2.resize(true, None, fx=2, fy=2)
    hole = cv2.resize(hard.astype(np.uint8), None, fx=2, fy=2) > 0
    found = alpha_of(large, hole, radius_px=2 * RADIUS)
    assert error(found, truth, hole) < 0.6 * error(hole, truth, hole)


def test_beyond_the_band_the_matte_is_the_mask() -> None:
    frame, _, hard = hairy(1)
    found = alpha_of(frame, hard, radius_px=6)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (15, 15))
    inside = cv2.erode(hard.astype(np.uint8), kernel) > 0
    outside = cv2.dilate(hard.astype(np.uint8), kernel) == 0
    assert (found[inside] == 1).all()
    assert (found[outside] == 0).all()
    assert ((found > 0) & (found < 1)).any()
    assert found.min() >= 0
    assert found.max() <= 1


def test_nothing_and_everything_stay_what_they_are() -> None:
    frame, _, hard = hairy(1)
    assert not alpha_of(frame, np.zeros_like(hard), radius_px=RADIUS).any()
    assert (alpha_of(frame, np.ones_like(hard), radius_px=RADIUS) == 1).all()


def test_windows_give_what_one_read_gives(tmp_path: Path) -> None:
    shots = [hairy(1, shift=3 * t) for t in range(5)]
    clip = folder_clip(tmp_path / "in", np.stack([s[0] for s in shots]))
    holes = np.stack([s[2] for s in shots])
    holes[3] = False
    track = apply_matte(clip, stored(holes), radius_px=RADIUS)
    once = track.read(clip.span).values
    again = apply_matte(clip, stored(holes), radius_px=RADIUS)
    for span, box in ((Span(2, 5), Box(60, 20, 140, 90)), (Span(0, 3), Box(0, 0, 90, 120))):
        part = again.read(span, box=box).values
        assert np.array_equal(part, once[span.start : span.stop][(slice(None), *box.slices)])
    assert np.array_equal(again.read(clip.span).values, once)
    assert not once[3].any()
    assert track.bounds(3) is None
    for t in (0, 1, 2, 4):
        inside = np.zeros(once[t].shape, np.bool_)
        bounds = track.bounds(t)
        assert bounds is not None
        inside[bounds.slices] = True
        assert not once[t][~inside].any()


def test_what_is_kept_stays_small_and_right(tmp_path: Path) -> None:
    shots = [hairy(1, shift=t % 4) for t in range(4)]
    clip = folder_clip(tmp_path / "in", np.stack([shots[t % 4][0] for t in range(40)]))
    track = apply_matte(clip, stored(np.stack([shots[t % 4][2] for t in range(40)])), radius_px=4)
    values = track.read(clip.span).values
    assert np.array_equal(values[:4], values[36:])
    assert len(track._cache) <= 24
    assert np.array_equal(track.read(Span(0, 4)).values, values[:4])


def test_a_radius_out_of_range_is_refused(tmp_path: Path) -> None:
    clip = folder_clip(tmp_path / "in", texture(8, 8)[None])
    for radius in (0, 1000):
        with pytest.raises(SettingsError, match="matte's radius"):
            apply_matte(clip, stored(np.ones((1, 8, 8), np.bool_)), radius_px=radius)


def test_what_is_tuned_after_the_matte() -> None:
    tuning = Tuning(8, 4, 1, matte=True)
    assert tuning_after_matte(tuning, invert=False) == Tuning(8, 4, 1)
    assert tuning_after_matte(tuning, invert=True) == Tuning(0, 0, 1)
    assert tuning_after_matte(Tuning(0, 4, 1, matte=True), invert=False) == Tuning(0, 0, 1)


@pytest.mark.parametrize("invert", [False, True])
def test_a_job_makes_the_matte_before_it_inverts(tmp_path: Path, invert: bool) -> None:
    frame, _, hard = hairy(1)
    clip = folder_clip(tmp_path / "in", frame[None])
    tuning = Tuning(dilate_px=8 if invert else 0, temporal_sigma_frames=0, matte=True)
    job = Job(source=str(clip.path), tuning=tuning, invert=invert)
    values = tuned_mask(job, stored(hard[None]), clip).read(Span(0, 1)).values
    matte = apply_matte(clip, stored(hard[None])).read(Span(0, 1)).values
    assert np.array_equal(values, 1 - matte if invert else matte)
    assert ((values > 0) & (values < 1)).any()


def test_an_inverted_matte_keeps_the_hairs(tmp_path: Path) -> None:
    frame, true, hard = hairy(1)
    clip = folder_clip(tmp_path / "in", frame[None])
    track = masks.InvertedTrack(apply_matte(clip, stored(hard[None]), radius_px=RADIUS))
    tuned = masks.tune(track, tuning_after_matte(Tuning(matte=True), invert=True))
    found = tuned.read(Span(0, 1)).values[0]
    assert error(1 - found, true, hard) < 0.5 * error(hard, true, hard)
