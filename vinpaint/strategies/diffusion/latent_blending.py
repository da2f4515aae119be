"""Inpainting with a text-to-image model that has no inpainting training, by RePaint."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vinpaint.core import Bools, FillSettings, Floats, Frames
from vinpaint.strategies.diffusion import image_model
from vinpaint.strategies.diffusion.boundary_guidance import BoundaryGuidance, prediction_terms
from vinpaint.strategies.diffusion.image_model import STEPS, Heartbeat, LatentFormat, WorkingSize
from vinpaint.strategies.diffusion.pipelines import exclusive_inference, prompt_arguments
from vinpaint.strategies.diffusion.repaint import (
    JUMP,
    TIMES,
    add_noise,
    repaint_latents,
    resampling_schedule,
)

if TYPE_CHECKING:
    from torch import Tensor

_GUIDANCE = 7.5
"""Default scale of classifier-free guidance."""


def scheduled_levels(steps: int, settings: FillSettings) -> list[int]:
    """Return the noise levels that RePaint visits after level `steps`, with these settings."""
    times, jump = settings.generation.repaint or (TIMES, JUMP)
    return resampling_schedule(steps, times=times, jump=jump)


@dataclass(frozen=True)
class LatentBlendingModel:
    """Stable Diffusion 1.5 or 2 without inpainting training; 512 pixels, 768 for some models.

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
        """See `ImageModel.inpaint`."""
        pipe = self.pipe
        steps = settings.generation.steps or STEPS
        first = max(1, round(steps * min(1.0, strength)))
        latent_format = LatentFormat(pipe._execution_device, pipe.unet.dtype)
        guidance = image_model.make_guidance(
            pipe, frame, hole, self.working_size, settings=settings
        )
        with exclusive_inference():
            times, alphas = self._schedule(steps)
            image = (image_model.image_tensor(frame) * 2 - 1).to(
                latent_format.device, pipe.vae.dtype
            )
            encoded = pipe.vae.encode(image).latent_dist.mode() * pipe.vae.config.scaling_factor
            known = encoded.to(latent_format.dtype)
            latents = repaint_latents(
                add_noise(
                    known,
                    image_model.noise_tensor(noise, latent_format),
                    alphas[first] if first < steps else 0.0,
                ),
                known,
                image_model.latent_mask(hole, known.shape[-2:]).to(known),
                alphas=alphas,
                predict_noise=self._noise_predictor(
                    times, alphas, settings, latent_format, guidance
                ),
                levels=scheduled_levels(first, settings),
                generator=image_model.cpu_generator(settings.seed),
                heartbeat=heartbeat,
            )
            scaled = (latents / pipe.vae.config.scaling_factor).to(pipe.vae.dtype)
            decoded = pipe.vae.decode(scaled, return_dict=False)[0].float()
            result = pipe.image_processor.postprocess(decoded, output_type="np")
            pipe.maybe_free_model_hooks()
        return image_model.to_uint8(result)

    def _schedule(self, steps: int) -> tuple[list[int], list[float]]:
        """Return (the model's time at each level from 1 on, alpha-bar at each level from 0 on)."""
        from diffusers import DDIMScheduler

        scheduler_class: Any = DDIMScheduler
        scheduler = scheduler_class.from_config(self.pipe.scheduler.config)
        scheduler.set_timesteps(steps)
        times = [int(time) for time in scheduler.timesteps.flip(0)]
        return times, [1.0, *(float(scheduler.alphas_cumprod[time]) for time in times)]

    def _noise_predictor(
        self,
        times: list[int],
        alphas: list[float],
        settings: FillSettings,
        latent_format: LatentFormat,
        boundary: BoundaryGuidance | None,
    ) -> Callable[[Tensor, int], Tensor]:
        """Return `predict_noise(x, level)` with classifier-free guidance and boundary guidance.

        Ho and Salimans, "Classifier-Free Diffusion Guidance", 2022.
        """
        import torch

        pipe = self.pipe
        chosen = settings.generation.guidance
        scale = _GUIDANCE if chosen is None else chosen
        prompt, negative = prompt_arguments(settings).values()
        conditional, unconditional = pipe.encode_prompt(
            prompt, latent_format.device, 1, scale > 1, negative
        )
        embeddings = torch.cat([unconditional, conditional]) if scale > 1 else conditional
        predicts_velocity = pipe.scheduler.config.prediction_type == "v_prediction"

        def predict_noise(x: Tensor, level: int) -> Tensor:
            batch = torch.cat([x] * len(embeddings))
            prediction = pipe.unet(batch, times[level - 1], encoder_hidden_states=embeddings).sample
            if scale > 1:
                without_prompt, with_prompt = prediction.chunk(2)
                prediction = without_prompt + scale * (with_prompt - without_prompt)
            kept, mixed = alphas[level] ** 0.5, (1 - alphas[level]) ** 0.5
            if predicts_velocity:
                prediction = kept * prediction + mixed * x
            if boundary is not None:
                terms = prediction_terms(kept, mixed, "epsilon")
                prediction = boundary.guide(x, prediction, terms)
            noise: Tensor = prediction
            return noise

        return predict_noise
