"""ProPainter with random weights, saved and loaded as the real ones are: what is done with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.making import pan, write_folder
from tests.tiny import save_propainter
from vinpaint import backend, strategies
from vinpaint.core import (
    Bools,
    Box,
    Cancelled,
    Context,
    Facts,
    FillSettings,
    Frames,
    Job,
    LimitError,
    Mask,
    MissingError,
    Region,
    SettingsError,
    Span,
    Tuning,
    Video,
    no_op,
)
from vinpaint.media import open_clip
from vinpaint.strategies import suitability
from vinpaint.strategies.propainter import network, propainter
from vinpaint.strategies.propainter.network import inpaint, load_networks, reference_frames
from vinpaint.strategies.propainter.propainter import WEIGHTS, ProPainter, seconds_on_cpu

pytest.importorskip("pytorchcv")
torch = pytest.importorskip("torch")

SIDE = 128


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = save_propainter(tmp_path_factory.mktemp("weights"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("VINPAINT_MODELS", str(folder))
        yield folder


def scene(count: int, height: int = SIDE, width: int = SIDE) -> tuple[Frames, Bools]:
    frames = pan(count, height, width, step=(3, 0))
    hole = np.zeros((count, height, width), np.bool_)
    for t in range(count):
        hole[t, 40:70, 30 + 2 * t : 60 + 2 * t] = True
    return frames, hole


def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rounds of RAFT are enough to see what is done with what it says."""
    monkeypatch.setattr("vinpaint.strategies.compute_backend.RAFT_ITERATIONS", 2)
    monkeypatch.setattr("vinpaint.models.loading._LOADED", {})


@pytest.mark.slow
@pytest.mark.usefixtures("weights")
def test_the_window_is_filled_and_the_rest_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a size that is no multiple of 8, and with what the window before repaired."""
    small(monkeypatch)
    frames, hole = scene(4, 90, 131)
    hole[0] = False
    told: list[tuple[float, str]] = []
    video, mask = Video(frames), Mask(hole.astype(np.float32))
    before = Context(Video(255 - frames[:1]))

    def fill() -> Frames:
        return (
            ProPainter()
            .fill(
                video,
                mask,
                context=before,
                settings=FillSettings("propainter"),
                progress=lambda *told_now: told.append(told_now),
            )
            .frames
        )

    filled = fill()
    assert np.array_equal(filled[0], 255 - frames[0])
    assert np.array_equal(
        filled[~hole][1:], np.concatenate([255 - frames[:1], frames[1:]])[~hole][1:]
    )
    assert (filled[hole] != frames[hole]).mean() > 0.9
    assert filled[hole].std() > 5
    assert np.array_equal(filled, fill())
    assert "take about 1 min on two cores" in told[0][1]
    steps = [words for _, words in told]
    for step in ("estimating motion", "completing motion", "propagating pixels", "generating"):
        assert step in steps
    assert all(0 <= fraction <= 1 for fraction, _ in told)


@pytest.mark.slow
@pytest.mark.usefixtures("weights")
def test_a_run_is_exact_outside_the_mask(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    small(monkeypatch)
    frames, _ = scene(3, 60, 72)
    source = write_folder(tmp_path / "in", frames)
    where = (Region(Box(30, 20, 44, 36)),)
    fill = FillSettings("propainter")
    job = Job(str(source), where, Tuning(0, 0, 0), fill, measures="none")
    result = backend.run(job, [tmp_path / "out"])
    assert result.outside.largest_difference == 0
    after = open_clip(tmp_path / "out").read(Span(0, 3)).frames
    assert (after[:, 20:36, 30:44] != frames[:, 20:36, 30:44]).mean() > 0.9


@pytest.mark.slow
@pytest.mark.usefixtures("weights")
def test_one_frame_alone_and_a_stop_between_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    small(monkeypatch)
    frames, hole = scene(1)
    video, mask = Video(frames), Mask(hole.astype(np.float32))
    settings = FillSettings("propainter")
    one = ProPainter().fill(video, mask, context=Context(), settings=settings, progress=no_op)
    assert one.frames.shape == frames.shape
    assert np.array_equal(one.frames[~hole], frames[~hole])

    def stop(fraction: float, words: str) -> None:
        if words == "completing motion":
            raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        ProPainter().fill(video, mask, context=Context(), settings=settings, progress=stop)


@pytest.mark.slow
@pytest.mark.usefixtures("weights")
def test_it_does_what_pytorchcv_s_own_loop_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where flow is not trusted, we add a rim to the hole: not here."""
    small(monkeypatch)
    monkeypatch.setattr(network, "_UNTRUSTED_PX", 0)
    frames, hole = scene(8)
    nets = load_networks("cpu", instead="")
    ours = inpaint(nets, frames, hole, subvideo=80, progress=no_op)
    theirs = their_own_loop(nets, frames, hole)
    apart = np.abs(ours[hole] - theirs[hole])
    assert np.ptp(theirs[hole]) > 20
    assert apart.max() <= 1


def their_own_loop(nets: network.ProPainterNetworks, frames: Frames, hole: Bools) -> np.ndarray:
    """(T, H, W, 3) float, 0 to 255."""
    from pytorchcv.models.propainter_stream import ProPainterIterator, TensorSequencer

    given = torch.from_numpy(frames).permute(0, 3, 1, 2).float() / 127.5 - 1
    masks = torch.from_numpy(hole)[:, None].float()

    class Raft(torch.nn.Module):
        """Theirs takes -1 to 1."""

        iters = 20

        def forward(self, first: Any, second: Any) -> Any:
            return nets.raft((first + 1) * 127.5, (second + 1) * 127.5)

    with torch.inference_mode():
        loop = ProPainterIterator(
            frames=TensorSequencer(data=given),
            masks=TensorSequencer(data=masks),
            raft_model=Raft(),
            pprfc_model=nets.flow,
            pp_model=nets.transformer,
            use_cuda=False,
        )
        done = loop.main_sequencer[0 : len(frames)]
    return ((done + 1) * 127.5).permute(0, 2, 3, 1).numpy()


@pytest.mark.parametrize("count", [1, 4, 79, 80, 81, 119])
@pytest.mark.parametrize("size", [80, 10])
def test_what_is_completed_in_parts_is_whole(count: int, size: int) -> None:
    numbers = np.arange(count)
    kept, longest = [], 0
    for worked, some in network._padded_chunks(count, size, 5):
        kept.append(numbers[worked][some])
        longest = max(longest, len(numbers[worked]))
        assert len(kept[-1]) <= size
    assert np.array_equal(np.concatenate(kept), numbers)
    assert longest <= size + 10


def test_references_are_every_tenth_frame_and_near_the_middle_of_a_long_clip() -> None:
    assert reference_frames(0, list(range(6)), 35, 80) == [10, 20, 30]
    assert reference_frames(10, list(range(5, 16)), 35, 80) == [0, 20, 30]
    assert reference_frames(60, list(range(55, 66)), 120, 80) == [20, 30, 40, 50, 70, 80, 90]
    assert reference_frames(60, list(range(55, 66)), 120, 40) == [40, 50, 70]


def no_memory(most: int) -> Any:
    """In place of the networks: memory suffices for so many frames at once."""

    def inpaint(nets: Any, frames: Frames, hole: Bools, *, subvideo: int, progress: Any) -> Frames:
        if subvideo > most:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return np.full_like(frames, subvideo)

    return inpaint


@pytest.fixture
def without_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProPainter, "missing_requirement", lambda self, settings: "")
    monkeypatch.setattr(propainter, "load_networks", lambda device, instead: None)


@pytest.mark.usefixtures("without_networks")
def test_too_little_memory_makes_windows_smaller_and_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    frames, hole = scene(90, 16, 240)
    hole[:] = False
    hole[:, 4:8, 4:8] = True
    notes: list[str] = []

    def fill() -> Frames:
        mask, settings = Mask(hole.astype(np.float32)), FillSettings("propainter")
        context = Context(note=notes.append)
        one = ProPainter()
        return one.fill(
            Video(frames), mask, context=context, settings=settings, progress=no_op
        ).frames

    monkeypatch.setattr(propainter, "inpaint", no_memory(25))
    assert (fill()[hole] == 20).all()
    assert [note.rpartition(" ")[2] for note in notes] == ["40.", "20."]
    monkeypatch.setattr(propainter, "inpaint", no_memory(5))
    with pytest.raises(LimitError, match="ran out of memory even with windows of 10 frames"):
        fill()


def test_what_is_missing_is_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("VINPAINT_MODELS", str(tmp_path))
    with pytest.raises(MissingError, match="vinpaint models fetch raft-things") as caught:
        strategies.check_fill(FillSettings("propainter"))
    assert "BSD-3-Clause" in str(caught.value)
    assert "models fetch propainter --accept-licence" in str(caught.value)
    (tmp_path / "raft-things").mkdir()
    (tmp_path / "raft-things" / "any.pth").touch()
    with pytest.raises(MissingError, match=r"S-Lab License 1\.0"):
        strategies.check_fill(FillSettings("propainter"))
    with pytest.raises(SettingsError, match="does not allow commercial use"):
        strategies.check_fill(FillSettings("propainter", commercial_safe=True))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert "pip install --no-deps pytorchcv==0.0.74" in ProPainter().missing_requirement(
        FillSettings()
    )


def test_weights_of_another_network_are_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in WEIGHTS:
        (tmp_path / name).mkdir()
        torch.save({"a": torch.zeros(1)}, tmp_path / name / "x.pth")
    monkeypatch.setenv("VINPAINT_MODELS", str(tmp_path))
    with pytest.raises(MissingError, match="belong to another network"):
        load_networks("cpu", instead="")


def test_auto_takes_it_only_with_a_card(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ProPainter, "missing_requirement", lambda self, settings: "")
    facts = Facts(10, 10, 0.1, 0.1, never_seen=0.5)
    monkeypatch.setattr(suitability, "has_cuda", lambda: False)
    assert strategies.suggest(facts).strategy == "propagate"
    monkeypatch.setattr(suitability, "has_cuda", lambda: True)
    assert strategies.suggest(facts).strategy == "propainter"
    assert strategies.suggest(Facts(10, 10, 0.1, 0.1, never_seen=0.1)).strategy == "propagate"
    safe = Facts(10, 10, 0.1, 0.1, never_seen=0.5, commercial_safe=True)
    assert strategies.suggest(safe).strategy == "propagate"


def test_the_time_on_a_processor_is_that_of_the_architecture() -> None:
    assert seconds_on_cpu(50, (432, 240)) == pytest.approx(420)


def test_nothing_stays_in_torchvision_s_place() -> None:
    before = {name for name in sys.modules if name.startswith("torchvision")}
    network._pytorchcv()
    assert {name for name in sys.modules if name.startswith("torchvision")} == before
