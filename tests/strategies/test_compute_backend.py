"""RAFT through the path of the real weights, with random ones, and what a device comes to."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from tests.making import pan, texture, write_folder
from vinpaint import backend, models
from vinpaint.core import Box, FillSettings, Frames, Job, LimitError, MissingError, Region
from vinpaint.imaging import flow
from vinpaint.imaging.motion.sampling import CpuSampler, TorchSampler
from vinpaint.strategies import compute_backend
from vinpaint.strategies.compute_backend import RAFT, load_raft_once, select_backend

pytestmark = pytest.mark.slow

NETWORKS = pytest.importorskip("pytorchcv.models.raft")


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of models that holds RAFT with random weights, as pytorchcv would save it."""
    folder = tmp_path_factory.mktemp("models")
    torch.manual_seed(0)
    (folder / RAFT).mkdir()
    torch.save(NETWORKS.raft_things().state_dict(), folder / RAFT / "raft.pth")
    return folder


@pytest.fixture
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VINPAINT_MODELS", "XDG_CACHE_HOME", "HF_HOME", "HF_HUB_CACHE"):
        monkeypatch.setenv(name, str(tmp_path / "nowhere"))


@pytest.fixture
def here(saved: Path, nowhere: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VINPAINT_MODELS", str(saved))
    monkeypatch.setattr(compute_backend, "RAFT_ITERATIONS", 2)


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> None:
    """torch's CPU plays the card."""
    on_cpu = load_raft_once
    monkeypatch.setattr(compute_backend, "resolve_device", lambda _: "cuda")
    monkeypatch.setattr(compute_backend, "load_raft_once", lambda _: on_cpu("cpu"))
    monkeypatch.setattr(
        compute_backend, "TorchSampler", lambda frames, device: TorchSampler(frames, "cpu")
    )


# ---- RAFT ----


@pytest.mark.usefixtures("here")
def test_raft_sees_pictures_of_any_size_as_the_network_takes_them() -> None:
    """As if padded by hand, both ways, with vectors where their pixels are."""
    first, second = texture(70, 150), texture(70, 150, seed=2)
    raft = load_raft_once("cpu")
    forward, backward = raft.estimate_both(first, second)
    assert forward.shape == backward.shape == (70, 150, 2)
    assert forward.dtype == np.float32
    wide = [np.pad(p, ((0, 58), (0, 2), (0, 0)), mode="edge") for p in (first, second)]
    pair = [torch.from_numpy(p).permute(2, 0, 1)[None].float() for p in wide]
    with torch.inference_mode():
        wanted = raft.net(pair[0], pair[1])[1][0, :, :70, :150].permute(1, 2, 0).numpy()
    assert forward == pytest.approx(wanted, abs=1e-3)
    assert np.abs(forward).max() > 1e-3, "random weights see something"
    assert raft.estimate_both(second, first)[0] == pytest.approx(backward, abs=1e-3)


def test_the_registered_size_is_the_networks(saved: Path) -> None:
    size = (saved / RAFT / "raft.pth").stat().st_size
    assert models.WEIGHTS[RAFT].bytes == pytest.approx(size, rel=0.02)


@pytest.mark.usefixtures("here")
def test_raft_is_loaded_once_and_only_from_weights_that_fit(
    saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load_raft_once("cpu") is load_raft_once("cpu")
    states = torch.load(saved / RAFT / "raft.pth", weights_only=True)
    states.pop("fnet.final_conv.bias", None) or states.popitem()
    (tmp_path / RAFT).mkdir()
    torch.save(states, tmp_path / RAFT / "raft.pth")
    monkeypatch.setenv("VINPAINT_MODELS", str(tmp_path))
    with pytest.raises(MissingError, match="lack 1 parts"):
        load_raft_once("cpu")


def steady(dx: float, dy: float) -> Callable[..., tuple[None, torch.Tensor]]:
    """A network that sees the same motion everywhere."""

    def net(first: torch.Tensor, second: torch.Tensor) -> tuple[None, torch.Tensor]:
        assert first.shape == second.shape
        assert all(size % 8 == 0 and size >= 128 for size in first.shape[2:])
        values = torch.tensor([dx, dy]).view(1, 2, 1, 1)
        return None, values.expand(len(first), 2, *first.shape[2:])

    return net


def test_a_large_picture_is_looked_at_smaller_and_its_vectors_grow_back() -> None:
    forward, backward = flow.Raft(steady(1, 2), "cpu", most_pixels=40_000).estimate_both(
        texture(400, 400), texture(400, 400)
    )
    assert forward.shape == (400, 400, 2)
    assert forward == pytest.approx(np.broadcast_to([2.0, 4.0], forward.shape), abs=1e-4)
    assert np.array_equal(forward, backward)


def test_where_the_memory_does_not_suffice_a_smaller_size_does() -> None:
    sizes: list[int] = []

    def small_card(first: torch.Tensor, second: torch.Tensor) -> tuple[None, torch.Tensor]:
        sizes.append(first.shape[2])
        if first.shape[2] > 320:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return steady(1, 0)(first, second)

    picture = texture(600, 600)
    forward, _ = flow.Raft(small_card, "cpu", most_pixels=360_000).estimate_both(picture, picture)
    assert sizes == [600, 304]
    assert forward[300, 300] == pytest.approx([2.0, 0.0], abs=0.05)

    def no_card(*_: object) -> object:
        raise torch.OutOfMemoryError("CUDA out of memory")

    with pytest.raises(LimitError, match="the graphics card ran out of memory"):
        flow.Raft(no_card, "cpu").estimate_both(picture, picture)


# ---- what a device comes to ----


@pytest.mark.usefixtures("here")
def test_the_processor_keeps_to_dis_and_opencv_and_says_nothing() -> None:
    said: list[str] = []
    got = select_backend(FillSettings(device="cpu"), on_note=said.append)
    assert (got.draft_flow, got.flow) == (compute_backend.DRAFT_FLOW, compute_backend.FILLED_FLOW)
    assert (got.sampler, said) == (CpuSampler, [])


@pytest.mark.usefixtures("card", "nowhere")
def test_a_card_without_weights_samples_there_and_says_why_the_motion_is_not() -> None:
    said: list[str] = []
    got = select_backend(FillSettings(), on_note=said.append)
    assert got.flow == compute_backend.FILLED_FLOW
    assert isinstance(got.sampler(np.zeros((1, 2, 2, 3), np.uint8)), TorchSampler)
    assert len(said) == 1
    assert "'vinpaint models fetch raft-things' fetches them" in said[0]


@pytest.mark.usefixtures("card", "here")
def test_a_card_without_pytorchcv_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    said: list[str] = []
    assert select_backend(FillSettings(), on_note=said.append).flow == compute_backend.FILLED_FLOW
    assert "'pip install --no-deps pytorchcv==0.0.74'" in said[0]
    with pytest.raises(MissingError, match="RAFT needs pytorchcv"):
        compute_backend.load_raft(Path(), "cpu", "float32")


@pytest.mark.usefixtures("card")
@pytest.mark.parametrize(("weights", "sentence"), [(True, "by RAFT on"), (False, "by DIS on")])
def test_a_job_on_a_card_repairs_and_its_result_says_how(
    weights: bool,
    sentence: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    request.getfixturevalue("here" if weights else "nowhere")
    monkeypatch.setattr("vinpaint.media.clip.call_in_worker", lambda f, *args, **_: f(*args))
    truth = pan(5, 48, 64, step=(3, 0))
    box = Box(24, 16, 36, 28)
    frames: Frames = truth.copy()
    frames[(slice(None), *box.slices)] = 255
    source = write_folder(tmp_path / "source", frames)
    job = Job(str(source), (Region(box),), measures="none")
    result = backend.run(job, [tmp_path / "out.mkv"])
    assert [note for note in result.notes if note.startswith("Motion was")] == [
        note for note in result.notes if sentence in note
    ]
    assert sum(sentence in note for note in result.notes) == 1
    assert result.outside.largest_difference == 0
    assert models.present(RAFT) is weights
