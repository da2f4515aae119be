"""Models into memory before anybody asks for them: for a hosted space that lends cards."""

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
    """Load a model of the strategies, to stay loaded whatever else is; its title.

    `name`: in the register, or a folder with a pipeline. It must be on this machine: nothing is
    fetched. Raises SettingsError for a model that no strategy takes, MissingError, LimitError.
    """
    if name == RAFT:
        load_raft_once(device)
    elif name == network.PAINTER:
        network.load_painter(device, instead=_INSTEAD)
    elif name in models.WEIGHTS and name not in _PIPELINES:
        known = ", ".join((RAFT, network.PAINTER, *_PIPELINES))
        raise SettingsError(f"{name} is no model that fills; what can be loaded ahead is: {known}")
    elif hindrance := pipelines.missing_requirement(name, _KINDS, instead=_INSTEAD):
        raise MissingError(hindrance)
    else:
        model = pipelines.model_of(name, instead=_INSTEAD)
        pipelines.load_pipeline(model, device=device, instead=_INSTEAD, hold=True)
    return models.title_of(name)
