"""The page itself: what is refused, the keyboard, sizes, colours."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.clips import disc_at, write_disc_clip
from tests.browser.conftest import App, click_at, open_app, shoot, tab, upload, use_upload


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.mp4", b"These are only notes, not a video.\n" * 50),
        ("list.mp4", b"ffconcat version 1.0\nfile /etc/passwd\n"),
        ("playlist.mp4", b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile:///etc/passwd\n"),
    ],
)
def test_what_is_no_video_gives_one_sentence(
    page: Page, tmp_path: Path, name: str, content: bytes
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    upload(page, path)
    line = page.locator("#line-clip .vp-failed")
    line.wait_for()
    words = line.inner_text()
    assert words.startswith(name)
    assert "Traceback" not in page.inner_text("body")
    assert "root:" not in page.inner_text("body")
    assert page.is_disabled("#use-clip")
    shoot(page, f"20-refused-{path.stem}")


@pytest.mark.parametrize(
    ("name", "width", "height", "frames"),
    [
        ("portrait", 270, 480, 8),
        ("tiny", 64, 64, 8),
        ("4k", 3840, 2160, 3),
        ("one-frame", 320, 180, 1),
        ("a rather long name of a holiday film " * 3, 320, 180, 4),
    ],
)
def test_every_shape_keeps_the_layout(
    page: Page, tmp_path: Path, name: str, width: int, height: int, frames: int
) -> None:
    path = tmp_path / f"{name.strip()}.mp4"
    use_upload(page, write_disc_clip(path, width=width, height=height, frames=frames))
    box = page.locator(".vp-still").bounding_box()
    assert box is not None
    assert box["width"] <= width + 1
    assert abs(box["width"] / box["height"] - width / height) < 0.02 * width / height
    room, panel = page.locator(".vp-room").bounding_box(), page.locator("#tab-mask").bounding_box()
    assert room is not None
    assert panel is not None
    assert room["x"] + room["width"] <= panel["x"]
    shoot(page, f"21-{name[:12].strip().replace(' ', '-')}")


def test_the_keyboard(page: Page, tmp_path: Path) -> None:
    use_upload(page, write_disc_clip(tmp_path / "disc.mp4", frames=24))
    where = page.locator(".vp-where")
    page.locator("body").press("ArrowRight")
    expect(where).to_contain_text("frame 1 of 24")
    page.locator("body").press("Shift+ArrowRight")
    expect(where).to_contain_text("frame 11 of 24")
    page.locator("body").press("ArrowLeft")
    expect(where).to_contain_text("frame 10 of 24, 0:00.41")
    page.locator("body").press("s")
    expect(page.locator('#tool input[value="not"]')).to_be_checked()
    page.locator("body").press("a")
    expect(page.locator('#tool input[value="add"]')).to_be_checked()
    click_at(page, *disc_at(10, 24))
    expect(page.locator("#undo")).to_be_enabled()
    page.locator("body").press("z")
    expect(page.locator("#undo")).to_be_disabled()
    page.locator("body").press("Space")
    page.wait_for_selector(".vp-stage[data-playing]")
    page.locator("body").press("Space")
    page.wait_for_selector(".vp-stage:not([data-playing])")
    page.locator("body").press("?")
    expect(page.locator("#vp-help")).to_be_visible()
    shoot(page, "22-help")
    page.keyboard.press("Escape")
    expect(page.locator("#vp-help")).to_be_hidden()


def test_nothing_fires_while_someone_types(page: Page, tmp_path: Path) -> None:
    use_upload(page, write_disc_clip(tmp_path / "disc.mp4", frames=24))
    page.locator("#tab-mask").get_by_text("More").click()
    field = page.get_by_label("number input for Brush size")
    field.focus()
    for key in ("s", "ArrowRight", "?"):
        field.press(key)
    expect(page.locator('#tool input[value="add"]')).to_be_checked()
    expect(page.locator(".vp-where")).to_contain_text("frame 0 of 24")
    expect(page.locator("#vp-help")).to_be_hidden()


def test_the_frame_is_the_same_in_every_step(page: Page, tmp_path: Path) -> None:
    use_upload(page, write_disc_clip(tmp_path / "disc.mp4", frames=24))
    page.locator("body").press("Shift+ArrowRight")
    for name in ("Tune", "Fill", "Result", "Clip", "Mask"):
        tab(page, name)
        expect(page.locator(".vp-where")).to_contain_text("frame 10 of 24")


def test_an_empty_step_says_what_to_do_and_cannot_go_on(page: Page) -> None:
    for name, button in (
        ("Mask", "#follow"),
        ("Tune", "#preview"),
        ("Fill", "#repair"),
        ("Result", "#share"),
    ):
        tab(page, name)
        expect(page.locator(button)).to_be_disabled()
        assert page.inner_text(f"#line-{name.lower()}").strip().endswith(".")
        assert page.inner_text(".vp-empty").endswith(".")


def test_dark_and_light_are_kept(page: Page) -> None:
    before = page.evaluate("document.body.classList.contains('dark')")
    page.click(".vp-theme")
    page.reload()
    page.wait_for_selector(".vp-theme")
    page.wait_for_timeout(500)
    assert page.evaluate("document.body.classList.contains('dark')") != before


def test_every_control_has_a_name(page: Page, tmp_path: Path) -> None:
    use_upload(page, write_disc_clip(tmp_path / "disc.mp4", frames=3))
    for name in ("Clip", "Mask", "Tune", "Fill", "Result"):
        tab(page, name)
        page.wait_for_timeout(200)
        unnamed = page.evaluate(
            """() => [...document.querySelectorAll("button, input, [role=slider]")]
              .filter((one) => one.offsetParent && !(one.innerText || "").trim()
                && !one.getAttribute("aria-label") && !one.labels?.length)
              .map((one) => one.outerHTML.slice(0, 120))"""
        )
        assert unnamed == [], name


def test_an_unknown_share_address_is_a_plain_page(app: App, new_page: Callable[..., Page]) -> None:
    page = new_page()
    page.goto(f"{app.url}/share/expect-404-0000000000")
    assert "There is no repair at this address" in page.inner_text("main")


def test_a_finished_visit_leaves_no_pictures_behind(
    app: App, new_page: Callable[..., Page], tmp_path: Path
) -> None:
    page = open_app(new_page(), app)
    use_upload(page, write_disc_clip(tmp_path / "disc.mp4", frames=3))
    address = page.get_attribute(".vp-still", "src")
    assert address is not None
    stranger = new_page()
    guessed = address.replace("/visit/", "/visit/expect-404-")
    assert stranger.request.get(guessed).status == 404
