"""A learned strategy from the browser, with a tiny model saved to disk in place of real weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import tiny_diffusion as tiny
from tests.browser.clips import disc_at, write_disc_clip
from tests.browser.conftest import App, click_at, running_app, shoot, tab, use_upload
from tests.browser.test_main_job import LONG_MS, follow

SIZE = {"frames": 4, "width": 128, "height": 96}


@pytest.fixture
def app_with_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[App]:
    tiny.save_sd(tmp_path / "models" / "stable-diffusion-inpainting")
    monkeypatch.setenv("VINPAINT_MODELS", str(tmp_path / "models"))
    with running_app(tmp_path / "results") as running:
        yield running


def test_a_model_paints_what_the_words_say(
    app_with_model: App, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = new_page()
    page.goto(app_with_model.url)
    use_upload(page, write_disc_clip(tmp_path / "disc.mp4", **SIZE))
    tab(page, "Mask")
    click_at(page, *disc_at(0, SIZE["frames"]))
    follow(page)
    tab(page, "Fill")
    labels = page.locator("#strategy label")
    expect(labels.filter(has_text="All frames together (not here)")).to_be_visible()
    labels.filter(has_text="Frame by frame").click()
    page.fill("#prompt textarea", "a grey wall")
    page.locator("#tab-fill .vp-more > button").click()
    page.fill("#told-steps input", "2")
    page.locator("#told-steps input").press("Tab")
    shoot(page, "models")
    page.click("#repair")
    expect(page.locator("#verdict")).to_contain_text("Nothing outside the mask", timeout=LONG_MS)
