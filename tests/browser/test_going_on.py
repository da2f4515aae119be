"""A repair that is cancelled half way goes on at one click."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clips import write_disc_clip
from tests.browser.conftest import App, drag_on, shoot, tab, use_upload
from tests.browser.test_main_job import LONG_MS, follow

FINISHED = ".unfinished/*.window"


@pytest.mark.slow
def test_a_cancelled_repair_goes_on(page: Page, app: App, tmp_path: Path) -> None:
    """A hundred frames are two windows: cancelled once the first is kept."""
    use_upload(page, write_disc_clip(tmp_path / "long.mp4", frames=100, width=192, height=128))
    page.locator("#tool label", has_text="Fixed region").click()
    drag_on(page, (0.2, 0.2), (0.5, 0.6))
    follow(page)
    tab(page, "Fill")
    page.click("#repair")
    given_up = time.monotonic() + LONG_MS / 1000
    while not list(app.results.glob(FINISHED)) and time.monotonic() < given_up:
        page.wait_for_timeout(50)
    with app.stopped():  # on a loaded machine the repair would end before the click
        page.click("#cancel-fill")
    expect(page.locator("#line-fill")).to_contain_text("1 of 2 parts of the repair are finished")
    expect(page.locator("#repair")).to_have_text("Continue where it stopped")
    shoot(page, "14-stopped-half-way")
    page.click("#repair")
    page.locator("#verdict .vp-verdict").wait_for(timeout=LONG_MS)
    tab(page, "Fill")
    expect(page.locator("#repair")).to_have_text("Repair")
    assert not list(app.results.glob(FINISHED))
