"""Image models that were trained for inpainting: Stable Diffusion and FLUX.1 Fill, with diffusers.

Stable Diffusion: Rombach et al., "High-Resolution Image Synthesis with Latent Diffusion Models",
2022. Models without inpainting training are in `latent_blending.py`.
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
from vinpaint.strategies.diffusion import cost, image_model, pipelines
from vinpaint.strategies.diffusion.boundary_guidance import BoundaryGuidance, Decode, guided_steps
from vinpaint.strategies.diffusion.image_model import (
    STEPS,
    Heartbeat,
    ImageModel,
    LatentFormat,
    WorkingSize,
)
from vinpaint.strategies.diffusion.latent_blending import LatentBlendingModel, scheduled_levels
from vinpaint.strategies.diffusion.pipelines import Model

if TYPE_CHECKING:
    from torch import Generator, Tensor

XL, FLUX = "StableDiffusionXLInpaintPipeline", "FluxFillPipeline"
KINDS = ("StableDiffusionInpaintPipeline", XL, "StableDiffusionPipeline", FLUX)
"""The pipeline classes of diffusers that can be used."""


def load_image_model(model: Model, *, device: Device, instead: str) -> ImageModel:
    """Load an image model and wrap it according to its pipeline class.

    Raises MissingError if the weights are absent or damaged, LimitError if memory does not suffice.
    """
    pipe = pipelines.load_pipeline(model, device=device, instead=instead)
    is_flux = model.kind == FLUX
    side = int(pipe.default_sample_size if is_flux else pipe.unet.config.sample_size)
    channels = int(pipe.vae.config.latent_channels)
    size = WorkingSize(side * int(pipe.vae_scale_factor), side, channels)
    if is_flux:
        return FluxFillModel(pipe, size)
    if _is_text_to_image(model.folder):
        return LatentBlendingModel(pipe, size)
    return InpaintingModel(pipe, size)


def _is_text_to_image(folder: Path) -> bool:
    """Return whether a pipeline has no inpainting training.

    Its U-Net then takes latents alone. One trained for inpainting has more input channels, for the
    mask and the masked image.
    """
    latents = cost.read_config(folder / "vae").get("latent_channels", 4)
    return bool(cost.read_config(folder / "unet").get("in_channels") == latents)


def unsupported_setting(folder: Path, settings: FillSettings) -> str:
    """Return why the model cannot follow the settings, in one sentence, or ''."""
    generation = settings.generation
    kind, text_to_image = pipelines.pipeline_class(folder), _is_text_to_image(folder)
    if text_to_image and kind == XL:
        return (
            f"the model in {folder} has no inpainting training, and of such models only Stable "
            "Diffusion 1.5 and 2 can be used; choose another model"
        )
    if generation.repaint is not None and not text_to_image:
        return (
            "repaint is for models with no inpainting training, and this one has it; leave "
            "--repaint out, or choose another model"
        )
    if generation.negative_prompt and kind == FLUX:
        return "FLUX.1 Fill takes no negative prompt; leave it out, or choose another model"
    return ""


def seconds_per_image(model: Model, *, device: Device, settings: FillSettings) -> float:
    """Estimate the seconds that one image takes."""
    network = cost.read_network_size(model.folder)
    side = 128 if model.kind in (XL, FLUX) else 64
    generation = settings.generation
    steps = generation.steps or STEPS
    if _is_text_to_image(model.folder):
        levels = scheduled_levels(steps, settings)
        steps = sum(below < above for above, below in zip((steps, *levels), levels, strict=False))
    guidance = generation.guidance
    passes = 1 if model.kind == FLUX or (guidance is not None and guidance <= 1) else 2
    operations = passes * network.operations((1, side, side))
    if generation.rim_guidance:
        operations += cost.decoder_gradient_operations(model.folder, (side, side))
    return (
        steps * operations / cost.operations_per_second(device, pipelines.dtype_on(device, model))
    )


@dataclass(frozen=True)
class InpaintingModel:
    """Stable Diffusion 1.5 or 2 (512 pixels) or XL (1024 pixels), trained for inpainting.

    pipe: the diffusers pipeline; working_size: the size of its images and latents.
    """

    pipe: Any
    working_size: WorkingSize

    def inpaint(
        self,
        frame: Frames,
        hole: Bools,
        *,
        noise: Floats,
        strength: float,
        settings: FillSettings,
        heartbeat: Heartbeat,
    ) -> Frames:
        """See `ImageModel.inpaint`. Raises EngineError if the model's filter rejects the image."""
        steps = settings.generation.steps or STEPS
        strength = 1.0 if int(steps * strength) < 1 else strength
        generator, image = image_model.cpu_generator(settings.seed), image_model.image_tensor(frame)
        with (
            pipelines.exclusive_inference(),
            guided_steps(self.pipe, self._guidance(frame, hole, settings)),
        ):
            result = self.pipe(
                **self._prompts(settings),
                **pipelines.guidance_arguments(settings),
                image=image,
                mask_image=image_model.mask_tensor(hole),
                height=frame.shape[0],
                width=frame.shape[1],
                strength=strength,
                num_inference_steps=steps,
                latents=self._start(image, noise, strength, steps, generator),
                generator=generator,
                output_type="np",
                callback_on_step_end=pipelines.step_callback(
                    heartbeat, max(1, int(steps * strength))
                ),
            )
        if any(getattr(result, "nsfw_content_detected", None) or ()):
            raise EngineError(
                "the model's own filter rejected an image as unsafe; choose another prompt, "
                "another seed, or another model"
            )
        return image_model.to_uint8(result.images)

    def _start(
        self, image: Tensor, noise: Floats, strength: float, steps: int, generator: Generator
    ) -> Tensor:
        """Return the initial latents, in the form that the pipeline expects.

        They are noise alone for a strength of 1, else the encoded image with noise added.
        """
        pipe = self.pipe
        latents = LatentFormat(pipe._execution_device, self._network.dtype)
        start = image_model.noise_tensor(noise, latents)
        if strength >= 1:
            return self._packed(start)
        self._set_timesteps(steps, latents.device)
        times, _ = pipe.get_timesteps(steps, strength, latents.device)
        unit_range = (image * 2 - 1).to(latents.device, pipe.vae.dtype)
        known = pipe._encode_vae_image(unit_range, generator).to(latents.dtype)
        return self._packed(self._noisy(known, start, times[:1]))

    @property
    def _network(self) -> Any:
        return self.pipe.unet

    def _prompts(self, settings: FillSettings) -> dict[str, str]:
        return pipelines.prompt_arguments(settings)

    def _guidance(
        self, frame: Frames, hole: Bools, settings: FillSettings
    ) -> BoundaryGuidance | None:
        return image_model.make_guidance(
            self.pipe, frame, hole, self.working_size, settings=settings
        )

    def _set_timesteps(self, steps: int, device: Any) -> None:
        self.pipe.scheduler.set_timesteps(steps, device=device)

    def _noisy(self, known: Tensor, noise: Tensor, times: Tensor) -> Tensor:
        """Return the noisy latents, divided by the factor that the pipeline multiplies them by."""
        scheduler = self.pipe.scheduler
        noisy: Tensor = scheduler.add_noise(known, noise, times) / scheduler.init_noise_sigma
        return noisy

    def _packed(self, latents: Tensor) -> Tensor:
        return latents


@dataclass(frozen=True)
class FluxFillModel(InpaintingModel):
    """FLUX.1 Fill (1024 pixels): no negative prompt, and latents packed 2 x 2 to a token."""

    @property
    def _network(self) -> Any:
        return self.pipe.transformer

    def _prompts(self, settings: FillSettings) -> dict[str, str]:
        return {"prompt": settings.prompt}

    def _guidance(
        self, frame: Frames, hole: Bools, settings: FillSettings
    ) -> BoundaryGuidance | None:
        """Return the guidance for packed latents."""
        guidance = super()._guidance(frame, hole, settings)
        if guidance is None:
            return None
        pipe, side = self.pipe, self.working_size.side_px
        unpacked_decoder = guidance.differentiable_decoder

        @contextlib.contextmanager
        def packed_decoder() -> Iterator[Decode]:
            with unpacked_decoder() as decode:
                yield lambda packed: decode(
                    pipe._unpack_latents(packed, side, side, pipe.vae_scale_factor)
                )

        editable = self._packed(guidance.editable)
        return replace(guidance, editable=editable, differentiable_decoder=packed_decoder)

    def _set_timesteps(self, steps: int, device: Any) -> None:
        """Set the scheduler's times as the pipeline does.

        The more tokens, the more steps are spent at high noise (Esser et al., "Scaling Rectified
        Flow Transformers", 2024).
        """
        from diffusers.pipelines.flux.pipeline_flux_fill import calculate_shift

        scheduler = self.pipe.scheduler
        defaults = {
            "base_image_seq_len": 256,
            "max_image_seq_len": 4096,
            "base_shift": 0.5,
            "max_shift": 1.15,
        }
        values = [scheduler.config.get(name, default) for name, default in defaults.items()]
        shift = calculate_shift((self.working_size.latent_side // 2) ** 2, *values)
        scheduler.set_timesteps(sigmas=np.linspace(1.0, 1 / steps, steps), mu=shift, device=device)

    def _noisy(self, known: Tensor, noise: Tensor, times: Tensor) -> Tensor:
        noisy: Tensor = self.pipe.scheduler.scale_noise(known, times, noise)
        return noisy

    def _packed(self, latents: Tensor) -> Tensor:
        packed: Tensor = self.pipe._pack_latents(latents, *latents.shape)
        return packed
