"""What the Fill step copies from, and the preview of one frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.ui.conftest import FRAMES, HEIGHT, WIDTH, SquareTrack
from tests.ui.session.test_session import tracked_for
from vinpaint.core import Box, Click, FillSettings, MediaError, SettingsError, Tuning, no_op
from vinpaint.media import read_image, write_png
from vinpaint.ui import texts
from vinpaint.ui.page.stage import stage_value
from vinpaint.ui.page.status import blocked_reason
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session
from vinpaint.ui.tabs import reference
from vinpaint.ui.tabs.fill_tab import choose


@pytest.fixture
def browser(session: Session) -> Iterator[BrowserSession]:
    """A followed mask, exactly the square, and the strategy plate."""
    session = add(session, Click(0, 20, 20))
    session = session.with_tracked(tracked_for(session))
    session = session.retune(tuning=Tuning(0, 0, 0), invert=False, frames=None)
    browsers = BrowserSessions()
    made = browsers.get("a")
    made.change(lambda _: session.with_fill(FillSettings("plate")))
    yield made
    browsers.close()


@pytest.fixture
def picture(tmp_path: Path) -> str:
    path = tmp_path / "still.png"
    write_png(path, np.full((HEIGHT, WIDTH, 3), 77, np.uint8))
    return str(path)


def test_nothing_is_repaired_before_it_is_said_what_to_copy(browser: BrowserSession) -> None:
    assert blocked_reason(browser.session, "fill") == texts.FILL_NO_REFERENCE
    reference.use_frame(browser, 3)
    assert blocked_reason(browser.session, "fill") == ""
    assert browser.session.job().fill == FillSettings("plate", reference_frame=3)


def test_a_picture_is_taken_along_and_may_be_a_frame(browser: BrowserSession, picture: str) -> None:
    reference.take_picture(browser, picture)
    fill = browser.session.fill
    assert Path(fill.reference).parent.parent == browser.folder
    assert fill.reference_frame is None
    reference.set_still(browser, 4, True)
    assert browser.session.fill == replace(fill, reference_frame=4)
    reference.set_still(browser, 4, False)
    assert browser.session.fill == fill


def test_what_is_no_picture_is_refused(browser: BrowserSession, tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("words")
    with pytest.raises(MediaError, match="not a picture"):
        reference.take_picture(browser, str(tmp_path / "a.png"))
    with pytest.raises(SettingsError, match="First choose a picture"):
        reference.set_still(browser, 0, True)
    assert browser.session.fill == FillSettings("plate")


def test_a_click_says_where_to_clone_from(browser: BrowserSession) -> None:
    """The square's middle is at 19, 17."""
    reference.choose_kind(browser, "clone")
    assert stage_value(browser)["picking"]
    reference.pick(browser, {"frame": 2, "x": 49, "y": 27})
    assert browser.session.fill == FillSettings("plate", clone=(30, 10), reference_frame=2)
    assert stage_value(browser)["aim"] == {
        "frame": 2,
        "kind": "region",
        "box": list(SquareTrack.square.shift(30, 10)),
    }
    reference.set_clone(browser, 5, 30, 10)  # unchanged: leaving a field says nothing new
    assert browser.session.fill.reference_frame == 2
    reference.set_clone(browser, 5, 30, None)
    assert browser.session.fill == FillSettings("plate", clone=(30, 0), reference_frame=5)
    with pytest.raises(SettingsError, match="the mask itself"):
        reference.pick(browser, {"frame": 2, "x": 19, "y": 17})


def test_where_nothing_is_masked_nothing_can_be_cloned(browser: BrowserSession) -> None:
    browser.change(lambda now: replace(now, tracked=None))
    with pytest.raises(SettingsError, match=texts.FILL_NO_MASK):
        reference.pick(browser, {"frame": 2, "x": 49, "y": 27})


def test_another_kind_another_strategy_and_another_clip(browser: BrowserSession) -> None:
    reference.use_frame(browser, 3)
    choose(browser, "propagate", "", 5, "alpha", True)
    assert browser.session.job().fill == FillSettings(seed=5)
    assert not stage_value(browser)["picking"]
    choose(browser, "plate", "", 5, "alpha", True, True)
    safe = FillSettings("plate", seed=5, reference_frame=3, commercial_safe=True)
    assert browser.session.job().fill == safe
    assert browser.session.tracker_options().commercial_safe
    choose(browser, "plate", "", 5, "alpha", True)
    assert browser.session.job().fill == FillSettings("plate", seed=5, reference_frame=3)
    loaded = browser.session.clip
    assert loaded is not None
    assert browser.session.use_clip(loaded).fill == FillSettings("plate", seed=5)
    reference.choose_kind(browser, "picture")
    assert browser.session.fill == FillSettings("plate", seed=5)


def test_a_frame_can_be_tried_and_the_preview_goes_with_a_change(
    browser: BrowserSession, tmp_path: Path
) -> None:
    clip = browser.session.clip
    assert clip is not None
    truth = np.asarray(cv2.GaussianBlur(clip.clip.read(clip.clip.span).frames[0], (0, 0), 2))
    truth[SquareTrack.square.slices] = (20, 60, 200)
    write_png(tmp_path / "still.png", truth)
    reference.take_picture(browser, str(tmp_path / "still.png"))
    reference.set_still(browser, 0, True)
    reference.set_preview_frame(browser, 3)
    browser.change(reference.make_preview(browser, no_op))
    seen = browser.session.current_preview()
    assert seen is not None
    assert seen.frame == 3
    shown = read_image(seen.picture)
    inner = Box(16, 14, 24, 22).slices
    assert np.abs(shown[inner].mean(axis=(0, 1)) - (20, 60, 200)).max() < 40
    address = stage_value(browser)["preview"]["address"]
    assert browser.media_file(address.rsplit("/", 1)[1]) == seen.picture
    reference.use_frame(browser, 1)
    assert browser.session.current_preview() is None
    assert stage_value(browser)["preview"] is None


def test_a_frame_outside_the_clip_is_brought_inside(browser: BrowserSession) -> None:
    reference.use_frame(browser, 99)
    assert browser.session.fill.reference_frame == FRAMES - 1
