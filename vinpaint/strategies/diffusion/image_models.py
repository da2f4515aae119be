"""Models that paint single pictures: trained for inpainting, or not (then `plain`).

Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models", 2022 (Stable
Diffusion), and FLUX.1 Fill, as diffusers runs them. Noise is given from outside, so that frames
can share it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from vinpaint.core import Bools, EngineError, FillSettings, Floats, Frames
from vinpaint.runtime.devices import Device
from vinpaint.strategies.diffusion import cost
from vinpaint.strategies.diffusion.boundary_guidance import Decode, Rim, steering
from vinpaint.strategies.diffusion.image_model import (
    STEPS,
    Beat,
    Painter,
    Place,
    Square,
    generator_of,
    latents_of,
    levels_of,
    rim_of,
    unit_picture,
    white_hole,
)
from vinpaint.strategies.diffusion.latent_blending import Plain, levels_walked
from vinpaint.strategies.diffusion.pipelines import (
    Model,
    at_work,
    dtype_on,
    guidance_of,
    kind_of,
    load_pipeline,
    told,
    words_of,
)

if TYPE_CHECKING:
    from torch import Generator, Tensor

XL, FLUX = "StableDiffusionXLInpaintPipeline", "FluxFillPipeline"
KINDS = ("StableDiffusionInpaintPipeline", XL, "StableDiffusionPipeline", FLUX)


def load_painter(model: Model, *, device: Device, instead: str) -> Painter:
    """The model's painter, by its kind. Raises MissingError, LimitError."""
    pipe = load_pipeline(model, device=device, instead=instead)
    channels = int(pipe.vae.config.latent_channels)
    if model.kind == FLUX:
        cells = int(pipe.default_sample_size)
        return Flux(pipe, Square(cells * int(pipe.vae_scale_factor), cells, channels))
    cells = int(pipe.unet.config.sample_size)
    square = Square(cells * int(pipe.vae_scale_factor), cells, channels)
    return Plain(pipe, square) if _untrained(model.folder) else Trained(pipe, square)


def _untrained(folder: Path) -> bool:
    """Whether a network is given latents alone: whoever learned to fill sees the hole as well."""
    latents = cost.config_of(folder / "vae").get("latent_channels", 4)
    return bool(cost.config_of(folder / "unet").get("in_channels") == latents)


def refusal(folder: Path, settings: FillSettings) -> str:
    """Why the model there cannot do what was asked, in one sentence; '' where it can."""
    asked, kind, untrained = settings.generation, kind_of(folder), _untrained(folder)
    if untrained and kind == XL:
        return (
            f"the model in {folder} never learned to fill holes, and of such only Stable Diffusion "
            "1.5 and 2 can be used; choose another model"
        )
    if asked.repaint is not None and not untrained:
        return (
            "repaint is for models with no inpainting training, and this one has it; leave "
            "--repaint out, or choose another model"
        )
    if asked.negative_prompt and kind == FLUX:
        return "FLUX.1 Fill takes no negative prompt; leave it out, or choose another model"
    return ""


def seconds_a_picture(model: Model, *, device: Device, settings: FillSettings) -> float:
    """An estimate of the time that one picture takes."""
    network = cost.network_of(model.folder)
    side = 128 if model.kind in (XL, FLUX) else 64
    steps = settings.generation.steps or STEPS
    if _untrained(model.folder):
        levels = levels_walked(steps, settings)
        steps = sum(below < above for above, below in zip((steps, *levels), levels, strict=False))
    guidance = settings.generation.guidance
    passes = 1 if model.kind == FLUX or (guidance is not None and guidance <= 1) else 2
    one = passes * network.operations((1, side, side))
    if settings.generation.rim_guidance:
        one += cost.decoder_operations(model.folder, (side, side))
    return steps * one / cost.operations_a_second(device, dtype_on(device, model))


@dataclass(frozen=True)
class Trained:
    """Stable Diffusion 1.5 or 2 (512 pixels), or XL (1024), trained for inpainting."""

    pipe: Any
    square: Square

    def paint(
        self,
        frame: Frames,
        hole: Bools,
        *,
        noise: Floats,
        strength: float,
        settings: FillSettings,
        beat: Beat,
    ) -> Frames:
        """See `Painter.paint`."""
        steps = settings.generation.steps or STEPS
        strength = 1.0 if int(steps * strength) < 1 else strength
        generator, picture = generator_of(settings.seed), unit_picture(frame)
        rim = rim_of(self.pipe, frame, hole, self.square, settings=settings)
        with at_work(), steering(self.pipe, rim):
            result = self.pipe(
                **words_of(settings),
                **guidance_of(settings),
                image=picture,
                mask_image=white_hole(hole),
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
        return levels_of(result.images)

    def _start(
        self, picture: Tensor, noise: Floats, strength: float, steps: int, generator: Generator
    ) -> Tensor:
        """The latents to begin with, less the factor that the pipeline puts on them."""
        pipe = self.pipe
        like = Place(pipe._execution_device, pipe.unet.dtype)
        given = latents_of(noise, like)
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
    """FLUX.1 Fill (1024 pixels). Its latents come packed, two by two in a token."""

    pipe: Any
    square: Square

    def paint(
        self,
        frame: Frames,
        hole: Bools,
        *,
        noise: Floats,
        strength: float,
        settings: FillSettings,
        beat: Beat,
    ) -> Frames:
        """See `Painter.paint`. It takes no negative prompt."""
        steps = settings.generation.steps or STEPS
        strength = 1.0 if int(steps * strength) < 1 else strength
        generator, picture = generator_of(settings.seed), unit_picture(frame)
        rim = self._packed_rim(rim_of(self.pipe, frame, hole, self.square, settings=settings))
        with at_work(), steering(self.pipe, rim):
            result = self.pipe(
                prompt=settings.prompt,
                **guidance_of(settings),
                image=picture,
                mask_image=white_hole(hole),
                height=frame.shape[0],
                width=frame.shape[1],
                strength=strength,
                num_inference_steps=steps,
                latents=self._start(picture, noise, strength, steps, generator),
                generator=generator,
                output_type="np",
                callback_on_step_end=told(beat, max(1, int(steps * strength))),
            )
        return levels_of(result.images)

    def _start(
        self, picture: Tensor, noise: Floats, strength: float, steps: int, generator: Generator
    ) -> Tensor:
        """The latents to begin with, (1, tokens, 4 c)."""
        pipe = self.pipe
        like = Place(pipe._execution_device, pipe.transformer.dtype)
        given = latents_of(noise, like)
        if strength >= 1:
            return self._packed(given)
        self._set_times(steps, like.device)
        times, _ = pipe.get_timesteps(steps, strength, like.device)
        image = (picture * 2 - 1).to(like.device, pipe.vae.dtype)
        known = pipe._encode_vae_image(image, generator).to(like.dtype)
        return self._packed(pipe.scheduler.scale_noise(known, times[:1], given))

    def _set_times(self, steps: int, device: Any) -> None:
        """The times of the scheduler, as the pipeline sets them: later where there are more tokens
        (Esser et al., "Scaling Rectified Flow Transformers", 2024)."""
        from diffusers.pipelines.flux.pipeline_flux_fill import calculate_shift

        schedule = self.pipe.scheduler
        names = ("base_image_seq_len", "max_image_seq_len", "base_shift", "max_shift")
        own = (256, 4096, 0.5, 1.15)
        given = [schedule.config.get(name, plain) for name, plain in zip(names, own, strict=True)]
        shift = calculate_shift((self.square.cells // 2) ** 2, *given)
        schedule.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=shift, device=device)

    def _packed(self, latents: Tensor) -> Tensor:
        packed: Tensor = self.pipe._pack_latents(latents, *latents.shape)
        return packed

    def _packed_rim(self, rim: Rim | None) -> Rim | None:
        """The same for latents that are packed."""
        if rim is None:
            return None
        pipe, side = self.pipe, self.square.side_px

        @contextlib.contextmanager
        def decoding() -> Iterator[Decode]:
            with rim.decoding() as decode:
                yield lambda packed: decode(
                    pipe._unpack_latents(packed, side, side, pipe.vae_scale_factor)
                )

        return replace(rim, may=self._packed(rim.may), decoding=decoding)
