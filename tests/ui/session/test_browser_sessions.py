from __future__ import annotations

import time

import pytest

from vinpaint.ui.session.browser_sessions import BrowserSessions


@pytest.fixture
def browsers() -> BrowserSessions:
    made = BrowserSessions(grace_seconds=0.05)
    yield made
    made.close()


def test_a_tab_keeps_its_visit_and_others_have_their_own(browsers: BrowserSessions) -> None:
    mine = browsers.get("a")
    assert browsers.get("a") is mine
    other = browsers.get("b")
    assert other.folder != mine.folder
    assert other.token != mine.token


def test_a_visit_is_found_by_its_token_alone(browsers: BrowserSessions) -> None:
    mine = browsers.get("a")
    assert browsers.by_token(mine.token) is mine
    assert browsers.by_token("a") is None
    assert browsers.by_token("") is None


def test_a_visit_that_left_goes_with_its_folder_and_its_work(browsers: BrowserSessions) -> None:
    mine = browsers.get("a")
    (mine.folder / "upload.mp4").write_bytes(b"x")
    browsers.disconnect("a")
    time.sleep(0.3)
    assert not mine.folder.exists()
    assert mine.cancel.is_set()
    assert browsers.by_token(mine.token) is None


def test_a_visit_that_comes_back_in_time_stays(browsers: BrowserSessions) -> None:
    mine = browsers.get("a")
    browsers.disconnect("a")
    assert browsers.get("a") is mine
    time.sleep(0.2)
    assert mine.folder.exists()


def test_closing_removes_everything(browsers: BrowserSessions) -> None:
    browsers.get("a")
    browsers.close()
    assert not browsers.root.exists()


@pytest.mark.parametrize("name", ["../x.mp4", "before-a.txt", "before.mp4", "/etc/passwd", ""])
def test_only_media_made_by_us_are_handed_out(browsers: BrowserSessions, name: str) -> None:
    mine = browsers.get("a")
    (mine.folder / "before-a.txt").write_text("x")
    (mine.folder / "before.mp4").write_text("x")
    assert mine.media_file(name) is None


def test_a_made_file_is_handed_out(browsers: BrowserSessions) -> None:
    mine = browsers.get("a")
    path = mine.new_path("before", ".mp4")
    assert mine.media_file(path.name) is None
    path.write_bytes(b"x")
    assert mine.media_file(path.name) == path
