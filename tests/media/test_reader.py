"""Frames by number: any span, in any order, equals the same cut of a whole read."""

from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.making import LAYOUTS, TURNS, encode, random_clip, turn, turned
from vinpaint.core import Box, Span
from vinpaint.media import Clip, frame_cache, open_clip

COUNT, HEIGHT, WIDTH = 90, 34, 46


@pytest.fixture(scope="module")
def planes() -> list[tuple[np.ndarray, ...]]:
    return random_clip(LAYOUTS["420"], COUNT, HEIGHT, WIDTH)


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory, planes: list) -> dict[str, Path]:
    """The same frames in files that seek well, badly, and with uneven or late timestamps."""
    folder = tmp_path_factory.mktemp("video")
    layout = LAYOUTS["420"]
    random = np.random.default_rng(3)
    uneven = np.cumsum(random.integers(1, 90, COUNT)).tolist()
    late = [t + 36_000 for t in range(0, COUNT * 3600, 3600)]
    ninety = Fraction(1, 90_000)
    one_key = {"qp": "0", "g": "1000", "bf": "2", "preset": "ultrafast"}
    open_gop = {"qp": "0", "g": "20", "bf": "3", "preset": "faster", "x264-params": "open-gop=1"}
    return {
        "mp4": encode(folder / "a.mp4", planes, layout),
        "mkv": encode(folder / "a.mkv", planes, layout),
        "one key frame": encode(folder / "one.mp4", planes, layout, options=one_key),
        "open gop": encode(folder / "open.mp4", planes, layout, options=open_gop),
        "uneven": encode(
            folder / "uneven.mp4", planes, layout, pts=uneven, time_base=Fraction(1, 1000)
        ),
        "mpegts": encode(folder / "a.ts", planes, layout, pts=late, time_base=ninety),
        "avi": encode(folder / "a.avi", planes, layout),
    }


KINDS = ["mp4", "mkv", "one key frame", "open gop", "uneven", "mpegts", "avi"]


def check(clip: Clip, planes: list, span: Span) -> None:
    for picture, number in zip(clip.pictures(span), span.frames, strict=True):
        assert picture.index == number
        for got, want in zip(picture.planes, planes[number], strict=True):
            assert np.array_equal(got, want), f"frame {number} is another"


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_read_gives_every_frame_as_it_was_made(
    kind: str, paths: dict[str, Path], planes: list
) -> None:
    clip = open_clip(paths[kind])
    assert clip.frames == COUNT
    check(clip, planes, clip.span)


spans = st.tuples(st.integers(0, COUNT), st.integers(0, 12)).map(
    lambda p: Span(p[0], min(COUNT, p[0] + p[1]))
)


@pytest.mark.parametrize("kind", KINDS)
@settings(
    max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(order=st.lists(spans, min_size=1, max_size=5))
def test_spans_in_any_order_equal_the_whole(
    kind: str,
    order: list[Span],
    paths: dict[str, Path],
    planes: list,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(frame_cache, "RECENT_BYTES", 1)  # seek, do not remember
    clip = fresh(paths[kind])
    for span in order:
        check(clip, planes, span)
    clip.close()


_opened: dict[Path, Clip] = {}


def open_clip_once(path: Path) -> Clip:
    """Probing costs a process; one look at each file is enough."""
    if path not in _opened:
        _opened[path] = open_clip(path)
    return _opened[path]


def fresh(path: Path) -> Clip:
    """The clip with nothing decoded yet."""
    return pickle.loads(pickle.dumps(open_clip_once(path)))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_box_of_a_span_is_the_cut_of_the_whole(data: st.DataObject, paths: dict) -> None:
    clip = open_clip_once(paths["mp4"])
    span = data.draw(spans)
    x0, y0 = data.draw(st.integers(0, WIDTH - 1)), data.draw(st.integers(0, HEIGHT - 1))
    box = Box(x0, y0, data.draw(st.integers(x0 + 1, WIDTH)), data.draw(st.integers(y0 + 1, HEIGHT)))
    cut = clip.read(span, box=box).frames
    whole = clip.read(span).frames
    assert np.array_equal(cut, whole[(slice(None), *box.slices)])


def test_two_threads_may_read_one_clip(paths: dict[str, Path], planes: list) -> None:
    clip = fresh(paths["mp4"])
    order = [Span(t, t + 3) for t in (60, 5, 80, 0, 41, 7, 70, 22)]
    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(check, clip, planes, span) for span in order * 3]:
            done.result()


def test_a_clip_crosses_a_process_border(paths: dict[str, Path], planes: list) -> None:
    clip = open_clip_once(paths["mp4"])
    clip.read(Span(0, 2))
    check(pickle.loads(pickle.dumps(clip)), planes, Span(30, 33))


def test_a_closed_clip_opens_again(paths: dict[str, Path], planes: list) -> None:
    clip = fresh(paths["mp4"])
    check(clip, planes, Span(3, 5))
    clip.close()
    check(clip, planes, Span(0, 2))


@pytest.mark.parametrize("span", [Span(-1, 2), Span(0, COUNT + 1), Span(5, 4)])
def test_frames_that_are_not_there_are_refused(span: Span, paths: dict[str, Path]) -> None:
    with pytest.raises(ValueError, match="of a clip of 90"):
        open_clip_once(paths["mp4"]).read(span)


@pytest.mark.parametrize(
    ("layout", "size"),
    [("420", (32, 48)), ("422", (31, 48)), ("444", (31, 45))],  # as odd as the encoder takes
)
@pytest.mark.parametrize("name", TURNS)
def test_turned_clips_are_read_upright_and_written_with_upright_planes(
    name: str, layout: str, size: tuple[int, int], tmp_path: Path
) -> None:
    made = random_clip(LAYOUTS[layout], 3, *size)
    path = turn(encode(tmp_path / "a.mp4", made, LAYOUTS[layout]), TURNS[name])
    clip = open_clip(path)
    for picture in clip.pictures():
        for got, want in zip(picture.planes, made[picture.index], strict=True):
            assert np.array_equal(got, turned(want, TURNS[name]))
        plain = type(picture)(0, made[picture.index], LAYOUTS[layout]).rgb()
        assert np.array_equal(picture.rgb(), turned(plain, TURNS[name]))


def test_no_more_than_a_few_frames_are_remembered(
    paths: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(frame_cache, "RECENT_BYTES", 4 * (HEIGHT * WIDTH * 3 // 2))
    clip = fresh(paths["mp4"])
    clip.read(Span(0, 20))
    assert len(clip.reader.cache) == 4


def test_what_one_reader_has_decoded_serves_the_other(paths: dict[str, Path]) -> None:
    clip = fresh(paths["mp4"])
    other = clip.reopen()
    first = list(clip.pictures(Span(3, 6)))
    assert all(a is b for a, b in zip(first, other.pictures(Span(3, 6)), strict=True))
    other.close()  # of a reader that shares: its place in the file, not the pictures
    assert next(clip.pictures(Span(3, 4))) is first[0]
    clip.close()
    assert next(clip.pictures(Span(3, 4))) is not first[0]
