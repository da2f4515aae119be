"""The main job, the way a person does it: choose, click, follow, tune, repair, look, share."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clips import disc_at, write_disc_clip
from tests.browser.conftest import (
    App,
    click_at,
    drag_on,
    mask_share,
    open_app,
    running_app,
    shoot,
    tab,
    use_upload,
    wait_for_share,
    wait_until_plays,
)
from vinpaint.core import Click
from vinpaint.media import open_clip
from vinpaint.ui.examples import EXAMPLES

LONG_MS = 200_000
SHORT_CLIP = {"frames": 12, "width": 192, "height": 112}


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    return write_disc_clip(tmp_path / "disc.mp4", **SHORT_CLIP)


def follow(page: Page) -> None:
    page.click("#follow")
    wait_for_end(page, "mask")


def wait_for_end(page: Page, step: str) -> None:
    """Until the step is done; its sentence where it failed."""
    line = page.locator(f"#line-{step} :is(.vp-done, .vp-failed)")
    line.wait_for(timeout=LONG_MS)
    assert "vp-done" in (line.get_attribute("class") or ""), line.inner_text()


def repair(page: Page) -> None:
    tab(page, "Fill")
    page.click("#repair")
    page.locator("#verdict .vp-verdict").wait_for(timeout=LONG_MS)


def seconds_of(page: Page, *videos: str) -> list[float]:
    """The times of the videos at one moment: they play on while a second answer is awaited."""
    read = "videos => videos.map(one => document.querySelector(one).currentTime)"
    return [float(seconds) for seconds in page.evaluate(read, videos)]


def test_an_example_from_click_to_result(page: Page) -> None:
    name, example = next(iter(EXAMPLES.items()))
    shoot(page, "1-clip-empty")
    page.click(f'[data-example="{name}"]')
    page.locator("#facts").get_by_text(example.title).wait_for()
    for fact in ("Size", "Length", "Rate", "Sound"):
        assert page.locator("#facts dt", has_text=fact).count() == 1
    shoot(page, "2-clip-offered")
    page.click("#use-clip")
    page.wait_for_selector('.vp-stage[data-tab="mask"][data-show="still"]')
    shoot(page, "3-mask-empty")
    mark = example.where[0]
    assert isinstance(mark, Click)
    expect(page.locator(".vp-where")).to_contain_text(f"frame {mark.frame} of")
    clip = open_clip(example.path)
    click_at(page, mark.x / clip.width, mark.y / clip.height)
    assert mask_share(page) > 0.001
    shoot(page, "4-mask-clicked")
    page.click("#follow")
    page.get_by_role("progressbar").wait_for()
    wait_for_end(page, "mask")
    shoot(page, "5-mask-followed")

    tab(page, "Tune")
    page.wait_for_selector('.vp-stage[data-tab="tune"]')
    tight = mask_share(page)
    page.get_by_label("number input for Grow").fill("20")
    page.get_by_label("number input for Grow").press("Tab")
    page.wait_for_timeout(1000)
    assert mask_share(page) > tight
    page.click("#preview")
    wait_for_end(page, "tune")
    page.wait_for_selector(".vp-stage[data-playing]")
    page.click("[data-do=play]")
    shoot(page, "6-tune")

    tab(page, "Fill")
    shoot(page, "7-fill")
    page.click("#repair")
    page.get_by_role("progressbar").wait_for()
    shoot(page, "8-fill-busy")
    page.locator("#verdict .vp-verdict").wait_for(timeout=LONG_MS)
    shoot(page, "9-result")

    assert page.locator("#evidence .vp-score").count() >= 3
    assert "samples outside the mask" in page.inner_text("#evidence")
    page.click("[data-do=play]")
    wait_until_plays(page, ".vp-after", past_seconds=0.5)
    before, after = seconds_of(page, ".vp-before", ".vp-after")
    assert abs(before - after) < 0.3
    page.click("[data-do=play]")
    page.click('[data-do="outline"]')
    page.click(".vp-theme")
    shoot(page, "10-result-dark")


def test_ones_own_clip_and_the_share_page_after_a_restart(
    tmp_path: Path, clip: Path, new_page: Callable[..., Page]
) -> None:
    results = tmp_path / "results"
    with running_app(results) as first:
        page = open_app(new_page(), first)
        use_upload(page, clip)
        click_at(page, *disc_at(0, SHORT_CLIP["frames"]))
        follow(page)
        repair(page)
        page.click("#share")
        link = page.input_value("#share-link input")
        assert link.startswith(first.url + "/share/")
    with running_app(results) as second:
        shared = new_page()
        shared.goto(link.replace(first.url, second.url))
        assert "clip" in shared.title()
        shared.click("#play")
        wait_until_plays(shared, ".vp-after", past_seconds=0.1)
        assert shared.locator(".vp-score").count() >= 3
        shared.click("#outline")
        shoot(shared, "11-share")
        with shared.expect_download() as download:
            shared.click('a[href*="job.json"]')
        assert download.value.suggested_filename == "job.json"
        with shared.expect_download() as download:
            shared.click('a[href*="after.mp4"]')
        assert Path(download.value.path()).read_bytes()[4:8] == b"ftyp"


def test_a_clip_that_no_browser_plays_is_repaired_too(page: Page, tmp_path: Path) -> None:
    path = write_disc_clip(tmp_path / "master.mkv", lossless=True, **SHORT_CLIP)
    use_upload(page, path)
    page.click("[data-do=play]")
    wait_until_plays(page, ".vp-before", past_seconds=0.1)
    page.wait_for_selector(".vp-stage:not([data-playing])")
    page.locator("#tool label", has_text="Fixed region").click()
    drag_on(page, (0.1, 0.1), (0.4, 0.5))
    follow(page)
    repair(page)
    page.click("[data-do=play]")
    wait_until_plays(page, ".vp-after", past_seconds=0.1)


def test_marks_can_be_made_in_every_way_and_undone(page: Page, clip: Path) -> None:
    use_upload(page, clip)
    assert mask_share(page) == 0
    page.locator("#tool label", has_text="Brush").click()
    drag_on(page, (0.3, 0.3), (0.6, 0.3))
    painted = mask_share(page)
    assert painted > 0.005
    page.locator("#tool label", has_text="Erase").click()
    drag_on(page, (0.45, 0.3), (0.6, 0.3))
    erased = mask_share(page)
    assert erased < painted
    page.locator("#tool label", has_text="Fixed region").click()
    drag_on(page, (0.6, 0.6), (0.9, 0.9))
    with_region = mask_share(page)
    assert with_region > erased + 0.03
    page.get_by_role("button", name="On one frame").click()
    assert mask_share(page) > 0.03
    page.get_by_role("button", name="Back one frame").click()
    for left in (erased, painted, 0.0):
        page.click("#undo")
        wait_for_share(page, left)
    expect(page.locator("#undo")).to_be_disabled()
    page.locator("#tool label", has_text="Box").first.click()
    drag_on(page, (0.1, 0.3), (0.4, 0.7))
    assert mask_share(page) > 0.005
    boxed = mask_share(page)
    page.click("#clear")
    wait_for_share(page, 0.0)
    page.click("#undo")
    wait_for_share(page, boxed)


def test_changing_the_mask_makes_later_steps_stale_and_loses_nothing(
    page: Page, clip: Path
) -> None:
    use_upload(page, clip)
    click_at(page, *disc_at(0, SHORT_CLIP["frames"]))
    follow(page)
    repair(page)
    tab(page, "Mask")
    click_at(page, 0.9, 0.1)
    for name in ("Mask", "Fill", "Result"):
        expect(page.get_by_role("tab", name=name)).to_have_attribute("data-state", "stale")
    assert "run again" in page.inner_text("#line-mask")
    tab(page, "Result")
    assert page.locator("#verdict .vp-verdict").is_visible()
    shoot(page, "12-result-stale")
    tab(page, "Mask")
    page.click("#undo")
    expect(page.get_by_role("tab", name="Result")).to_have_attribute("data-state", "done")


def test_cancel_stops_and_keeps_the_marks(page: Page, tmp_path: Path) -> None:
    long = write_disc_clip(tmp_path / "long.mp4", frames=240, width=480, height=272)
    use_upload(page, long)
    click_at(page, *disc_at(0, 240))
    page.click("#follow")
    page.get_by_role("progressbar").wait_for()
    page.wait_for_timeout(700)
    page.click("#cancel-mask")
    page.get_by_text("Stopped. Everything you made is still here.").wait_for(timeout=15_000)
    assert mask_share(page) > 0.001
    assert page.is_enabled("#follow")
    shoot(page, "13-cancelled")


def test_cancelling_a_repair_leaves_nothing_behind(page: Page, app: App, tmp_path: Path) -> None:
    use_upload(page, write_disc_clip(tmp_path / "disc.mp4", frames=60))
    page.locator("#tool label", has_text="Fixed region").click()
    drag_on(page, (0.2, 0.2), (0.8, 0.8))
    follow(page)
    kept = set(app.results.glob("*"))
    tab(page, "Fill")
    page.click("#repair")
    page.get_by_role("progressbar").wait_for()
    page.wait_for_timeout(1500)
    page.click("#cancel-fill")
    page.get_by_text("Stopped. Everything you made is still here.").wait_for(timeout=15_000)
    assert set(app.results.glob("*")) == kept
    assert page.is_enabled("#repair")
    expect(page.get_by_role("tab", name="Mask")).to_have_attribute("data-state", "done")


def test_who_has_gone_elsewhere_is_not_called_back(page: Page, clip: Path) -> None:
    use_upload(page, clip)
    page.locator("#tool label", has_text="Fixed region").click()
    drag_on(page, (0.2, 0.2), (0.5, 0.6))
    follow(page)
    tab(page, "Fill")
    page.click("#repair")
    page.get_by_role("progressbar").wait_for()
    tab(page, "Mask")
    expect(page.get_by_role("tab", name="Result")).to_have_attribute(
        "data-state", "done", timeout=LONG_MS
    )
    expect(page.get_by_role("tab", name="Mask")).to_have_attribute("aria-selected", "true")
    tab(page, "Fill")
    page.wait_for_timeout(500)
    expect(page.get_by_role("tab", name="Fill")).to_have_attribute("aria-selected", "true")


def test_an_example_can_be_opened_ready_to_run(
    tmp_path: Path, new_page: Callable[..., Page]
) -> None:
    with running_app(tmp_path / "results", "--example", "logo") as started:
        page = new_page()
        page.goto(started.url)
        page.get_by_text("1 fixed region. Good on this frame?").wait_for()
        expect(page.locator("#follow")).to_be_enabled()
        assert mask_share(page) > 0.005


def test_two_visitors_see_nothing_of_each_other(
    app: App, new_page: Callable[..., Page], clip: Path
) -> None:
    first, second = open_app(new_page(), app), open_app(new_page(), app)
    use_upload(first, clip)
    click_at(first, *disc_at(0, SHORT_CLIP["frames"]))
    second.reload()
    second.get_by_text("Pick a clip to begin.").wait_for()
    assert clip.name not in second.inner_text("body")
