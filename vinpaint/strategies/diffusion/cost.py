"""Estimate the time and memory of a diffusion model from its files and this machine's speed.

A transformer takes about 2 P N operations per pass for P parameters and N tokens, plus 4 N^2 d for
the attention of each layer of width d (Kaplan et al., "Scaling Laws for Neural Language Models",
2020). A U-Net halves the resolution at each level, so most of its parameters are applied to few
positions. A constant factor accounts for that.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vinpaint.models import weights_variant
from vinpaint.runtime.devices import Device, on_zerogpu

_UNET_FACTOR = 0.1
"""Factor on 2 P N for a U-Net. Stable Diffusion 1.5: 0.8e12 operations for 0.86e9 parameters at
4096 positions; SDXL gives the same factor."""
_DECODER_FACTOR = 6.3
"""Factor on 2 P N for an autoencoder's decoder, whose resolution grows. Counted for Stable
Diffusion's, which SDXL and FLUX share: 6.2 for 64 x 64 latents, 6.5 for 128 x 128."""
_FORWARD_BACKWARD_PASSES = 3
"""Passes through the decoder: forward, recomputed forward (see `differentiable_decoder`), and
backward to the latents."""
_EFFICIENCY = {"cpu": 0.5, "cuda": 0.4}
"""Speed of a network relative to a matrix product of the same number of operations: an estimate."""
_ZEROGPU_OPERATIONS = 4.5e14
"""Operations per second of a ZeroGPU card: 60 of the 132 multiprocessors of an H200, which reaches
989e12 at 16 bits. It is a constant, because there is no GPU to measure before a call, and because
the length of the windows depends on it and must not vary."""
_MATRIX_SIDE = 1024
LONG_WORK_SECONDS = 600.0
"""Work estimated to take longer needs the user's consent first."""


@dataclass(frozen=True)
class NetworkSize:
    """Size of the network that is called at each step.

    Args:
        parameters: number of parameters.
        width, layers: width and number of the attention layers; 0 for a U-Net.
        patch: (t, h, w), size in latents of the patch that makes one token.
    """

    parameters: int
    width: int = 0
    layers: int = 0
    patch: tuple[int, int, int] = (1, 1, 1)

    def operations(self, latents: tuple[int, int, int]) -> float:
        """Return the number of operations of one pass over (t, h, w) latents."""
        tokens = math.prod(-(-size // side) for size, side in zip(latents, self.patch, strict=True))
        dense = 2.0 * self.parameters * tokens
        if not self.layers:
            return dense * _UNET_FACTOR
        return dense + 4.0 * tokens**2 * self.width * self.layers


def read_network_size(folder: Path) -> NetworkSize:
    """Return the size of a pipeline's network. Reads configs and file headers, no weights."""
    transformer = folder / "transformer"
    if not transformer.is_dir():
        return NetworkSize(_count_parameters(folder / "unet", weights_variant(folder)))
    config = read_config(transformer)
    width = config.get("num_attention_heads", 1) * config.get("attention_head_dim", 1)
    layers = int(config.get("num_layers", 1)) + int(config.get("num_single_layers", 0) or 0)
    parameters = _count_parameters(transformer, weights_variant(folder))
    return NetworkSize(parameters, int(width), layers, _patch(config))


def decoder_gradient_operations(folder: Path, latents: tuple[int, int]) -> float:
    """Return the number of operations to decode (h, w) latents and to backpropagate to them."""
    parameters = _count_parameters(folder / "vae", weights_variant(folder), prefix="decoder.")
    return _FORWARD_BACKWARD_PASSES * _DECODER_FACTOR * 2.0 * parameters * math.prod(latents)


def _patch(config: dict[str, Any]) -> tuple[int, int, int]:
    patch = config.get("patch_size", 1)
    if isinstance(patch, list) and len(patch) == 3:
        return int(patch[0]), int(patch[1]), int(patch[2])
    # FLUX packs 2 x 2 latents before its patches of 1
    side = 2 if config.get("_class_name") == "FluxTransformer2DModel" else int(patch)
    return 1, side, side


def read_config(folder: Path) -> dict[str, Any]:
    """Return the config.json of one component of a pipeline, or {} if it cannot be read."""
    try:
        return dict(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _variant_files(folder: Path, pattern: str, variant: str | None) -> list[Path]:
    """Return the matching files that are loaded: those of the variant, or all if there are none."""
    every = sorted(folder.glob(pattern))
    return [file for file in every if variant and f".{variant}" in file.name] or every


def _count_parameters(folder: Path, variant: str | None, *, prefix: str = "") -> int:
    """Count the parameters whose names start with `prefix`, from the files' headers."""
    return sum(
        math.prod(tensor["shape"])
        for file in _variant_files(folder, "*.safetensors", variant)
        for name, tensor in _read_header(file).items()
        if name != "__metadata__" and name.startswith(prefix)
    )


def _read_header(file: Path) -> dict[str, Any]:
    """Return the JSON header of a safetensors file."""
    with file.open("rb") as stream:
        return dict(json.loads(stream.read(int.from_bytes(stream.read(8), "little"))))


def pipeline_bytes(folder: Path) -> int:
    """Return the size on disk of all weights of a pipeline."""
    files = _variant_files(folder, "*/*.safetensors", weights_variant(folder))
    return sum(file.stat().st_size for file in files)


def operations_per_second(device: Device, dtype: str) -> float:
    """Estimate the speed of a network on this machine, in operations per second.

    It is measured with a matrix product, within a tenth of a second. For a ZeroGPU card the
    manufacturer's figure is used.
    """
    if device == "cuda" and on_zerogpu():
        return _ZEROGPU_OPERATIONS * _EFFICIENCY[device]
    import torch

    matrix = torch.rand((_MATRIX_SIDE, _MATRIX_SIDE), dtype=getattr(torch, dtype), device=device)
    best = math.inf
    for _ in range(3):
        start = time.perf_counter()
        (matrix @ matrix)[0, 0].item()
        best = min(best, time.perf_counter() - start)
    return 2.0 * _MATRIX_SIDE**3 / best * _EFFICIENCY[device]
