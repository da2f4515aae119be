from __future__ import annotations

import time

import pytest

from vinpaint.ui.session.browser_sessions import Visits


@pytest.fixture
def visits() -> Visits:
    made = Visits(grace_seconds=0.05)
    yield made
    made.close()


def test_a_tab_keeps_its_visit_and_others_have_their_own(visits: Visits) -> None:
    mine = visits.of("a")
    assert visits.of("a") is mine
    other = visits.of("b")
    assert other.folder != mine.folder
    assert other.token != mine.token


def test_a_visit_is_found_by_its_token_alone(visits: Visits) -> None:
    mine = visits.of("a")
    assert visits.by_token(mine.token) is mine
    assert visits.by_token("a") is None
    assert visits.by_token("") is None


def test_a_visit_that_left_goes_with_its_folder_and_its_work(visits: Visits) -> None:
    mine = visits.of("a")
    (mine.folder / "upload.mp4").write_bytes(b"x")
    visits.leave("a")
    time.sleep(0.3)
    assert not mine.folder.exists()
    assert mine.cancel.is_set()
    assert visits.by_token(mine.token) is None


def test_a_visit_that_comes_back_in_time_stays(visits: Visits) -> None:
    mine = visits.of("a")
    visits.leave("a")
    assert visits.of("a") is mine
    time.sleep(0.2)
    assert mine.folder.exists()


def test_closing_removes_everything(visits: Visits) -> None:
    visits.of("a")
    visits.close()
    assert not visits.root.exists()


@pytest.mark.parametrize("name", ["../x.mp4", "before-a.txt", "before.mp4", "/etc/passwd", ""])
def test_only_media_made_by_us_are_handed_out(visits: Visits, name: str) -> None:
    mine = visits.of("a")
    (mine.folder / "before-a.txt").write_text("x")
    (mine.folder / "before.mp4").write_text("x")
    assert mine.media(name) is None


def test_a_made_file_is_handed_out(visits: Visits) -> None:
    mine = visits.of("a")
    path = mine.place("before", ".mp4")
    assert mine.media(path.name) is None
    path.write_bytes(b"x")
    assert mine.media(path.name) == path
