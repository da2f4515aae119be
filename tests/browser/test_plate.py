"""The Fill step with something to copy from, the way a person does it."""

from __future__ import annotations

from pathlib import Path

import cv2
from playwright.sync_api import Page, expect

from tests.browser.clips import disc_at, disc_frames, write_disc_clip
from tests.browser.conftest import click_at, shoot, tab, use_upload
from tests.browser.test_main_job import follow, repair

FRAMES, WIDTH, HEIGHT = 12, 192, 112


def start(page: Page, tmp_path: Path) -> None:
    """A followed disc, in the Fill step, with the strategy plate."""
    clip = write_disc_clip(tmp_path / "disc.mp4", frames=FRAMES, width=WIDTH, height=HEIGHT)
    use_upload(page, clip)
    click_at(page, *disc_at(0, FRAMES))
    follow(page)
    tab(page, "Fill")
    page.get_by_label("Plate").check()
    page.wait_for_selector("#copy-frame")


def go_to(page: Page, frame: int) -> None:
    page.locator("#tab-fill").focus()
    for _ in range(frame):
        page.locator('[data-do="on"]').click()
    expect(page.locator(".vp-where")).to_contain_text(f"frame {frame} of")


def wait_for_preview(page: Page) -> None:
    """Until the stage shows a picture that was made for it."""
    page.wait_for_function("document.querySelector('.vp-still').src.includes('/media/seen-')")


def test_a_clean_frame_is_chosen_tried_and_used(page: Page, tmp_path: Path) -> None:
    start(page, tmp_path)
    expect(page.locator("#repair")).to_be_disabled()
    expect(page.locator("#line-fill")).to_contain_text("First say what to copy from.")
    shoot(page, "30-plate-nothing")
    go_to(page, 11)
    page.click("#copy-frame")
    expect(page.locator("#about-copy")).to_contain_text("Frame 11 is copied.")
    for _ in range(11):
        page.locator('[data-do="back"]').click()
    page.click("#copy-preview")
    wait_for_preview(page)
    shoot(page, "31-plate-tried")
    page.locator('[data-do="on"]').click()
    page.wait_for_function("!document.querySelector('.vp-still').src.includes('/media/')")
    repair(page)
    shoot(page, "32-plate-result")


def test_a_click_clones_from_there(page: Page, tmp_path: Path) -> None:
    start(page, tmp_path)
    page.get_by_label("Another place").check()
    page.wait_for_selector('.vp-stage[data-tool="pick"]')
    click_at(page, 0.25, 0.85)
    expect(page.locator("#about-copy")).to_contain_text("as frame 0 shows it")
    expect(page.get_by_label("Pixels down")).not_to_have_value("0")
    shoot(page, "33-plate-clone")
    page.get_by_label("Pixels to the right").fill("60")
    page.get_by_label("Pixels to the right").press("Enter")
    expect(page.locator("#about-copy")).to_contain_text("Copied from 60,")
    page.click("#copy-preview")
    wait_for_preview(page)


def test_a_painted_still_is_uploaded(page: Page, tmp_path: Path) -> None:
    still = disc_frames(WIDTH, HEIGHT, FRAMES)[0]
    cv2.circle(still, (int(0.25 * WIDTH), HEIGHT // 2), 20, (40, 90, 200), -1)
    cv2.imwrite(str(tmp_path / "still.png"), cv2.cvtColor(still, cv2.COLOR_RGB2BGR))
    start(page, tmp_path)
    page.get_by_label("A picture").check()
    with page.expect_file_chooser() as chooser:
        page.click("#copy-picture")
    chooser.value.set_files(tmp_path / "still.png")
    expect(page.locator("#about-copy")).to_contain_text(
        "still.png is copied; its place is found by"
    )
    page.get_by_label("It is the frame on the stage, repaired").check()
    expect(page.locator("#about-copy")).to_contain_text("still.png is copied, as frame 0.")
    shoot(page, "34-plate-picture")
    page.click("#copy-preview")
    wait_for_preview(page)
