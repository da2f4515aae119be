"""Diffusers pipelines: check which can be used on this machine, load them, and run them safely."""

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
from vinpaint.core import FillSettings, LimitError, format_duration
from vinpaint.runtime.devices import Device, memory_gb
from vinpaint.strategies.diffusion import cost

log = logging.getLogger(__name__)

INSTEAD = "choose the strategy 'propagate', which needs none"
"""The alternative that error messages suggest."""
_WORK_GB = 3.0
"""GPU memory reserved for activations, in addition to the weights."""
_TILES_BELOW_GB = 12.0
"""If less memory than this is free after loading, the autoencoder works in tiles."""
_PACKAGES = ("torch", "diffusers", "transformers")
INSTALL_COMMAND = "pip install -r requirements.txt"

_RUNNING = threading.Lock()


@dataclass(frozen=True)
class Model:
    """A pipeline on this machine.

    name: name in the model registry, or a folder; folder: where its files are; kind: its pipeline
    class in diffusers.
    """

    name: str
    folder: Path
    kind: str

    @property
    def title(self) -> str:
        """Its display name."""
        return models.display_title(self.name)


def pipeline_class(folder: Path) -> str:
    """Return the pipeline class that model_index.json names, or '' if it cannot be read."""
    try:
        index = json.loads((folder / "model_index.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(index.get("_class_name", ""))


def missing_requirement(name: str, kinds: Collection[str], *, instead: str) -> str:
    """Return what is missing to use a model, in one sentence, or ''.

    kinds: the accepted pipeline classes; instead: the alternative that the sentence suggests.
    """
    missing = [package for package in _PACKAGES if importlib.util.find_spec(package) is None]
    if missing:
        return f"{missing[0]} is not installed; run '{INSTALL_COMMAND}', or {instead}"
    folder = models.weights_folder(name)
    if folder is None:
        return str(models.missing_weights(name, instead=instead))
    kind = pipeline_class(folder)
    if kind not in kinds:
        what = f"a {kind}" if kind else "no pipeline of diffusers"
        return f"{folder} holds {what}; the pipelines that can be used here are: {', '.join(kinds)}"
    return ""


def find_model(name: str, *, instead: str = INSTEAD) -> Model:
    """Return the model called `name`, a registry name or a folder.

    Raises MissingError if it is not installed, and suggests `instead`.
    """
    folder = models.weights_folder(name)
    if folder is None:
        raise models.missing_weights(name, instead=instead)
    return Model(name, folder, pipeline_class(folder))


def dtype_on(device: Device, model: Model) -> str:
    """Return the name of the dtype to load a model in.

    On a GPU it is the registry's. On a CPU it is float32 if memory suffices, else bfloat16.
    """
    if device == "cuda":
        entry = models.WEIGHTS.get(model.name)
        return entry.dtype if entry else "bfloat16"
    stored = 2 if models.weights_variant(model.folder) else _bytes_per_parameter(model.folder)
    float32_gb = cost.pipeline_bytes(model.folder) * 4 / stored / 1e9
    return "float32" if float32_gb + _WORK_GB < memory_gb("cpu") else "bfloat16"


def _bytes_per_parameter(folder: Path) -> float:
    """Return the bytes per parameter, 1 to 4, of a pipeline's main network on disk."""
    network = folder / ("transformer" if (folder / "transformer").is_dir() else "unet")
    size = sum(file.stat().st_size for file in network.glob("*.safetensors"))
    return min(4, max(1, round(size / max(1, cost.read_network_size(folder).parameters))))


def load_pipeline(model: Model, *, device: Device, instead: str, hold: bool = False) -> Any:
    """Load a pipeline on the first call, and place it on the device as memory allows.

    instead: the alternative that errors suggest; hold: see `models.load_cached`. Raises
    MissingError if files are missing or damaged, LimitError if memory does not suffice.
    """
    dtype = dtype_on(device, model)
    return models.load_cached(
        model.name, _load, device=device, dtype=dtype, instead=instead, hold=hold
    )


def _load(folder: Path, device: Device, dtype: str) -> Any:
    import diffusers
    import torch

    halved = 2 if _bytes_per_parameter(folder) > 2 else 1
    needed_gb = cost.pipeline_bytes(folder) / halved / 1e9
    free_gb = memory_gb("cpu")
    if needed_gb > free_gb:
        raise LimitError(
            f"the model in {folder} takes about {needed_gb:.0f} GB of memory, and {free_gb:.0f} GB "
            "are free; free some, choose a smaller model, or another strategy"
        )
    torch_dtype: Any = getattr(torch, dtype)
    if pipeline_class(folder).startswith("Wan"):  # its autoencoder shows banding in fewer bits
        torch_dtype = {"default": torch_dtype, "vae": torch.float32}
    loader: Any = diffusers.DiffusionPipeline
    with _no_library_output():
        pipe = loader.from_pretrained(
            folder,
            torch_dtype=torch_dtype,
            variant=models.weights_variant(folder),
            local_files_only=True,
        )
    pipe.set_progress_bar_config(disable=True)
    place_on_device(pipe, device, free_gb=memory_gb(device))
    return pipe


@contextlib.contextmanager
def _no_library_output() -> Iterator[None]:
    """Suppress the progress bars and developers' warnings of diffusers and transformers."""
    import diffusers
    import transformers

    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
        library.utils.logging.set_verbosity_error()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # older versions know only `torch_dtype`
        yield


def place_on_device(pipe: Any, device: Device, *, free_gb: float) -> str:
    """Place a pipeline on the device, offloaded to the CPU if GPU memory is short.

    Returns the placement: 'whole' if everything is on the device, 'parts' if one component at a
    time is on the GPU, 'layers' if one layer at a time is. It is always 'whole' on a CPU.
    """
    sizes_gb = [
        sum(p.numel() * p.element_size() for p in part.parameters()) / 1e9
        for part in pipe.components.values()
        if hasattr(part, "parameters")
    ]
    whole_gb, largest_gb = sum(sizes_gb), max(sizes_gb, default=0.0)
    placement, used_gb = "whole", 0.0
    if device == "cuda":
        if whole_gb + _WORK_GB <= free_gb:
            used_gb = whole_gb
            pipe.to("cuda")
        elif largest_gb + _WORK_GB <= free_gb:
            placement, used_gb = "parts", largest_gb
            pipe.enable_model_cpu_offload()
        else:
            placement = "layers"
            pipe.enable_sequential_cpu_offload()
    left_gb = free_gb - used_gb
    if left_gb < _TILES_BELOW_GB and hasattr(pipe.vae, "enable_tiling"):
        pipe.vae.enable_tiling()
    log.info("%s: %s on %s, %.1f GB left", type(pipe).__name__, placement, device, left_gb)
    return placement


def describe_work(model: Model, work: str, seconds: float, device: Device) -> str:
    """Return the message to show before the work starts, with its estimated time and memory.

    work: noun phrase in the plural, such as '12 images'.
    """
    message = f"loading {model.title}; {work} take about {format_duration(seconds)}"
    entry = models.WEIGHTS.get(model.name)
    if entry is None:
        return message
    return f"{message}, and {entry.gpu_gb if device == 'cuda' else entry.memory_gb:g} GB of memory"


@contextlib.contextmanager
def exclusive_inference() -> Iterator[None]:
    """Run one pipeline at a time, without gradients.

    Pipelines must not run at the same time, because a pipeline's scheduler stores the current step.
    Torch's inference mode is switched off. Tensors that are created in that mode, as when SDXL
    casts or offloading moves weights, cannot take part in differentiation, which boundary guidance
    needs.
    """
    import torch

    with _RUNNING, models.inference(), torch.inference_mode(False), torch.no_grad():
        yield


def step_callback(heartbeat: Callable[[float], None], steps: int) -> Callable[..., dict[str, Any]]:
    """Return a `callback_on_step_end` that reports the share of the steps that is done.

    `heartbeat` may raise to stop the pipeline.
    """

    def callback(_pipe: Any, step: int, _time: Any, values: dict[str, Any]) -> dict[str, Any]:
        heartbeat(min(1.0, (step + 1) / steps))
        return values

    return callback


def prompt_arguments(settings: FillSettings) -> dict[str, str]:
    """Return the prompt and the negative prompt as keyword arguments of a pipeline."""
    return {"prompt": settings.prompt, "negative_prompt": settings.generation.negative_prompt}


def guidance_arguments(settings: FillSettings) -> dict[str, float]:
    """Return the guidance scale as a keyword argument, or {} to use the pipeline's default."""
    scale = settings.generation.guidance
    return {} if scale is None else {"guidance_scale": scale}
