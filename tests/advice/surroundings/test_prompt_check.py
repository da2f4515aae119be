"""Test the warnings about vague prompts, and that a good prompt gets none."""

from __future__ import annotations

import pytest

from tests.advice.surroundings.making import hole, wall
from vinpaint.advice.surroundings import measure_frames, prompt_warnings


@pytest.mark.parametrize(
    "prompt",
    [
        "a red brick wall in warm lamp light",
        "wet grey gravel, soft daylight from the left",
        "green grass with dry leaves, late sun",
    ],
)
def test_a_concrete_prompt_with_its_surroundings_is_left_in_peace(prompt: str) -> None:
    assert prompt_warnings(prompt) == ()


@pytest.mark.parametrize(
    ("prompt", "said"),
    [
        ("  ", "Describe what should be there"),
        ("nice background", "'nice' fits anything"),
        ("remove the parked car, grey asphalt in shade", "'remove' says what to remove"),
        ("an empty street in grey light, no people", "What follows 'no' tends to appear"),
        ("a parked bicycle", "leaves the light, the colours and the surface open"),
        ("a parked red bicycle", "leaves the light and the surface open"),
    ],
)
def test_what_is_open_is_said_first(prompt: str, said: str) -> None:
    assert said in prompt_warnings(prompt)[0]


def test_a_tone_against_the_picture_s_is_told_with_its_kelvin() -> None:
    cool = measure_frames([(wall(160, tint=(0.84, 0.93, 1.0)), hole())])
    told = prompt_warnings("warm lamp light on a red brick wall", cool)
    assert len(told) == 1
    assert "'warm'" in told[0]
    assert " K)" in told[0]
    assert prompt_warnings("cool daylight on a red brick wall", cool) == ()
