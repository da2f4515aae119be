"""Models that paint single pictures: trained for inpainting, or not (then by `repaint`).

Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models", 2022 (Stable
Diffusion), and FLUX.1 Fill, as diffusers runs them. Noise is given from outside, so that frames
can share it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vinpaint.devices import Found
from vinpaint.errors import EngineError
from vinpaint.strategies import cost
from vinpaint.strategies.pipelines import (
    Model,
    at_work,
    dtype_on,
    guidance_of,
    load_pipeline,
    told,
    words_of,
)
from vinpaint.strategies.repaint import JUMP, TIMES, repaint, walk
from vinpaint.types import Bools, FillSettings, Floats, Frames

if TYPE_CHECKING:
    from torch import Generator, Tensor

Beat = Callable[[float], None]

TRAINED = ("StableDiffusionInpaintPipeline", "StableDiffusionXLInpaintPipeline")
PLAIN = ("StableDiffusionPipeline",)
FLUX = ("FluxFillPipeline",)
KINDS = (*TRAINED, *PLAIN, *FLUX)
STEPS = 30
_GUIDANCE = 7.5


class Painter(Protocol):
    """Paints the hole of one picture of its own size."""

    @property
    def side_px(self) -> int:
        """The side of the square that it works in."""
        ...

    def noise(self, seed: int) -> Floats | None:
        """(h, w, c) float32 latent noise; None where it cannot be given from outside."""
        ...

    def paint(
        self,
        frame: Frames,
        hole: Bools,
        *,
        noise: Floats | None,
        strength: float,
        settings: FillSettings,
        beat: Beat,
    ) -> Frames:
        """(h, w, 3) uint8: the picture as the model left it, outside the hole as well.

        strength: 1 begins with noise alone, less with what the hole holds.
        """
        ...


def load_painter(model: Model, *, device: Found, instead: str) -> Painter:
    """The model's painter, by its kind. Raises MissingError, LimitError."""
    pipe = load_pipeline(model, device=device, instead=instead)
    if model.kind in FLUX:
        return Flux(pipe)
    return Plain(pipe) if _is_plain(pipe) else Trained(pipe)


def _is_plain(pipe: Any) -> bool:
    return int(pipe.unet.config.in_channels) == int(pipe.vae.config.latent_channels)


def refusal(kind: str, settings: FillSettings) -> str:
    """Why a kind of model cannot do what was asked, in one sentence; '' where it can."""
    asked = settings.generation
    if asked.repaint is not None and kind not in PLAIN:
        return (
            "repaint is for models with no inpainting training, and this one has it; leave "
            "--repaint out, or choose another model"
        )
    if asked.negative_prompt and kind in FLUX:
        return "FLUX.1 Fill takes no negative prompt; leave it out, or choose another model"
    return ""


def seconds_a_picture(model: Model, *, device: Found, settings: FillSettings) -> float:
    """An estimate of the time that one picture takes."""
    network = cost.network_of(model.folder)
    side = {"StableDiffusionXLInpaintPipeline": 128, "FluxFillPipeline": 128}.get(model.kind, 64)
    steps = settings.generation.steps or STEPS
    if model.kind in PLAIN:
        levels = walk(steps, **_walk(settings))
        steps = sum(below < above for above, below in zip((steps, *levels), levels, strict=False))
    guidance = settings.generation.guidance
    passes = 1 if model.kind in FLUX or (guidance is not None and guidance <= 1) else 2
    speed = cost.operations_a_second(device, dtype_on(device, model))
    return passes * steps * network.operations((1, side, side)) / speed


def _walk(settings: FillSettings) -> dict[str, int]:
    times, jump = settings.generation.repaint or (TIMES, JUMP)
    return {"times": times, "jump": jump}


def _noise(seed: int, channels: int, side: int) -> Floats:
    random = np.random.default_rng(seed)
    return random.standard_normal((side, side, channels)).astype(np.float32)


def _picture(frame: Frames) -> Tensor:
    """(1, 3, h, w), 0 to 1."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].float() / 255


def _mask(hole: Bools) -> Tensor:
    import torch

    return torch.from_numpy(np.ascontiguousarray(hole))[None, None].float()


def _latents(noise: Floats, like: Any) -> Tensor:
    import torch

    return torch.from_numpy(noise).permute(2, 0, 1)[None].to(like.device, like.dtype)


def _levels(picture: Any) -> Frames:
    """(h, w, 3) uint8 of what a pipeline leaves as (1, h, w, 3), 0 to 1."""
    levels: Frames = np.clip(np.rint(np.asarray(picture)[0] * 255), 0, 255).astype(np.uint8)
    return levels


def _generator(seed: int) -> Generator:
    import torch

    return torch.Generator().manual_seed(seed)  # on the processor: the same numbers everywhere


@dataclass(frozen=True)
class _Place:
    """Where, and as what, a pipeline takes its latents."""

    device: Any
    dtype: Any


@dataclass(frozen=True)
class Trained:
    """Stable Diffusion 1.5, 2 or XL, trained for inpainting."""

    pipe: Any

    @property
    def side_px(self) -> int:
        """512 for Stable Diffusion 1.5, 1024 for XL."""
        return int(self.pipe.unet.config.sample_size * self.pipe.vae_scale_factor)

    def noise(self, seed: int) -> Floats:
        """See `Painter.noise`."""
        side = int(self.pipe.unet.config.sample_size)
        return _noise(seed, int(self.pipe.vae.config.latent_channels), side)

    def paint(
        self,
        frame: Frames,
        hole: Bools,
        *,
        noise: Floats | None,
        strength: float,
        settings: FillSettings,
        beat: Beat,
    ) -> Frames:
        """See `Painter.paint`."""
        steps = settings.generation.steps or STEPS
        strength = 1.0 if int(steps * strength) < 1 else strength
        generator, picture = _generator(settings.seed), _picture(frame)
        with at_work():
            result = self.pipe(
                **words_of(settings),
                **guidance_of(settings),
                image=picture,
                mask_image=_mask(hole),
                height=frame.shape[0],
                width=frame.shape[1],
                strength=strength,
                num_inference_steps=steps,
                latents=self._start(picture, noise, strength, steps, generator),
                generator=generator,
                output_type="np",
                callback_on_step_end=told(beat, max(1, int(steps * strength))),
            )
        if any(getattr(result, "nsfw_content_detected", None) or ()):
            raise EngineError(
                "the model's own filter kept a picture back as unsafe; choose another prompt, "
                "another seed, or another model"
            )
        return _levels(result.images)

    def _start(
        self,
        picture: Tensor,
        noise: Floats | None,
        strength: float,
        steps: int,
        generator: Generator,
    ) -> Tensor | None:
        """The latents to begin with, less the factor that the pipeline puts on them."""
        if noise is None:
            return None
        pipe = self.pipe
        like = _Place(pipe._execution_device, pipe.unet.dtype)
        given = _latents(noise, like)
        if strength >= 1:
            return given
        pipe.scheduler.set_timesteps(steps, device=like.device)
        times, _ = pipe.get_timesteps(steps, strength, like.device)
        image = (picture * 2 - 1).to(like.device, pipe.vae.dtype)
        known = pipe._encode_vae_image(image, generator).to(like.dtype)
        noisy = pipe.scheduler.add_noise(known, given, times[:1])
        begun: Tensor = noisy / pipe.scheduler.init_noise_sigma
        return begun


@dataclass(frozen=True)
class Flux:
    """FLUX.1 Fill. Its latents come packed, so frames share a seed in place of warped noise."""

    pipe: Any

    @property
    def side_px(self) -> int:
        """1024."""
        return int(self.pipe.default_sample_size * self.pipe.vae_scale_factor)

    def noise(self, seed: int) -> None:
        """None: see the class."""

    def paint(
        self,
        frame: Frames,
        hole: Bools,
        *,
        noise: Floats | None,  # noqa: ARG002
        strength: float,
        settings: FillSettings,
        beat: Beat,
    ) -> Frames:
        """See `Painter.paint`. It takes no negative prompt."""
        steps = settings.generation.steps or STEPS
        strength = 1.0 if int(steps * strength) < 1 else strength
        with at_work():
            result = self.pipe(
                prompt=settings.prompt,
                **guidance_of(settings),
                image=_picture(frame),
                mask_image=_mask(hole),
                height=frame.shape[0],
                width=frame.shape[1],
                strength=strength,
                num_inference_steps=steps,
                generator=_generator(settings.seed),
                output_type="np",
                callback_on_step_end=told(beat, max(1, int(steps * strength))),
            )
        return _levels(result.images)


@dataclass(frozen=True)
class Plain:
    """Stable Diffusion 1.5 or 2 with no inpainting training, by `repaint`."""

    pipe: Any

    @property
    def side_px(self) -> int:
        """512, or 768 for some."""
        return int(self.pipe.unet.config.sample_size * self.pipe.vae_scale_factor)

    def noise(self, seed: int) -> Floats:
        """See `Painter.noise`."""
        return Trained(self.pipe).noise(seed)

    def paint(
        self,
        frame: Frames,
        hole: Bools,
        *,
        noise: Floats | None,
        strength: float,
        settings: FillSettings,
        beat: Beat,
    ) -> Frames:
        """See `Painter.paint`."""
        import torch

        pipe, generator = self.pipe, _generator(settings.seed)
        steps = settings.generation.steps or STEPS
        first = max(1, round(steps * min(1.0, strength)))
        like = _Place(pipe._execution_device, pipe.unet.dtype)
        with at_work():
            times, alphas = self._schedule(steps)
            image = (_picture(frame) * 2 - 1).to(like.device, pipe.vae.dtype)
            coded = pipe.vae.encode(image).latent_dist.mode() * pipe.vae.config.scaling_factor
            known = coded.to(like.dtype)
            size = known.shape[-2:]
            # all that a pixel of the hole touches
            mask = torch.nn.functional.adaptive_max_pool2d(_mask(hole), size).to(known)
            given = _latents(self.noise(settings.seed) if noise is None else noise, like)
            kept = alphas[first] if first < steps else 0.0
            start = kept**0.5 * known + (1 - kept) ** 0.5 * given
            latents = repaint(
                start,
                known,
                mask,
                alphas=alphas,
                noise_of=self._finder(times, alphas, settings, like),
                levels=walk(first, **_walk(settings)),
                generator=generator,
                beat=beat,
            )
            whole = (latents / pipe.vae.config.scaling_factor).to(pipe.vae.dtype)
            made = pipe.vae.decode(whole, return_dict=False)[0].float()
            picture = pipe.image_processor.postprocess(made, output_type="np")
            pipe.maybe_free_model_hooks()
        return _levels(picture)

    def _schedule(self, steps: int) -> tuple[list[int], list[float]]:
        """The model's time of each level from 1 on, and alpha-bar of each from 0 on."""
        from diffusers import DDIMScheduler

        made: Any = DDIMScheduler
        schedule = made.from_config(self.pipe.scheduler.config)
        schedule.set_timesteps(steps)
        times = [int(time) for time in schedule.timesteps.flip(0)]
        return times, [1.0, *(float(schedule.alphas_cumprod[time]) for time in times)]

    def _finder(
        self, times: list[int], alphas: list[float], settings: FillSettings, like: _Place
    ) -> Callable[[Tensor, int], Tensor]:
        """noise_of(x, level), guided by the prompt (Ho and Salimans, 2022)."""
        import torch

        pipe = self.pipe
        chosen = settings.generation.guidance
        guidance = _GUIDANCE if chosen is None else chosen
        prompt, negative = words_of(settings).values()
        wanted, unwanted = pipe.encode_prompt(prompt, like.device, 1, guidance > 1, negative)
        words = torch.cat([unwanted, wanted]) if guidance > 1 else wanted
        velocity = pipe.scheduler.config.prediction_type == "v_prediction"

        def noise_of(x: Tensor, level: int) -> Tensor:
            both = torch.cat([x] * len(words))
            found = pipe.unet(both, times[level - 1], encoder_hidden_states=words).sample
            if guidance > 1:
                without, with_words = found.chunk(2)
                found = without + guidance * (with_words - without)
            if velocity:
                kept = alphas[level]
                found = kept**0.5 * found + (1 - kept) ** 0.5 * x
            noise: Tensor = found
            return noise

        return noise_of
