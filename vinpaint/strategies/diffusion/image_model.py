"""What every painter of single pictures is, and what a picture is to its pipeline."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from vinpaint.core import Bools, FillSettings, Floats, Frames
from vinpaint.strategies.diffusion.boundary_guidance import Rim, decoding

if TYPE_CHECKING:
    from torch import Generator, Tensor

Beat = Callable[[float], None]
STEPS = 30


@dataclass(frozen=True)
class Square:
    """What a painter works in: pixels a side, and its latents, `cells` a side."""

    side_px: int
    cells: int
    channels: int

    def noise(self, seed: int) -> Floats:
        """(cells, cells, channels) float32."""
        random = np.random.default_rng(seed)
        return random.standard_normal((self.cells, self.cells, self.channels)).astype(np.float32)


class Painter(Protocol):
    """Paints the hole of one picture of its own size."""

    @property
    def square(self) -> Square:
        """What it works in."""
        ...

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
        """(h, w, 3) uint8: the picture as the model left it, outside the hole as well.

        noise: (cells, cells, channels), given from outside so that frames can share it; strength: 1
        begins with noise alone, less with what the hole holds.
        """
        ...


@dataclass(frozen=True)
class Place:
    """Where, and as what, a pipeline takes its latents."""

    device: Any
    dtype: Any


def unit_picture(frame: Frames) -> Tensor:
    """(1, 3, h, w), 0 to 1."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(frame)).permute(2, 0, 1)[None].float() / 255


def white_hole(hole: Bools) -> Tensor:
    """(1, 1, h, w), 1 in the hole."""
    import torch

    return torch.from_numpy(np.ascontiguousarray(hole))[None, None].float()


def cells_of(hole: Bools, cells: tuple[int, ...]) -> Tensor:
    """(1, 1, h', w'): 1 for each latent that a pixel of the hole touches."""
    import torch

    pooled: Tensor = torch.nn.functional.adaptive_max_pool2d(white_hole(hole), cells)
    return pooled


def latents_of(noise: Floats, like: Place) -> Tensor:
    """(1, c, h', w') of (h', w', c)."""
    import torch

    return torch.from_numpy(noise).permute(2, 0, 1)[None].to(like.device, like.dtype)


def levels_of(picture: Any) -> Frames:
    """([T,] h, w, 3) uint8 of what a pipeline leaves as (1, [T,] h, w, 3), 0 to 1."""
    levels: Frames = np.clip(np.rint(np.asarray(picture)[0] * 255), 0, 255).astype(np.uint8)
    return levels


def generator_of(seed: int) -> Generator:
    """On the processor: the same numbers everywhere."""
    import torch

    return torch.Generator().manual_seed(seed)


def rim_of(
    pipe: Any, frame: Frames, hole: Bools, square: Square, *, settings: FillSettings
) -> Rim | None:
    """What the steps are to be drawn to, if that was asked for; latents as (1, c, h', w')."""
    weight = settings.generation.rim_guidance
    if not weight:
        return None
    device = pipe._execution_device
    may = cells_of(hole, (square.cells, square.cells)).repeat(1, square.channels, 1, 1)
    return Rim(
        (unit_picture(frame) * 2 - 1).to(device),
        white_hole(hole).bool().to(device),
        may.to(device),
        functools.partial(decoding, pipe),
        weight,
    )
