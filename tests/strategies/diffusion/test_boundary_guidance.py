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
    Decode,
    Rim,
    _terms_at,
    boundary,
    decoding,
    terms_of,
)
from vinpaint.strategies.diffusion.image_model import Painter

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


def painter_of(model: Path) -> Painter:
    found = pipelines.model_of(str(model), instead="")
    return image_models.load_painter(found, device="cpu", instead="")


def scene(side: int) -> tuple[Frames, np.ndarray]:
    hole = disk_hole(1, side, side, radius=side // 4, start=(side // 2, side // 2))[0]
    return pan(1, side, side)[0], hole


def painted(painter: Painter, weight: float, *, steps: int = 4, beat: Any = float) -> Frames:
    frame, hole = scene(painter.square.side_px)
    generation = Generation(steps=steps, rim_guidance=weight)
    return painter.paint(
        frame,
        hole,
        noise=painter.square.noise(0),
        strength=1.0,
        settings=FillSettings("frames", "a red truck", generation=generation),
        beat=beat,
    )


def seam(made: Frames) -> float:
    frame, hole = scene(len(made))
    one, two = (image_model.unit_picture(picture) for picture in (made, frame))
    return float(boundary(one, two, image_model.white_hole(hole).bool()))


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
    found = boundary(*(torch.from_numpy(p)[None] for p in (made, source, hole[None])))
    assert float(found) == pytest.approx(total, rel=1e-5)
    ramp = torch.arange(99.0).reshape(1, 1, 9, 11).repeat(1, 3, 1, 1)
    assert float(boundary(ramp, ramp, torch.from_numpy(hole)[None, None])) == 0.0


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
        terms = _terms_at(scheduler, time)
        done = scheduler.step(found, time, x)
        mine = terms.of_x * x + terms.of_found * found
        assert torch.allclose(mine, done.pred_original_sample, rtol=1e-3, atol=1e-3)
        x = done.prev_sample
    assert 0 < terms.unsure < 0.5


def test_of_a_straight_flow_too() -> None:
    from diffusers import FlowMatchEulerDiscreteScheduler

    scheduler = FlowMatchEulerDiscreteScheduler(shift=3.0)
    scheduler.set_timesteps(4)
    clean, noise = torch.randn(2, 1, 6, 4, generator=torch.Generator().manual_seed(0))
    for time in scheduler.timesteps:
        terms = _terms_at(scheduler, time)
        x = scheduler.scale_noise(clean, time.reshape(1), noise)
        assert torch.allclose(terms.of_x * x + terms.of_found * (noise - clean), clean, atol=1e-5)


@pytest.mark.parametrize("name", [*MODELS, "sdxl"])
def test_the_seam_falls_and_with_more_of_it_further(name: str, saved: Path) -> None:
    painter = painter_of(saved / name)
    off, some, much = (seam(painted(painter, weight)) for weight in (0.0, 0.5, 1.5))
    assert some < 0.9 * off
    assert much < 0.6 * off
    assert much < some


def test_with_flux_too(saved: Path) -> None:
    painter = painter_of(saved / "flux")
    assert seam(painted(painter, 1.0, steps=1)) < 0.7 * seam(painted(painter, 0.0, steps=1))


def test_off_it_is_what_the_pipeline_itself_paints(saved: Path) -> None:
    """Bit by bit, also after a picture that was drawn to its rim, or stopped on the way."""
    painter = painter_of(saved / "ddim")
    assert isinstance(painter, image_models.Trained)
    pipe, (frame, hole) = painter.pipe, scene(painter.square.side_px)
    own = pipe.scheduler

    def stop(share: float) -> None:
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        painted(painter, 1.0, beat=stop)
    painted(painter, 1.0)
    assert pipe.scheduler is own
    plain = pipe(
        prompt="a red truck",
        negative_prompt="",
        image=image_model.unit_picture(frame),
        mask_image=image_model.white_hole(hole),
        height=32,
        width=32,
        num_inference_steps=4,
        latents=torch.from_numpy(painter.square.noise(0)).permute(2, 0, 1)[None],
        generator=torch.Generator().manual_seed(0),
        output_type="np",
    ).images
    assert np.array_equal(image_model.levels_of(plain), painted(painter, 0.0))


def test_weights_that_were_cast_by_a_picture_without_it_can_be_drawn_through(saved: Path) -> None:
    """XL's pipeline casts its autoencoder back and forth, offloading moves it."""
    painter = painter_of(saved / "ddim")
    assert isinstance(painter, image_models.Trained)
    off = painted(painter, 0.0)
    with pipelines.at_work():
        painter.pipe.vae.to(torch.float64).to(torch.float32)
    assert seam(painted(painter, 1.0)) < seam(off)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_and_tiles_draw_the_same_way(dtype: torch.dtype, saved: Path) -> None:
    pipe = pipelines._load(saved / "ddim", "cpu", "float32")
    frame, hole = scene(32)
    settings = FillSettings(generation=Generation(rim_guidance=1.0))
    square = image_model.Square(32, 16, 4)
    x, found = torch.randn(2, 1, 4, 16, 16, generator=torch.Generator().manual_seed(0))
    terms = terms_of(0.8, 0.6, "epsilon")

    def change() -> torch.Tensor:
        rim = image_model.rim_of(pipe, frame, hole, square, settings=settings)
        assert rim is not None
        return (rim.steered(x, found, terms) - found).flatten()

    whole = change()
    pipe.vae.to(dtype)
    alike = torch.nn.functional.cosine_similarity
    assert float(alike(whole, change(), dim=0)) > 0.95
    assert pipe.vae.dtype == dtype
    pipe.vae.to(torch.float32).enable_tiling()
    pipe.vae.tile_latent_min_size, pipe.vae.tile_sample_min_size = 12, 24
    assert float(alike(whole, change(), dim=0)) > 0.8  # normalised tile by tile


def test_only_latents_of_the_hole_change_and_a_picture_without_one_stays() -> None:
    may = torch.zeros(1, 3, 6, 6)
    may[..., 2:4, 2:4] = 1
    source = torch.rand(1, 3, 6, 6, generator=torch.Generator().manual_seed(0))
    x, found = torch.randn(2, 1, 3, 6, 6, generator=torch.Generator().manual_seed(1))
    same = contextlib.nullcontext[Decode](lambda latents: latents)
    rim = Rim(source, may[:, :1].bool(), may, lambda: same, 1.0)
    terms = terms_of(0.8, 0.6, "epsilon")
    drawn = rim.steered(x, found, terms)
    assert torch.equal(drawn[may == 0], found[may == 0])
    assert not torch.equal(drawn[may == 1], found[may == 1])
    nowhere = replace(rim, hole=torch.zeros_like(rim.hole))
    assert torch.equal(nowhere.steered(x, found, terms), found)


def test_a_decoder_keeps_no_gradients_of_its_own(saved: Path) -> None:
    pipe = pipelines._load(saved / "ddim", "cpu", "float32")
    at = torch.randn(1, 4, 16, 16, requires_grad=True)
    with decoding(pipe) as decode:
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

    monkeypatch.setattr(Rim, "steered", scarce)
    generation = Generation(str(saved / "ddim"), steps=2, rim_guidance=1.0)
    with pytest.raises(LimitError, match="was painted; leave --rim-guidance out, free some"):
        get_strategy("frames").fill(
            Video(pan(1, 48, 64)),
            mask_of(disk_hole(1, 48, 64, radius=9, start=(30, 24))),
            context=Context(),
            settings=FillSettings("frames", generation=generation),
            progress=no_op,
        )
