"""Video models, which generate all frames together: Wan VACE, EasyAnimate and Wan text-to-video.

Jiang et al., "VACE: All-in-One Video Creation and Editing", 2025; Xu et al., "EasyAnimate", 2024.
Wan's text-to-video model takes no mask. For it, the known latents are blended back in at each step
(docs/method.md): V_(t-1) = M V_gen + (1 - M) V_orig.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vinpaint.core import Bools, FillSettings, Frames
from vinpaint.media import read_image
from vinpaint.runtime.devices import Device
from vinpaint.strategies.diffusion import cost, pipelines
from vinpaint.strategies.diffusion.image_model import Heartbeat, cpu_generator, to_uint8
from vinpaint.strategies.diffusion.pipelines import Model
from vinpaint.strategies.diffusion.repaint import blend_latents

if TYPE_CHECKING:
    from torch import Tensor

VACE, EASYANIMATE, PLAIN = "WanVACEPipeline", "EasyAnimateInpaintPipeline", "WanPipeline"
KINDS = (VACE, EASYANIMATE, PLAIN)
"""The pipeline classes of diffusers that can be used."""
STEPS = 50
"""Default number of sampling steps, as published for all of them."""
LONGEST = {VACE: 81, PLAIN: 81, EASYANIMATE: 49}
"""Largest number of frames per window, as in training."""
MULTIPLE, EVERY = 16, 4
"""The sides of a frame must be multiples of 16 pixels, and the number of frames 4 n + 1."""
_VACE_FACTOR = 1.5
"""Cost of Wan with VACE's second branch, relative to Wan without: an estimate."""
_MAX_PROMPT_TOKENS = 512
_GREY = 0.5
"""Value of the hole in VACE's input, 127.5 of 255, as in training."""


@dataclass(frozen=True)
class VideoModel(ABC):
    """Base class of video models. `pipe`: the diffusers pipeline that generates a window."""

    pipe: Any

    def make(
        self,
        frames: Frames,
        hole: Bools,
        *,
        settings: FillSettings,
        seed: int,
        heartbeat: Heartbeat,
    ) -> Frames:
        """Return the generated frames, (T, h, w, 3) uint8; pixels outside the hole may differ too.

        Args:
            frames: (T, h, w, 3) uint8, with T = 4 n + 1, and h and w multiples of 16.
            hole: (T, h, w) bool, the pixels to generate.
            settings: prompt and model settings.
            seed: seed of the random numbers; the one in `settings` is not used.
            heartbeat: called after each sampling step; it may raise to stop.
        """
        steps = settings.generation.steps or STEPS
        with pipelines.exclusive_inference():
            arguments = {
                **pipelines.prompt_arguments(settings),
                **pipelines.guidance_arguments(settings),
                "height": frames.shape[1],
                "width": frames.shape[2],
                "num_frames": len(frames),
                "num_inference_steps": steps,
                "generator": cpu_generator(seed),
                "output_type": "np",
                "callback_on_step_end": pipelines.step_callback(heartbeat, steps),
            }
            result = self.pipe(**arguments | self._arguments(frames, hole, settings, arguments))
        return to_uint8(result.frames)

    @abstractmethod
    def _arguments(
        self, frames: Frames, hole: Bools, settings: FillSettings, common: dict[str, Any]
    ) -> dict[str, Any]:
        """Return the pipeline arguments that are specific to this model.

        common: the arguments that all models share.
        """


def load_video_model(model: Model, *, device: Device, instead: str) -> VideoModel:
    """Load a video model and wrap it according to its pipeline class.

    Raises MissingError if the weights are absent or damaged, LimitError if memory does not suffice.
    """
    kinds: dict[str, Callable[[Any], VideoModel]] = {
        VACE: VaceModel,
        EASYANIMATE: EasyAnimateModel,
        PLAIN: TextToVideoModel,
    }
    return kinds[model.kind](pipelines.load_pipeline(model, device=device, instead=instead))


def unsupported_setting(kind: str, settings: FillSettings) -> str:
    """Return why a pipeline class cannot follow the settings, in one sentence, or ''."""
    generation = settings.generation
    for name in ("conditioning", "example"):
        if getattr(generation, name) not in (None, "") and kind != VACE:
            return f"only Wan VACE takes --{name}; leave it out, or choose such a model"
    return ""


def seconds_per_window(
    model: Model, shape: tuple[int, int, int], *, device: Device, settings: FillSettings
) -> float:
    """Estimate the seconds for a window of shape (T, h, w)."""
    network = cost.read_network_size(model.folder)
    latents = (shape[0] - 1) // EVERY + 1, shape[1] // 8, shape[2] // 8
    generation = settings.generation
    passes = 1.0 if generation.guidance is not None and generation.guidance <= 1 else 2.0
    passes *= _VACE_FACTOR if model.kind == VACE else 1.0
    speed = cost.operations_per_second(device, pipelines.dtype_on(device, model))
    return passes * (generation.steps or STEPS) * network.operations(latents) / speed


def grey_hole(frames: Frames, hole: Bools) -> Any:
    """Return the frames as (T, h, w, 3) float32, 0 to 1, with the hole filled in grey."""
    return np.where(hole[..., None], np.float32(_GREY), frames.astype(np.float32) / 255)


def _prompt_length(pipe: Any) -> dict[str, int]:
    """Return the maximum number of prompt tokens as an argument of Wan's pipelines."""
    length = min(_MAX_PROMPT_TOKENS, int(pipe.tokenizer.model_max_length))
    return {"max_sequence_length": length}


class VaceModel(VideoModel):
    """Wan VACE. Its input is the frames with a grey hole, and the hole as a white mask."""

    def _arguments(
        self, frames: Frames, hole: Bools, settings: FillSettings, _common: dict[str, Any]
    ) -> dict[str, Any]:
        from PIL import Image

        generation = settings.generation
        options: dict[str, Any] = {}
        if generation.conditioning is not None:
            options["conditioning_scale"] = generation.conditioning
        if generation.example:
            options["reference_images"] = [Image.fromarray(read_image(generation.example))]
        return {
            **_prompt_length(self.pipe),
            **options,
            "video": [grey_hole(frames, hole)],
            "mask": [np.repeat(hole[..., None].astype(np.float32), 3, axis=-1)],
        }


class EasyAnimateModel(VideoModel):
    """EasyAnimate, trained for inpainting. The pipeline itself blackens the hole."""

    def _arguments(
        self, frames: Frames, hole: Bools, _settings: FillSettings, _common: dict[str, Any]
    ) -> dict[str, Any]:
        import torch

        return {
            "video": torch.from_numpy(frames).permute(3, 0, 1, 2)[None].float() / 255,
            "mask_video": torch.from_numpy(hole)[None, None].float() * 255,
        }


class TextToVideoModel(VideoModel):
    """Wan, a text-to-video model: the known latents are blended back in at each step."""

    def _arguments(
        self, frames: Frames, hole: Bools, _settings: FillSettings, common: dict[str, Any]
    ) -> dict[str, Any]:
        import torch

        known = self._encode(grey_hole(frames, hole))
        mask = video_latent_mask(hole, tuple(known.shape[2:])).to(known)
        report_step = common["callback_on_step_end"]
        generator = cpu_generator(common["generator"].initial_seed())
        noise = torch.randn(known.shape, generator=generator, dtype=torch.float32)
        noise = noise.to(known)

        def blend(pipe: Any, step: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
            sigma = float(pipe.scheduler.sigmas[step + 1])
            noisy = (1 - sigma) * known + sigma * noise  # flow matching: a straight line
            values["latents"] = blend_latents(values["latents"], noisy, mask)
            return dict(report_step(pipe, step, time, values))

        return {**_prompt_length(self.pipe), "latents": noise, "callback_on_step_end": blend}

    def _encode(self, frames: Any) -> Tensor:
        """Encode (T, h, w, 3) frames, 0 to 1, to normalised latents, (1, c, t, h, w)."""
        import torch

        vae = self.pipe.vae
        pixels = torch.from_numpy(frames).permute(3, 0, 1, 2)[None] * 2 - 1
        encoded = vae.encode(pixels.to(self.pipe._execution_device, vae.dtype)).latent_dist.mode()
        shape = (1, -1, 1, 1, 1)
        mean = torch.tensor(vae.config.latents_mean).view(shape).to(encoded)
        std = torch.tensor(vae.config.latents_std).view(shape).to(encoded)
        latents: Tensor = ((encoded - mean) / std).float()
        return latents


def video_latent_mask(hole: Bools, size: tuple[int, ...]) -> Tensor:
    """Return (1, 1, t, h', w') float32 for latents of `size` (t, h', w').

    A latent is 1 if it covers at least one pixel of `hole`, (T, H, W) bool. In time, the first
    latent covers the first frame, and each further one the next four frames.
    """
    import torch

    mask = torch.from_numpy(hole)[None, None].float()
    pool = torch.nn.functional.adaptive_max_pool3d
    first = pool(mask[:, :, :1], (1, *size[1:]))
    if size[0] == 1:
        return first
    return torch.cat([first, pool(mask[:, :, 1:], (size[0] - 1, *size[1:]))], dim=2)
