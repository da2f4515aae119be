"""`vinpaint advise`: plain sentences, or the same facts as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from tests.making import left_over, pan, texture, write_folder
from vinpaint import strategies
from vinpaint.cli.main import _run
from vinpaint.core import QUESTIONS, FillSettings
from vinpaint.core.advice import MeasuredRule, StrategyFit

EXACT = ("--dilate-px", "0", "--blur-sigma-px", "0", "--temporal-sigma", "0")


@pytest.fixture(autouse=True)
def no_past(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's own runs are none of the tests' business."""
    monkeypatch.setenv("VINPAINT_RESULTS", str(tmp_path_factory.mktemp("none")))


def vinpaint(*words: object) -> int:
    return _run([str(word) for word in words])


@pytest.fixture
def still(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "still", np.repeat(texture(48, 64)[None], 6, axis=0))


def test_a_logo_on_a_still_picture_is_told_in_words(
    still: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert vinpaint("advise", still, "--region", "20,10,36,22", *EXACT) == 0
    said, err = capsys.readouterr()
    assert err == ""
    assert said.splitlines()[0] == "Repair it with care: check the result before you use it."
    assert "The mask covers 6 % of the frame, on 6 of 6 frames." in said
    assert "all of the fill is generated" in said
    assert "100 % of the hole is never visible, over the limit of 25 %" in said
    assert "Strategy 'propagate': other frames show 0 % of what is behind the hole." in said
    assert left_over(tmp_path) == ["still"]


def test_the_same_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = write_folder(tmp_path / "pan", pan(8, 96, 160, step=(5, 0)))
    assert vinpaint("advise", source, "--region", "40,20,56,40", "--json", *EXACT) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "inpaint"
    assert told["strategy"] == "propagate"
    assert {one["rule"] for one in told["reasons"]} == set(get_args(MeasuredRule))
    assert all(one["words"] and one["stand"] == "for" for one in told["reasons"])
    assert told["facts"]["never_seen"] < 0.05
    assert told["facts"]["share"] == pytest.approx(16 * 20 / (96 * 160))
    assert told["facts"]["masked_frames"] == 8


def test_a_mask_that_is_empty_on_the_frames_asked_for_is_one_plain_line(
    still: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    white = np.zeros((6, 48, 64, 3), np.uint8)
    white[0, 10:20, 10:20] = 255
    mask = write_folder(tmp_path / "mask", white)
    assert vinpaint("advise", still, "--mask", mask, "--frames", "2:4", *EXACT) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "the mask is empty" in err


def test_only_the_frames_that_are_asked_for_count(
    still: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--region", "20,10,36,22", "--frames", "2:4", "--json")
    assert vinpaint("advise", still, *words, *EXACT) == 0
    facts = json.loads(capsys.readouterr().out)["facts"]
    assert (facts["frames"], facts["masked_frames"]) == (6, 2)
    assert facts["never_seen"] == 0.0  # the other four show it


def test_answers_price_and_prompt_are_taken_and_told(
    still: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--region", "20,10,36,22", "--not-keeper", "--no-bodies-touch")
    more = ("--price-per-generation", "0.5", "--prompt", "remove it")
    assert vinpaint("advise", still, *words, *more, *EXACT) == 0
    said = capsys.readouterr().out
    assert said.startswith("Better regenerate the clip: a repair cannot fix what is wrong")
    assert "not worth keeping, as you say" in said
    assert "Only you can judge whether framing and light are right" in said
    assert "Time: about" in said
    assert "1.50 at 0.50 each" in said
    assert "Prompt: 'remove' says what to remove" in said
    assert "Prompt: add what surrounds the mask: " in said
    assert "is not used, and nothing new is added" in said


def test_all_of_it_is_in_the_json(still: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--region", "20,10,36,22", "--framing-right", "--json", *EXACT)
    assert vinpaint("advise", still, *words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["answers"] == {"keeper": None, "framing": True, "bodies": None}
    assert told["unanswered"] == [one for one in QUESTIONS if one != "framing"]
    assert told["time"]["runs"] == 0
    assert 0 < told["time"]["low"] <= told["time"]["seconds"] <= told["time"]["high"]
    assert "price" not in told["cost"]
    assert told["prompt"] is None
    assert told["facts"]["contact"] == 0
    assert told["facts"]["seconds"] == pytest.approx(6 / 24)
    assert vinpaint("advise", still, *words, "--price-per-generation", "2", "--prompt", "") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["cost"]["usable"], told["cost"]["kept"]) == (6, 8)
    around = told["prompt"]["around"]
    assert around["palette"]
    assert around["contrast"] > 0
    assert set(around["grain"]) == {"fine", "coarse"}
    assert told["prompt"]["phrase"]


def test_a_prompt_chooses_who_takes_one(
    still: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Painter:
        takes_prompt = True
        takes_reference = needs_reference = False
        options: tuple[str, ...] = ()

        def weights(self, settings: FillSettings) -> tuple[str, ...]:
            return ()

        def missing_requirement(self, settings: FillSettings) -> str:
            return ""

    monkeypatch.setitem(strategies.STRATEGIES, "painter", Painter())
    monkeypatch.setitem(strategies.SCORERS, "painter", lambda facts: StrategyFit(0.1, "it paints"))
    words = ("--region", "20,10,36,22", "--prompt", "a grey door", "--json", *EXACT)
    assert vinpaint("advise", still, *words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["strategy"] == told["time"]["strategy"] == "painter"
    assert told["prompt"]["taken"]


def test_a_price_that_is_none_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--region", "20,10,36,22", "--price-per-generation", "-1")
    assert vinpaint("advise", tmp_path / "nowhere", *words) == 1
    assert "the price per generation must be" in capsys.readouterr().err
