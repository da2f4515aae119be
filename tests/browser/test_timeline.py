"""The plot by frame in the browser: a click goes there, and a span is taken back to Fill."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clips import write_disc_clip
from tests.browser.conftest import click_at, shoot, tab, use_upload
from tests.browser.test_main_job import LONG_MS, follow, repair

SIZE = {"frames": 16, "width": 192, "height": 112}

_ADD_SPAN = """() => {
  const button = document.createElement("button");
  button.dataset.mend = "4,7";
  button.textContent = "Mend this span";
  document.querySelector("#evidence .vp-timeline").append(button);
}"""
"""A span to mend, whether or not the gate found one."""


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_disc_clip(tmp_path / "disc.mp4", **SIZE)


def test_a_span_is_mended_from_the_plot(page: Page, clip: Path) -> None:
    use_upload(page, clip)
    tab(page, "Mask")
    click_at(page, 0.25, 0.5)
    follow(page)
    repair(page)
    plot = page.locator("#evidence .vp-plot")
    plot.click(position={"x": plot.bounding_box()["width"] * 0.78, "y": 20})
    expect(page.locator(".vp-where")).to_contain_text("frame 12 of 16")
    shoot(page, "timeline")
    page.evaluate(_ADD_SPAN)
    page.click("[data-mend='4,7']")
    expect(page.locator("#span-repair")).to_contain_text("Repairs frames 4 to 6", timeout=LONG_MS)
    expect(page.locator("#repair-everything")).to_be_visible()
    page.click("#repair")
    expect(page.locator("#run-count")).to_contain_text("2", timeout=LONG_MS)
