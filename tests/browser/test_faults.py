"""The glitch example in the browser: found, shown, taken as the mask, followed."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.clips import write_disc_clip
from tests.browser.conftest import mask_share, shoot, tab, upload
from tests.browser.test_main_job import LONG_MS, follow


def test_the_glitch_is_found_shown_and_taken(page: Page) -> None:
    page.click('[data-example="glitch"]')
    find = page.locator("#find-faults")
    expect(find).to_be_enabled()
    shoot(page, "50-clip-before-inspection")
    find.click()
    expect(page.locator("#cancel-clip")).to_be_visible()
    card = page.locator(".vp-faults li")
    expect(card).to_have_count(1, timeout=LONG_MS)
    expect(card).to_contain_text("Frames 48 to 50 are damaged")
    expect(find).to_be_hidden()
    card.get_by_role("button", name="Show").click()
    expect(page.locator(".vp-where")).to_contain_text("frame 48 of 100")
    assert mask_share(page) > 0.005, "the box is drawn on the stage"
    shoot(page, "51-clip-fault")
    page.click(".vp-theme")
    shoot(page, "52-clip-fault-dark")
    card.get_by_role("button", name="Use as mask").click()
    page.wait_for_selector("#tool", timeout=LONG_MS)
    page.wait_for_selector('.vp-stage[data-tab="mask"][data-show="still"]')
    expect(page.locator(".vp-where")).to_contain_text("frame 48 of 100")
    assert 0.1 < mask_share(page) < 0.25
    expect(page.locator("#objects")).to_contain_text("1 fixed region")
    shoot(page, "53-mask-from-fault")
    follow(page)
    tab(page, "Tune")
    page.get_by_role("button", name="More").locator("visible=true").click()
    expect(page.get_by_label("number input for From frame")).to_have_value("48")
    expect(page.get_by_label("number input for To frame")).to_have_value("50")


def test_a_sound_clip_says_that_nothing_stands_out(page: Page, tmp_path: Path) -> None:
    upload(page, write_disc_clip(tmp_path / "disc.mp4", frames=16, width=192, height=112))
    page.click("#find-faults")
    expect(page.locator("#faults")).to_contain_text("Nothing stands out", timeout=LONG_MS)
    shoot(page, "54-clip-nothing-wrong")
