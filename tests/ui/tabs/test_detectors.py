"""What the Mask tab finds by itself: words and learned weights, captions; chosen, then followed."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.masks.making import stored
from tests.tiny import save_grounding_dino, save_sam2
from vinpaint import models
from vinpaint.core import Box, Captions, Click, MaskError, Missing, Span, TextPrompt, VinpaintError
from vinpaint.masks import Caption, MissingPixels, TrackerOptions
from vinpaint.masks.missing import MissingArea
from vinpaint.ui.session.browser_sessions import BrowserSession, BrowserSessions
from vinpaint.ui.session.marks import add, clear, with_detections
from vinpaint.ui.session.session import Session
from vinpaint.ui.session.tracked_objects import Detections, track_detections
from vinpaint.ui.tabs import detectors, masking
from vinpaint.ui.tabs.mask_tab import follow


@pytest.fixture
def browser(session: Session) -> Iterator[BrowserSession]:
    browsers = BrowserSessions()
    made = browsers.get("a")
    made.change(lambda _: session)
    yield made
    browsers.close()


@pytest.fixture
def weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    save_sam2(tmp_path / "sam2.1-hiera-tiny")
    save_grounding_dino(tmp_path / "grounding-dino-tiny")
    monkeypatch.setenv("VINPAINT_MODELS", str(tmp_path))
    return tmp_path


def no_op(fraction: float, words: str) -> None:
    pass


LINE = Box(10, 30, 40, 40)
CAPTION = Caption(1, "Hello", LINE, Span(1, 4), 0.9, lines=(LINE,))


@pytest.mark.slow
@pytest.mark.usefixtures("weights")
def test_words_offer_candidates_and_the_chosen_are_followed_by_sam_2(
    browser: BrowserSession,
) -> None:
    detectors.set_query(browser, " the red car ", 0.05, 0.05)
    browser.change(detectors.find_words(browser, no_op))
    found = browser.session.detections.candidates
    assert found, "random weights see something everywhere at so low a threshold"
    assert browser.session.prompts == (TextPrompt("the red car", 0.05, 0.05),)
    detectors.choose_words(browser, [found[0].number])
    if len(found) > 1:
        assert browser.session.prompts == (
            TextPrompt("the red car", 0.05, 0.05, (found[0].number,)),
        )
    browser.change(lambda session: session.new_version(tracker="sam2-tiny"))
    browser.change(lambda session: add(session, Click(0, 20, 20)))
    after = follow(browser, no_op)(browser.session)
    assert after.tracked is not None
    assert after.tracked.tracker == "sam2-tiny"
    assert len(after.tracked.objects[1].areas) == 6
    detectors.choose_words(browser, [])
    assert browser.session.prompts == (Click(0, 20, 20),)


def test_nothing_to_look_for_is_said(browser: BrowserSession) -> None:
    with pytest.raises(MaskError, match="Say what to find"):
        detectors.set_query(browser, "  ", 0.3, 0.25)


def test_without_weights_words_say_what_is_missing_and_what_to_do(browser: BrowserSession) -> None:
    detectors.set_query(browser, "the red car", 0.3, 0.25)
    with pytest.raises(VinpaintError, match=r"689 MB, Apache-2\.0.*"):
        detectors.find_words(browser, no_op)


def test_a_hub_out_of_reach_is_one_sentence_soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    begun = time.monotonic()
    with pytest.raises(VinpaintError, match="cannot be reached"):
        models.fetch(detectors.SAM, progress=no_op)
    assert time.monotonic() - begun < 10


def test_ticked_captions_are_masked_without_reading_again(
    browser: BrowserSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vinpaint.masks.find_captions", lambda *_, **__: (CAPTION, CAPTION))
    browser.change(detectors.find_captions(browser, no_op))
    assert browser.session.prompts == (Captions(),)
    detectors.choose_captions(browser, [1], "box")
    assert browser.session.prompts == (Captions("box", (1,)),)
    clip = browser.session.clip.clip if browser.session.clip else None
    assert clip is not None
    tracks, left = track_detections(
        clip,
        browser.session.prompts,
        browser.session.detections,
        options=TrackerOptions(),
        progress=no_op,
    )
    assert left == []
    assert [tracks[0].bounds(t) is not None for t in (0, 1, 3, 4)] == [False, True, True, False]
    detectors.choose_captions(browser, [], "box")
    assert browser.session.prompts == ()


def test_no_caption_and_no_logo_say_what_to_do_instead(browser: BrowserSession) -> None:
    with pytest.raises(MaskError, match="fixed region"):
        detectors.find_captions(browser, no_op)
    with pytest.raises(MaskError, match="Fixed region"):
        detectors.find_logo(browser, no_op)


def test_what_was_not_offered_is_left_to_find(browser: BrowserSession) -> None:
    clip = browser.session.clip.clip if browser.session.clip else None
    assert clip is not None
    prompts = [Click(0, 1, 1), TextPrompt("a cat"), Captions()]
    assert track_detections(
        clip, prompts, Detections(), options=TrackerOptions(), progress=no_op
    ) == ([], prompts)
    kept = with_detections(browser.session, Detections(captions=(CAPTION,)))
    assert kept.version > browser.session.version


def test_missing_pixels_are_marked_and_followed_without_a_second_search(
    browser: BrowserSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    clip = browser.session.clip_in_use()
    holes = np.zeros((clip.frames, clip.height, clip.width), np.bool_)
    holes[1:3, 4:20, 6:30] = True
    found = MissingPixels(stored(holes), (MissingArea("border", 2, 0.1),))
    monkeypatch.setattr("vinpaint.masks.find_missing", lambda *_, **__: found)
    browser.change(detectors.find_missing(browser, no_op))
    assert browser.session.prompts == (Missing(),)
    said = detectors.describe_missing(browser.session)
    assert said == f"Found: a moving border on 2 of {clip.frames} frames."

    assert (masking.active_mask(browser, 2) == holes[2]).all()
    assert not masking.active_mask(browser, 3).any()

    def again(*_: object, **__: object) -> MissingPixels:
        raise AssertionError("searched twice")

    monkeypatch.setattr("vinpaint.masks.missing.find_missing", again)
    after = follow(browser, no_op)(browser.session)
    assert after.tracked is not None
    track = after.tracked.objects[1].track
    assert (track.read(clip.span).hole == holes).all()
    browser.change(clear)
    assert detectors.describe_missing(browser.session) == ""


def test_nothing_missing_is_said_and_marks_nothing(browser: BrowserSession) -> None:
    with pytest.raises(MaskError, match="nothing is missing"):
        detectors.find_missing(browser, no_op)
    assert browser.session.prompts == ()
