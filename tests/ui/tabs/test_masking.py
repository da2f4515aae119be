from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.ui.conftest import FRAMES, HEIGHT, WIDTH, SquareTrack
from tests.ui.session.test_session import tracked_for
from vinpaint.core import Box, BoxPrompt, Click, Mask, MaskError, MaskFile, Painting, Region, Tuning
from vinpaint.media import Clip, write_png
from vinpaint.ui import texts
from vinpaint.ui.page.outline import jpeg, layered_png, polygons, trace
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.marks import add, alter_object, new_object, paint
from vinpaint.ui.session.session import Session
from vinpaint.ui.tabs import masking


@pytest.fixture
def browser(session: Session) -> Iterator[BrowserSession]:
    browsers = BrowserSessions()
    made = browsers.get("a")
    made.change(lambda _: session)
    yield made
    browsers.close()


@pytest.fixture
def clip(browser: BrowserSession) -> Clip:
    assert browser.session.clip is not None
    return browser.session.clip.clip


def draw(x: int, y: int, **more: object) -> dict[str, object]:
    return {"frame": 2, "points": [[x, y]], "radius": 4, **more}


def test_a_stroke_paints_and_erases(browser: BrowserSession) -> None:
    masking.stroke(browser, draw(20, 20))
    painted = masking.active_mask(browser, 2)
    assert painted[20, 20] == 1
    assert painted[40, 60] == 0
    assert 40 < painted.sum() < 80
    masking.stroke(browser, draw(22, 20, erase=True))
    erased = masking.active_mask(browser, 2)
    assert erased[20, 22] == 0
    assert 0 < erased.sum() < painted.sum()
    prompt = browser.session.prompts[0]
    assert isinstance(prompt, Painting)
    assert browser.folder in Path(prompt.path).parents


def test_erasing_everything_takes_the_painting_away(browser: BrowserSession) -> None:
    masking.stroke(browser, draw(20, 20))
    masking.stroke(browser, {**draw(20, 20, erase=True), "radius": 30})
    assert browser.session.prompts == ()
    assert masking.active_mask(browser, 2).sum() == 0


def test_a_stroke_on_a_followed_frame_starts_from_what_was_found(browser: BrowserSession) -> None:
    browser.change(lambda session: add(session, Click(0, 15, 15)))
    browser.change(lambda session: session.with_tracked(tracked_for(session)))
    masking.stroke(browser, draw(50, 40))
    values = masking.active_mask(browser, 2)
    assert values[15, 15] == 1
    assert values[40, 50] == 1


def test_a_region_shows_on_every_frame(browser: BrowserSession) -> None:
    masking.area(browser, {"frame": 0, "kind": "region", "box": [-5, 2, 20, 12]})
    assert browser.session.prompts == (Region(Box(0, 2, 20, 12)),)
    for frame in (0, FRAMES - 1):
        assert masking.active_mask(browser, frame).sum() == 200


def test_a_new_region_joins_what_was_followed(browser: BrowserSession) -> None:
    browser.change(lambda session: add(session, Click(0, 15, 15)))
    browser.change(lambda session: session.with_tracked(tracked_for(session)))
    masking.area(browser, {"frame": 0, "kind": "region", "box": [40, 30, 50, 40]})
    assert masking.active_mask(browser, 4).sum() == 400 + 100


def test_a_box_is_a_prompt_of_its_frame(browser: BrowserSession) -> None:
    masking.area(browser, {"frame": 3, "kind": "box", "box": [5, 5, 40, 40]})
    assert browser.session.prompts == (BoxPrompt(3, Box(5, 5, 40, 40)),)


def test_a_frame_past_the_end_is_the_last(browser: BrowserSession) -> None:
    masking.area(browser, {"frame": 999, "kind": "box", "box": [5, 5, 40, 40]})
    assert browser.session.prompts == (BoxPrompt(FRAMES - 1, Box(5, 5, 40, 40)),)


def test_a_finished_mask_moves_into_the_visit(browser: BrowserSession, tmp_path: Path) -> None:
    upload = tmp_path / "white.png"
    values = np.zeros((HEIGHT, WIDTH), np.uint8)
    values[:10] = 255
    write_png(upload, values)
    masking.finished_mask(browser, upload)
    assert not upload.exists()
    assert masking.active_mask(browser, 3).sum() == 10 * WIDTH


def test_a_mask_of_another_size_is_refused_and_not_kept(
    browser: BrowserSession, tmp_path: Path
) -> None:
    upload = tmp_path / "small.png"
    write_png(upload, np.full((3, 3), 255, np.uint8))
    with pytest.raises(MaskError, match="3x3"):
        masking.finished_mask(browser, upload)
    assert not any(isinstance(one, MaskFile) for one in browser.session.prompts)


def test_marks_without_a_clip_are_refused() -> None:
    browsers = BrowserSessions()
    with pytest.raises(Exception, match="First choose a clip"):
        masking.click(browsers.get("a"), {"frame": 0, "x": 1, "y": 1, "add": True})
    browsers.close()


def test_the_tuned_frame_is_what_a_repair_will_use(browser: BrowserSession, clip: Clip) -> None:
    marked = add(browser.session, Click(0, 15, 15))
    plain = Tuning(0, 0, 0)
    session = marked.with_tracked(tracked_for(marked)).retune(
        tuning=plain, invert=False, frames=None
    )
    assert masking.tuned_frame(session, clip, 1).sum() == 400
    grown = session.retune(tuning=Tuning(4, 0, 0), invert=False, frames=None)
    assert masking.tuned_frame(grown, clip, 1).sum() > 500
    inverse = session.retune(tuning=plain, invert=True, frames=None)
    assert masking.tuned_frame(inverse, clip, 1).sum() == WIDTH * HEIGHT - 400


def test_a_painting_of_the_session_is_not_read_twice(browser: BrowserSession) -> None:
    calls: list[int] = []
    for _ in range(3):
        browser.cached("key", lambda: calls.append(1))
    assert len(calls) == 1


def test_the_outline_says_how_much_is_covered(tmp_path: Path) -> None:
    told: list[float] = []
    path = tmp_path / "outline.json"
    areas = trace(SquareTrack(), path, soft=True, progress=lambda done, _: told.append(done))
    assert areas == (400 / (WIDTH * HEIGHT),) * FRAMES
    assert told[-1] == 1.0
    assert '"width":64' in path.read_text()


def test_polygons_go_around_holes_too() -> None:
    ring = np.zeros((20, 20), np.bool_)
    ring[2:18, 2:18] = True
    ring[7:12, 7:12] = False
    assert len(polygons(ring)) == 2
    assert polygons(np.zeros((20, 20), np.bool_)) == []


def test_pictures_are_made_no_larger_than_asked() -> None:
    assert layered_png({1: np.zeros((10, 400), np.float32)}, longest_px=100)[:4] == b"\x89PNG"
    assert jpeg(np.zeros((400, 10, 3), np.uint8), longest_px=100)[:2] == b"\xff\xd8"


def test_paint_none_is_no_change_without_prompts(session: Session) -> None:
    assert paint(session, 0, None) is session


def test_objects_are_shown_apart_and_hidden_ones_not(browser: BrowserSession) -> None:
    masking.stroke(browser, draw(10, 10))
    browser.change(new_object)
    masking.stroke(browser, draw(50, 40))
    layers = masking.frame_masks(browser, 2)
    assert [number for number, values in layers.items() if values[10, 10]] == [1]
    assert [number for number, values in layers.items() if values[40, 50]] == [2]
    png = cv2.imdecode(np.frombuffer(layered_png(layers, longest_px=400), np.uint8), -1)
    assert png[10, 10].tolist() == [0, 1, 255]
    assert png[40, 50].tolist() == [0, 2, 255]
    browser.change(lambda session: alter_object(session, 1, hidden=True))
    assert list(masking.frame_masks(browser, 2)) == [2]


def test_a_not_this_click_mends_what_was_followed(browser: BrowserSession) -> None:
    browser.change(lambda session: add(session, Click(0, 15, 15)))
    browser.change(lambda session: session.with_tracked(tracked_for(session)))
    whole = masking.active_mask(browser, 3)
    masking.click(browser, {"frame": 3, "x": 12, "y": 10, "add": False})
    mended = masking.active_mask(browser, 3)
    assert mended[10, 12] == 0
    assert mended.sum() < whole.sum()
    assert np.array_equal(masking.active_mask(browser, 2), whole)


def test_larger_and_smaller_step_through_the_regions_and_say_where_they_end(
    browser: BrowserSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every level has a square of its own size; levels 0 and 1 differ by one pixel."""

    def segment_frame(clip: Clip, prompts: tuple[Click, ...], frame: int, **_: object) -> Mask:
        level = min(max(prompts[-1].level, -1), 2)
        half = {-1: 4, 0: 8, 1: 8, 2: 12}[level]
        values = np.zeros((1, clip.height, clip.width), np.float32)
        values[0, 5, 5] = level == 1
        values[0, 20 - half : 20 + half, 20 - half : 20 + half] = 1
        return Mask(values)

    monkeypatch.setattr(masking.masks, "segment_frame", segment_frame)
    point = {"frame": 1, "x": 20, "y": 20, "add": True}
    masking.click(browser, point)
    first = masking.active_mask(browser, 1).sum()
    masking.larger(browser)
    assert masking.active_mask(browser, 1).sum() > first
    assert browser.session.prompts == (Click(1, 20, 20, level=2),)
    masking.larger(browser)
    assert browser.session.prompts == (Click(1, 20, 20, level=2),)
    assert browser.session.failure is not None
    assert browser.session.failure.message == texts.MASK_LARGEST
    masking.click(browser, point)
    assert browser.session.prompts == (Click(1, 20, 20, level=-1),)
    assert masking.active_mask(browser, 1).sum() < first
    masking.smaller(browser)
    assert browser.session.failure.message == texts.MASK_SMALLEST


def test_a_click_that_changes_nothing_says_so(
    browser: BrowserSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    square = np.zeros((1, HEIGHT, WIDTH), np.float32)
    square[0, 10:30, 10:30] = 1
    monkeypatch.setattr(masking.masks, "segment_frame", lambda *_, **__: Mask(square))
    masking.click(browser, {"frame": 1, "x": 15, "y": 15, "add": True})
    assert browser.session.failure is None
    masking.click(browser, {"frame": 1, "x": 25, "y": 25, "add": True})
    assert browser.session.failure is not None
    words = "The click at 25,25 on frame 1 changed nothing: the place is in the mask already."
    assert browser.session.failure.message == words
    assert len(browser.session.prompts) == 2
    masking.click(browser, {"frame": 1, "x": 50, "y": 40, "add": False})
    words = "The click at 50,40 on frame 1 changed nothing: the place is not in the mask."
    assert browser.session.failure.message == words
