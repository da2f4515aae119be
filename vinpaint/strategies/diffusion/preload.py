"""Load models before the first request, for a hosted space on ZeroGPU."""

from __future__ import annotations

from vinpaint import models
from vinpaint.core import MissingError, SettingsError
from vinpaint.runtime.devices import Device
from vinpaint.strategies.compute_backend import RAFT, load_raft_once
from vinpaint.strategies.diffusion import frames, image_models, joint, pipelines, video_models
from vinpaint.strategies.propainter import network

_INSTEAD = "leave its name out"
_PIPELINES = (*frames.MODELS, *joint.MODELS)
_KINDS = (*image_models.KINDS, *video_models.KINDS)


def preload(name: str, device: Device) -> str:
    """Load a model so that it stays in memory, and return its title.

    name: a name in the model registry, or the folder of a pipeline. Nothing is downloaded.

    Raises SettingsError if no strategy uses the model, MissingError if it is not installed,
    LimitError if memory does not suffice.
    """
    if name == RAFT:
        load_raft_once(device)
    elif name == network.PROPAINTER_WEIGHTS:
        network.load_networks(device, instead=_INSTEAD)
    elif name in models.WEIGHTS and name not in _PIPELINES:
        known = ", ".join((RAFT, network.PROPAINTER_WEIGHTS, *_PIPELINES))
        raise SettingsError(f"no strategy uses {name}; the models that can be preloaded: {known}")
    elif reason := pipelines.missing_requirement(name, _KINDS, instead=_INSTEAD):
        raise MissingError(reason)
    else:
        model = pipelines.find_model(name, instead=_INSTEAD)
        pipelines.load_pipeline(model, device=device, instead=_INSTEAD, hold=True)
    return models.display_title(name)
