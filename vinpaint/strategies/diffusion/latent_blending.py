"""A picture model that never learned to fill holes, as a painter: by `repaint`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vinpaint.core import Bools, FillSettings, Floats, Frames
from vinpaint.strategies.diffusion.boundary_guidance import Rim, terms_of
from vinpaint.strategies.diffusion.image_model import (
    STEPS,
    Beat,
    Place,
    Square,
    cells_of,
    generator_of,
    latents_of,
    levels_of,
    rim_of,
    unit_picture,
)
from vinpaint.strategies.diffusion.pipelines import at_work, words_of
from vinpaint.strategies.diffusion.repaint import JUMP, TIMES, repaint, walk

if TYPE_CHECKING:
    from torch import Tensor

_GUIDANCE = 7.5


def levels_walked(steps: int, settings: FillSettings) -> list[int]:
    """The levels that are passed through after `steps`, as was asked for; see `walk`."""
    times, jump = settings.generation.repaint or (TIMES, JUMP)
    return walk(steps, times=times, jump=jump)


@dataclass(frozen=True)
class Plain:
    """Stable Diffusion 1.5 or 2 with no inpainting training. Of 512 pixels, or 768 for some."""

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
        pipe = self.pipe
        steps = settings.generation.steps or STEPS
        first = max(1, round(steps * min(1.0, strength)))
        like = Place(pipe._execution_device, pipe.unet.dtype)
        rim = rim_of(pipe, frame, hole, self.square, settings=settings)
        with at_work():
            times, alphas = self._schedule(steps)
            image = (unit_picture(frame) * 2 - 1).to(like.device, pipe.vae.dtype)
            coded = pipe.vae.encode(image).latent_dist.mode() * pipe.vae.config.scaling_factor
            known = coded.to(like.dtype)
            mask = cells_of(hole, known.shape[-2:]).to(known)
            given = latents_of(noise, like)
            kept = alphas[first] if first < steps else 0.0
            start = kept**0.5 * known + (1 - kept) ** 0.5 * given
            latents = repaint(
                start,
                known,
                mask,
                alphas=alphas,
                noise_of=self._finder(times, alphas, settings, like, rim),
                levels=levels_walked(first, settings),
                generator=generator_of(settings.seed),
                beat=beat,
            )
            whole = (latents / pipe.vae.config.scaling_factor).to(pipe.vae.dtype)
            made = pipe.vae.decode(whole, return_dict=False)[0].float()
            picture = pipe.image_processor.postprocess(made, output_type="np")
            pipe.maybe_free_model_hooks()
        return levels_of(picture)

    def _schedule(self, steps: int) -> tuple[list[int], list[float]]:
        """The model's time of each level from 1 on, and alpha-bar of each from 0 on."""
        from diffusers import DDIMScheduler

        made: Any = DDIMScheduler
        schedule = made.from_config(self.pipe.scheduler.config)
        schedule.set_timesteps(steps)
        times = [int(time) for time in schedule.timesteps.flip(0)]
        return times, [1.0, *(float(schedule.alphas_cumprod[time]) for time in times)]

    def _finder(
        self,
        times: list[int],
        alphas: list[float],
        settings: FillSettings,
        like: Place,
        rim: Rim | None,
    ) -> Callable[[Tensor, int], Tensor]:
        """noise_of(x, level), guided by the prompt (Ho and Salimans, 2022) and drawn to the rim."""
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
            kept, mixed = alphas[level] ** 0.5, (1 - alphas[level]) ** 0.5
            if velocity:
                found = kept * found + mixed * x
            if rim is not None:
                found = rim.steered(x, found, terms_of(kept, mixed, "epsilon"))
            noise: Tensor = found
            return noise

        return noise_of
