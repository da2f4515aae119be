"""The real app in a process of its own, and a real Chromium that looks at it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "artefacts"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDE, NARROW = {"width": 1280, "height": 860}, {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@dataclass
class App:
    """A running app: where it is, what it keeps, and its process."""

    url: str
    results: Path
    pid: int

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Let no time pass for the app while the page is used: what it is sent waits."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)


@contextmanager
def running_app(results: Path, *options: str) -> Iterator[App]:
    """`python app.py` on a free port, until the block ends."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {**os.environ, "VINPAINT_RESULTS": str(results), "GRADIO_ANALYTICS_ENABLED": "0"}
    log = results.parent / f"app-{port}.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "app.py", "--port", str(port), *options],
            cwd=ROOT,
            env=environment,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        _wait_for(f"http://127.0.0.1:{port}/", process, log)
        yield App(f"http://127.0.0.1:{port}", results, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(240):
        try:
            urllib.request.urlopen(url, timeout=5)
        except OSError:
            assert process.poll() is None, log.read_text()
            time.sleep(0.5)
        else:
            return
    raise AssertionError(f"the app did not start: {log.read_text()}")


@pytest.fixture(scope="session")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    folder = tmp_path_factory.mktemp("app")
    with running_app(folder / "results") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield launched
        launched.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """A page in a fresh profile; at the end nothing may have gone wrong or gone elsewhere."""
    contexts: list[Any] = []
    faults: list[str] = []

    def opened(**options: Any) -> Page:
        context = browser.new_context(**{"viewport": WIDE, **options})
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("request", lambda request: faults.extend(_elsewhere(request.url)))
        page.on("response", lambda answer: faults.extend(_broken(answer)))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def _elsewhere(url: str) -> list[str]:
    local = url.startswith(("http://127.0.0.1:", "data:", "blob:", "about:"))
    return [] if local else [f"network: {url}"]


def _broken(answer: Any) -> list[str]:
    expected = "expect-404" in answer.url or (
        answer.status == 404 and answer.url.endswith("/status")  # a session that is gone
    )
    return [f"{answer.status}: {answer.url}"] if answer.status >= 400 and not expected else []


@pytest.fixture
def page(app: App, new_page: Callable[..., Page]) -> Page:
    """The app, ready."""
    return open_app(new_page(), app)


def open_app(page: Page, app: App) -> Page:
    page.goto(app.url)
    page.wait_for_selector(".vp-stage")
    page.get_by_text("Pick a clip to begin.").wait_for()
    return page


def shoot(page: Page, name: str) -> None:
    """A picture of the page at both widths; and nothing may scroll sideways at either."""
    PICTURES.mkdir(exist_ok=True)
    for size in (NARROW, WIDE):
        page.set_viewport_size(size)
        page.wait_for_timeout(250)
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= size["width"], f"{name} scrolls sideways at {size['width']}: {wide}"
        page.screenshot(path=PICTURES / f"{name}-{size['width']}.png", full_page=True)


def tab(page: Page, name: str) -> None:
    page.get_by_role("tab", name=name).click()


def upload(page: Page, path: Path) -> None:
    with page.expect_file_chooser() as chooser:
        page.click("#upload")
    chooser.value.set_files(path)


def use_upload(page: Page, path: Path) -> None:
    """Upload a clip, use it, and be in the Mask step."""
    upload(page, path)
    page.locator("#facts").get_by_text(path.name).wait_for()
    page.click("#use-clip")
    page.wait_for_selector("#tool", timeout=60_000)
    page.wait_for_selector('.vp-stage[data-show="still"]')


def click_at(page: Page, x: float, y: float) -> None:
    """Click the stage at a share of its width and height, and wait for the answer."""
    stage = page.locator(".vp-over")
    stage.scroll_into_view_if_needed()
    box = stage.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])
    page.wait_for_selector(".vp-stage:not([data-thinking])")


def drag_on(page: Page, start: tuple[float, float], stop: tuple[float, float]) -> None:
    """Drag on the stage, in shares of its width and height, and wait for the answer."""
    box = page.locator(".vp-over").bounding_box()
    assert box is not None
    points = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in (start, stop)]
    page.mouse.move(*points[0])
    page.mouse.down()
    page.mouse.move(*points[1], steps=8)
    page.mouse.up()
    page.wait_for_selector(".vp-stage:not([data-thinking])")


def wait_until_plays(page: Page, video: str, *, past_seconds: float) -> None:
    """Until the video has moved on. (`wait_for_function` needs eval, which our pages forbid.)"""
    for _ in range(100):
        if page.evaluate(f"document.querySelector('{video}').currentTime") > past_seconds:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{video} does not play")


def wait_for_share(page: Page, share: float) -> None:
    """Until the mask covers that much of the stage: a loaded machine redraws late."""
    seen = -1.0
    for _ in range(50):
        seen = mask_share(page)
        if abs(seen - share) < 0.002:
            return
    raise AssertionError(f"the mask covers {seen:.4f} of the stage, not {share:.4f}")


def mask_share(page: Page) -> float:
    """How much of the stage is covered by the mask's colour."""
    page.wait_for_timeout(400)
    return float(
        page.evaluate(
            """() => {
              const canvas = document.querySelector(".vp-over");
              const data = canvas.getContext("2d")
                .getImageData(0, 0, canvas.width, canvas.height).data;
              let covered = 0;
              for (let i = 3; i < data.length; i += 4) covered += data[i] > 60;
              return covered / (data.length / 4);
            }"""
        )
    )
