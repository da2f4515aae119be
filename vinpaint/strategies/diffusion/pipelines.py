"""Pipelines of diffusers: which kinds are known, and how one gets into memory on this machine."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import logging
import threading
import warnings
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vinpaint import models
from vinpaint.core import FillSettings, LimitError
from vinpaint.runtime.devices import Device, memory_gb
from vinpaint.strategies.diffusion import cost

log = logging.getLogger(__name__)

_WORK_GB = 3.0
"""Kept free on a card beside the weights, for what is being worked on."""
_TILES_BELOW_GB = 12.0
"""With less free than this, pictures go through the autoencoder in tiles."""
_NEEDS = ("torch", "diffusers", "transformers")
PACKAGES = "pip install -r requirements.txt"


_WORKING = threading.Lock()


@dataclass(frozen=True)
class Model:
    """One pipeline on this machine. name: in the register, or a folder; kind: its class."""

    name: str
    folder: Path
    kind: str

    @property
    def title(self) -> str:
        """What to call it."""
        return models.title_of(self.name)


def kind_of(folder: Path) -> str:
    """The class that model_index.json names; '' where there is none."""
    try:
        index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(index.get("_class_name", ""))


def missing_requirement(name: str, kinds: Collection[str], *, instead: str) -> str:
    """What stands in the way of a model, in one sentence; '' where nothing does. Raises none."""
    missing = [package for package in _NEEDS if importlib.util.find_spec(package) is None]
    if missing:
        return f"{missing[0]} is not installed; run '{PACKAGES}', or {instead}"
    folder = models.path_of(name)
    if folder is None:
        return str(models.absent(name, instead=instead))
    kind = kind_of(folder)
    if kind not in kinds:
        what = f"a {kind}" if kind else "no pipeline of diffusers"
        return f"{folder} holds {what}; what can be used here is: {', '.join(kinds)}"
    return ""


def model_of(name: str, *, instead: str) -> Model:
    """The model of a name. Raises MissingError where it is absent."""
    folder = models.path_of(name)
    if folder is None:
        raise models.absent(name, instead=instead)
    return Model(name, folder, kind_of(folder))


def dtype_on(device: Device, model: Model) -> str:
    """The type of its numbers: as the register says on a card; on a processor what fits."""
    if device == "cuda":
        entry = models.WEIGHTS.get(model.name)
        return entry.dtype if entry else "bfloat16"
    stored = 2 if models.variant_of(model.folder) else _bytes_each(model.folder)
    whole = cost.bytes_of(model.folder) * 4 / stored / 1e9
    return "float32" if whole + _WORK_GB < memory_gb("cpu") else "bfloat16"


def _bytes_each(folder: Path) -> float:
    """How many bytes the weights of a pipeline's main network take each, on the disk."""
    part = folder / ("transformer" if (folder / "transformer").is_dir() else "unet")
    size = sum(file.stat().st_size for file in part.glob("*.safetensors"))
    return min(4, max(1, round(size / max(1, cost.network_of(folder).parameters))))


def load_pipeline(model: Model, *, device: Device, instead: str, hold: bool = False) -> Any:
    """The pipeline, loaded once and placed as memory allows. `hold`: it stays (see `load_once`).

    Raises MissingError where files are damaged, LimitError where memory cannot hold it.
    """
    dtype = dtype_on(device, model)
    return models.load_once(
        model.name, _load, device=device, dtype=dtype, instead=instead, hold=hold
    )


def _load(folder: Path, device: Device, dtype: str) -> Any:
    import diffusers
    import torch

    least = cost.bytes_of(folder) / (2 if _bytes_each(folder) > 2 else 1) / 1e9
    found = memory_gb("cpu")
    if least > found:
        raise LimitError(
            f"the model in {folder} takes about {least:.0f} GB of memory, and {found:.0f} GB are "
            "free; free some, choose a smaller model, or another strategy"
        )
    chosen: Any = getattr(torch, dtype)
    if kind_of(folder).startswith("Wan"):  # its autoencoder bands in fewer bits
        chosen = {"default": chosen, "vae": torch.float32}
    kind: Any = diffusers.DiffusionPipeline
    with _quiet():
        pipe = kind.from_pretrained(
            folder, torch_dtype=chosen, variant=models.variant_of(folder), local_files_only=True
        )
    pipe.set_progress_bar_config(disable=True)
    place(pipe, device, free_gb=memory_gb(device))
    return pipe


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """What diffusers and transformers tell developers and draw as bars is not for users."""
    import diffusers
    import transformers

    for one in (diffusers, transformers):
        one.utils.logging.disable_progress_bar()
        one.utils.logging.set_verbosity_error()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # `torch_dtype`: older ones know no other
        yield


def place(pipe: Any, device: Device, *, free_gb: float) -> str:
    """Where the parts of a pipeline lie: all on the card, part by part, or layer by layer."""
    sizes = {
        name: sum(p.numel() * p.element_size() for p in part.parameters()) / 1e9
        for name, part in pipe.components.items()
        if hasattr(part, "parameters")
    }
    whole, largest = sum(sizes.values()), max(sizes.values(), default=0.0)
    how = "whole"
    if device == "cuda":
        if whole + _WORK_GB <= free_gb:
            pipe.to("cuda")
        elif largest + _WORK_GB <= free_gb:
            how = "parts"
            pipe.enable_model_cpu_offload()
        else:
            how = "layers"
            pipe.enable_sequential_cpu_offload()
    left = free_gb - {"whole": whole if device == "cuda" else 0.0, "parts": largest}.get(how, 0.0)
    if left < _TILES_BELOW_GB and hasattr(pipe.vae, "enable_tiling"):
        pipe.vae.enable_tiling()
    log.info("%s: %s on %s, %.1f GB left", type(pipe).__name__, how, device, left)
    return how


def outlook(model: Model, what: str, seconds: float, device: Device) -> str:
    """What is told before the work begins."""
    words = f"loading {model.title}; {what} take about {cost.in_words(seconds)}"
    entry = models.WEIGHTS.get(model.name)
    if entry is None:
        return words
    return f"{words}, and {entry.gpu_gb if device == 'cuda' else entry.memory_gb:g} GB of memory"


@contextlib.contextmanager
def at_work() -> Iterator[None]:
    """One pipeline works at a time: each keeps the step that it is at in its scheduler.

    It keeps no gradients. Yet this is no inference mode: weights that are cast or moved in one (as
    XL and offloading do) could never again be differentiated through, as `rim` does.
    """
    import torch

    with _WORKING, models.inference(), torch.inference_mode(False), torch.no_grad():
        yield


def told(beat: Callable[[float], None], steps: int) -> Callable[..., dict[str, Any]]:
    """A `callback_on_step_end` that says how far the steps are; `beat` may raise to stop them."""

    def callback(_pipe: Any, step: int, _time: Any, values: dict[str, Any]) -> dict[str, Any]:
        beat(min(1.0, (step + 1) / steps))
        return values

    return callback


def words_of(settings: FillSettings) -> dict[str, str]:
    """Prompt and negative prompt, as every pipeline takes them."""
    return {"prompt": settings.prompt, "negative_prompt": settings.generation.negative_prompt}


def guidance_of(settings: FillSettings) -> dict[str, float]:
    """The guidance that was chosen; nothing where the pipeline's own is to count."""
    chosen = settings.generation.guidance
    return {} if chosen is None else {"guidance_scale": chosen}
