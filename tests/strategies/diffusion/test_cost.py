"""What work costs, and that work of hours is asked about before it begins."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests import tiny_diffusion as tiny
from tests.making import encode_rgb, pan
from vinpaint import backend
from vinpaint.core import (
    Box,
    FillSettings,
    Generation,
    Job,
    LimitError,
    Region,
    SettingsError,
    format_duration,
)
from vinpaint.strategies.diffusion import cost, image_models, pipelines
from vinpaint.strategies.diffusion.cost import NetworkSize, read_network_size

pytestmark = pytest.mark.slow


def test_the_arithmetic_of_known_networks() -> None:
    """Stable Diffusion 1.5 at 512 pixels: 0.7 10^12 a pass, as its authors count it in halves."""
    sd = NetworkSize(860_000_000).operations((1, 64, 64))
    assert 0.5e12 < sd < 1.0e12
    wan = NetworkSize(1_300_000_000, 1536, 30, (1, 2, 2)).operations((21, 60, 104))
    assert 2.5e14 < wan < 3.5e14  # 32760 tokens


def test_a_network_is_known_by_its_files(tmp_path: Path) -> None:
    import torch
    from diffusers import UNet2DConditionModel, WanVACETransformer3DModel

    def count(net: Any) -> int:
        return sum(p.numel() for p in net.parameters())

    sd = tiny.save_sd(tmp_path / "sd")
    assert read_network_size(sd) == NetworkSize(
        count(UNet2DConditionModel.from_pretrained(sd / "unet"))
    )
    vace = tiny.save_vace(tmp_path / "vace")
    net = WanVACETransformer3DModel.from_pretrained(vace / "transformer")
    assert read_network_size(vace) == NetworkSize(count(net), 24, 2, (1, 2, 2))
    weighs = sum(
        p.numel() * 4
        for part in pipelines.load_pipeline(
            pipelines.find_model(str(sd), instead=""), device="cpu", instead=""
        ).components.values()
        if isinstance(part, torch.nn.Module)
        for p in part.parameters()
    )
    assert cost.pipeline_bytes(sd) == pytest.approx(weighs, rel=0.3)  # the files' heads


def test_the_way_back_through_a_decoder_is_reckoned_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By torch's own count of the decoder that Stable Diffusion, XL and FLUX share."""
    import torch
    from diffusers import AutoencoderKL
    from torch.utils.flop_counter import FlopCounterMode

    sides = (128, 256, 512, 512)
    with torch.device("meta"):
        vae = AutoencoderKL(
            block_out_channels=sides,
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
        )
        with FlopCounterMode(display=False) as counted, torch.no_grad():
            vae.decode(torch.empty(1, 4, 64, 64))
    numbers = sum(p.numel() for p in vae.decoder.parameters())
    times = counted.get_total_flops() / (2 * numbers * 64 * 64)
    assert times == pytest.approx(cost._DECODER_FACTOR, rel=0.05)

    model = pipelines.find_model(str(tiny.save_sd(tmp_path / "sd")), instead="")
    own = AutoencoderKL.from_pretrained(model.folder / "vae").decoder
    back = cost.decoder_gradient_operations(model.folder, (64, 64))
    inner = sum(p.numel() for p in own.parameters())
    assert back == pytest.approx(3 * cost._DECODER_FACTOR * 2 * inner * 64 * 64)
    monkeypatch.setattr(cost, "operations_per_second", lambda *_: 1000.0)

    def seconds(**more: Any) -> float:
        settings = FillSettings("frames", generation=Generation(steps=4, **more))
        return image_models.seconds_per_image(model, device="cpu", settings=settings)

    assert seconds(rim_guidance=1.0) - seconds() == pytest.approx(4 * back / 1000)


def test_time_in_words() -> None:
    assert [format_duration(s) for s in (0.2, 40, 700, 50_000)] == [
        "1 second",
        "40 seconds",
        "12 minutes",
        "14 hours",
    ]


def job_of(folder: Path, model: Path, *, patient: bool, strategy: str = "joint") -> Job:
    clip = encode_rgb(folder / "clip.mkv", pan(5, 48, 64))
    generation = Generation(str(model), steps=2, patient=patient)
    fill = FillSettings(strategy, generation=generation, match_grain=False)
    return Job(str(clip), (Region(Box(20, 16, 36, 30)),), fill=fill, measures="none")


def test_work_of_hours_is_asked_about_and_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny.save_vace(tmp_path / "vace")
    monkeypatch.setattr(cost, "operations_per_second", lambda *_: 1000.0)
    out = tmp_path / "out.mkv"
    with pytest.raises(SettingsError, match=r"about \d+ hours for these 5 frames .* \(--yes"):
        backend.run(job_of(tmp_path, model, patient=False), [out])
    assert not out.exists()
    said: list[str] = []
    told = job_of(tmp_path, model, patient=True)
    backend.run(told, [out], progress=lambda _share, words: said.append(words))
    assert out.exists()
    assert any("loading vace; 5 frames of 64x48 take about" in words for words in said)


def test_pictures_are_told_of_before_they_are_painted(tmp_path: Path) -> None:
    model, said = tiny.save_sd(tmp_path / "sd"), list[str]()
    job = job_of(tmp_path, model, patient=False, strategy="frames")
    backend.run(job, [tmp_path / "o.mkv"], progress=lambda _share, words: said.append(words))
    assert any("loading sd; 5 images take about 1 second" in words for words in said)


def test_what_memory_cannot_hold_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tiny.save_vace(tmp_path / "vace")
    monkeypatch.setattr(pipelines, "memory_gb", lambda _device: 1e-6)
    with pytest.raises(LimitError, match="are free; free some, choose a smaller model"):
        backend.run(job_of(tmp_path, model, patient=True), [tmp_path / "out.mkv"])


@pytest.mark.parametrize(
    ("free_gb", "how", "tiles"),
    [(80.0, "whole", False), (20.0, "whole", True), (12.5, "parts", True), (5.0, "layers", True)],
)
def test_a_pipeline_is_placed_as_memory_allows(free_gb: float, how: str, tiles: bool) -> None:
    calls: list[str] = []

    class Weights:
        def __init__(self, gb: float) -> None:
            self.gb = gb

        def parameters(self) -> list[Any]:
            return [self]

        def numel(self) -> float:
            return self.gb * 1e9

        def element_size(self) -> int:
            return 1

        def enable_tiling(self) -> None:
            calls.append("tiles")

    class Pipe:
        vae = Weights(1.0)

        @property
        def components(self) -> dict[str, Any]:
            parts = {"vae": self.vae, "network": Weights(9.0), "words": Weights(6.0)}
            return {**parts, "scheduler": 1}

        def to(self, device: str) -> None:
            calls.append("whole")

        def enable_model_cpu_offload(self) -> None:
            calls.append("parts")

        def enable_sequential_cpu_offload(self) -> None:
            calls.append("layers")

    assert pipelines.place_on_device(Pipe(), "cuda", free_gb=free_gb) == how
    assert calls == [how, *(["tiles"] if tiles else [])]


def test_speed_is_measured() -> None:
    speed = cost.operations_per_second("cpu", "float32")
    assert 1e8 < speed < 1e14
    assert np.isfinite(speed)
