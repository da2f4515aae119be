"""From the words of the command line to prompts."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vinpaint.cli import parse
from vinpaint.cli.flags import MaskFlags
from vinpaint.core import (
    Box,
    BoxPrompt,
    Captions,
    Click,
    Keyframe,
    MaskFile,
    Missing,
    Painting,
    Region,
    SettingsError,
    Span,
    TextPrompt,
)
from vinpaint.quality.gate import QualityWeights

whole = st.integers(-9999, 9999)


@settings(deadline=None)
@given(whole, whole, whole)
def test_a_click_is_frame_x_y(frame: int, x: int, y: int) -> None:
    assert parse.parse_click(f"{frame},{x},{y}") == Click(frame, x, y)
    assert parse.parse_click(f"{frame}, {x}, {y}, -") == Click(frame, x, y, add=False)
    assert parse.parse_click(f"{frame},{x},{y},+") == Click(frame, x, y)
    for level in (-2, 3):
        given = parse.parse_click(f"{frame},{x},{y},level={level}")
        assert given == Click(frame, x, y, level=level)


@settings(deadline=None)
@given(whole, whole, whole, whole, whole)
def test_a_box_is_frame_and_corners(frame: int, x0: int, y0: int, x1: int, y1: int) -> None:
    assert parse.parse_box(f"{frame},{x0},{y0},{x1},{y1}") == BoxPrompt(frame, Box(x0, y0, x1, y1))


@pytest.mark.parametrize("path", ["p.png", "a,b.png", "C:\\x\\p.png", " spaced .png"])
def test_a_painting_s_path_may_hold_commas(path: str) -> None:
    assert parse.parse_painting(f"3,{path}") == Painting(3, path)


def test_frames_are_a_span() -> None:
    assert parse.parse_frames("10:25") == Span(10, 25)


@pytest.mark.parametrize(
    ("call", "text", "flag"),
    [
        (parse.parse_click, "1,2", "--click"),
        (parse.parse_click, "1,2,3,4", "--click"),
        (parse.parse_click, "1,2,x", "--click"),
        (parse.parse_click, "1,2,3,-,-", "--click"),
        (parse.parse_click, "1,2,3,level=x", "--click"),
        (parse.parse_click, "", "--click"),
        (parse.parse_click, "1.5,2,3", "--click"),
        (parse.parse_box, "1,2,3,4", "--box"),
        (parse.parse_box, "1,2,3,4,5,6", "--box"),
        (parse.parse_painting, "p.png", "--paint"),
        (parse.parse_painting, "3,", "--paint"),
        (parse.parse_painting, "x,p.png", "--paint"),
        (parse.parse_frames, "10", "--frames"),
        (parse.parse_frames, "1:2:3", "--frames"),
        (parse.parse_frames, ":", "--frames"),
    ],
)
def test_what_does_not_parse_is_refused_with_the_flag_its_form_and_what_came(
    call: object, text: str, flag: str
) -> None:
    with pytest.raises(SettingsError) as caught:
        call(text)  # type: ignore[operator]
    said = str(caught.value)
    assert said.startswith(f"{flag} takes ")
    assert "received" in said


def test_all_prompts_of_a_command_are_gathered() -> None:
    found = MaskFlags(
        mask=["m"], click=["0,1,2", "1,2,3,-"], box=["0,1,2,3,4"], region=["5,6,7,8"], paint=["2,p"]
    ).prompts()
    assert sorted(found, key=repr) == sorted(
        (
            MaskFile("m"),
            Click(0, 1, 2),
            Click(1, 2, 3, add=False),
            BoxPrompt(0, Box(1, 2, 3, 4)),
            Region(Box(5, 6, 7, 8)),
            Painting(2, "p"),
        ),
        key=repr,
    )


def test_a_clone_is_two_whole_numbers() -> None:
    assert parse.parse_pair("--clone", "-40, 12", "DX,DY") == (-40, 12)
    for wrong in ("40", "40,1,2", "a,b", "1.5,2"):
        with pytest.raises(SettingsError, match=f"--clone takes DX,DY .* received '{wrong}'"):
            parse.parse_pair("--clone", wrong, "DX,DY")


def test_a_region_that_does_not_parse_names_its_flag() -> None:
    with pytest.raises(SettingsError, match="--region takes X0,Y0,X1,Y1"):
        parse.parse_region("1,2,3")


def test_an_object_s_number_goes_to_all_marks_after_it() -> None:
    line = (
        "mask in --click 0,1,2 --object 2 --box 0,1,2,3,4 --click=5,6,7,- --object=3 "
        "--paint 1,p.png --keyframe 2,k.png --region 1,1,2,2"
    )
    words = parse.with_objects(line.split())
    assert " ".join(words) == (
        "mask in --click 0,1,2 --box 2:0,1,2,3,4 --click 2:5,6,7,- "
        "--paint 3:1,p.png --keyframe 3:2,k.png --region 1,1,2,2"
    )
    assert parse.parse_box("2:0,1,2,3,4") == BoxPrompt(0, Box(1, 2, 3, 4), 2)
    assert parse.parse_click("2:5,6,7,-") == Click(5, 6, 7, False, 2)
    assert parse.parse_painting("3:1,p.png") == Painting(1, "p.png", 3)
    assert parse.parse_keyframe("3:2,C:\\k.png") == Keyframe(2, "C:\\k.png", 3)


@pytest.mark.parametrize(
    ("line", "match"),
    [
        ("--object x --click 0,1,1", "received 'x'"),
        ("--object 0 --click 0,1,1", "received '0'"),
        ("--click 0,1,1 --object 2", "nothing|no point"),
        ("--object 2 --object 3 --click 0,1,1", "--object 2 has no point"),
        ("--object", "received ''"),
    ],
)
def test_a_number_of_nothing_is_refused(line: str, match: str) -> None:
    with pytest.raises(SettingsError, match=match):
        parse.with_objects(line.split())


def test_words_captions_and_masks_to_resize() -> None:
    assert MaskFlags(text=" the red car ").prompts() == (TextPrompt("the red car"),)
    assert MaskFlags(text="a", box_threshold=0.5).prompts() == (TextPrompt("a", 0.5),)
    assert MaskFlags(captions=True).prompts() == (Captions(),)
    assert MaskFlags(caption_boxes=True).prompts() == (Captions("box"),)
    assert MaskFlags(missing=True).prompts() == (Missing(),)
    assert MaskFlags(mask=["m"], resize_mask=True).prompts() == (MaskFile("m", True),)
    for wrong in ({"text": " "}, {"text": "a", "box_threshold": 1.5}):
        with pytest.raises(SettingsError, match="received"):
            MaskFlags(**wrong).prompts()  # type: ignore[arg-type]


def test_weights_are_three_numbers_for_steadiness_texture_and_seam() -> None:
    assert parse.parse_weights("0.6,0.4,0") == QualityWeights(0.6, 0.4, 0.0)


@pytest.mark.parametrize("text", ["1,2", "a,b,c", "1,-1,1", "0,0,0", "nan,1,1", ""])
def test_weights_that_make_no_sense_are_refused_with_what_is_wanted(text: str) -> None:
    with pytest.raises(SettingsError, match=r"--weights takes three numbers.*0\.5,0\.3,0\.2"):
        parse.parse_weights(text)


def test_measures_are_none_quick_or_all() -> None:
    assert parse.parse_measures("all") == "all"
    with pytest.raises(SettingsError, match="none, quick or all, received 'some'"):
        parse.parse_measures("some")
