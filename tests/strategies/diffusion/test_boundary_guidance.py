"""The rim of a hole drawn together: its formula, its arithmetic, and tiny models end to end."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests import tiny_diffusion as tiny
from tests.making import disk_hole, mask_of, pan
from vinpaint.core import (
    Cancelled,
    Context,
    FillSettings,
    Frames,
    Generation,
    LimitError,
    Video,
    no_op,
)
from vinpaint.strategies import check_fill, get_strategy
from vinpaint.strategies.diffusion import image_model, image_models, pipelines
from vinpaint.strategies.diffusion.boundary_guidance import (
    BoundaryGuidance,
    Decode,
    boundary_loss,
    differentiable_decoder,
    prediction_terms,
    terms_at_time,
)
from vinpaint.strategies.diffusion.image_model import ImageModel

pytestmark = pytest.mark.slow

MODELS = {
    "ddim": {},
    "euler": {"scheduler": "EulerDiscreteScheduler"},
    "pndm": {"scheduler": "PNDMScheduler"},
    "plain": {"inpainting": False},
}


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    for name, more in MODELS.items():
        tiny.save_sd(folder / name, **more)
    tiny.save_sdxl(folder / "sdxl")
    tiny.save_flux(folder / "flux")
    return folder


def painter_of(model: Path) -> ImageModel:
    found = pipelines.find_model(str(model), instead="")
    return image_models.load_image_model(found, device="cpu", instead="")


def scene(side: int) -> tuple[Frames, np.ndarray]:
    hole = disk_hole(1, side, side, radius=side // 4, start=(side // 2, side // 2))[0]
    return pan(1, side, side)[0], hole


def painted(
    inpainter: ImageModel, weight: float, *, steps: int = 4, heartbeat: Any = float
) -> Frames:
    frame, hole = scene(inpainter.working_size.side_px)
    generation = Generation(steps=steps, rim_guidance=weight)
    return inpainter.inpaint(
        frame,
        hole,
        noise=inpainter.working_size.noise(0),
        strength=1.0,
        settings=FillSettings("frames", "a red truck", generation=generation),
        heartbeat=heartbeat,
    )


def seam(made: Frames) -> float:
    frame, hole = scene(len(made))
    one, two = (image_model.image_tensor(picture) for picture in (made, frame))
    return float(boundary_loss(one, two, image_model.mask_tensor(hole).bool()))


def test_the_seam_is_the_step_across_the_rim_against_the_step_before() -> None:
    """Pixel by pixel, with a hole that touches the frame's edge and a bridge one pixel wide."""
    random = np.random.default_rng(0)
    made, source = random.random((2, 3, 9, 11)).astype(np.float32)
    hole = np.zeros((9, 11), np.bool_)
    hole[2:6, 2:5] = hole[3:9, 6:9] = True
    total = 0.0
    for y, x in zip(*np.nonzero(hole), strict=True):
        for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0)):
            near, far = (y + dy, x + dx), (y + 2 * dy, x + 2 * dx)
            inside = all(0 <= row < 9 and 0 <= column < 11 for row, column in (near, far))
            if not inside or hole[near] or hole[far]:
                continue
            step = made[:, y, x] - source[:, near[0], near[1]]
            before = source[:, near[0], near[1]] - source[:, far[0], far[1]]
            total += float(np.square(step - before).sum())
    found = boundary_loss(*(torch.from_numpy(p)[None] for p in (made, source, hole[None])))
    assert float(found) == pytest.approx(total, rel=1e-5)
    ramp = torch.arange(99.0).reshape(1, 1, 9, 11).repeat(1, 3, 1, 1)
    assert float(boundary_loss(ramp, ramp, torch.from_numpy(hole)[None, None])) == 0.0


@pytest.mark.parametrize("kind", ["epsilon", "v_prediction"])
@pytest.mark.parametrize("name", ["DDIMScheduler", "EulerDiscreteScheduler"])
def test_the_clean_latents_are_those_that_the_scheduler_itself_finds(name: str, kind: str) -> None:
    import diffusers

    config = {**tiny._schedule().config, "prediction_type": kind}
    scheduler = getattr(diffusers, name).from_config(config)
    scheduler.set_timesteps(5)
    x, found = torch.randn(2, 1, 4, 6, 6, generator=torch.Generator().manual_seed(0))
    x = x * scheduler.init_noise_sigma
    for time in scheduler.timesteps:
        terms = terms_at_time(scheduler, time)
        done = scheduler.step(found, time, x)
        mine = terms.of_x * x + terms.of_prediction * found
        assert torch.allclose(mine, done.pred_original_sample, rtol=1e-3, atol=1e-3)
        x = done.prev_sample
    assert 0 < terms.uncertainty < 0.5


def test_of_a_straight_flow_too() -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler

    scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0)
    scheduler.set_timesteps(4)
    clean, noise = torch.randn(2, 1, 6, 4, generator=torch.Generator().manual_seed(0))
    for time in scheduler.timesteps:
        terms = terms_at_time(scheduler, time)
        x = scheduler.scale_noise(clean, time.reshape(1), noise)
        assert torch.allclose(
            terms.of_x * x + terms.of_prediction * (noise - clean), clean, atol=1e-5
        )


@pytest.mark.parametrize("name", [*MODELS, "sdxl"])
def test_the_seam_falls_and_with_more_of_it_further(name: str, saved: Path) -> None:
    inpainter = painter_of(saved / name)
    off, some, much = (seam(painted(inpainter, weight)) for weight in (0.0, 0.5, 1.5))
    assert some < 0.9 * off
    assert much < 0.6 * off
    assert much < some


def test_with_flux_too(saved: Path) -> None:
    inpainter = painter_of(saved / "flux")
    assert seam(painted(inpainter, 1.0, steps=1)) < 0.7 * seam(painted(inpainter, 0.0, steps=1))


def test_off_it_is_what_the_pipeline_itself_paints(saved: Path) -> None:
    """Bit by bit, also after a picture that was drawn to its rim, or stopped on the way."""
    inpainter = painter_of(saved / "ddim")
    assert isinstance(inpainter, image_models.InpaintingModel)
    pipe, (frame, hole) = inpainter.pipe, scene(inpainter.working_size.side_px)
    own = pipe.scheduler

    def stop(share: float) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        painted(inpainter, 1.0, heartbeat=stop)
    painted(inpainter, 1.0)
    assert pipe.scheduler is own
    plain = pipe(
        prompt="a red truck",
        negative_prompt="",
        image=image_model.image_tensor(frame),
        mask_image=image_model.mask_tensor(hole),
        height=32,
        width=32,
        num_inference_steps=4,
        latents=torch.from_numpy(inpainter.working_size.noise(0)).permute(2, 0, 1)[None],
        generator=torch.Generator().manual_seed(0),
        output_type="np",
    ).images
    assert np.array_equal(image_model.to_uint8(plain), painted(inpainter, 0.0))


def test_weights_that_were_cast_by_a_picture_without_it_can_be_drawn_through(saved: Path) -> None:
    """XL's pipeline casts its autoencoder back and forth, offloading moves it."""
    inpainter = painter_of(saved / "ddim")
    assert isinstance(inpainter, image_models.InpaintingModel)
    off = painted(inpainter, 0.0)
    with pipelines.exclusive_inference():
        inpainter.pipe.vae.to(torch.float64).to(torch.float32)
    assert seam(painted(inpainter, 1.0)) < seam(off)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_and_tiles_draw_the_same_way(dtype: torch.dtype, saved: Path) -> None:
    pipe = pipelines._load(saved / "ddim", "cpu", "float32")
    frame, hole = scene(32)
    settings = FillSettings(generation=Generation(rim_guidance=1.0))
    square = image_model.WorkingSize(32, 16, 4)
    x, found = torch.randn(2, 1, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    terms = prediction_terms(0.8, 0.6, "epsilon")

    def change() -> torch.Tensor:
        boundary_guide = image_model.make_guidance(pipe, frame, hole, square, settings=settings)
        assert boundary_guide is not None
        return (boundary_guide.guide(x, found, terms) - found).flatten()

    whole = change()
    pipe.vae.to(dtype)
    alike = torch.nn.functional.cosine_similarity
    assert float(alike(whole, change(), dim=0)) > 0.95
    assert pipe.vae.dtype == dtype
    pipe.vae.to(torch.float32).enable_tiling()
    pipe.vae.tile_latent_min_size, pipe.vae.tile_sample_min_size = 12, 24
    assert float(alike(whole, change(), dim=0)) > 0.8  # normalised tile by tile


def test_only_latents_of_the_hole_change_and_a_picture_without_one_stays() -> None:
    editable = torch.zeros(1, 3, 6, 6)
    editable[..., 2:4, 2:4] = 1
    source = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    x, found = torch.randn(2, 1, 3, 6, 6, generator=torch.Generator().manual_seed(1))
    same = contextlib.nullcontext[Decode](lambda latents: latents)
    boundary_guide = BoundaryGuidance(source, editable[:, :1].bool(), editable, lambda: same, 1.0)
    terms = prediction_terms(0.8, 0.6, "epsilon")
    drawn = boundary_guide.guide(x, found, terms)
    assert torch.equal(drawn[editable == 0], found[editable == 0])
    assert not torch.equal(drawn[editable == 1], found[editable == 1])
    nowhere = replace(boundary_guide, hole=torch.zeros_like(boundary_guide.hole))
    assert torch.equal(nowhere.guide(x, found, terms), found)


def test_a_decoder_keeps_no_gradients_of_its_own(saved: Path) -> None:
    pipe = pipelines._load(saved / "ddim", "cpu", "float32")
    at = torch.randn(1, 4, 16, 16, requires_grad=True)
    with differentiable_decoder(pipe) as decode:
        decode(at).sum().backward()
    assert at.grad is not None
    assert not any(one.requires_grad or one.grad is not None for one in pipe.vae.parameters())


@pytest.mark.parametrize("name", ["frames", "hybrid"])
def test_the_strategies_take_it_and_leave_the_plate_alone(name: str, saved: Path) -> None:
    frames = np.repeat(pan(1, 48, 64), 3, axis=0)
    hole = disk_hole(3, 48, 64, radius=9, start=(30, 24))

    def filled(weight: float) -> Frames:
        generation = Generation(str(saved / "ddim"), steps=2, rim_guidance=weight)
        settings = FillSettings(name, generation=generation)
        check_fill(settings)
        done = get_strategy(name).fill(
            Video(frames), mask_of(hole), context=Context(), settings=settings, progress=no_op
        )
        return done.frames

    on, off = filled(1.0), filled(0.0)
    assert np.array_equal(on[~hole], frames[~hole])
    assert (on != off).any(axis=-1)[hole].mean() > 0.5


def test_where_memory_runs_out_leaving_it_out_is_named(
    saved: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def scarce(self: Any, *args: Any, **more: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(BoundaryGuidance, "guide", scarce)
    generation = Generation(str(saved / "ddim"), steps=2, rim_guidance=1.0)
    with pytest.raises(LimitError, match="was generated; leave --rim-guidance out, free some"):
        get_strategy("frames").fill(
            Video(pan(1, 48, 64)),
            mask_of(disk_hole(1, 48, 64, radius=9, start=(30, 24))),
            context=Context(),
            settings=FillSettings("frames", generation=generation),
            progress=no_op,
        )
