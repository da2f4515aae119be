"""The interface of models that inpaint single images, and conversions of arrays to tensors."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vinpaint.core import Bools, FillSettings, Floats, Frames
from vinpaint.strategies.diffusion.boundary_guidance import BoundaryGuidance, differentiable_decoder

if TYPE_CHECKING:
    from torch import Generator, Tensor

Heartbeat = Callable[[float], None]
"""Callback `heartbeat(share)` with the share of the work that is done, 0 to 1. It may raise
Cancelled to stop the work."""
STEPS = 30
"""Default number of sampling steps."""


@dataclass(frozen=True)
class WorkingSize:
    """The size of the square images that a model takes.

    side_px: side in pixels; latent_side, channels: side and number of channels of its latents.
    """

    side_px: int
    latent_side: int
    channels: int

    def noise(self, seed: int) -> Floats:
        """Return standard Gaussian noise, (latent_side, latent_side, channels) float32."""
        shape = (self.latent_side, self.latent_side, self.channels)
        return np.random.default_rng(seed).standard_normal(shape).astype(np.float32)


class ImageModel(Protocol):
    """Interface of a model that inpaints one image of its working size."""

    @property
    def working_size(self) -> WorkingSize:
        """The size of the images that it takes."""
        ...

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
        """Return the generated image, (h, w, 3) uint8; pixels outside the hole may differ too.

        Args:
            frame: (h, w, 3) uint8, of the working size.
            hole: (h, w) bool, the pixels to generate.
            noise: (latent_side, latent_side, channels) float32. It is an argument so that frames
                can share it.
            strength: above 0, at most 1. With 1 the hole starts from noise alone; with less, from
                noise mixed with its present content.
            settings: prompt, seed and model settings.
            heartbeat: called after each sampling step; it may raise to stop.
        """
        ...


@dataclass(frozen=True)
class LatentFormat:
    """The torch device and dtype of a pipeline's latents."""

    device: Any
    dtype: Any


def image_tensor(frame: Frames) -> Tensor:
    """Convert a frame, (h, w, 3) uint8, to (1, 3, h, w) float32, 0 to 1."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].float() / 255


def mask_tensor(hole: Bools) -> Tensor:
    """Convert a mask, (h, w) bool, to (1, 1, h, w) float32, 1 in the hole."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(hole))[None, None].float()


def latent_mask(hole: Bools, size: tuple[int, ...]) -> Tensor:
    """Return (1, 1, h', w') float32 for latents of `size` (h', w').

    A latent is 1 if it covers at least one pixel of the hole.
    """
    import torch

    pooled: Tensor = torch.nn.functional.adaptive_max_pool2d(mask_tensor(hole), size)
    return pooled


def noise_tensor(noise: Floats, latents: LatentFormat) -> Tensor:
    """Convert noise, (h', w', c) float32, to (1, c, h', w') on the device of the latents."""
    import torch

    return torch.from_numpy(noise).permute(2, 0, 1)[None].to(latents.device, latents.dtype)


def to_uint8(images: Any) -> Frames:
    """Convert a pipeline's output, (1, [T,] h, w, 3) from 0 to 1, to ([T,] h, w, 3) uint8."""
    levels: Frames = np.clip(np.rint(np.asarray(images)[0] * 255), 0, 255).astype(np.uint8)
    return levels


def cpu_generator(seed: int) -> Generator:
    """Return a random generator on the CPU, which gives the same numbers on all machines."""
    import torch

    return torch.Generator().manual_seed(seed)


def make_guidance(
    pipe: Any, frame: Frames, hole: Bools, working_size: WorkingSize, *, settings: FillSettings
) -> BoundaryGuidance | None:
    """Return boundary guidance for latents (1, c, h', w'), or None if the settings ask for none."""
    weight = settings.generation.rim_guidance
    if not weight:
        return None
    device = pipe._execution_device
    side = working_size.latent_side
    editable = latent_mask(hole, (side, side)).repeat(1, working_size.channels, 1, 1)
    return BoundaryGuidance(
        (image_tensor(frame) * 2 - 1).to(device),
        mask_tensor(hole).bool().to(device),
        editable.to(device),
        functools.partial(differentiable_decoder, pipe),
        weight,
    )
