"""What a diffusion model costs: arithmetic counted from its files, speed measured on this machine.

A transformer takes about 2 P N operations a pass for P parameters and N tokens, and 4 N^2 d for the
attention of each of its layers, d wide (Kaplan et al., "Scaling Laws for Neural Language Models",
2020). A U-Net halves the picture on its way down, so that most parameters see few places.
"""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vinpaint.models import variant_of
from vinpaint.runtime.devices import Device, on_zerogpu

_UNET_SHARE = 0.1
"""Of 2 P N, for a U-Net: 0.8 10^12 operations for the 0.86 10^9 parameters of Stable Diffusion 1.5
on 4096 places; that of XL comes to the same share."""
_DECODER_TIMES = 6.3
"""Of 2 P N, for the decoder of an autoencoder, which works on more and more places: counted on that
of Stable Diffusion, which XL and FLUX share: 6.2 for 64 x 64 latents, 6.5 for 128 x 128."""
_THERE_AND_BACK = 3
"""Forwards, once more (see `rim.decoding`), and back to its latents."""
_EFFICIENCY = {"cpu": 0.5, "cuda": 0.4}
"""What networks reach of a plain product of matrices: an estimate."""
_LENT_OPERATIONS = 4.5e14
"""Of a card that is lent by the call: 60 of an H200's 132 processors, which reach 989 10^12 in 16
bits. It cannot be measured before a call, and windows that are cut by it must be the same again."""
_SIDE = 1024
HOURS_AFTER_SECONDS = 600.0
"""Work that is estimated to take longer is asked about first."""


@dataclass(frozen=True)
class Network:
    """The network that is called at each step. parameters: how many; width, layers: of its
    attention, 0 for a U-Net; patch: (t, h, w), latents that one token holds.
    """

    parameters: int
    width: int = 0
    layers: int = 0
    patch: tuple[int, int, int] = (1, 1, 1)

    def operations(self, latents: tuple[int, int, int]) -> float:
        """Of one pass over (t, h, w) latents."""
        tokens = math.prod(-(-size // one) for size, one in zip(latents, self.patch, strict=True))
        plain = 2.0 * self.parameters * tokens
        if not self.layers:
            return plain * _UNET_SHARE
        return plain + 4.0 * tokens**2 * self.width * self.layers


def network_of(folder: Path) -> Network:
    """The network of a pipeline's folder. A few looks at the disk: no weights are read."""
    transformer = folder / "transformer"
    if not transformer.is_dir():
        return Network(_parameters(folder / "unet", variant_of(folder)))
    config = config_of(transformer)
    heads, wide = config.get("num_attention_heads", 1), config.get("attention_head_dim", 1)
    layers = int(config.get("num_layers", 1)) + int(config.get("num_single_layers", 0) or 0)
    return Network(
        _parameters(transformer, variant_of(folder)), int(heads * wide), layers, _patch(config)
    )


def decoder_operations(folder: Path, latents: tuple[int, int]) -> float:
    """Of a pipeline's decoder on (h, w) latents, and of the gradient back to them."""
    parameters = _parameters(folder / "vae", variant_of(folder), of="decoder.")
    return _THERE_AND_BACK * _DECODER_TIMES * 2.0 * parameters * math.prod(latents)


def _patch(config: dict[str, Any]) -> tuple[int, int, int]:
    patch = config.get("patch_size", 1)
    if isinstance(patch, list) and len(patch) == 3:
        return int(patch[0]), int(patch[1]), int(patch[2])
    side = 2 if config.get("_class_name") == "FluxTransformer2DModel" else int(patch)
    return 1, side, side  # FLUX packs two by two before its patches of one


def config_of(folder: Path) -> dict[str, Any]:
    """What stands in the config.json of one part of a pipeline; nothing where there is none."""
    try:
        return dict(json.loads((folder / "config.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}


def _parameters(folder: Path, variant: str | None, *, of: str = "") -> int:
    """How many numbers the folder's files hold, by their heads alone; of names that begin so."""
    every = sorted(folder.glob("*.safetensors"))
    files = [file for file in every if variant and f".{variant}" in file.name] or every
    return sum(_numbers(file, of) for file in files)


def _numbers(file: Path, of: str) -> int:
    with file.open("rb") as data:
        head = json.loads(data.read(int.from_bytes(data.read(8), "little")))
    return sum(
        math.prod(one["shape"])
        for name, one in head.items()
        if name != "__metadata__" and name.startswith(of)
    )


def bytes_of(folder: Path) -> int:
    """What all weights of a pipeline weigh on the disk."""
    variant = variant_of(folder)
    every = list(folder.glob("*/*.safetensors"))
    files = [file for file in every if variant and f".{variant}" in file.name] or every
    return sum(file.stat().st_size for file in files)


def operations_a_second(device: Device, dtype: str) -> float:
    """Measured now, by a product of two matrices; at most a tenth of a second's work.

    Of a lent card it is what its maker says.
    """
    if device == "cuda" and on_zerogpu():
        return _LENT_OPERATIONS * _EFFICIENCY[device]
    import torch

    one = torch.rand((_SIDE, _SIDE), dtype=getattr(torch, dtype), device=device)
    best = math.inf
    for _ in range(3):
        begun = time.perf_counter()
        (one @ one)[0, 0].item()
        best = min(best, time.perf_counter() - begun)
    return 2.0 * _SIDE**3 / best * _EFFICIENCY[device]


def in_words(seconds: float) -> str:
    """'1 second', '40 seconds', '12 minutes', '30 hours'."""
    if seconds < 1.5:
        return "1 second"
    if seconds < 90:
        return f"{round(seconds)} seconds"
    if seconds < 5400:
        return f"{round(seconds / 60)} minutes"
    return f"{round(seconds / 3600)} hours"
