"""The page as Gradio holds it: what is built, and that nothing in it calls elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from vinpaint.core import SettingsError, Tuning
from vinpaint.results.store import Store
from vinpaint.strategies import AUTO, available_strategies
from vinpaint.ui import launch, texts
from vinpaint.ui.page.layout import build_page
from vinpaint.ui.page.stage import STATIC
from vinpaint.ui.page.theme import build_theme
from vinpaint.ui.session.browser_sessions import BrowserSessions


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    browsers = BrowserSessions()
    page = build_page(browsers, Store(tmp_path_factory.mktemp("results")))
    yield page.get_config_file()
    browsers.close()


def props(config: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [one["props"] for one in config["components"] if one["type"] == kind]


def test_there_are_five_steps_in_order(config: dict[str, Any]) -> None:
    assert [one["label"] for one in props(config, "tabitem")] == list(texts.STEP_NAMES.values())


def test_every_step_has_one_primary_button(config: dict[str, Any]) -> None:
    primary = [one["value"] for one in props(config, "button") if one["variant"] == "primary"]
    assert primary == list(texts.PRIMARY.values())


def test_the_sliders_start_where_the_dataclass_does(config: dict[str, Any]) -> None:
    values = {one["label"]: one["value"] for one in props(config, "slider")}
    plain = Tuning()
    assert values[texts.DILATE] == plain.dilate_px
    assert values[texts.BLUR] == plain.blur_sigma_px
    assert values[texts.TEMPORAL] == plain.temporal_sigma_frames


def test_the_strategies_are_those_that_exist(config: dict[str, Any]) -> None:
    choices = next(one for one in props(config, "radio") if one["label"] == texts.STRATEGY)
    assert [name for _, name in choices["choices"]] == [AUTO, *available_strategies()]


def test_no_handler_is_a_public_api(config: dict[str, Any]) -> None:
    for one in config["dependencies"]:
        if one["backend_fn"] and not any(event == "unload" for _, event in one["targets"]):
            assert one["api_visibility"] == "private", one["targets"]


def test_nothing_is_fetched_from_elsewhere(config: dict[str, Any]) -> None:
    ours = [path.read_text() for path in STATIC.iterdir()]
    ours.append(json.dumps(props(config, "html")))
    for text in ours:
        assert "//cdn" not in text
        assert "https://" not in text
        assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "googleapis" not in "".join(build_theme()._stylesheets)


def test_an_unknown_example_is_refused_before_anything_starts() -> None:
    with pytest.raises(SettingsError, match="nothing-such"):
        launch(example="nothing-such")


def test_static_files_are_packaged() -> None:
    pyproject = (Path(__file__).parents[3] / "pyproject.toml").read_text()
    assert "ui/static/*" in pyproject
