"""Models that make all frames together: Wan VACE, EasyAnimate, and plain text-to-video models.

Jiang et al., "VACE: All-in-One Video Creation and Editing", 2025; Xu et al., "EasyAnimate", 2024.
A model that takes no mask has what is known put back into its latents at each step (the seed's
approach 2): V_(t-1) = M V_gen + (1 - M) V_orig.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vinpaint.core import Bools, FillSettings, Frames
from vinpaint.media import read_image
from vinpaint.runtime.devices import Device
from vinpaint.strategies.diffusion import cost
from vinpaint.strategies.diffusion.image_model import Beat, generator_of, levels_of
from vinpaint.strategies.diffusion.pipelines import (
    Model,
    at_work,
    dtype_on,
    guidance_of,
    load_pipeline,
    told,
    words_of,
)
from vinpaint.strategies.diffusion.repaint import replaced

if TYPE_CHECKING:
    from torch import Tensor

VACE, EASYANIMATE, PLAIN = "WanVACEPipeline", "EasyAnimateInpaintPipeline", "WanPipeline"
KINDS = (VACE, EASYANIMATE, PLAIN)
STEPS = 50
"""As published for all of them."""
LONGEST = {VACE: 81, PLAIN: 81, EASYANIMATE: 49}
"""Frames of a window, as trained."""
MULTIPLE, EVERY = 16, 4
"""Both sides are multiples of 16, and frames are 4 n + 1."""
_VACE_EXTRA = 1.5
"""VACE's second branch, over what the plain network of its size takes: an estimate."""
_WORDS = 512
_GREY = 0.5
"""What the hole is painted with: 127.5 of 255, as VACE was trained."""


class Film(Protocol):
    """Makes the hole of a stretch of frames."""

    def make(
        self, frames: Frames, hole: Bools, *, settings: FillSettings, seed: int, beat: Beat
    ) -> Frames:
        """(T, h, w, 3) uint8: the frames as the model left them, outside the hole as well.

        frames: T = 4 n + 1, h and w multiples of 16; hole: (T, h, w).
        """
        ...


def load_film(model: Model, *, device: Device, instead: str) -> Film:
    """The model, by its kind. Raises MissingError, LimitError."""
    kinds: dict[str, Callable[[Any], Film]] = {VACE: Vace, EASYANIMATE: EasyAnimate, PLAIN: Plain}
    return kinds[model.kind](load_pipeline(model, device=device, instead=instead))


def refusal(kind: str, settings: FillSettings) -> str:
    """Why a kind of model cannot do what was asked, in one sentence; '' where it can."""
    asked = settings.generation
    for name, given in (("conditioning", asked.conditioning), ("example", asked.example)):
        if given not in (None, "") and kind != VACE:
            return f"only Wan VACE takes --{name}; leave it out, or choose such a model"
    return ""


def seconds_a_window(
    model: Model, shape: tuple[int, int, int], *, device: Device, settings: FillSettings
) -> float:
    """An estimate for (T, h, w) frames."""
    network = cost.network_of(model.folder)
    latents = (shape[0] - 1) // EVERY + 1, shape[1] // 8, shape[2] // 8
    asked = settings.generation
    passes = 1.0 if asked.guidance is not None and asked.guidance <= 1 else 2.0
    passes *= _VACE_EXTRA if model.kind == VACE else 1.0
    speed = cost.operations_a_second(device, dtype_on(device, model))
    return passes * (asked.steps or STEPS) * network.operations(latents) / speed


def _greyed(frames: Frames, hole: Bools) -> Any:
    """(T, h, w, 3) float32, 0 to 1, grey in the hole."""
    return np.where(hole[..., None], np.float32(_GREY), frames.astype(np.float32) / 255)


def _common(frames: Frames, settings: FillSettings, seed: int) -> dict[str, Any]:
    """What all three take alike."""
    return {
        **words_of(settings),
        **guidance_of(settings),
        "height": frames.shape[1],
        "width": frames.shape[2],
        "num_frames": len(frames),
        "num_inference_steps": settings.generation.steps or STEPS,
        "generator": generator_of(seed),
        "output_type": "np",
    }


def _words_of(pipe: Any) -> dict[str, int]:
    """How many words of a prompt count: what the tokenizer knows, at most 512."""
    return {"max_sequence_length": min(_WORDS, int(pipe.tokenizer.model_max_length))}


@dataclass(frozen=True)
class Vace:
    """Wan VACE: it takes the frames with a grey hole, and the hole as a white mask."""

    pipe: Any

    def make(
        self, frames: Frames, hole: Bools, *, settings: FillSettings, seed: int, beat: Beat
    ) -> Frames:
        """See `Film.make`."""
        from PIL import Image

        asked = settings.generation
        more: dict[str, Any] = {}
        if asked.conditioning is not None:
            more["conditioning_scale"] = asked.conditioning
        if asked.example:
            more["reference_images"] = [Image.fromarray(read_image(asked.example))]
        white = np.repeat(hole[..., None].astype(np.float32), 3, axis=-1)
        with at_work():
            result = self.pipe(
                **_common(frames, settings, seed),
                **_words_of(self.pipe),
                **more,
                video=[_greyed(frames, hole)],
                mask=[white],
                callback_on_step_end=told(beat, asked.steps or STEPS),
            )
        return levels_of(result.frames)


@dataclass(frozen=True)
class EasyAnimate:
    """EasyAnimate, trained for inpainting: it blackens the hole itself."""

    pipe: Any

    def make(
        self, frames: Frames, hole: Bools, *, settings: FillSettings, seed: int, beat: Beat
    ) -> Frames:
        """See `Film.make`."""
        import torch

        pixels = torch.from_numpy(frames).permute(3, 0, 1, 2)[None].float() / 255
        white = torch.from_numpy(hole)[None, None].float() * 255
        with at_work():
            result = self.pipe(
                **_common(frames, settings, seed),
                video=pixels,
                mask_video=white,
                callback_on_step_end=told(beat, settings.generation.steps or STEPS),
            )
        return levels_of(result.frames)


@dataclass(frozen=True)
class Plain:
    """Wan, from text alone: what is known is put back into its latents at each step."""

    pipe: Any

    def make(
        self, frames: Frames, hole: Bools, *, settings: FillSettings, seed: int, beat: Beat
    ) -> Frames:
        """See `Film.make`."""
        import torch

        pipe, steps = self.pipe, settings.generation.steps or STEPS
        with at_work():
            known = self._coded(_greyed(frames, hole))
            mask = latent_hole(hole, tuple(known.shape[2:])).to(known)
            drawn = torch.randn(known.shape, generator=generator_of(seed), dtype=torch.float32)
            noise = drawn.to(known)
            tell = told(beat, steps)

            def put_back(pipe: Any, step: int, time: Any, values: dict[str, Any]) -> dict[str, Any]:
                sigma = float(pipe.scheduler.sigmas[step + 1])
                there = (1 - sigma) * known + sigma * noise  # a straight line (flow matching)
                values["latents"] = replaced(values["latents"], there, mask)
                return tell(pipe, step, time, values)

            result = pipe(
                **_common(frames, settings, seed),
                **_words_of(pipe),
                latents=noise,
                callback_on_step_end=put_back,
            )
        return levels_of(result.frames)

    def _coded(self, frames: Any) -> Tensor:
        """(1, c, t, h, w): latents of (T, h, w, 3) frames, 0 to 1, as the network knows them."""
        import torch

        vae = self.pipe.vae
        pixels = torch.from_numpy(frames).permute(3, 0, 1, 2)[None] * 2 - 1
        coded = vae.encode(pixels.to(self.pipe._execution_device, vae.dtype)).latent_dist.mode()
        shape = (1, -1, 1, 1, 1)
        mean = torch.tensor(vae.config.latents_mean).view(shape).to(coded)
        spread = torch.tensor(vae.config.latents_std).view(shape).to(coded)
        latents: Tensor = ((coded - mean) / spread).float()
        return latents


def latent_hole(hole: Bools, size: tuple[int, ...]) -> Tensor:
    """(1, 1, t, h, w) float: 1 where a latent sees any of the hole, (T, H, W).

    The first latent is of the first frame alone, each other one of the next four.
    """
    import torch

    whole = torch.from_numpy(hole)[None, None].float()
    pool = torch.nn.functional.adaptive_max_pool3d
    first = pool(whole[:, :, :1], (1, *size[1:]))
    if size[0] == 1:
        return first
    return torch.cat([first, pool(whole[:, :, 1:], (size[0] - 1, *size[1:]))], dim=2)
