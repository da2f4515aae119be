"""Every learned strategy from the browser: tiny models saved to disk in place of real weights."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests import tiny
from tests import tiny_diffusion as tiny_pipelines
from tests.browser.clips import disc_at, write_disc_clip
from tests.browser.conftest import App, click_at, running_app, shoot, tab, use_upload
from tests.browser.test_main_job import LONG_MS, follow

SIZE = {"frames": 4, "width": 128, "height": 96}
ENGINE = Path(__file__).parents[1] / "strategies" / "external" / "engine.py"


@pytest.fixture(scope="module")
def app_with_models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    """The app with a model for every strategy, and the user's folder of engines, still empty."""
    folder = tmp_path_factory.mktemp("models")
    tiny_pipelines.save_sd(folder / "stable-diffusion-inpainting")
    tiny_pipelines.save_vace(folder / "wan-vace-1.3b")
    tiny.save_propainter(folder)
    config = tmp_path_factory.mktemp("config")
    with contextlib.ExitStack() as stack:
        with pytest.MonkeyPatch.context() as patch:  # for this app alone: others start later
            patch.setenv("VINPAINT_MODELS", str(folder))
            patch.setenv("XDG_CONFIG_HOME", str(config))
            running = stack.enter_context(running_app(config / "results"))
        yield running


def write_engine(app: App, name: str, *, command: list[str]) -> None:
    """A file into the folder of one's own engines, as a person would put it there."""
    folder = app.results.parent / "vinpaint" / "engines"
    folder.mkdir(parents=True, exist_ok=True)
    keys = {"title": "Mean of the picture", "result": "{out}/made", "licence": "MIT"}
    lines = [f"{key} = {json.dumps(value)}" for key, value in {**keys, "command": command}.items()]
    (folder / f"{name}.toml").write_text("\n".join(lines))


def ready(page: Page, app: App, folder: Path) -> Locator:
    """A clip in use, its disc followed, and the Fill step open: the choices."""
    page.goto(app.url)
    use_upload(page, write_disc_clip(folder / "disc.mp4", **SIZE))
    tab(page, "Mask")
    click_at(page, *disc_at(0, SIZE["frames"]))
    follow(page)
    tab(page, "Fill")
    return page.locator("#strategy label")


def repair(page: Page, count: int = 1) -> None:
    """The visit's repair of this number; and nothing outside the mask changed, as counted."""
    page.click("#repair")
    told = page.get_by_text("1 repair" if count == 1 else f"{count} repairs", exact=True)
    told.wait_for(timeout=LONG_MS)
    expect(page.locator("#verdict")).to_contain_text("Nothing outside the mask", timeout=LONG_MS)
    expect(page.locator("#evidence")).to_contain_text("0 of")
    expect(page.locator("#evidence")).to_contain_text("samples outside the mask changed")


def test_every_learned_strategy_repairs(
    app_with_models: App, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    """One after the other, on the same clip and mask, as somebody does who compares."""
    page = new_page()
    labels = ready(page, app_with_models, tmp_path)
    page.locator("#tab-fill .vp-more > button").click()
    titles = ("Propagate and paint", "Frame by frame", "All frames together", "ProPainter")
    for count, title in enumerate(titles, 1):
        tab(page, "Fill")
        labels.get_by_text(title, exact=True).click()
        about = page.locator("#about-strategy")
        if title == "ProPainter":
            expect(about).to_contain_text("S-Lab License 1.0, not for commercial use")
            expect(page.locator("#prompt textarea")).to_be_disabled()
        else:
            expect(about).to_contain_text("Works with")
            page.fill("#prompt textarea", "a grey wall")
            page.fill("#option-steps input", "2")
            page.locator("#option-steps input").press("Tab")
        shoot(page, f"models-{title.lower().replace(' ', '-')}")
        repair(page, count)


def test_an_engine_that_comes_while_the_app_runs_repairs_and_a_broken_one_says_why(
    app_with_models: App, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = new_page()
    labels = ready(page, app_with_models, tmp_path)
    expect(labels.filter(has_text="Mean of the picture")).to_have_count(0)
    words = ("--frames", "{frames}", "--masks", "{masks}", "--out", "{out}/made")
    note = ("--note", str(tmp_path / "note"))
    command = [sys.executable, str(ENGINE), *words, *note]
    write_engine(app_with_models, "mean", command=command)
    write_engine(app_with_models, "broken", command=["{wrong}"])
    labels.get_by_text("Plate", exact=False).click()  # anything that draws the page anew
    labels.filter(has_text="broken (not here)").click()
    about = page.locator("#about-strategy")
    expect(about).to_contain_text("broken.toml: this engine's file cannot be used")
    expect(about).to_contain_text("there is no {wrong}")
    shoot(page, "models-engine-broken")
    labels.filter(has_text="Mean of the picture").click()
    expect(about).to_contain_text("licence: MIT")
    shoot(page, "models-engine")
    repair(page)
    assert (tmp_path / "note").read_text().count("\n") == 1


def test_without_a_model_automatic_says_that_words_change_nothing_and_repairs(
    page: Page, app: App, tmp_path: Path
) -> None:
    labels = ready(page, app, tmp_path)
    expect(labels.filter(has_text="All frames together (not here)")).to_be_visible()
    labels.filter(has_text="Frame by frame (not here)").click()
    expect(page.locator("#about-strategy")).to_contain_text("about 2.7 GB, CreativeML OpenRAIL-M")
    shoot(page, "models-none")
    labels.filter(has_text="Automatic").click()
    told = page.locator("#prompt-help")
    expect(told).to_contain_text("No model that follows words is here")
    page.fill("#prompt textarea", "a pickup truck")
    page.locator("#prompt textarea").press("Tab")
    expect(told.locator(".vp-stale")).to_contain_text("'a pickup truck' is not used")
    expect(told).to_contain_text("vinpaint models fetch stable-diffusion-inpainting")
    shoot(page, "models-none-automatic")
    repair(page)
    expect(page.locator("#verdict")).to_contain_text("The prompt was not used")
    expect(page.locator("#evidence")).to_contain_text("The prompt 'a pickup truck' is not used")
    shoot(page, "models-none-result")
