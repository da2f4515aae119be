"""Test what `auto` chooses, and that it can judge every strategy."""

from __future__ import annotations

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from vinpaint import strategies
from vinpaint.core import Facts, FillSettings, Generation, MissingError, SettingsError, StrategyFit
from vinpaint.strategies import (
    STRATEGIES,
    candidates,
    check_fill,
    ignored_prompt,
    suggest,
    without_ignored,
)
from vinpaint.strategies.external.engine_file import EngineFile
from vinpaint.strategies.external.external import ExternalEngine
from vinpaint.strategies.suitability import SCORERS

FACTS = Facts(frames=10, masked_frames=10, share=0.05, largest_share=0.05, never_seen=0.25)


class Painter:
    """Of a strategy, `auto` looks at what it takes and needs, and at nothing else."""

    takes_prompt = True
    takes_reference = False
    needs_reference = False
    models: tuple[str, ...] = ()
    options: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()

    def weights(self, settings: FillSettings) -> tuple[str, ...]:
        return self.needed

    def missing_requirement(self, settings: FillSettings) -> str:
        return ""


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second strategy, which likes what no frame shows."""
    monkeypatch.setitem(strategies.STRATEGIES, "painter", Painter())
    monkeypatch.setitem(
        strategies.SCORERS, "painter", lambda facts: StrategyFit(facts.never_seen, "it paints")
    )


def test_auto_can_judge_every_strategy() -> None:
    assert set(SCORERS) == {name for name in STRATEGIES if name not in strategies.ENGINES}


def test_propagate_fits_by_what_is_seen() -> None:
    choice = suggest(FACTS)
    assert choice.strategy == "propagate"
    assert choice.fit.score == pytest.approx(0.75)
    assert "75 %" in choice.fit.because


@pytest.mark.usefixtures("painter")
def test_the_best_fit_is_chosen() -> None:
    assert suggest(FACTS).strategy == "propagate"
    assert suggest(replace(FACTS, never_seen=0.8)).strategy == "painter"
    assert suggest(replace(FACTS, never_seen=0.5)).strategy == "propagate"  # alike: the first


@pytest.mark.usefixtures("painter")
def test_a_prompt_is_for_those_that_take_one() -> None:
    assert suggest(replace(FACTS, never_seen=0.0, prompt=True)).strategy == "painter"


@pytest.mark.usefixtures("painter")
def test_what_is_given_to_copy_from_is_copied_and_without_it_nobody_is_chosen_who_needs_it() -> (
    None
):
    choice = suggest(replace(FACTS, never_seen=0.0, reference=True))
    assert choice.strategy == "plate"
    assert "plate" not in candidates(prompt=False, reference=False)
    for fill in (
        FillSettings("auto", "a door", reference_frame=3),
        FillSettings("auto", "a door", clone=(4, 0)),
    ):
        with pytest.raises(SettingsError, match="together"):
            check_fill(fill)
    check_fill(FillSettings("auto", reference="door.png"))


@pytest.mark.usefixtures("painter")
def test_who_cannot_work_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(strategies.SCORERS, "propagate", lambda facts: None)
    assert suggest(replace(FACTS, never_seen=0.1)).strategy == "painter"
    monkeypatch.setitem(strategies.SCORERS, "painter", lambda facts: None)
    with pytest.raises(SettingsError, match="choose one by name"):
        suggest(FACTS)


def test_a_prompt_that_nobody_takes_is_refused_by_name_and_left_aside_by_auto() -> None:
    with pytest.raises(SettingsError, match="leave the prompt out"):
        check_fill(FillSettings("propagate", "a door"))
    with pytest.raises(MissingError, match="fetch stable-diffusion-inpainting"):
        check_fill(FillSettings("frames", "a door"))
    told = FillSettings("auto", "a door", generation=Generation(steps=4, patient=True))
    check_fill(told)
    assert without_ignored(told) == FillSettings("auto", generation=Generation(patient=True))
    choice = suggest(replace(FACTS, prompt=True), told.generation)
    assert (choice.strategy, choice.fit) == ("propagate", suggest(FACTS).fit)
    assert choice.unheard is not None
    assert choice.unheard.what == ("prompt", "steps")
    assert "'vinpaint models fetch stable-diffusion-inpainting' fetches" in choice.unheard.remedy
    assert "about 2.7 GB, CreativeML OpenRAIL-M" in choice.unheard.remedy
    assert suggest(FACTS).unheard is None
    with pytest.raises(SettingsError, match="choose from: auto, propagate"):
        check_fill(FillSettings("nonsense"))


@pytest.mark.usefixtures("painter")
def test_for_commercial_work_nothing_is_chosen_whose_licence_forbids_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Painter, "needed", ("raft-things", "propainter"))
    facts = replace(FACTS, never_seen=0.9)
    assert suggest(facts).strategy == "painter"
    assert suggest(replace(facts, commercial_safe=True)).strategy == "propagate"
    check_fill(FillSettings("painter"))
    with pytest.raises(SettingsError, match=r"S-Lab License 1\.0, which does not allow commercial"):
        check_fill(FillSettings("painter", commercial_safe=True))


def test_where_only_one_that_auto_never_takes_could_follow_it_that_is_said_before_the_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A video model without a card."""
    monkeypatch.setattr("vinpaint.strategies.suitability.has_cuda", lambda: False)
    monkeypatch.setattr(type(STRATEGIES["joint"]), "missing_requirement", lambda *_: "")
    with pytest.raises(SettingsError, match="'auto' takes none of joint by itself"):
        check_fill(FillSettings("auto", "a door"))
    check_fill(FillSettings("joint", "a door"))
    check_fill(FillSettings("auto"))


def test_a_model_that_is_named_is_wanted_and_nothing_else() -> None:
    named = FillSettings("auto", "a door", generation=Generation(model="sdxl-inpainting"))
    assert ignored_prompt(named) is None
    with pytest.raises(MissingError, match=r"can work here: .* fetch sdxl-inpainting"):
        check_fill(named)


def test_words_go_to_an_engine_that_takes_them_and_whose_file_lets_auto_take_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine_file = EngineFile("own", "Own", (sys.executable, "{prompt}"), "{out}", auto=0.1)
    engine = ExternalEngine(engine_file)
    monkeypatch.setitem(strategies.STRATEGIES, "outside:own", engine)
    assert ignored_prompt(FillSettings("auto", "a door")) is None
    choice = suggest(replace(FACTS, prompt=True))
    assert (choice.strategy, choice.unheard) == ("outside:own", None)
    assert suggest(FACTS).strategy == "propagate"


def test_a_device_that_is_not_here_is_said_before_anything_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("vinpaint.runtime.devices.has_cuda", lambda: False)
    with pytest.raises(MissingError, match="'cuda' was asked for"):
        check_fill(FillSettings(device="cuda"))
    check_fill(FillSettings(device="auto"))


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Folders that look like the models' own: `auto` looks no further."""
    kinds = {
        "stable-diffusion-inpainting": "StableDiffusionInpaintPipeline",
        "wan-vace-1.3b": "WanVACEPipeline",
    }
    for name, kind in kinds.items():
        (tmp_path / name).mkdir()
        index = json.dumps({"_class_name": kind})
        (tmp_path / name / "model_index.json").write_text(index, encoding="utf-8")
    monkeypatch.setenv("VINPAINT_MODELS", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("card", [True, False])
def test_models_are_chosen_where_they_are_here_and_of_use(
    card: bool, fetched: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vinpaint.strategies.suitability.has_cuda", lambda: card)

    def chosen(never_seen: float, *, prompt: bool = False) -> str:
        return suggest(replace(FACTS, never_seen=never_seen, prompt=prompt)).strategy

    assert chosen(0.01) == "propagate"
    assert chosen(0.4) == ("hybrid" if card else "propagate")
    assert chosen(0.9) == ("joint" if card else "propagate")
    assert chosen(0.4, prompt=True) == ("joint" if card else "frames")
    shutil.rmtree(fetched / "wan-vace-1.3b")
    assert chosen(0.9) == ("hybrid" if card else "propagate")
    assert chosen(0.4, prompt=True) == "frames"
    shutil.rmtree(fetched / "stable-diffusion-inpainting")
    assert chosen(0.9) == "propagate"
    assert chosen(0.4, prompt=True) == "propagate"


@pytest.mark.usefixtures("fetched")
def test_what_a_model_is_told_narrows_the_choice() -> None:
    told = candidates(prompt=True, reference=False, generation=Generation(conditioning=0.5))
    assert told == ["joint"]
    told = candidates(prompt=False, reference=False, generation=Generation(smoothing="none"))
    assert told == ["frames"]
    patient = candidates(prompt=False, reference=False, generation=Generation(patient=True))
    assert patient == candidates(prompt=False, reference=False)
    both = Generation(smoothing="none", conditioning=0.5)
    with pytest.raises(SettingsError, match="no strategy in this version takes the model settings"):
        candidates(prompt=False, reference=False, generation=both)
