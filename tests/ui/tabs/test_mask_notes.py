"""The warnings below the mask: their frames, and the button that adds what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from tests.ui.session.test_session import tracked_for
from vinpaint.core import Click, MaskError, MaskPiece, MaskWarning, Painting, Span
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.marks import add
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.tracked_objects import TrackedObjects
from vinpaint.ui.tabs.mask_notes import add_missing, notes_html


@pytest.fixture
def browser(session: Session) -> Iterator[BrowserSession]:
    browsers = BrowserSessions()
    made = browsers.get("a")
    marked = add(session, Click(0, 20, 20))
    tracked = tracked_for(marked)
    one = tracked.objects[1]
    width, height = one.track.size
    piece = np.zeros((height, width), np.bool_)
    piece[-3:, -3:] = True
    notes = (
        MaskWarning("edge", Span(0, 1), "Frame 0: <the edge>.", 0.2),
        MaskWarning("part", Span(2, 4), "A part is missing.", 0.8, None, MaskPiece(3, piece)),
    )
    objects = {1: replace(one, notes=notes)}
    made.change(lambda _: replace(marked, tracked=TrackedObjects(objects, tracked.tracker)))
    yield made
    browsers.close()


def test_each_warning_shows_its_frames_and_the_worst_is_first(browser: BrowserSession) -> None:
    html = notes_html(browser.session)
    assert html.index('data-go="3"') < html.index('data-go="0"')
    assert "&lt;the edge&gt;" in html
    assert html.count("data-add=") == 1
    assert 'data-add="1:1"' in html
    assert "Add this piece on frame 3, and follow" in html


def test_mending_paints_the_whole_mask_of_the_frame(browser: BrowserSession) -> None:
    before = browser.session.tracked
    assert before is not None
    add_missing(browser, {"object": 1, "warning": 1})
    session = browser.session
    assert session.busy == "mask"
    painted = [one for one in session.prompts if isinstance(one, Painting)]
    assert [one.frame for one in painted] == [3]
    image = cv2.imread(painted[0].path, cv2.IMREAD_GRAYSCALE)
    assert image is not None
    expected = before.objects[1].track.read(Span(3, 4)).hole[0].copy()
    expected[-3:, -3:] = True
    assert np.array_equal(image > 127, expected)
    assert Click(0, 20, 20) in session.prompts


@pytest.mark.parametrize("data", [{}, {"object": 1, "warning": 0}, {"object": 2, "warning": 1}])
def test_what_is_not_proposed_is_refused(browser: BrowserSession, data: dict[str, int]) -> None:
    with pytest.raises(MaskError, match="follow again"):
        add_missing(browser, data)
    assert browser.session.busy is None


def test_nothing_is_mended_while_a_task_runs(browser: BrowserSession) -> None:
    browser.change(lambda session: session.begin("fill"))
    assert "disabled" in notes_html(browser.session)
    with pytest.raises(MaskError):
        add_missing(browser, {"object": 1, "warning": 1})
