"""A card lent by the call: with a stand-in for `spaces`, since no such space is at hand."""

from __future__ import annotations

import pickle
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import tiny_diffusion as tiny
from vinpaint import strategies
from vinpaint.core import (
    Box,
    Cancelled,
    Context,
    FillSettings,
    LimitError,
    Mask,
    MaskError,
    Piece,
    Span,
    Video,
    no_op,
)
from vinpaint.pipeline import zerogpu
from vinpaint.pipeline.plan import split_piece
from vinpaint.runtime import devices
from vinpaint.strategies.base import Strategy
from vinpaint.strategies.diffusion import cost, pipelines


@dataclass(frozen=True)
class Fake(Strategy):
    """Needs a card; paints the hole white, a frame a second."""

    fails: bool = False

    def weights(self, settings: FillSettings) -> tuple[str, ...]:
        return ("a-model",)

    def estimate_seconds(self, frames: int, size: tuple[int, int], settings: FillSettings) -> float:
        return float(frames)

    def fill(
        self, video: Video, mask: Mask, *, context: Context, settings: FillSettings, progress: Any
    ) -> Video:
        if self.fails:
            raise MaskError("the mask is odd; draw another")
        frames = video.frames.copy()
        for t in range(len(frames)):
            progress(t / len(frames), "painting")
            context.invented(t, int(mask.hole[t].sum()))
        context.note("painted")
        frames[mask.hole] = 255
        return Video(frames)


VIDEO = Video(np.zeros((4, 8, 8, 3), np.uint8))
MASK = Mask(np.pad(np.ones((4, 4, 4), np.float32), ((0, 0), (2, 2), (2, 2))))
SETTINGS = FillSettings("fake")


def by_post(call: zerogpu.Call) -> zerogpu.Call:
    """What goes in and comes out as it does between processes."""

    def called(*args: Any) -> Iterator[zerogpu.Event]:
        for event in call(*pickle.loads(pickle.dumps(args))):
            yield pickle.loads(pickle.dumps(event))

    return called


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(strategies.STRATEGIES, "fake", Fake())
    monkeypatch.setattr(zerogpu, "CALL", by_post(zerogpu._work))


@pytest.mark.usefixtures("card")
def test_progress_notes_and_counts_come_out_of_the_call() -> None:
    told, notes, counts = [], list[str](), dict[int, int]()
    context = Context(note=notes.append, invented=counts.__setitem__)
    filled = zerogpu.fill(
        "fake", VIDEO, MASK, context=context, settings=SETTINGS,
        progress=lambda fraction, words: told.append((fraction, words)),
    )  # fmt: skip
    assert (filled.frames[MASK.hole] == 255).all()
    assert [fraction for fraction, _ in told] == [0, 0.25, 0.5, 0.75]
    assert notes == ["painted"]
    assert counts == dict.fromkeys(range(4), 16)


@pytest.mark.usefixtures("card")
def test_a_cancel_ends_the_call() -> None:
    def progress(fraction: float, words: str) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        zerogpu.fill("fake", VIDEO, MASK, context=Context(), settings=SETTINGS, progress=progress)


@pytest.mark.usefixtures("card")
def test_what_fails_in_the_call_is_the_user_s_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(strategies.STRATEGIES, "fake", Fake(fails=True))
    with pytest.raises(MaskError, match="draw another"):
        zerogpu.fill("fake", VIDEO, MASK, context=Context(), settings=SETTINGS, progress=no_op)


@pytest.mark.usefixtures("card")
def test_a_spent_quota_is_a_sentence_with_a_way_on(monkeypatch: pytest.MonkeyPatch) -> None:
    import gradio as gr

    def refused(*_: Any) -> Iterator[zerogpu.Event]:
        raise gr.Error("You have exceeded your GPU quota")
        yield

    monkeypatch.setattr(zerogpu, "CALL", refused)
    with pytest.raises(LimitError, match=r"exceeded your GPU quota.* go on .*propagate"):
        zerogpu.fill("fake", VIDEO, MASK, context=Context(), settings=SETTINGS, progress=no_op)


@pytest.mark.usefixtures("card")
def test_long_windows_are_cut_and_no_frame_is_lost() -> None:
    piece = Piece(Span(0, 220), Box(0, 0, 64, 64), Span(20, 200))
    pieces = zerogpu.split_for_calls([piece], Fake(), SETTINGS)
    assert [t for one in pieces for t in one.fill.frames] == list(range(20, 200))
    for one in pieces:
        assert one.fill.length >= 8
        assert 1.5 * one.span.length <= zerogpu.CALL_SECONDS or one.fill.length < 16
        assert one.span.start <= one.fill.start
        assert one.fill.stop <= one.span.stop


def test_elsewhere_nothing_is_cut_and_nothing_called(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(strategies.STRATEGIES, "fake", Fake())
    assert zerogpu.CALL is None
    piece = Piece(Span(0, 220), Box(0, 0, 64, 64), Span(20, 200))
    assert zerogpu.split_for_calls([piece], Fake(), SETTINGS) == [piece]
    filled = zerogpu.fill("fake", VIDEO, MASK, context=Context(), settings=SETTINGS, progress=no_op)
    assert (filled.frames[MASK.hole] == 255).all()


def test_the_space_s_wrapper_is_used_where_cards_are_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys
    from types import SimpleNamespace

    asked: list[Any] = []

    def gpu(*, duration: Any) -> Any:
        asked.append(duration)
        return lambda function: function

    monkeypatch.setitem(sys.modules, "spaces", SimpleNamespace(GPU=gpu))
    monkeypatch.setenv(devices.ZEROGPU_VARIABLE, "1")
    monkeypatch.setitem(strategies.STRATEGIES, "fake", Fake())
    assert zerogpu._on_gpu() is zerogpu._work
    (duration,) = asked
    assert duration("fake", VIDEO, MASK, Context(), SETTINGS) == 10  # 6 s, and no less than 10


def test_who_gives_no_estimate_asks_for_the_usual_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Fake, "estimate_seconds", lambda *_: 0.0)
    monkeypatch.setitem(strategies.STRATEGIES, "fake", Fake())
    assert zerogpu._asked_seconds("fake", VIDEO, MASK, Context(), SETTINGS) == zerogpu.CALL_SECONDS


def test_a_lent_card_is_not_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between calls CUDA is pretended by the processor: windows would be cut far too short."""
    monkeypatch.setenv(devices.ZEROGPU_VARIABLE, "1")
    assert cost.operations_per_second("cuda", "bfloat16") > 1e14


# --- models loaded ahead --------------------------------------------------------------------------


@pytest.fixture
def fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two tiny pipelines, large by name; a card that takes what is put on it."""
    tiny.save_sd(tmp_path / "stable-diffusion-inpainting")
    tiny.save_sdxl(tmp_path / "sdxl-inpainting")
    monkeypatch.setenv("VINPAINT_MODELS", str(tmp_path))
    monkeypatch.setattr("vinpaint.models.loading.LARGE_BYTES", 0)
    monkeypatch.setattr("vinpaint.models.loading._LOADED", {})
    monkeypatch.setattr(pipelines, "memory_gb", lambda _: 70.0)
    return tmp_path


@pytest.mark.usefixtures("card", "fetched")
def test_what_is_named_is_loaded_once_before_any_call(monkeypatch: pytest.MonkeyPatch) -> None:
    placed: list[str] = []
    monkeypatch.setattr(
        pipelines, "place_on_device", lambda _pipe, device, **_: placed.append(device)
    )
    names = "stable-diffusion-inpainting, sdxl-inpainting,, flux-fill, clip-vit-b32"
    monkeypatch.setenv(zerogpu.PRELOAD_VARIABLE, names)
    first, second, third, fourth = zerogpu.preload_models()
    assert re.fullmatch(r"Stable Diffusion 1.5 inpainting was loaded ahead in \d+ s", first)
    assert re.fullmatch(r"Stable Diffusion XL inpainting was loaded ahead in \d+ s", second)
    assert "flux-fill was not loaded ahead: " in third
    assert "no strategy uses clip-vit-b32; the models that can be preloaded: " in fourth
    assert placed == ["cuda", "cuda"]
    for name in ("stable-diffusion-inpainting", "sdxl-inpainting"):  # as a call asks for them
        pipelines.load_pipeline(pipelines.find_model(name, instead=""), device="cuda", instead="")
    assert placed == ["cuda", "cuda"]


@pytest.mark.usefixtures("fetched")
def test_elsewhere_nothing_is_loaded_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(zerogpu.PRELOAD_VARIABLE, "stable-diffusion-inpainting")
    monkeypatch.setattr("vinpaint.models.load_cached", lambda *_, **__: pytest.fail("loaded"))
    assert zerogpu.preload_models() == []


def test_the_app_loads_ahead_before_it_starts_and_says_what(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from vinpaint.ui import server

    def started() -> None:
        raise LimitError("started")

    monkeypatch.setattr(zerogpu, "preload_models", lambda: ["A model was loaded ahead in 3 s"])
    monkeypatch.setattr(server, "BrowserSessions", started)
    with pytest.raises(LimitError):
        server.serve(host=None, port=None, example=None, open_browser=False)
    assert capsys.readouterr().out == "A model was loaded ahead in 3 s\n"


def test_halves_share_the_span_and_split_the_work() -> None:
    first, second = split_piece(Piece(Span(0, 50), Box(0, 0, 9, 9), Span(10, 40)))
    assert (first.fill, second.fill) == (Span(10, 25), Span(25, 40))
    assert first.span == Span(0, 45)
    assert second.span == Span(5, 50)
