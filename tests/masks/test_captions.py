"""Test that burned-in text is read, tracked and outlined, and that scene text is left alone."""

from __future__ import annotations

import sys
import threading
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from examples import synthetic
from examples.synthetic import Camera, Lettering, Made, draw_letters
from tests.masks.making import folder_clip, silence
from vinpaint import masks
from vinpaint.core import Box, Cancelled, Captions, Frames, MaskError, MissingError, Span
from vinpaint.masks import captions as source
from vinpaint.masks.detect.glyphs import CropReader
from vinpaint.masks.detect.ocr import OcrLine, TextReader, run_interruptible
from vinpaint.masks.detect.text_lines import LineTrack, track_lines
from vinpaint.masks.mask_tracks import StaticShape, StaticShapeTrack
from vinpaint.media import Clip

pytestmark = pytest.mark.slow

SIZE, COUNT = (360, 200), 40
PAN = Camera(pan_px=(2.0, 1.2))
ONE = Lettering("Good morning", Span(4, 17), (180.0, 170.0), 24)
TWO = Lettering("How do you do", Span(17, 38), (180.0, 170.0), 24)


def made(*lines: Lettering, camera: Camera = PAN, frames: int = COUNT) -> Made:
    picture = synthetic.texture(360, 560, seed=3, contrast=26)
    return synthetic.captions(picture, camera, lines, size=SIZE, frames=frames)


@pytest.fixture(scope="module")
def dialogue() -> Made:
    return made(ONE, TWO)


@pytest.fixture(scope="module")
def clip(dialogue: Made, tmp_path_factory: pytest.TempPathFactory) -> Clip:
    return folder_clip(tmp_path_factory.mktemp("clip") / "in", dialogue.frames)


@pytest.fixture(scope="module")
def found(clip: Clip) -> tuple[masks.Caption, ...]:
    return masks.find_captions(clip, progress=silence)


def known(monkeypatch: pytest.MonkeyPatch, found: Sequence[masks.Caption]) -> None:
    """Skip the text recognition where it is not under test."""
    monkeypatch.setattr(source, "find_captions", lambda clip, **options: tuple(found))


def test_each_is_read_and_has_its_own_frames(found: tuple[masks.Caption, ...]) -> None:
    assert [(one.number, one.text, one.span) for one in found] == [
        (1, ONE.text, ONE.when),
        (2, TWO.text, TWO.when),
    ]
    assert all(one.score > 0.9 and not one.scene and not one.changing for one in found)


def test_nothing_of_the_letters_is_left_out(
    clip: Clip, dialogue: Made, found: tuple[masks.Caption, ...]
) -> None:
    values = masks.mask_captions(clip, found, progress=silence).read(clip.span).values
    true = dialogue.mask > 0
    assert set(np.unique(values)) == {0, 1}
    assert not (true & (values == 0)).any()
    assert values.sum() < 3 * true.sum()
    assert np.array_equal(values.any(axis=(1, 2)), true.any(axis=(1, 2)))


def test_boxes_hold_the_letters_and_are_rectangles(
    clip: Clip, dialogue: Made, found: tuple[masks.Caption, ...]
) -> None:
    track = masks.mask_captions(clip, found, "box", progress=silence)
    for caption in found:
        t = caption.span.start
        box = track.bounds(t)
        assert box is not None
        assert track.read(Span(t, t + 1)).values.sum() == box.width * box.height
        outside = dialogue.mask[t].copy()
        outside[box.slices] = 0
        assert not outside.any()


def test_the_source_masks_what_is_chosen(
    clip: Clip, found: tuple[masks.Caption, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    known(monkeypatch, found)
    for chosen, spans in ((None, (ONE.when, TWO.when)), ((2,), (TWO.when,)), ((1,), (ONE.when,))):
        track = masks.find(clip, [Captions(chosen=chosen)], progress=silence)
        marked = [t for t in range(COUNT) if track.bounds(t)]
        assert marked == [t for span in spans for t in span.frames]


@pytest.mark.slow
def test_the_source_finds_by_itself_and_in_the_same_way_twice(clip: Clip) -> None:
    first, second = (masks.find(clip, [Captions("box")], progress=silence) for _ in range(2))
    assert np.array_equal(first.read(clip.span).values, second.read(clip.span).values)
    assert first.bounds(4) is not None


@pytest.mark.parametrize(
    ("chosen", "words"),
    [((3,), "caption 3 cannot be masked; choose among 1, 2"), ((), "no caption is chosen")],
)
def test_a_choice_of_nothing_is_refused(
    chosen: tuple[int, ...],
    words: str,
    clip: Clip,
    found: tuple[masks.Caption, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known(monkeypatch, found)
    with pytest.raises(MaskError, match=words):
        masks.find(clip, [Captions(chosen=chosen)], progress=silence)


@pytest.mark.parametrize("camera", [PAN, Camera()])
def test_without_text_there_is_nothing_to_choose_and_nothing_to_mask(
    camera: Camera, tmp_path: Path
) -> None:
    clip = folder_clip(tmp_path / "in", made(camera=camera, frames=12).frames)
    assert masks.find_captions(clip, progress=silence) == ()
    with pytest.raises(
        MaskError, match="no burned-in text was found; mark what is meant"
    ) as caught:
        masks.find(clip, [Captions()], progress=silence)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("step", [(0.5, 0.0), (3.0, 0.5)])
def test_text_of_the_scene_is_told_apart(step: tuple[float, float], tmp_path: Path) -> None:
    picture = np.full((360, 560, 3), 90, np.uint8) + synthetic.texture(360, 560, seed=5) // 4
    sign = Lettering("BAKERY", Span(0, 1), (280.0, 180.0), 30, 3)
    colours, share = draw_letters(sign, (560, 360))
    picture = np.where(share[..., None] > 0, colours, picture)
    scene = synthetic.captions(
        picture, Camera(pan_px=step), [ONE], size=SIZE, frames=24, start=(270.0, 200.0)
    )
    clip = folder_clip(tmp_path / "in", scene.frames)
    listed = masks.find_captions(clip, scene=True, progress=silence)
    assert [(one.number, one.text, one.scene) for one in listed] == [
        (1, "Good morning", False),
        (2, "BAKERY", True),
    ]
    with pytest.raises(MaskError, match="caption 2 cannot be masked; choose among 1"):
        source.select(listed, (2,))
    with pytest.raises(MaskError, match="only text that moves with the picture"):
        source.select(listed[1:], None)
    assert source.select(listed, None) == listed[:1]


def test_lines_that_come_and_go_together_are_one_caption(tmp_path: Path) -> None:
    upper = Lettering("Two lines make", Span(3, 20), (180.0, 140.0), 24)
    lower = Lettering("one caption", Span(3, 20), (180.0, 172.0), 24)
    other = Lettering("NEWS 24", Span(0, 24), (70.0, 24.0), 22)
    scene = made(upper, lower, other, frames=24)
    clip = folder_clip(tmp_path / "in", scene.frames)
    found = masks.find_captions(clip, progress=silence)
    assert [(one.text, one.span, len(one.lines)) for one in found] == [
        ("NEWS 24", Span(0, 24), 1),
        ("Two lines make one caption", Span(3, 20), 2),
    ]
    values = masks.mask_captions(clip, found, progress=silence).read(clip.span).values
    assert not ((scene.mask > 0) & (values == 0)).any()


def test_a_clock_is_one_caption_and_masked_as_a_box(tmp_path: Path) -> None:
    ticks = [
        Lettering(f"REC 00:{k}{k}", Span(4 * k, 4 * k + 4), (90.0, 30.0), 24) for k in range(8)
    ]
    scene = made(*ticks, frames=32)
    clip = folder_clip(tmp_path / "in", scene.frames)
    found = masks.find_captions(clip, progress=silence)
    assert [(one.span, one.changing) for one in found] == [(Span(0, 32), True)]
    values = masks.mask_captions(clip, found, "letters", progress=silence).read(clip.span).values
    assert not ((scene.mask > 0) & (values == 0)).any()


def test_a_fade_is_followed_to_its_ends(tmp_path: Path) -> None:
    line = Lettering("Slowly there", Span(0, COUNT), (180.0, 170.0), 26)
    truth = made().truth
    colours, share = draw_letters(line, SIZE)
    when = range(5, 35)
    strength = [max(0.0, min(1.0, (t - 4) / 6, (35 - t) / 6)) for t in range(COUNT)]
    scene = synthetic.lay_over(truth, [colours] * COUNT, [share * k for k in strength])
    clip = folder_clip(tmp_path / "in", scene.frames)
    (found,) = masks.find_captions(clip, progress=silence)
    assert abs(found.span.start - when.start) <= 1
    assert abs(found.span.stop - when.stop) <= 1


def test_a_single_frame_can_be_read(tmp_path: Path) -> None:
    line = Lettering("Good morning", Span(0, 1), (180.0, 170.0), 24)
    clip = folder_clip(tmp_path / "in", made(line, frames=1).frames)
    found = masks.find_captions(clip, progress=silence)
    assert [(one.text, one.span) for one in found] == [("Good morning", Span(0, 1))]


# --- following what is read, with a reader that reads from a script ----------------------------


class Script:
    """A fake reader that answers by frame number, which it reads from the brightness."""

    def __init__(self, lines: Callable[[int], Sequence[OcrLine]]) -> None:
        self.lines = lines
        self.asked: list[int] = []

    def read(self, image: Frames) -> tuple[OcrLine, ...]:
        self.asked.append(int(image[0, 0, 0]))
        return tuple(self.lines(self.asked[-1]))


def numbered_clip(folder: Path, frames: int) -> Clip:
    return folder_clip(folder, np.arange(frames, dtype=np.uint8)[:, None, None, None]
                       * np.ones((1, 24, 32, 3), np.uint8))  # fmt: skip


def line(text: str, x: int = 4, y: int = 4, score: float = 0.95) -> OcrLine:
    return OcrLine(text, Box(x, y, x + 20, y + 8), score)


def followed(
    folder: Path, script: Callable[[int], Sequence[OcrLine]], frames: int = 60
) -> list[LineTrack]:
    clip = numbered_clip(folder / "in", frames)
    return list(track_lines(clip, Script(script), silence))  # type: ignore[arg-type]


def test_one_failed_reading_does_not_part_a_line(tmp_path: Path) -> None:
    (run,) = followed(tmp_path, lambda t: [] if t == 24 else [line("Hello there")])
    assert (run.first, run.last) == (0, 59)


def test_another_text_in_the_same_place_is_another_line(tmp_path: Path) -> None:
    first, second = followed(tmp_path, lambda t: [line("Hello there" if t < 30 else "Never mind")])
    assert (first.text, first.last, second.text, second.first) == (
        "Hello there", 24, "Never mind", 30,
    )  # fmt: skip


def test_a_misread_letter_does_not_and_the_most_frequent_reading_wins(tmp_path: Path) -> None:
    (run,) = followed(tmp_path, lambda t: [line("Hel1o there" if t % 12 else "Hello there")])
    assert run.text in ("Hello there", "Hel1o there")
    (run,) = followed(tmp_path / "b", lambda t: [line("Hel1o there" if t == 6 else "Hello there")])
    assert run.text == "Hello there"


def test_what_is_read_badly_or_is_one_sign_is_left_out(tmp_path: Path) -> None:
    assert followed(tmp_path, lambda t: [line("Hello", score=0.6), line("x", 4, 14)]) == []
    assert followed(tmp_path / "once", lambda t: [line("Hello", score=0.8)] * (t == 6)) == []
    assert len(followed(tmp_path / "sure", lambda t: [line("Hello", score=0.9)] * (t == 6))) == 1


def test_progress_is_told_before_each_reading(tmp_path: Path) -> None:
    script = Script(lambda t: [])
    told: list[float] = []

    def progress(fraction: float, words: str) -> None:
        told.append(fraction)
        if fraction > 0.15:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        list(track_lines(numbered_clip(tmp_path / "in", 60), script, progress))  # type: ignore[arg-type]
    assert script.asked == [0, 6]
    assert told == sorted(told)


def test_a_cancel_does_not_wait_for_a_reading_under_way() -> None:
    release, ended = threading.Event(), threading.Event()

    def read() -> None:
        assert release.wait(60)
        ended.set()

    def beat() -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        run_interruptible(read, beat)
    assert not ended.is_set()
    release.set()
    assert ended.wait(60)


def test_what_a_reading_returns_or_raises_comes_through() -> None:
    assert run_interruptible(lambda: 7, lambda: None) == 7
    with pytest.raises(MissingError, match="gone"):
        run_interruptible(lambda: (_ for _ in ()).throw(MissingError("gone")), lambda: None)


def test_looking_closer_can_be_cancelled_at_every_frame(
    clip: Clip, found: tuple[masks.Caption, ...]
) -> None:
    beats: list[int] = []
    cuts = CropReader(clip, lambda: beats.append(1))
    assert cuts.read(3, Box(1, 2, 5, 9)).shape == (7, 4, 3)
    assert len(beats) == 1

    def progress(fraction: float, words: str) -> None:
        beats.append(1)
        if len(beats) == 5:
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        masks.mask_captions(clip, found, progress=progress)
    assert len(beats) == 5


def test_memory_does_not_grow_with_length(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [line("Hello there"), line("NEWS 24", 4, 14)]
    monkeypatch.setattr(source, "TextReader", lambda: Script(lambda t: lines))
    # what readers share has a bound of its own, which clips as small as these never reach
    monkeypatch.setattr("vinpaint.media.frame_cache.RECENT_BYTES", 0)

    def most(frames: int) -> int:
        clip = numbered_clip(tmp_path / str(frames), frames)
        tracemalloc.start()
        masks.find_captions(clip, progress=silence)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return peak

    most(20)  # what is imported on the way is not counted
    assert most(240) < 1.3 * most(60)


# --- the reader ---------------------------------------------------------------------------------


def test_the_reader_never_looks_for_weights_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    from rapidocr.utils import download_file

    def refuse(*args: Any, **options: Any) -> None:
        raise AssertionError("a download was tried")

    monkeypatch.setattr(download_file.DownloadFile, "run", refuse)
    monkeypatch.setattr("socket.socket.connect", refuse)
    image = made(ONE, frames=6).frames[5]
    assert [one.text for one in TextReader().read(image)] == ["Good morning"]


def test_a_large_picture_is_read_small_and_its_boxes_fit_the_large_one() -> None:
    image = made(ONE, frames=6).frames[5]
    (small,) = TextReader().read(image)
    (large,) = TextReader().read(np.repeat(np.repeat(image, 4, axis=0), 4, axis=1))
    assert large.text == small.text
    assert np.abs(np.subtract(large.box, np.multiply(small.box, 4))).max() <= 16


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    with pytest.raises(
        MissingError, match=r"needs the package rapidocr.*requirements\.txt"
    ) as caught:
        TextReader()
    assert "\n" not in str(caught.value)


def test_missing_weights_are_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import rapidocr

    monkeypatch.setattr(rapidocr, "__file__", str(tmp_path / "__init__.py"))
    with pytest.raises(MissingError, match=r"without its weights PP-OCRv6_det_small\.onnx"):
        TextReader()


# --- the track ----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_window_of_the_track_is_a_cut_of_the_whole(data: st.DataObject) -> None:
    numbers = st.integers(0, 9)
    marks = []
    for _ in range(data.draw(st.integers(0, 3))):
        t, x, y = (data.draw(numbers) for _ in range(3))
        box = Box(x, y, x + data.draw(st.integers(1, 4)), y + data.draw(st.integers(1, 4)))
        shape = np.random.default_rng(x).random((box.height, box.width)) < 0.7
        marks.append(StaticShape(Span(t, t + data.draw(numbers)), box, shape))
    track = StaticShapeTrack((14, 13), 20, tuple(marks))
    whole = track.read(Span(0, 20)).values
    x, y, t = (data.draw(numbers) for _ in range(3))
    part = track.read(Span(t, t + 5), box=Box(x, y, x + 4, y + 3)).values
    assert np.array_equal(part, whole[t : t + 5, y : y + 3, x : x + 4])
    for frame, values in enumerate(whole):
        bounds = track.bounds(frame)
        outside = values.copy()
        if bounds is not None:
            outside[bounds.slices] = 0
        assert not outside.any()
