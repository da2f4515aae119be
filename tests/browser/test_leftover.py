"""A repair that leaves a part of the object: shown, taken with one click, and gone after that."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import mask_share, shoot, tab, use_upload
from tests.browser.test_main_job import LONG_MS, follow
from tests.quality.leftover.scenes import scene
from vinpaint.media import write_frames


def made_clip(folder: Path) -> tuple[Path, Path]:
    """A thing that walks across, and its mask, which lacks the lower part for 14 frames."""
    made = scene()
    mask = made.mask()
    mask[12:26, 68:] = False
    clip, lacking = folder / "walk.mp4", folder / "lacking.mkv"
    write_frames(clip, made.frames, fps=Fraction(24))
    images = [one.astype(np.uint8) * 255 for one in mask]
    write_frames(lacking, images, fps=Fraction(24), lossless=True)
    return clip, lacking


@pytest.mark.slow
def test_what_is_left_over_is_shown_and_taken_with_one_click(
    page: Page, tmp_path: Path, new_page: Callable[..., Page]
) -> None:
    clip, lacking = made_clip(tmp_path)
    use_upload(page, clip)
    page.locator("#tab-mask").get_by_text("More").click()
    with page.expect_file_chooser() as chooser:
        page.click("#mask-upload")
    chooser.value.set_files(lacking)
    expect(page.locator("#follow")).to_be_enabled(timeout=LONG_MS)
    follow(page)

    tab(page, "Fill")
    page.click("#look-ahead")
    expect(page.locator("#forecast")).to_contain_text("is left below the mask", timeout=LONG_MS)
    shoot(page, "40-look-ahead-leftover")
    page.click("#repair")
    page.locator("#verdict .vp-verdict").wait_for(timeout=LONG_MS)
    expect(page.locator("#leftover")).to_contain_text("is left below the mask")
    assert "nothing of the object left" not in page.inner_text("#verdict")

    view = page.locator("[data-do=left]")
    expect(view).to_have_attribute("aria-pressed", "false")
    assert mask_share(page) < 0.001
    view.click()
    expect(view).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".vp-wipe")).to_be_hidden()
    assert mask_share(page) > 0.01
    frame = int(page.inner_text(".vp-where").split()[1])
    assert 10 <= frame < 28
    shoot(page, "41-left-over")

    page.click("#share")
    shared = new_page()
    shared.goto(page.input_value("#share-link input"))
    expect(shared.locator(".vp-left")).to_contain_text("is left below the mask")
    assert mask_share(shared) < 0.001
    shared.click("#left")
    expect(shared.locator(".vp-wipe")).to_be_hidden()
    assert mask_share(shared) > 0.01
    assert 10 <= int(shared.input_value("#scrub")) < 28
    shoot(shared, "45-share-left-over")
    shared.click("#left")
    expect(shared.locator(".vp-wipe")).to_be_visible()
    assert mask_share(shared) < 0.001

    page.click("#take-leftover")
    expect(page.locator("#leftover")).to_contain_text("was added to the mask", timeout=LONG_MS)
    expect(page.locator("#take-leftover")).to_be_hidden()
    result = page.locator('#steps [role=tab][data-tab-id="result"]')
    expect(result).to_have_attribute("data-state", "stale")
    shoot(page, "42-left-over-taken")
    tab(page, "Mask")
    expect(page.locator("#objects input").nth(1)).to_have_value("Left over")
    shoot(page, "43-left-over-mask")

    tab(page, "Fill")
    page.click("#repair")
    expect(result).to_have_attribute("data-state", "done", timeout=LONG_MS)
    page.wait_for_selector('.vp-stage[data-tab="result"]')
    expect(page.locator("#leftover")).not_to_contain_text("left")
    expect(view).to_be_hidden()
    expect(page.locator(".vp-wipe")).to_be_visible()
    shoot(page, "44-left-over-gone")
