from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.ui.conftest import FRAMES
from vinpaint.core import MediaError, SettingsError, no_op
from vinpaint.media import open_clip, write_frames
from vinpaint.ui.examples import EXAMPLES, read_examples
from vinpaint.ui.page.stage import stage_value, uneven_times
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.uploads import (
    is_playable,
    start_with_example,
    take_example,
    take_upload,
    use_opened,
)


@pytest.fixture
def browser() -> Iterator[BrowserSession]:
    browsers = BrowserSessions()
    yield browsers.get("a")
    browsers.close()


def copy_of(path: Path, folder: Path, name: str) -> Path:
    folder.mkdir(exist_ok=True)
    return Path(shutil.copyfile(path, folder / name))


def test_an_upload_moves_into_the_visit_under_its_name(
    browser: BrowserSession, small_clip_path: Path, tmp_path: Path
) -> None:
    upload = copy_of(small_clip_path, tmp_path, "holiday.mp4")
    take_upload(browser, upload)
    offered = browser.session.opened
    assert offered is not None
    assert offered.name == "holiday.mp4"
    assert browser.folder in offered.clip.path.parents
    assert not upload.exists()
    assert browser.session.clip is None


def test_a_refused_upload_leaves_no_file_and_keeps_the_clip(
    browser: BrowserSession, small_clip_path: Path, tmp_path: Path
) -> None:
    take_upload(browser, copy_of(small_clip_path, tmp_path, "good.mp4"))
    bad = tmp_path / "bad.mp4"
    bad.write_text("no video")
    files = set(browser.folder.rglob("*"))
    with pytest.raises(MediaError, match=r"bad\.mp4"):
        take_upload(browser, bad)
    assert set(browser.folder.rglob("*")) == files
    assert browser.session.opened is not None
    assert browser.session.opened.name == "good.mp4"


def test_a_playable_clip_is_shown_as_it_is(
    browser: BrowserSession, small_clip_path: Path, tmp_path: Path
) -> None:
    take_upload(browser, copy_of(small_clip_path, tmp_path, "a.mp4"))
    browser.change(use_opened(browser, no_op))
    clip = browser.session.clip
    assert clip is not None
    assert clip.is_source
    assert clip.playable is not None
    assert clip.playable.read_bytes() == small_clip_path.read_bytes()
    assert browser.session.step_state("clip") == "done"


def test_another_clip_gets_a_copy_that_plays(browser: BrowserSession, tmp_path: Path) -> None:
    master = tmp_path / "master.mkv"
    frame = np.full((48, 64, 3), 90, np.uint8)
    write_frames(master, [frame] * FRAMES, fps=25, lossless=True)
    take_upload(browser, master)
    told: list[str] = []
    browser.change(use_opened(browser, lambda _, words: told.append(words)))
    clip = browser.session.clip
    assert clip is not None
    assert clip.playable is not None
    assert not clip.is_source
    assert is_playable(open_clip(clip.playable))
    assert open_clip(clip.playable).frames == FRAMES
    assert any("frame 5 of 6" in words for words in told)


def test_an_even_rate_needs_no_times(
    browser: BrowserSession, small_clip_path: Path, tmp_path: Path
) -> None:
    take_upload(browser, copy_of(small_clip_path, tmp_path, "a.mp4"))
    offered = browser.session.opened
    assert offered is not None
    assert uneven_times(offered) is None


def test_the_browser_is_told_no_path(
    browser: BrowserSession, small_clip_path: Path, tmp_path: Path
) -> None:
    take_upload(browser, copy_of(small_clip_path, tmp_path, "a.mp4"))
    browser.change(use_opened(browser, no_op))
    told = repr(stage_value(browser))
    assert str(browser.folder) not in told
    assert str(tmp_path) not in told


@pytest.mark.skipif(not EXAMPLES, reason="the project's examples are not beside the package")
def test_an_example_starts_marked_and_ready(browser: BrowserSession) -> None:
    for name, example in EXAMPLES.items():
        start_with_example(browser, name)
        assert browser.session.prompts == example.where
        assert browser.session.frames == example.frames
        assert browser.session.clip is not None
        assert 0 <= browser.session.clip.first_frame < browser.session.clip.clip.frames


def test_an_unknown_example_is_named(browser: BrowserSession) -> None:
    with pytest.raises(SettingsError, match="nothing-such"):
        take_example(browser, "nothing-such")


def test_without_the_folder_there_are_no_examples(tmp_path: Path) -> None:
    assert read_examples(tmp_path) == {}
