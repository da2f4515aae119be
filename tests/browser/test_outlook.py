"""Looking ahead in the browser: a sentence, two colours on the stage, and out of date in time."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clips import write_disc_clip
from tests.browser.conftest import drag_on, shoot, tab, use_upload
from tests.browser.test_main_job import LONG_MS, follow
from tests.browser.test_masks import choose, go_to

SIZE = {"frames": 16, "width": 192, "height": 112}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_disc_clip(tmp_path / "disc.mp4", **SIZE)


def dark_share(page: Page) -> float:
    """How much of what covers the stage is the black of the hatching."""
    page.wait_for_timeout(400)
    return float(
        page.evaluate(
            """() => {
              const canvas = document.querySelector(".vp-over");
              const data = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height).data;
              let covered = 0, dark = 0;
              for (let i = 0; i < data.length; i += 4) {
                if (data[i + 3] < 60) continue;
                covered += 1;
                dark += data[i] + data[i + 1] + data[i + 2] < 30;
              }
              return covered ? dark / covered : -1;
            }"""
        )
    )


def test_looking_ahead_shows_what_is_never_seen(page: Page, clip: Path) -> None:
    use_upload(page, clip)
    tab(page, "Fill")
    expect(page.locator("#look-ahead")).to_be_disabled()
    tab(page, "Mask")
    choose(page, "Fixed region")
    drag_on(page, (0.3, 0.1), (0.6, 0.3))  # 58 pixels wide, and the scene drifts by 15
    follow(page)
    tab(page, "Fill")
    page.wait_for_selector('.vp-stage[data-tab="fill"][data-show="still"]')
    go_to(page, 8)
    assert dark_share(page) == 0
    page.click("#look-ahead")
    expect(page.locator("#forecast .vp-line")).to_contain_text("is never visible", timeout=LONG_MS)
    expect(page.locator("#forecast .vp-legend")).to_contain_text("never seen")
    expect(page.locator("#look-ahead")).to_be_hidden()
    assert 0.05 < dark_share(page) < 0.4
    shoot(page, "40-fill-outlook")
    page.click(".vp-theme")
    shoot(page, "41-fill-outlook-dark")
    counsel = page.locator("#advice .vp-advice")
    expect(counsel).to_contain_text("Repair it")
    expect(page.locator("#advice .vp-reasons > div")).to_have_count(6)
    page.get_by_label("Framing or light is wrong").check()
    expect(counsel).to_contain_text("Better regenerate the clip")
    page.locator("#price input").fill("0.5")
    expect(page.locator("#bill")).to_contain_text("1.50 at 0.50 each")
    shoot(page, "42-fill-counsel-dark")
    page.get_by_label("Framing or light is wrong").uncheck()
    expect(counsel).to_contain_text("Repair it")
    page.locator("#strategy label", has_text="Automatic").click()
    expect(page.locator("#forecast")).to_contain_text("Automatic takes Propagate")
    tab(page, "Tune")
    assert dark_share(page) == 0
    page.get_by_label("number input for Grow").fill("3")
    page.get_by_label("number input for Grow").press("Tab")
    tab(page, "Fill")
    expect(page.locator("#forecast .vp-stale")).to_contain_text("look again")
    expect(page.locator("#look-ahead")).to_be_enabled()
    assert dark_share(page) == 0
    expect(counsel).to_be_hidden()
    page.click("#repair")
    page.locator("#verdict .vp-verdict").wait_for(timeout=LONG_MS)
    expect(page.locator("#evidence")).to_contain_text("Strategy 'propagate': other frames show")
