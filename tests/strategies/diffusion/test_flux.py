"""FLUX.1 Fill: it begins with noise that is led along the flow, packed as its pipeline does."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests import tiny_diffusion as tiny
from tests.making import disk_hole, mask_of, pan
from vinpaint.core import Context, FillSettings, Floats, Generation, Video, no_op
from vinpaint.strategies import get_strategy
from vinpaint.strategies.diffusion import image_model, image_models, pipelines

pytestmark = pytest.mark.slow

SIDE = 64
"""The tiny model works in 256 pixels and 128 latents a side: a pixel is 2 latents."""


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.save_flux(tmp_path_factory.mktemp("flux"))


@pytest.fixture
def inpainter(saved: Path) -> image_models.FluxFillModel:
    model = pipelines.find_model(str(saved), instead="")
    made = image_models.load_image_model(model, device="cpu", instead="")
    assert isinstance(made, image_models.FluxFillModel)
    return made


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[torch.Tensor]:
    """The latents that the pipeline begins with, as it takes them."""
    from diffusers import FluxFillPipeline

    seen: list[torch.Tensor] = []
    own = FluxFillPipeline.prepare_latents

    def listen(self: Any, *args: Any, **more: Any) -> Any:
        latents, places = own(self, *args, **more)
        seen.append(latents)
        return latents, places

    monkeypatch.setattr(FluxFillPipeline, "prepare_latents", listen)
    return seen


def test_frames_that_moved_by_whole_latents_get_moved_noise(
    saved: Path,
    inpainter: image_models.FluxFillModel,
    begun: list[torch.Tensor],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[Floats] = []
    inpaint = image_models.FluxFillModel.inpaint

    def listen(self: Any, *args: Any, noise: Floats, strength: float, **more: Any) -> Any:
        given.append(noise)
        return inpaint(self, *args, noise=noise, strength=1.0, **more)  # noise alone

    monkeypatch.setattr(image_models.FluxFillModel, "inpaint", listen)
    frames = pan(2, SIDE, SIDE, step=(2, 0))  # what the second shows lies 2 pixels further left
    hole = disk_hole(2, SIDE, SIDE, radius=8, start=(32, 32))
    settings = FillSettings("frames", generation=Generation(str(saved), steps=1, smoothing="none"))
    get_strategy("frames").fill(
        Video(frames), mask_of(hole), context=Context(), settings=settings, progress=no_op
    )
    later, earlier = given  # the second is the key frame
    inside = slice(40, 88)  # the hole and what is around it
    moved = np.roll(later, 4, axis=1)  # 2 pixels are 4 latents
    assert (moved[inside, inside] == earlier[inside, inside]).all(axis=-1).mean() > 0.98
    assert (later[inside, inside] == earlier[inside, inside]).all(axis=-1).mean() < 0.02
    for noise, latents in zip(given, begun, strict=True):
        whole = inpainter.pipe._unpack_latents(latents, 256, 256, inpainter.pipe.vae_scale_factor)
        assert np.array_equal(whole[0].permute(1, 2, 0).numpy(), noise)


def test_what_is_half_done_begins_where_the_pipelines_own_does(
    inpainter: image_models.FluxFillModel, begun: list[torch.Tensor]
) -> None:
    """Given the very noise that the pipeline draws, the latents are the same."""
    pipe, frame = inpainter.pipe, pan(1, 256, 256)[0]
    picture, hole = image_model.image_tensor(frame), np.zeros((256, 256), np.bool_)
    hole[100:160, 100:160] = True
    generator = image_model.cpu_generator(3)
    pipe._encode_vae_image(picture * 2 - 1, generator)
    noise = torch.randn((1, 4, 128, 128), generator=generator)[0].permute(1, 2, 0).numpy()
    pipe(
        prompt="a truck",
        image=picture,
        mask_image=image_model.mask_tensor(hole),
        height=256,
        width=256,
        strength=0.5,
        num_inference_steps=2,
        generator=image_model.cpu_generator(3),
    )
    with pipelines.exclusive_inference():
        mine = inpainter._start(picture, noise, 0.5, 2, image_model.cpu_generator(3))
    assert torch.allclose(mine, begun[0], atol=1e-6)
