"""Test measurements of surroundings with one known property each."""

from __future__ import annotations

import math
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.advice.surroundings.making import HEIGHT, WIDTH, grid, hole, wall
from tests.making import Track, write_folder
from vinpaint.advice.surroundings import (
    Surroundings,
    measure_frames,
    measure_surroundings,
    prompt_phrase,
)
from vinpaint.advice.surroundings.colour import WARM_BELOW_K, temperature_k
from vinpaint.core import Frames
from vinpaint.media import open_clip


def around(frame: Frames) -> Surroundings:
    found = measure_frames([(frame, hole())])
    assert found is not None
    return found


def test_white_is_neutral_at_the_kelvin_of_srgb() -> None:
    assert temperature_k(np.ones(3)) == pytest.approx(6504, abs=10)
    assert around(wall()).tone == "neutral"
    assert prompt_phrase(around(wall())).startswith(
        "neutral even light, low contrast, grey colours"
    )


def test_lamp_light_is_warm_and_skylight_is_cool() -> None:
    warm = around(wall(160, tint=(1.0, 0.85, 0.62)))
    cool = around(wall(160, tint=(0.84, 0.93, 1.0)))
    assert warm.temperature_k is not None
    assert warm.temperature_k < WARM_BELOW_K
    assert (warm.tone, cool.tone) == ("warm", "cool")
    assert prompt_phrase(warm).startswith("warm even light")


def test_known_lamps_have_their_kelvin() -> None:
    """CIE illuminant A (2856 K) and D50 (5003 K), from their chromaticities."""
    to_srgb = np.linalg.inv(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    for x, y, kelvin in ((0.44757, 0.40745, 2856), (0.34567, 0.35850, 5003)):
        light = to_srgb @ np.array([x / y, 1.0, (1 - x - y) / y])
        assert temperature_k(light) == pytest.approx(kelvin, rel=0.01)


def test_green_and_black_have_no_temperature() -> None:
    assert around(wall(120, tint=(0.4, 1.0, 0.3))).tone is None
    assert temperature_k(np.zeros(3)) is None
    assert "light" not in prompt_phrase(around(wall(120, tint=(0.4, 1.0, 0.3)))).split(",")[0]


@pytest.mark.parametrize(
    ("right", "down", "side"),
    [
        (-1, 0, "left"),
        (1, 0, "right"),
        (0, -1, "above"),
        (0, 1, "below"),
        (-1, -1, "upper left"),
        (1, 1, "lower right"),
    ],
)
def test_light_comes_from_the_brightest_side(right: int, down: int, side: str) -> None:
    x, y = grid()
    slope = 0.6 / math.hypot(right, down)
    shaded = 128 + slope * (right * (x - WIDTH / 2) + down * (y - HEIGHT / 2))
    assert around(wall(shaded)).side == side
    words = prompt_phrase(around(wall(shaded, tint=(1.0, 0.85, 0.62))))
    assert words.startswith("warm light")
    assert side.split()[-1] in words


def test_an_even_wall_and_a_chequered_one_have_no_brightest_side() -> None:
    x, y = grid()
    chequered = 128 + 60 * np.sign(np.sin(x / 6) * np.sin(y / 6))
    assert around(wall()).side is None
    assert around(wall(chequered)).side is None
    assert "low contrast" in prompt_phrase(around(wall()))
    assert "low contrast" not in prompt_phrase(around(wall(chequered)))


@pytest.mark.parametrize(
    ("angle", "stripes"),
    [
        (0, "vertical stripes"),
        (90, "horizontal stripes"),
        (45, "diagonal stripes rising to the right"),
        (135, "diagonal stripes falling to the right"),
    ],
)
@pytest.mark.parametrize(("period_px", "size"), [(8, "fine "), (20, ""), (40, "coarse ")])
def test_stripes_are_told_with_direction_and_size(
    angle: float, stripes: str, period_px: float, size: str
) -> None:
    x, y = grid()
    turned = math.radians(angle)
    across = x * math.cos(turned) + y * math.sin(turned)
    frame = wall(128 + 40 * np.sin(math.tau * across / period_px))
    found = around(frame)
    assert found.texture.coherence > 0.9
    assert found.texture.period_px == pytest.approx(period_px, rel=0.15)
    assert f", {size}{stripes}," in prompt_phrase(found)


def test_texture_without_direction_is_not_striped_and_a_wall_without_any_is_smooth() -> None:
    noise = np.random.default_rng(0).standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    spots = 128 + 120 * cv2.GaussianBlur(noise, (0, 0), 3.0)
    assert "stripes" not in prompt_phrase(around(wall(spots)))
    assert "texture" in prompt_phrase(around(wall(spots)))
    assert "smooth surface" in prompt_phrase(around(wall()))


@pytest.mark.parametrize(
    ("levels", "said"), [(0.0, "grainless"), (3.0, "fine grain"), (9.0, "strong fine grain")]
)
def test_grain_is_told_by_its_strength(levels: float, said: str) -> None:
    noise = np.random.default_rng(0).standard_normal((HEIGHT, WIDTH)).astype(np.float32)
    assert prompt_phrase(around(wall(128 + levels * noise))).endswith(f", {said}")


def test_coarse_grain_is_told_from_fine() -> None:
    noise = np.random.default_rng(0).standard_normal((HEIGHT // 2, WIDTH // 2)).astype(np.float32)
    doubled = cv2.resize(noise, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)
    assert prompt_phrase(around(wall(128 + 5 * doubled))).endswith("coarse grain")


def test_colours_are_named_by_what_they_cover() -> None:
    frame = wall(200, tint=(1.0, 0.2, 0.2))
    frame[:, 130:] = (50, 95, 180)
    frame[60:100, 90:130] = (0, 255, 0)  # in the hole: never read
    assert set(around(frame).palette) == {"red", "blue"}


def test_nothing_is_said_where_nothing_is_left_around_the_hole() -> None:
    assert measure_frames([(wall(), np.ones((HEIGHT, WIDTH), np.bool_))]) is None
    assert measure_frames([(wall(), np.zeros((HEIGHT, WIDTH), np.bool_))]) is None
    assert measure_frames([]) is None


def test_a_clip_is_looked_at_on_a_few_masked_frames(tmp_path: Path) -> None:
    dark, bright = wall(60), wall(200)
    clip = open_clip(write_folder(tmp_path / "clip", np.stack([dark] * 3 + [bright] * 9)))
    values = np.zeros((12, HEIGHT, WIDTH), np.float32)
    values[3:] = hole()
    heard: list[str] = []
    found = measure_surroundings(clip, Track(values), progress=lambda _, words: heard.append(words))
    assert found is not None
    assert found.palette == ("light grey",)
    assert len(heard) == 5
