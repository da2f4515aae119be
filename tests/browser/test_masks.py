"""Masks in the browser: mend a later frame, several objects, captions, finished masks."""

from __future__ import annotations

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clips import (
    FIGURE_SHARE,
    disc_at,
    figure_places,
    write_disc_clip,
    write_figure_clip,
)
from tests.browser.conftest import (
    click_at,
    drag_on,
    mask_share,
    shoot,
    tab,
    use_upload,
    wait_for_share,
)
from tests.browser.test_main_job import LONG_MS, follow, repair, wait_for_end
from tests.masks.detect.test_borders import stabilised, steady
from vinpaint.media import write_frames
from vinpaint.ui.examples import EXAMPLES

FRAMES = 16
SIZE = {"frames": FRAMES, "width": 192, "height": 112}
LATE = FRAMES - 3


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_disc_clip(tmp_path / "disc.mp4", **SIZE)


def go_to(page: Page, frame: int) -> None:
    """Scrub to a frame and wait until it shows."""
    page.evaluate(f"window.vinpaint.go({frame})")
    expect(page.locator(".vp-where")).to_contain_text(f"frame {frame} of")


def choose(page: Page, tool: str) -> None:
    page.locator("#tool label", has_text=tool).first.click()


def test_a_later_frame_is_mended_and_the_right_one_stays(page: Page, clip: Path) -> None:
    use_upload(page, clip)
    click_at(page, *disc_at(0, FRAMES))
    follow(page)
    first = mask_share(page)
    go_to(page, LATE)
    late = mask_share(page)
    assert late > 0.01
    choose(page, "Erase")
    x, y = disc_at(LATE, FRAMES)
    drag_on(page, (x - 0.08, y - 0.1), (x + 0.08, y - 0.1))
    erased = mask_share(page)
    assert erased < 0.85 * late
    expect(page.locator("#line-mask")).to_contain_text("changed")
    follow(page)
    wait_for_share(page, erased)
    shoot(page, "30-mask-mended")
    expect(page.locator("#mask-notes")).to_contain_text("is missing that the frames before")
    go_to(page, 0)
    wait_for_share(page, first)
    page.locator("#mask-notes .vp-jump").first.click()
    expect(page.locator(".vp-where")).to_contain_text(f"frame {LATE} of")
    go_to(page, LATE)
    page.click("#undo")
    follow(page)
    wait_for_share(page, late)


def test_most_of_a_missing_piece_is_added_with_one_click(page: Page, clip: Path) -> None:
    use_upload(page, clip)
    click_at(page, *disc_at(0, FRAMES))
    follow(page)
    go_to(page, LATE)
    whole = mask_share(page)
    choose(page, "Erase")
    x, y = disc_at(LATE, FRAMES)
    drag_on(page, (x - 0.08, y - 0.1), (x + 0.08, y - 0.1))
    follow(page)
    button = page.locator("#mask-notes [data-add]").first
    expect(button).to_contain_text("Add this piece on frame")
    shoot(page, "35-mask-piece-proposed")
    erased = mask_share(page)
    assert erased < 0.7 * whole
    button.click()
    page.get_by_role("progressbar").wait_for()
    wait_for_end(page, "mask")
    go_to(page, LATE)
    assert mask_share(page) > erased + 0.5 * (whole - erased)
    shoot(page, "36-mask-piece-added")


def test_two_objects_with_names_one_hidden_one_deleted(page: Page, clip: Path) -> None:
    use_upload(page, clip)
    choose(page, "Brush")
    drag_on(page, (0.2, 0.2), (0.4, 0.2))
    one = mask_share(page)
    page.get_by_role("button", name="Another object").click()
    expect(page.locator(".vp-objects li")).to_have_count(2)
    drag_on(page, (0.6, 0.8), (0.9, 0.8))
    both = mask_share(page)
    assert both > one + 0.01
    name = page.get_by_label("Name of Object 2")
    name.fill("the sign")
    name.press("Enter")
    expect(page.get_by_label("Name of the sign")).to_have_value("the sign")
    shoot(page, "31-objects")
    page.get_by_role("button", name="Hide the sign").click()
    wait_for_share(page, one)
    page.get_by_role("button", name="Show the sign").click()
    wait_for_share(page, both)
    page.get_by_role("button", name="Delete the sign").click()
    wait_for_share(page, one)
    expect(page.locator(".vp-objects li")).to_have_count(1)
    page.click("#undo")
    wait_for_share(page, both)
    follow(page)
    expect(page.locator("#line-mask")).to_contain_text("Found on")


def test_a_caption_is_removed_by_reading_it(page: Page) -> None:
    name = next(key for key, example in EXAMPLES.items() if "captions" in key)
    page.click(f'[data-example="{name}"]')
    page.click("#use-clip")
    page.wait_for_selector('.vp-stage[data-tab="mask"][data-show="still"]')
    page.get_by_role("button", name="Captions and logos").click()
    page.click("#find-captions")
    boxes = page.locator("#captions label input")
    boxes.first.wait_for(timeout=LONG_MS)
    found = boxes.count()
    assert found >= 1
    shoot(page, "32-captions-found")
    follow(page)
    assert page.locator("#mask-notes .vp-jump").count() == 0
    shoot(page, "33-captions-followed")
    repair(page)
    assert page.locator("#evidence .vp-score").count() >= 3
    shoot(page, "34-captions-removed")
    if found > 1:
        tab(page, "Mask")
        boxes.last.uncheck()
        expect(page.locator("#line-mask")).to_contain_text("changed")


def test_a_followed_mask_is_saved_and_used_again(page: Page, clip: Path, tmp_path: Path) -> None:
    use_upload(page, clip)
    click_at(page, *disc_at(0, FRAMES))
    follow(page)
    share = mask_share(page)
    page.get_by_role("button", name="More").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="RLE (.json)").click()
    saved = tmp_path / "mask.json"
    download.value.save_as(saved)
    assert json.loads(saved.read_text())
    page.click("#clear")
    wait_for_share(page, 0.0)
    with page.expect_file_chooser() as chooser:
        page.click("#mask-upload")
    chooser.value.set_files(saved)
    wait_for_share(page, share)


def step_level(page: Page, button: str, end: str) -> bool:
    """Press Larger or Smaller; return True if the mask changes, False if it says the end."""
    before = mask_share(page)
    page.click(button)
    for _ in range(50):
        if abs(mask_share(page) - before) > 1e-4:
            return True
        if end in page.inner_text("#line-mask"):
            return False
    raise AssertionError(f"{button}: neither another mask nor '{end}'")


def test_a_click_takes_the_part_that_it_marks_and_larger_the_whole_figure(
    page: Page, tmp_path: Path
) -> None:
    prepared = r"/prepare/\d+$"  # asked for as soon as a frame is shown, before any click
    with page.expect_response(re.compile(prepared), timeout=LONG_MS) as answer:
        use_upload(page, write_figure_clip(tmp_path / "figure.mp4", frames=12))
    assert answer.value.status == 204
    expect(page.locator("#larger")).to_be_hidden()
    head, foot = figure_places(0, 12)
    click_at(page, *head)
    expect(page.locator("#larger")).to_be_visible()
    while step_level(page, "#smaller", "No smaller region"):
        pass
    part = mask_share(page)
    assert part < 0.4 * FIGURE_SHARE
    shoot(page, "38-mask-part")
    click_at(page, *foot)
    assert mask_share(page) > part + 0.1 * FIGURE_SHARE
    page.click("#undo")
    wait_for_share(page, part)
    while mask_share(page) < 0.9 * FIGURE_SHARE:
        assert step_level(page, "#larger", "No larger region")
    assert mask_share(page) < 1.2 * FIGURE_SHARE
    shoot(page, "39-mask-whole")


def test_the_borders_of_a_stabilised_clip_are_found(page: Page, tmp_path: Path) -> None:
    frames, missing = stabilised(steady())
    path = tmp_path / "stabilised.mp4"
    write_frames(path, frames, fps=Fraction(24))
    use_upload(page, path)
    page.locator("#tab-mask").get_by_text("More").click()
    page.click("#find-missing")
    expect(page.locator("#missing-found")).to_contain_text("moving border", timeout=LONG_MS)
    widest = int(missing.mean(axis=(1, 2)).argmax())
    go_to(page, widest)
    share = float(missing[widest].mean())
    assert 0.8 * share < mask_share(page) < 1.2 * share
    shoot(page, "37-missing-found")
    follow(page)
    expect(page.locator("#line-mask")).to_contain_text("Found on")
    page.click("#undo")
    expect(page.locator("#missing-found")).to_be_empty()
