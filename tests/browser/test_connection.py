"""The connection breaks while a repair runs: the page says so, and does not look busy for ever."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.clips import write_disc_clip
from tests.browser.conftest import App, drag_on, open_app, running_app, tab, use_upload
from tests.browser.test_main_job import LONG_MS, follow

SOON_MS = 30_000


def start_repair(page: Page, tmp_path: Path) -> None:
    """Begin a repair that takes a while."""
    use_upload(page, write_disc_clip(tmp_path / "disc.mp4", frames=60))
    page.locator("#tool label", has_text="Fixed region").click()
    drag_on(page, (0.2, 0.2), (0.8, 0.8))
    follow(page)
    tab(page, "Fill")
    page.click("#repair")
    page.get_by_role("progressbar").wait_for()


def test_a_lost_network_is_said_and_the_page_recovers(
    app: App, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_app(new_page(), app)
    start_repair(page, tmp_path)
    page.context.set_offline(True)
    notice = page.locator(".vp-connection")
    expect(notice).to_contain_text("Connection lost", timeout=SOON_MS)
    expect(page.get_by_role("progressbar")).to_be_hidden()
    expect(page.locator("#cancel-fill")).to_be_hidden()
    page.context.set_offline(False)  # Gradio reloads the page once the server answers again
    expect(notice).to_be_hidden(timeout=2 * SOON_MS)
    expect(page.locator(".vp-busy")).to_have_count(0, timeout=LONG_MS)


def test_a_restarted_app_asks_for_a_reload(new_page: Callable[..., Page], tmp_path: Path) -> None:
    with running_app(tmp_path / "results") as first:
        page = open_app(new_page(), first)
        start_repair(page, tmp_path)
    expect(page.locator(".vp-connection")).to_contain_text("Connection lost", timeout=SOON_MS)
    expect(page.get_by_role("progressbar")).to_be_hidden()
    page.route("**/visit/*/status", lambda route: route.fulfill(status=404))
    expect(page.locator(".vp-connection")).to_contain_text("Reload the page", timeout=SOON_MS)
